"""A real Redis server and real workers, for the tests of the queue behind it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis, RedisError

from tests.run.queues import ROOT, wait

BINARY = shutil.which("redis-server") or shutil.which("redis-server", path="/usr/sbin")
needs_redis = pytest.mark.skipif(BINARY is None, reason="needs redis-server (a system package of that name)")

LIGHT = """
import sys, types
sys.modules["resnet"] = package = types.ModuleType("resnet")   # without its front door: torch takes seconds to load
package.__path__ = ["resnet"]
"""
WORKER = """
import logging
from resnet.run.redis_worker import serve
from resnet.run.work import WORK as REAL
from tests.run.errands import WORK
logging.basicConfig(level=logging.WARNING)
serve({url!r}, REAL | WORK, idle_seconds={idle})
"""
WEB = """
from resnet.run.jobs import Job
from resnet.run.redis_queue import RedisQueue
from tests.run.errands import WORK
queue = RedisQueue({url!r}, WORK)
"""


class Server:
    """redis-server in a folder of its own: with ``lasting`` it finds its data again, else it forgets."""

    def __init__(self, folder: Path, lasting: bool = False) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = int(sock.getsockname()[1])
        self.folder, self.lasting = folder, lasting
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = Redis(port=self.port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        command = [str(BINARY), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command += ["--save", "", "--daemonize", "no", "--appendonly", "yes" if self.lasting else "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait(self.answers)
        return self

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False

    def signal(self, what: int) -> None:
        assert self._process
        self._process.send_signal(what)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


def worker(url: str, idle: float = 180) -> subprocess.Popen[bytes]:
    """A worker that knows the errands; it is not there yet when this returns."""
    return _python(WORKER.format(url=url, idle=idle))


def web(url: str, script: str) -> subprocess.Popen[bytes]:
    """A process with a queue of its own: the script finds it as ``queue``, and what it prints can be read."""
    return _python(WEB.format(url=url) + script, stdout=subprocess.PIPE)


def _python(script: str, **pipes: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", LIGHT + script], cwd=ROOT, **pipes)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
