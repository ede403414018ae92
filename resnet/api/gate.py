"""How much is made at once: what is asked for beyond that waits, and for what is beyond that there is no room.

Readers of the pages share the process. Each figure that is made takes the interpreter from them for as long as it
takes, so few are made at a time, however many are asked for (bench/figures.py measures what the pages notice).

Those who ask take turns: after one of mine, one of everybody else's. Where the line is full and somebody comes who has
fewer in it, the last of those who have most is sent away in their place, so that nobody can fill it for the others.
Source: fair queueing that drops from the longest queue (McKenney 1990, "Stochastic fairness queueing").
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from resnet.api.refusals import busy

P = ParamSpec("P")
R = TypeVar("R")
Turn = asyncio.Future[None]


class Gate:
    """``at_once`` run, each in a thread, and ``waiting`` wait. Used from the server's own loop alone."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._limiter = CapacityLimiter(at_once)  # the gate's own threads: no file that is served takes one
        self._free = at_once
        self._most = waiting
        self._lines: OrderedDict[str, deque[Turn]] = OrderedDict()  # of each who waits; the first one's turn is next

    @property
    def waiting(self) -> int:
        return sum(map(len, self._lines.values()))

    async def through(self, client: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns, when it is the client's turn. Raises Refusal where the line is full."""
        await self._turn(client)
        try:
            return await to_thread.run_sync(lambda: function(*args, **kwargs), limiter=self._limiter)
        finally:
            self._free += 1
            self._next()

    async def _turn(self, client: str) -> None:
        if self._free:  # then nobody waits
            self._free -= 1
            return
        self._make_room(client)
        turn: Turn = asyncio.get_running_loop().create_future()
        self._lines.setdefault(client, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and not turn.exception():  # it came, and nobody is there to use it
                self._free += 1
                self._next()
            else:
                self._leave(client, turn)
            raise

    def _make_room(self, client: str) -> None:
        if self.waiting < self._most:
            return
        longest = max(self._lines, key=lambda one: len(self._lines[one]), default=client)
        if len(self._lines.get(longest, ())) <= len(self._lines.get(client, ())) + 1:
            raise busy(self._most)
        last = self._lines[longest].pop()
        last.set_exception(busy(self._most))

    def _next(self) -> None:
        """Whose turn it is, goes to the end of those who wait."""
        while self._free and self._lines:
            client, line = self._lines.popitem(last=False)
            turn = line.popleft()
            if line:
                self._lines[client] = line
            if not turn.done():
                self._free -= 1
                turn.set_result(None)

    def _leave(self, client: str, turn: Turn) -> None:
        line = self._lines.get(client, deque())
        if turn in line:
            line.remove(turn)
        if not line:
            self._lines.pop(client, None)
