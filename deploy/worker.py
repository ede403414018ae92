"""One process of the application: started, asked how it is, ended. Its place has a socket whose name stays.

A successor listens at a name of its own first. When it answers, its socket is moved over the old one's name: whoever
connects from then on gets the new process, without nginx being told, and never finds nobody there.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
READY = 180.0  # seconds that a start may take: torch is loaded, and what is slow at first is done once
FINISH = 20  # seconds that what is under way has (resnet/api/drain.py)
STOPPED = 25  # seconds after which a process that was told to end has ended (as well)
HEALTH = "/_stcore/health"


class WorkerError(RuntimeError):
    """A process that does not start."""


def with_parent() -> None:
    """In a child: it ends when whoever started it does, whatever ended that (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


async def answers(path: Path, timeout: float = 5) -> bool:
    """Whether the process at this socket says that it is well."""
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(f"GET {HEALTH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


class Worker:
    """A process, and the socket where it is found."""

    def __init__(self, path: Path, process: asyncio.subprocess.Process) -> None:
        self.path = path
        self.process = process

    @classmethod
    async def start(cls, application: str, path: Path, environment: Mapping[str, str]) -> Worker:
        """Returns at once; ``ready`` waits until it answers. Raises WorkerError where the system gives no process."""
        path.unlink(missing_ok=True)
        command = [sys.executable, "-m", "uvicorn", application, "--uds", str(path), "--no-access-log"]
        command += ["--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", str(FINISH)]
        # Nobody but nginx reaches the socket: what it says of a reader is taken from it.
        command += ["--forwarded-allow-ips", "*", "--log-level", "warning"]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=environment, start_new_session=True, preexec_fn=with_parent
            )
        except OSError as error:
            raise WorkerError(f"No process could be started: {error.strerror}.") from None
        return cls(path, process)

    @property
    def runs(self) -> bool:
        return self.process.returncode is None

    async def ready(self) -> None:
        """Raises WorkerError if it ends, or takes too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY):
                while self.runs:
                    if await answers(self.path):
                        return
                    await asyncio.sleep(0.1)
        why = f"took more than {READY:.0f} seconds" if self.runs else f"ended with {self.process.returncode}"
        await self.end()
        raise WorkerError(f"A process that was started {why}; what it said is above.")

    def move(self, path: Path) -> None:
        """Takes the place at ``path``: from now on it is found there."""
        os.rename(self.path, path)
        self.path = path

    async def end(self) -> None:
        """Told to end; what is under way has some seconds."""
        if self.runs:
            self.process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), STOPPED)
        await self.kill()

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # with whom it started
        await self.process.wait()
