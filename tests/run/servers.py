"""A real Redis server and real workers, for the tests of the queue behind it."""

from __future__ import annotations

import os
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

WORKER = """
import logging, sys, types
sys.modules["resnet"] = package = types.ModuleType("resnet")   # without its front door: torch takes seconds to load
package.__path__ = ["resnet"]
from resnet.run.redis_worker import serve
from tests.run.errands import WORK
logging.basicConfig(level=logging.WARNING)
serve({url!r}, WORK)
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


def worker(url: str) -> subprocess.Popen[bytes]:
    """A worker that knows the errands; it is not there yet when this returns."""
    return subprocess.Popen([sys.executable, "-c", WORKER.format(url=url)], cwd=ROOT, env=os.environ)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
