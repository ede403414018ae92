"""What the server tells whoever runs it: one line an event, and nothing of its readers.

    told("request", path="/api/block.json", status=200, ms=3.2)

    {"time": "2026-11-27T02:50:11.123Z", "level": "info", "logger": "resnet", "event": "request", "path": …}

``RESNET_LOG`` is ``json`` or ``plain``; if nothing is said, plain on a terminal and else json. ``RESNET_LOG_LEVEL`` is
``debug``, ``info``, ``warning`` or ``error``; ``info`` if nothing is said.

An event says what happened in words of ours, with numbers and with the hash of settings. What a library writes comes
along, but for the values in its sentence and the words of an error: those may be a reader's. Of an error remain its
type and where it happened. Only ``debug`` has all of it, for a developer's own machine.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

FORMATS, LEVELS = ("json", "plain"), ("debug", "info", "warning", "error")
FORMAT, LEVEL = "RESNET_LOG", "RESNET_LOG_LEVEL"
_OURS = ("resnet", "pages", "app")
_OTHERS = ("uvicorn", "streamlit", "websockets")
_FRAMES = 12  # of an error
_LINES = ('"WebSocket ', "connection open", "connection closed")  # one a reader, with the reader's address

_log = logging.getLogger("resnet")


def told(event: str, *, level: int = logging.INFO, **fields: str | float | None) -> None:
    """An event. ``fields`` are names of ours, numbers and hashes: nothing that somebody has written."""
    if _log.isEnabledFor(level):
        _log.log(level, event, extra={"fields": fields})


def settings_hash(page: str, query: Mapping[str, str]) -> str:
    """Twelve digits that say whether two events are about the same settings: of a page, or of a figure of its.

    >>> settings_hash("compare", {"stride": "2"})
    'de4dbf986ff9'
    """
    words = json.dumps([page, sorted(query.items())])
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:12]


def set_up(stream: TextIO | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Every logger of the process writes to ``stream``, in one format. Raises ValueError for a bad variable."""
    stream = stream or sys.stderr
    level = _one_of(LEVEL, environ.get(LEVEL) or "info", LEVELS)
    form = _one_of(FORMAT, environ.get(FORMAT) or ("plain" if stream.isatty() else "json"), FORMATS)
    handler = logging.StreamHandler(stream)
    handler.setLevel(level.upper())
    handler.setFormatter((Json if form == "json" else Plain)(in_full=level == "debug"))
    handler.addFilter(lambda record: not str(record.msg).startswith(_LINES) and _LINES[0] not in str(record.msg))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if name.partition(".")[0] in _OTHERS and isinstance(logger, logging.Logger):
            hand_over(logger)


def hand_over(logger: logging.Logger) -> None:
    """What it writes goes where everything goes; but a web server's list of who asked for what is not written."""
    logger.handlers.clear()
    logger.propagate = logger.name != "uvicorn.access"


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value.lower() not in allowed:
        raise ValueError(f"{name} is {value!r}, but it must be one of {', '.join(allowed)}.")
    return value.lower()


class Json(logging.Formatter):
    """One line of JSON."""

    def __init__(self, *, in_full: bool = False) -> None:
        super().__init__()
        self._in_full = in_full

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.said(record), ensure_ascii=False, default=str)

    def said(self, record: logging.LogRecord) -> dict[str, Any]:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        said = {"time": f"{moment}.{int(record.msecs):03}Z", "level": record.levelname.lower(), "logger": record.name}
        fields = getattr(record, "fields", None)
        if fields is not None:
            said |= {"event": record.msg} | {name: value for name, value in fields.items() if value is not None}
        else:
            said |= {"event": "message", "words": self._words(record)}
        if record.exc_info and record.exc_info[1]:
            said |= _failure(record.exc_info[1], in_full=self._in_full)
        return said

    def _words(self, record: logging.LogRecord) -> str:
        """The sentence; of what was put into it only the numbers."""
        if self._in_full or not record.args:
            return record.getMessage()
        values = record.args.values() if isinstance(record.args, Mapping) else record.args
        if all(isinstance(one, int | float) for one in values):
            return record.getMessage()
        return str(record.msg)


class Plain(Json):
    """For eyes: the same, and no more, as ``02:50:11 info request path=/api/block.json status=200``."""

    def format(self, record: logging.LogRecord) -> str:
        said = self.said(record)
        event, words = said.pop("event"), said.pop("words", "")
        head = f"{said.pop('time')[11:19]} {said.pop('level')} {words or event}"
        said.pop("logger")
        return " ".join([head, *(f"{name}={value}" for name, value in said.items())])


def _failure(error: BaseException, *, in_full: bool) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = [f"{'/'.join(Path(one.filename).parts[-3:])}:{one.lineno} {one.name}" for one in frames]
    found: dict[str, Any] = {"error": type(error).__name__, "at": where}
    return found | {"words": str(error)} if in_full else found
