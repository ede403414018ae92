"""The process's counters, for Prometheus: to whoever asks the process itself, and to nobody behind a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from resnet import metrics
from resnet.api.desk import Desk
from resnet.api.headers import ALWAYS, KEEP_NOTHING
from resnet.api.refusals import unknown
from resnet.run.jobs import Phase, queue
from resnet.spec.names import VERSION

PATH = "/metrics"
_FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded", "via")
_ENDED = tuple(one for one in get_args(Phase) if one not in ("waiting", "running", "unknown"))


async def measured(request: Request) -> Response:
    if any(name in request.headers for name in _FORWARDED):
        raise unknown(PATH, "asked for at the process itself, and not through a proxy")
    said = ALWAYS | {"Cache-Control": KEEP_NOTHING, "Content-Type": metrics.MEDIA}
    return Response(await to_thread.run_sync(metrics.scraped), headers=said)


def watch(desk: Desk) -> None:
    """What is asked when somebody reads: this desk's line, and the queue."""
    metrics.BUILD.labels(VERSION).set(1)
    metrics.WAITING.set_function(lambda: desk.waiting)
    metrics.ask_for_jobs(_jobs)


def _jobs() -> tuple[Mapping[str, float], Mapping[str, float]]:
    counts = queue().counts()
    if counts is None:
        return {}, {}
    ended = {phase: counts.ended.get(phase, 0) for phase in _ENDED}
    return {"waiting": counts.waiting, "running": counts.running}, ended
