"""Keeps N processes of the application and nginx running.

    make serve WORKERS=4 PORT=8501       or       python -m deploy.serve --workers 4 --port 8501

    SIGHUP (make reload)    one process after the other is replaced; never fewer than N answer
    SIGTERM, Ctrl-C         nobody more is taken, what is under way ends, then all of it

A process that dies is started again: at once, then after ever longer, so that one that can't start does no harm.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.folder import alone, reload, secret
from deploy.front import Front
from deploy.kept import SETTLED, Kept, longer, say
from deploy.settings import Settings, SettingsError, asked, free, nginx, redis_server
from deploy.slot import Slot
from deploy.worker import WorkerError

LAST_WORDS = 10  # seconds that a run has to end when all of it ends


def redis_of(settings: Settings, socket: Path) -> list[str]:
    """The command of a Redis that only this user reaches, and that finds its runs again."""
    command = [redis_server(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--dir", str(settings.folder), "--save", "", "--appendonly", "yes", "--logfile", "redis.log"]
    return [*command, "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]


def redis_and_workers(settings: Settings, shared: Mapping[str, str]) -> tuple[list[Kept], list[Kept]]:
    """Our own Redis, if there is to be one; and those who do the runs that wait there."""
    socket = settings.own_redis
    redis = [] if socket is None else [Kept("Redis", redis_of(settings, socket), shared)]
    worker = [sys.executable, "-m", "resnet.run.redis_worker"]
    return redis, [Kept(f"Worker {n}", worker, shared, LAST_WORDS) for n in range(1, settings.jobs + 1)]


def environment(settings: Settings) -> dict[str, str]:
    """What all processes share: with what cookies are signed, and where runs wait."""
    shared = os.environ | {"STREAMLIT_SERVER_COOKIE_SECRET": secret(settings.folder)}
    redis = f"unix://{settings.own_redis}" if settings.own_redis else settings.redis
    return shared | ({"REDIS_URL": redis} if redis else {})


def runs(settings: Settings) -> str:
    """Who does what takes longer than a second, in words."""
    if settings.jobs:
        return f"{settings.jobs} more do the runs of all"
    return "runs wait at REDIS_URL" if settings.redis else "each does its own runs, and JOBS=2 shares them"


class Supervisor:
    """All of it: the processes in their places, and nginx."""

    def __init__(self, settings: Settings, program: str) -> None:
        self._settings = settings
        self._front = Front(program, settings)
        shared = environment(settings)
        self._slots = [Slot(number, settings, shared) for number in range(1, settings.workers + 1)]
        self._redis, self._workers = redis_and_workers(settings, shared)
        self._stop = asyncio.Event()
        self._again = asyncio.Event()

    async def run(self) -> None:
        """Until it is told to stop. Raises SettingsError or WorkerError for what does not start."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._again.set)
        stop = asyncio.create_task(self._stop.wait())
        try:
            if not await self._first(stop, self._start()):
                kept = [*(one.watch() for one in self._slots), *(one.watch() for one in self._redis + self._workers)]
                await self._first(stop, *kept, self._renew(), self._keep_front())
        finally:
            await self._end()

    @staticmethod
    async def _first(stop: asyncio.Task[bool], *others: Coroutine[Any, Any, None]) -> bool:
        """Until one of them ends, or is to stop; then all end. Whether it was to stop. Raises what they raise."""
        tasks = [asyncio.create_task(other) for other in others]
        try:
            done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stop}:
                task.result()
            return stop in done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _start(self) -> None:
        said = self._settings
        say(f"{said.workers} processes are starting …")
        self._front.write()
        for one in self._redis + self._workers:
            await one.start()
        async with asyncio.TaskGroup() as group:
            for slot in self._slots:
                group.create_task(slot.fill())
        await self._front.start()
        say(
            f"The page: {said.address} ({said.workers} processes behind nginx; {runs(said)})\n"
            f"After an update: make reload PORT={said.port}, or kill -HUP {os.getpid()}; no view is lost.\n"
            f"To stop: Ctrl-C, or kill {os.getpid()}."
        )
        if said.site.user == "root":
            say("All of it runs as root. It need not: an ordinary user is enough.")

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
                for one in self._workers:
                    one.renew()
            except (SettingsError, WorkerError) as error:
                say(f"{error} The rest stays as it is.")
                continue
            # figures of the version before
            for folder in (self._settings.folder / "figures").glob("*"):
                shutil.rmtree(folder, ignore_errors=True)
            say("The processes are replaced.")

    async def _keep_front(self) -> None:
        wait = 0.0
        while True:
            since = time.monotonic()
            assert self._front.process is not None
            await self._front.process.wait()
            stayed = time.monotonic() - since
            wait = 0.0 if stayed > SETTLED else wait
            say(f"nginx is gone; it is started again{f' in {wait:.0f} seconds' if wait else ''}.")
            await asyncio.sleep(wait)
            wait = longer(wait, stayed)
            try:
                await self._front.start()
                say("nginx is back.")
            except (SettingsError, OSError) as error:
                say(str(error))

    async def _end(self) -> None:
        say("Ending …")
        self._front.refuse()
        await asyncio.gather(*(slot.end() for slot in self._slots))
        await self._front.end()
        await asyncio.gather(*(one.end() for one in self._workers))
        await asyncio.gather(*(one.end() for one in self._redis))  # last: the others tell it how they ended


def main(argv: Sequence[str] | None = None) -> int:
    try:
        settings, only_reload = asked(argv)
        if only_reload:
            say(reload(settings))
            return 0
        program = nginx()
        with alone(settings):
            free(settings.host, settings.port)
            many = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (many, many)
            )  # a reader is an open file, and often 1,024 are let
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
