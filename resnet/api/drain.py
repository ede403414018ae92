"""How this process stops, so that nobody loses anything: by SIGTERM, in three steps.

    at once           readiness is 503 (``health``): whoever sends readers here sends no more
    NOTICE seconds    everything is answered as before, until that has been noticed
    then              nothing new is taken; browsers are told that the service restarts (WebSocket code 1012) and open
                      the page elsewhere by themselves; what is being made is finished, for FINISH seconds at most
                      (uvicorn's ``--timeout-graceful-shutdown``); the queue lets go of what this process holds

``STOPPED`` seconds after the signal it has ended: whoever would kill it waits so long. A second signal ends the notice.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from resnet.log import told

NOTICE = 2  # seconds
FINISH = 20  # seconds
STOPPED = NOTICE + FINISH + 3

Handler = Callable[[int, FrameType | None], Any]


class Draining:
    """Whether this process is on its way out."""

    def __init__(self) -> None:
        self.now = False

    def on_signal(self, notice: float = NOTICE) -> None:
        """From now on SIGTERM gives notice first, and then does what it did. Where there is a web server's own handler,
        and in the main thread alone, as Python has it; elsewhere nothing changes."""
        loop = asyncio.get_running_loop()
        before = signal.getsignal(signal.SIGTERM)
        if not callable(before) or threading.current_thread() is not threading.main_thread():
            return

        def stop(number: int, frame: FrameType | None) -> None:
            if self.now:
                before(number, frame)
                return
            self.now = True
            # from the loop: a signal comes in the middle of anything
            loop.call_soon_threadsafe(self._give_notice, loop, before, number, notice)

        signal.signal(signal.SIGTERM, stop)

    def _give_notice(self, loop: asyncio.AbstractEventLoop, before: Handler, number: int, notice: float) -> None:
        told("draining", seconds=notice)
        loop.call_later(notice, before, number, None)


draining = Draining()
