"""Whether this process can do its work: for whoever sends readers to it, and for whoever starts it anew.

    GET /api/health         ready (200), or not (503) and why: a new process gets readers when it is
    GET /api/health?live    alive (200): as long as it answers at all it need not be killed

Ready means: a block is traced and a figure of it drawn, the queue answers, memory is below its limit, and it is not on
its way out. What was found counts for some seconds, however often it is asked. A balancer that asks it all the time
would take every page from its readers while Redis is away, which only runs need: so it asks for the second (deploy/).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resnet.api.drain import draining
from resnet.api.headers import ALWAYS, KEEP_NOTHING, NOTHING
from resnet.api.refusals import wrong
from resnet.draw import fonts
from resnet.draw.block import diagram
from resnet.draw.render import render
from resnet.run.jobs import queue
from resnet.spec.block import BlockSpec
from resnet.spec.errors import SpecError
from resnet.spec.names import VERSION
from resnet.trace.block import trace

PATH, LIVE = "/api/health", "live"
KEPT = 5.0  # seconds that what was found counts for
LONGEST = 10.0  # seconds that finding out may take
LIMIT = "RESNET_MEMORY_MB"  # megabytes beyond which the process is not ready; if nothing is said, its container's limit
_SHARE = 0.95  # of a container's limit: beyond that the system kills
_CONTAINER = Path("/sys/fs/cgroup/memory.max")
_TINY = BlockSpec(in_channels=4, filters=(2, 2, 4), height=4, width=4)
_STARTED = time.monotonic()


class Check(NamedTuple):
    """``problem``: a sentence for the server's owner; empty if all is well."""

    name: str
    problem: str
    ms: float


def figure() -> str:
    """A block that is small enough to be traced and drawn anew each time (13 ms; as a PNG it would be 450)."""
    missing = [file.name for file in (fonts.REGULAR, fonts.SEMIBOLD) if not file.is_file()]
    if missing:
        return f"Without {' and '.join(missing)} no figure has its letters."
    made = render(diagram(trace.anew(_TINY)), "svg")
    return "" if made.count(b"<text") > 3 else "A figure came out empty."


def runs() -> str:
    return queue().healthy()


def memory() -> str:
    """Of this process, as far as the system says it."""
    used, most = _resident(), limit()
    if most is None or used < most:
        return ""
    return f"The process holds {used / 1e6:,.0f} MB, and {most / 1e6:,.0f} are its limit."


def limit(environ: Mapping[str, str] = os.environ, container: Path = _CONTAINER) -> float | None:
    """Bytes."""
    said = environ.get(LIMIT, "")
    if said:
        return float(said) * 1e6
    try:
        return _SHARE * float(container.read_text())
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return None


def _resident() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


CHECKS: Mapping[str, Callable[[], str]] = {"figure": figure, "queue": runs, "memory": memory}


class Health:
    """``checks``: by name, what returns a problem or nothing. They run in a thread, one after the other."""

    def __init__(self, checks: Mapping[str, Callable[[], str]] = CHECKS, *, kept: float = KEPT) -> None:
        self._checks, self._kept = checks, kept
        self._found: tuple[Check, ...] = ()
        self._until = 0.0
        self._finding: asyncio.Task[tuple[Check, ...]] | None = None

    async def answer(self, request: Request) -> Response:
        said = request.query_params.get(LIVE)
        if said not in (None, "", "true"):
            raise wrong([SpecError(LIVE, said, "said without a value, or true")])
        if said is not None:
            return _told("live", 200, ())
        if draining.now:
            return _told("draining", 503, ())
        checks = await self.found()
        problem = any(one.problem for one in checks)
        return _told("failing" if problem else "ready", 503 if problem else 200, checks)

    async def found(self) -> tuple[Check, ...]:
        """Once for all who ask at the same time, and for some seconds."""
        if time.monotonic() < self._until:
            return self._found
        if self._finding is None or self._finding.done():
            self._finding = asyncio.create_task(self._find())
        return await asyncio.shield(self._finding)

    async def _find(self) -> tuple[Check, ...]:
        found = []
        for name, check in self._checks.items():
            start = time.perf_counter()
            try:
                problem = await asyncio.wait_for(to_thread.run_sync(check, abandon_on_cancel=True), LONGEST)
            except TimeoutError:
                problem = f"No answer within {LONGEST:.0f} seconds."
            except Exception as error:
                problem = f"It stopped at {type(error).__name__}."
            found.append(Check(name, problem, round(1000 * (time.perf_counter() - start), 1)))
        self._found, self._until = tuple(found), time.monotonic() + self._kept
        return self._found


def _told(status: str, code: int, checks: Sequence[Check]) -> Response:
    content: dict[str, Any] = {
        "status": status,
        "version": VERSION,
        "seconds": round(time.monotonic() - _STARTED, 1),
        "checks": [{"name": one.name, "ok": not one.problem, "words": one.problem, "ms": one.ms} for one in checks],
    }
    said = ALWAYS | {"Cache-Control": KEEP_NOTHING, "Content-Security-Policy": NOTHING}
    return JSONResponse(content, status_code=code, headers=said)


SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["status", "version", "seconds", "checks"],
    "additionalProperties": False,
    "properties": {
        "status": {"enum": ["ready", "live", "draining", "failing"], "description": "In one word."},
        "version": {"type": "string", "description": "Of the software that answers."},
        "seconds": {"type": "number", "minimum": 0, "x-unit": "seconds", "description": "Since it started."},
        "checks": {
            "type": "array",
            "description": "What was looked at; nothing where it is on its way out, or asked only whether it is alive.",
            "items": {
                "type": "object",
                "required": ["name", "ok", "words", "ms"],
                "additionalProperties": False,
                "properties": {
                    "name": {"enum": list(CHECKS), "description": "What was looked at."},
                    "ok": {"type": "boolean", "description": "Whether it does what it should."},
                    "words": {"type": "string", "description": "What is wrong; empty if nothing is."},
                    "ms": {"type": "number", "minimum": 0, "x-unit": "milliseconds", "description": "That it took."},
                },
            },
        },
    },
}
