"""A place for a process of the application: whoever is in it answers at the same socket."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping

from deploy.kept import SETTLED, longer, say
from deploy.settings import Settings
from deploy.worker import Worker, WorkerError, answers

OVERLAP = 1.0  # seconds that a process goes on after its successor took its place: what is on its way to it arrives


class Slot:
    """A place for a process: its socket's name stays, whoever is in it."""

    def __init__(self, number: int, settings: Settings, environment: Mapping[str, str]) -> None:
        self.number = number
        self.path = settings.socket(number)
        self._application = settings.application
        self._patience = settings.patience
        self._environment = environment
        self._generation = 0
        self._lock = asyncio.Lock()  # one change at a time
        self._here: Worker | None = None
        self._leaving: Worker | None = None

    async def fill(self) -> None:
        """Starts a process, and puts it in this place when it answers; whoever was there drains, and ends. Raises
        WorkerError if it does not answer: then whoever was there stays."""
        async with self._lock:
            self._generation += 1
            path = self.path.with_suffix(f".{self._generation}.sock")
            new = await Worker.start(self._application, path, self._environment)
            try:
                await new.ready()
            except BaseException:
                await new.kill()
                raise
            self._leaving, self._here = self._here, new
            new.move(self.path)
            self.path.with_suffix(".pid").write_text(f"{new.process.pid}\n")
            if self._leaving is not None and self._leaving.runs:
                await asyncio.sleep(OVERLAP)
                await self._leaving.end()

    async def watch(self) -> None:
        """Starts it again whenever it is gone: at once, then after ever longer."""
        wait = 0.0
        while True:
            since = time.monotonic()
            await self._gone()
            stayed = time.monotonic() - since
            wait = 0.0 if stayed > SETTLED else wait
            say(f"Process {self.number} is gone; another one is started{f' in {wait:.0f} seconds' if wait else ''}.")
            await asyncio.sleep(wait)
            wait = longer(wait, stayed)
            if self._here is not None and self._here.runs:  # somebody else was quicker
                continue
            try:
                await self.fill()
                say(f"Process {self.number} is back.")
            except WorkerError as error:
                say(str(error))

    async def _gone(self) -> None:
        """Returns when the process of this place has ended, or does not answer any more."""
        often = min(5.0, self._patience / 4)
        well = time.monotonic()
        while (worker := self._here) is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(worker.process.wait(), often)
            async with self._lock:  # not while it is being replaced
                if self._here is not worker:
                    well = time.monotonic()
                elif not worker.runs:
                    return
                elif await answers(self.path, often):
                    well = time.monotonic()
                elif time.monotonic() - well > self._patience:
                    await worker.kill()
                    return

    async def end(self) -> None:
        await asyncio.gather(*(one.end() for one in (self._here, self._leaving) if one is not None))
        for left in self.path.parent.glob(f"{self.path.stem}.*"):
            left.unlink(missing_ok=True)
