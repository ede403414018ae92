"""What `make serve` starts, for the benchmarks: several processes behind nginx, and which of them does what (Linux)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.page import ROOT


class Course(NamedTuple):
    """``supervisor`` is the process that started the others."""

    url: str
    supervisor: int

    def named(self, word: str) -> list[int]:
        """The processes below the supervisor whose command has this word, oldest first."""
        return sorted(one for one in below(self.supervisor) if word in command(one))

    def pages(self) -> list[int]:
        return self.named("uvicorn")


@contextmanager
def course(workers: int, port: int, more: Sequence[str] = (), env: Mapping[str, str] | None = None) -> Iterator[Course]:
    """Ready when each process answers. ``more``: further options of ``python -m deploy.serve``."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory() as folder:
        arguments = [sys.executable, "-m", "deploy.serve", "--workers", str(workers), "--port", str(port)]
        arguments += ["--folder", folder, *more]
        process = subprocess.Popen(
            arguments, cwd=ROOT, stdout=said, stderr=said, env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(env or {})
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}/_stcore/health")
            yield Course(f"http://127.0.0.1:{port}", process.pid)
        except BaseException:
            said.seek(0)
            sys.stderr.write(said.read()[-3000:].decode(errors="replace"))
            raise
        finally:
            process.terminate()
            process.wait(60)


class Redis:
    """A Redis of our own, which can be killed and started again."""

    def __init__(self, port: int, *, keeps: bool) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self._folder = tempfile.TemporaryDirectory()
        self._command = [
            shutil.which("redis-server") or "/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1",
            "--save", "", "--appendonly", "yes" if keeps else "no", "--dir", self._folder.name,
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        self.kill()
        self._folder.cleanup()


def job_worker(url: str) -> subprocess.Popen[bytes]:
    """Who does the runs that wait in this Redis."""
    command = [sys.executable, "-m", "resnet.run.redis_worker"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"REDIS_URL": url}, stderr=subprocess.DEVNULL)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(480):
        if process.poll() is not None:
            raise RuntimeError(f"the course ended with {process.returncode} while it was starting")
        try:
            urllib.request.urlopen(address, timeout=2).read()
            return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("the course did not answer within two minutes")


def below(process: int) -> list[int]:
    """Every process that this one started, and those that they did."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found, coming = [], [process]
    while coming:
        children = parents.get(coming.pop(), [])
        found += children
        coming += children
    return found


def command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def proportional(processes: Iterable[int]) -> float:
    """Megabytes of all together: what several share is counted once."""
    total = 0
    for one in processes:
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        total += int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return total / 1024


def processor(processes: Iterable[int]) -> float:
    """Seconds of processor time that they have taken so far."""
    total = 0
    for one in processes:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def descriptors(processes: Iterable[int]) -> int:
    return sum(len(os.listdir(f"/proc/{one}/fd")) for one in processes)
