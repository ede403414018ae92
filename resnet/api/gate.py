"""How much is made at once: what is asked for beyond that waits, and for what is beyond that there is no room.

Readers of the pages share the process. Each figure that is made takes the interpreter from them for as long as it
takes, so few are made at a time, however many are asked for (bench/figures.py measures what the pages notice).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from resnet.api.refusals import busy

P = ParamSpec("P")
R = TypeVar("R")


class Gate:
    """``at_once`` run, each in a thread, and ``waiting`` wait. Used from the server's own loop alone."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._limiter = CapacityLimiter(at_once)
        self._waiting = waiting
        self._inside = 0
        self._most = at_once + waiting

    async def through(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns. Raises Refusal, at once, where the line is full."""
        if self._inside >= self._most:
            raise busy(self._waiting)
        self._inside += 1
        try:
            return await to_thread.run_sync(lambda: function(*args, **kwargs), limiter=self._limiter)
        finally:
            self._inside -= 1
