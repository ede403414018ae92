"""Keeps N processes of the application and nginx running.

    make serve WORKERS=4 PORT=8501       or       python -m deploy.serve --workers 4 --port 8501

    SIGHUP (make reload)    one process after the other is replaced; never fewer than N answer
    SIGTERM, Ctrl-C         nobody more is taken, what is under way ends, then all of it

A process that dies is started again: at once, then after ever longer, so that one that can't start does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from deploy.front import Front
from deploy.settings import Settings, SettingsError, asked, free, nginx
from deploy.worker import Worker, WorkerError, answers

PATIENCE = 30.0  # seconds that a process may not answer before it is taken for dead
LONGEST_WAIT = 30.0  # seconds between two tries to start a process that does not stay
SETTLED = 60.0  # seconds after which it has stayed


def say(words: str) -> None:
    print(words, flush=True)


def longer(wait: float, stayed: float) -> float:
    """Seconds to wait the next time, after a process that stayed so long was started after ``wait`` seconds."""
    return 1.0 if stayed > SETTLED else min(LONGEST_WAIT, 2 * wait or 1.0)


class Slot:
    """A place for a process: its socket's name stays, whoever is in it."""

    def __init__(self, number: int, settings: Settings, environment: dict[str, str]) -> None:
        self.number = number
        self.path = settings.socket(number)
        self._drain = settings.drain
        self._environment = environment
        self._generation = 0
        self._lock = asyncio.Lock()  # one change at a time
        self.worker: Worker | None = None

    async def fill(self) -> None:
        """Starts a process, and puts it in this place when it answers. Whoever was there drains, and ends."""
        async with self._lock:
            self._generation += 1
            new = await Worker.start(self.path.with_suffix(f".{self._generation}.sock"), self._environment)
            try:
                await new.ready()
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    new.process.kill()
                raise
            old, self.worker = self.worker, new
            new.move(self.path)
            self.path.with_suffix(".pid").write_text(f"{new.process.pid}\n")
            if old is not None and old.runs:
                await asyncio.sleep(self._drain)
                await old.end()

    async def watch(self) -> None:
        """Starts it again whenever it is gone."""
        wait = 0.0
        while True:
            since = time.monotonic()
            await self._gone()
            stayed = time.monotonic() - since
            wait = 0.0 if stayed > SETTLED else wait
            say(f"Process {self.number} is gone; another one is started{f' in {wait:.0f} seconds' if wait else ''}.")
            await asyncio.sleep(wait)
            wait = longer(wait, stayed)
            with contextlib.suppress(WorkerError):
                await self.fill()
                say(f"Process {self.number} is back.")

    async def _gone(self) -> None:
        """Returns when the process of this place has ended, or does not answer any more."""
        well = time.monotonic()
        while True:
            worker = self.worker
            if worker is None:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(worker.process.wait(), 5)
            async with self._lock:  # not while it is being replaced
                if self.worker is not worker:
                    well = time.monotonic()
                elif not worker.runs:
                    return
                elif await answers(self.path):
                    well = time.monotonic()
                elif time.monotonic() - well > PATIENCE:
                    await worker.kill()
                    return

    async def end(self) -> None:
        if self.worker is not None:
            await self.worker.end()
        for left in self.path.parent.glob(f"{self.path.stem}.*"):
            left.unlink(missing_ok=True)


class Supervisor:
    """All of it: the processes in their places, and nginx."""

    def __init__(self, settings: Settings, program: str) -> None:
        self._settings = settings
        self._front = Front(program, settings)
        environment = os.environ | {"STREAMLIT_SERVER_COOKIE_SECRET": secret(settings.folder)}
        self._slots = [Slot(number, settings, environment) for number in range(1, settings.workers + 1)]
        self._stop = asyncio.Event()
        self._again = asyncio.Event()

    async def run(self) -> None:
        """Until it is told to stop. Raises SettingsError or WorkerError for what does not start."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._again.set)
        tasks: list[asyncio.Task[None]] = []
        stop = asyncio.create_task(self._stop.wait())
        try:
            starting = asyncio.create_task(self._start())
            await asyncio.wait([starting, stop], return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
                return
            starting.result()
            tasks = [asyncio.create_task(slot.watch()) for slot in self._slots]
            tasks += [asyncio.create_task(self._renew()), asyncio.create_task(self._keep_front())]
            done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stop}:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._end()

    async def _start(self) -> None:
        say(f"{self._settings.workers} processes are starting …")
        self._front.write()
        async with asyncio.TaskGroup() as group:
            for slot in self._slots:
                group.create_task(slot.fill())
        await self._front.start()
        say(
            f"The page: {self._settings.address} ({self._settings.workers} processes behind nginx)\n"
            f"After an update: make reload PORT={self._settings.port}, or kill -HUP {os.getpid()}; no view is lost.\n"
            f"To stop: Ctrl-C, or kill {os.getpid()}."
        )

    async def _renew(self) -> None:
        """Replaces one process after the other, whenever it is asked for."""
        while True:
            await self._again.wait()
            self._again.clear()
            say("The processes are replaced …")
            try:
                self._front.reload()
                for slot in self._slots:
                    await slot.fill()
            except (SettingsError, WorkerError) as error:
                say(f"{error} The rest stays as it is.")
                continue
            # figures of the version before
            for folder in (self._settings.folder / "figures").glob("*"):
                shutil.rmtree(folder, ignore_errors=True)
            say("The processes are replaced.")

    async def _keep_front(self) -> None:
        while True:
            assert self._front.process is not None
            await self._front.process.wait()
            say("nginx is gone; it is started again.")
            await self._front.start()
            await asyncio.sleep(1)  # one that can't stay is not started all the time

    async def _end(self) -> None:
        say("Ending …")
        self._front.refuse()
        await asyncio.gather(*(slot.end() for slot in self._slots))
        await self._front.end()


def secret(folder: Path) -> str:
    """What all processes sign cookies with: made once, kept where only its owner reads it."""
    file = folder / "cookie-secret"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    return file.read_text()


def _lock_file(folder: Path) -> IO[str]:
    return open(folder / "serve.pid", "a+", encoding="ascii")


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def running(folder: Path) -> int | None:
    """The process that keeps what runs from this folder, or None."""
    if not (folder / "serve.pid").exists():
        return None
    with _lock_file(folder) as file:
        if _locked(file):
            return None
        file.seek(0)
        return int(file.read())


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """One at a time for a folder. Raises SettingsError."""
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.folder.chmod(0o700)
    with _lock_file(settings.folder) as file:
        if not _locked(file):
            raise SettingsError(
                f"It runs already from {settings.folder}: make reload PORT={settings.port} replaces its processes, "
                f"PORT=8600 starts another one."
            )
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def reload(settings: Settings) -> str:
    """Asks what runs to replace its processes. Raises SettingsError if nothing runs."""
    pid = running(settings.folder)
    if pid is None:
        raise SettingsError(f"Nothing runs from {settings.folder}: make serve PORT={settings.port} starts it.")
    os.kill(pid, signal.SIGHUP)
    return f"Process {pid} replaces its processes; it says when it is done."


def main(argv: Sequence[str] | None = None) -> int:
    try:
        settings, only_reload = asked(argv)
        if only_reload:
            say(reload(settings))
            return 0
        program = nginx()
        with alone(settings):
            free(settings.host, settings.port)
            asyncio.run(Supervisor(settings, program).run())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except WorkerError as error:
        print(error, file=sys.stderr)
        return 1
    except ExceptionGroup as group:
        print(group.exceptions[0], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
