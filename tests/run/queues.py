"""What tests of the queue and of its process look at."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from resnet.run.jobs import Job, Queue, State

ROOT = Path(__file__).parents[2]
unix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


def ran(file: str) -> list[int]:
    """The process of each run that began."""
    return [int(line) for line in Path(file).read_text().split()] if Path(file).exists() else []


def wait(condition: Callable[[], bool], seconds: float = 15) -> float:
    """How long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it did not happen in time"
        time.sleep(0.005)
    return time.monotonic() - start


def ended(queue: Queue, job: Job, seconds: float = 15) -> State:
    wait(lambda: queue.state(job.key).phase not in ("waiting", "running"), seconds)
    return queue.state(job.key)


def begun(queue: Queue, job: Job) -> int:
    """Waits until it has told something; its process."""
    wait(lambda: bool(queue.state(job.key).told))
    last = queue.state(job.key).told[-1]
    return last[1] if isinstance(last, tuple) else last


def gone(pid: int) -> bool:
    """No such process, or one whose end only waits to be noticed."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def long(file: str, name: int = 0) -> Job:
    return Job.of("count", file=file, times=1000 + name, pause=0.02)
