"""A program that is kept running beside the pages: Redis, and those who do the runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Mapping, Sequence

from deploy.worker import ROOT, with_parent

LONGEST_WAIT = 30.0  # seconds between two tries to start what does not stay
SETTLED = 60.0  # seconds after which it has stayed


def say(words: str) -> None:
    print(words, flush=True)


def longer(wait: float, stayed: float) -> float:
    """Seconds to wait the next time, after what stayed so long was started after ``wait`` seconds."""
    return 1.0 if stayed > SETTLED else min(LONGEST_WAIT, 2 * wait or 1.0)


class Kept:
    """``name``    as it is called when it is gone;  ``ending``   seconds that it has to end"""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], ending: float = 5) -> None:
        self._name = name
        self._command = command
        self._environment = environment
        self._ending = ending
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, env=self._environment, start_new_session=True, preexec_fn=with_parent
        )

    async def watch(self) -> None:
        """Starts it again whenever it is gone: at once, then after ever longer."""
        wait = 0.0
        while True:
            since = time.monotonic()
            assert self._process is not None
            await self._process.wait()
            stayed = time.monotonic() - since
            wait = 0.0 if stayed > SETTLED else wait
            say(f"{self._name} is gone; it is started again{f' in {wait:.0f} seconds' if wait else ''}.")
            await asyncio.sleep(wait)
            wait = longer(wait, stayed)
            with contextlib.suppress(OSError):
                await self.start()

    def renew(self) -> None:
        """Asked to end when it has done what it does; ``watch`` then starts another one."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def end(self) -> None:
        if self._process is None:
            return
        self.renew()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), self._ending)
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)
            await self._process.wait()
