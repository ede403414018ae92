"""The application as ``make serve`` starts it, for tests: some processes behind nginx, in a folder of their own."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, free_port

STARTS = 180.0  # seconds, on a busy machine
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not here; `apt-get install nginx` brings it")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def by(self) -> str:
        """The process that answered: "slot-1"."""
        return Path(self.headers.get_all("X-Answered-By", [""])[0].split(", ")[-1]).stem

    @property
    def kept(self) -> str | None:
        return self.headers["X-Kept"]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """What runs: where it answers, its supervisor, its folder and its words."""

    port: int
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text()

    def pid(self, slot: str | int) -> int:
        """Of the process in a place, "slot-1" or 1."""
        return int((self.folder / f"slot-{str(slot).removeprefix('slot-')}.pid").read_text())

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: bytes | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def until(self, words: str, times: int = 1, seconds: float = STARTS) -> None:
        """Waits until it has said this so often."""
        deadline = time.monotonic() + seconds
        while self.said.count(words) < times:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, f"{words!r} was not said: {self.said}"
            time.sleep(0.1)

    def replace(self) -> None:
        self.process.send_signal(signal.SIGHUP)


@contextmanager
def served(*more: str, workers: int = 2, port: int | None = None) -> Iterator[Served]:
    """``more``: options of ``python -m deploy.serve``. In a folder with a short path, as sockets need it."""
    port = port or free_port()
    folder = Path(tempfile.mkdtemp(prefix="served-"))
    command = [sys.executable, "-m", "deploy.serve", "--workers", str(workers), "--port", str(port)]
    command += ["--folder", str(folder), "--told", *more]
    with open(folder / "said", "wb") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=said, stderr=said, env=os.environ | {"PYTHONUNBUFFERED": "1"}
        )
    running = Served(port, process, folder)
    try:
        running.until("To stop")
        yield running
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
            shutil.rmtree(folder, ignore_errors=True)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody else trusts, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not here; `apt-get install openssl` brings it")
    files = folder / "certificate.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-out", str(files[0]), "-keyout", str(files[1])]
    subprocess.run(command, check=True, capture_output=True)
    return files
