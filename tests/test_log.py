"""The log says what happened, and nothing of who it happened to."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pages.parts.watch import watch_streamlit
from resnet import log
from resnet.api.answers import Endpoint
from tests.api.asgi import ask
from tests.pages.opening import open_at

SECRET = "Qx7Hostile"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What stderr would get, in the format of ``RESNET_LOG=json``."""
    every = [
        logging.getLogger(),
        *(one for one in logging.root.manager.loggerDict.values() if hasattr(one, "handlers")),
    ]
    before = [(one, one.level, list(one.handlers), one.propagate) for one in every]
    found = io.StringIO()
    log.set_up(found, {"RESNET_LOG": "json"})
    yield found
    for one, level, handlers, propagate in before:
        one.setLevel(level)
        one.handlers, one.propagate = handlers, propagate


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_one_line(stream: io.StringIO) -> None:
    ask("/api/block.json?stride=2&f1=17")
    ask("/api/block.json?f1=17&stride=2&utm_source=x")
    ask("/api/block.svg?stride=9")
    made, seen, refused = told(stream)
    assert made["time"].endswith("Z") and (made["level"], made["logger"]) == ("info", "resnet")
    assert (made["event"], made["method"], made["path"]) == ("request", "GET", "/api/block.json")
    assert (made["status"], made["how"], seen["how"]) == (200, "made", "seen")
    assert made["bytes"] > 1000 and made["ms"] > 0
    assert re.fullmatch("[0-9a-f]{12}", made["settings"]) and made["settings"] == seen["settings"]
    assert (refused["status"], refused["how"]) == (400, "refused") and "settings" not in refused


@pytest.mark.slow
def test_a_run_of_a_page_is_one_line_with_the_settings_of_its_figures(stream: io.StringIO) -> None:
    app = open_at("compare.py", stride="2", utm_source=SECRET)
    assert not app.exception
    ask("/api/pair.svg?stride=2")
    *_, page, request = told(stream)
    assert (page["event"], page["page"], page["outcome"]) == ("page", "compare", "done")
    assert page["ms"] > 0
    assert page["settings"] == request["settings"] == log.settings_hash("compare", {"stride": "2"})


HOSTILE = (
    f"/api/block.json?stride={SECRET}", f"/api/block.json?{SECRET}=1", f"/api/{SECRET}", f"/api/{SECRET}.svg",
    f"/api/compare_report.html?origin={SECRET}", f"/api/block.svg?title={SECRET}", f"/api/health?live={SECRET}",
    f"/api/experiment.svg?kinds={SECRET}", f"/api/model.svg?model={SECRET}", f"/metrics?{SECRET}",
)  # fmt: skip


@pytest.mark.slow
def test_nothing_that_a_reader_says_is_in_it(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses, queries, headers, files, names of files, errors: whatever happens to them."""
    headers = {"Cookie": f"a={SECRET}", "User-Agent": SECRET, "Referer": f"https://{SECRET}.example", "Host": SECRET,
               "X-Forwarded-For": SECRET, "If-None-Match": SECRET}  # fmt: skip
    for address in HOSTILE:
        for method in ("GET", "POST", SECRET):
            ask(address, method=method, headers=headers, sent=SECRET.encode())
    graph = json.dumps({"residual-graph": 1, "name": SECRET}).encode()
    ask("/api/model.json", method="POST", sent=graph, headers=headers)
    ask("/api/model.json", method="POST", sent=b"\x08\x07" + SECRET.encode())

    def stops(*_: object) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(Endpoint, "make", stops)
    assert ask(f"/api/block.svg?f1=18&utm_source={SECRET}").status_code == 500
    monkeypatch.undo()
    for page in ("compare.py", "answers.py", "model.py"):
        open_at(page, stride=SECRET, model=SECRET, question=SECRET, utm_source=SECRET)
    assert len(told(stream)) > 30
    assert SECRET.lower() not in stream.getvalue().lower()
    assert "ZeroDivisionError" in stream.getvalue()


def test_what_a_library_says_comes_without_what_it_was_told(stream: io.StringIO) -> None:
    for name in ("uvicorn.error", "streamlit.web.server", "asyncio", "resnet.run.local"):
        logging.getLogger(name).warning("Rejected %s from %s", SECRET, "10.1.2.3")
        try:
            raise ValueError(SECRET)
        except ValueError:
            logging.getLogger(name).exception("It failed")
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "10.1.2.3:5", f"/?{SECRET}")
    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "10.1.2.3:5", "GET", f"/?{SECRET}")
    logging.getLogger("uvicorn.error").warning("Cancel %s running task(s)", 3)
    lines = told(stream)
    assert len(lines) == 9
    assert SECRET not in stream.getvalue() and "10.1.2.3" not in stream.getvalue()
    assert lines[-1]["words"] == "Cancel 3 running task(s)"
    assert lines[1]["error"] == "ValueError" and "test_log.py" in lines[1]["at"][0]


def test_a_web_server_keeps_no_list_of_its_readers(stream: io.StringIO) -> None:
    """Streamlit turns uvicorn's list of requests on, whatever uvicorn was told; it has addresses and queries."""
    watch_streamlit()
    assert not logging.getLogger("uvicorn.access").hasHandlers()
    assert stream.getvalue() == ""


def test_streamlits_own_lines_go_the_same_way(stream: io.StringIO) -> None:
    from streamlit.logger import get_logger

    watch_streamlit()
    for name in ("streamlit.known", f"streamlit.made_later_{id(stream)}"):
        logger = get_logger(name)
        assert not logger.handlers
        logger.warning("Something of Streamlit's")
    assert [one["words"] for one in told(stream)] == ["Something of Streamlit's"] * 2


@pytest.mark.parametrize("said", [{}, {"RESNET_LOG": "plain"}])
def test_on_a_terminal_it_is_for_eyes(
    said: dict[str, str], monkeypatch: pytest.MonkeyPatch, stream: io.StringIO
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    log.set_up(terminal, said)
    log.told("request", path="/api/block.json", status=200, how=None)
    assert re.fullmatch(r"\d\d:\d\d:\d\d info request path=/api/block.json status=200\n", terminal.getvalue())
    log.set_up(terminal, {"RESNET_LOG": "json"})
    log.told("x")
    assert terminal.getvalue().splitlines()[-1].startswith("{")


def test_the_level(stream: io.StringIO) -> None:
    log.set_up(stream, {"RESNET_LOG": "json", "RESNET_LOG_LEVEL": "warning"})
    ask("/api/block.json")
    logging.getLogger("uvicorn.error").info("Started")
    assert stream.getvalue() == ""
    log.set_up(stream, {"RESNET_LOG": "json", "RESNET_LOG_LEVEL": "debug"})
    logging.getLogger("resnet").warning("it was %s", "all of it")
    ask("/api/health?live")
    words, request = told(stream)
    assert words["words"] == "it was all of it" and request["path"] == "/api/health"


@pytest.mark.parametrize("said", [{"RESNET_LOG": "xml"}, {"RESNET_LOG_LEVEL": "loud"}])
def test_a_variable_that_means_nothing_is_explained(said: dict[str, str], stream: io.StringIO) -> None:
    ((name, value),) = said.items()
    with pytest.raises(ValueError, match=f"{name} is '{value}', but it must be one of"):
        log.set_up(stream, said)
