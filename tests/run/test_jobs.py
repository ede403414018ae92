"""The queue with real processes: one run for all, order, progress, and every way in which a run can end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet.run import jobs
from resnet.run.jobs import FullError, Job, LocalQueue, Queue, State
from resnet.spec.errors import SpecError
from tests.run.errands import WORK

pytestmark = pytest.mark.slow  # seconds each: `make quick` leaves them out

ROOT = Path(__file__).parents[2]
unix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture
def queue() -> Iterator[LocalQueue]:
    one = LocalQueue(WORK)
    yield one
    one.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "ran")


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


# what is asked


def test_a_key_is_the_same_on_every_day() -> None:
    job = Job.of("training", kinds="A,B", epochs=3, seeds=1)
    assert job == Job.of("training", seeds=1, epochs=3, kinds="A,B") and hash(job)
    assert job.key == Job("training", tuple(reversed(job.asked))).key == "training-ea6c09d79505b015"
    assert job.key != Job.of("training", kinds="A,B", epochs=4, seeds=1).key
    what, asked = json.loads(json.dumps(job))  # as another kind of queue would send it
    assert Job(what, tuple(map(tuple, asked))).key == job.key


def test_what_nobody_can_do_is_a_sentence(queue: LocalQueue) -> None:
    with pytest.raises(SpecError, match="what is 'cook', but it must be one of 'count'"):
        queue.submit(Job.of("cook"))
    for wrong in (Job.of("count"), Job.of("count", file="x", salt=1), Job("count", (("tell", 1),))):
        with pytest.raises(SpecError, match="it must be values for file, times, pause, and for nothing else"):
            queue.submit(wrong)
    with pytest.raises(SpecError, match=r"file is \[1\], but it must be text or a number"):
        queue.submit(Job("count", (("file", [1]),)))  # type: ignore[arg-type]
    assert queue.state("count-0") is None and queue.cancel("count-0") is None


def test_nothing_is_started_before_it_is_needed() -> None:
    code = """
    import threading, subprocess, time
    started = []
    class Popen(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            started.append(args)
            super().__init__(*args, **kwargs)
    subprocess.Popen = Popen
    from resnet.run.jobs import Job, queue
    one = queue()
    assert one is queue() and one.state("training-0") is None
    one.cancel("training-0")
    assert not started and threading.active_count() == 1
    job = Job.of("training", kinds="", epochs=1, seeds=1)
    assert one.submit(job).phase in ("waiting", "running")
    while not started:
        time.sleep(0.02)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True, timeout=30)


# one run for all, in order


def test_three_hundred_ask_and_one_run_answers(queue: LocalQueue, file: str) -> None:
    job = Job.of("count", file=file, times=20, pause=0.02)
    together = threading.Barrier(30)

    def ask(_: int) -> State:
        together.wait()
        return queue.submit(job)

    with ThreadPoolExecutor(30) as pool:
        states = list(pool.map(ask, range(300)))
    assert {state.key for state in states} == {job.key} and {state.place for state in states} == {0}
    state = ended(queue, job)
    assert (state.phase, state.share, state.result, state.problem) == ("done", 1.0, tuple(range(20)), "")
    assert queue.submit(job) == state  # and whoever comes later has it at once
    assert len(ran(file)) == 1


def test_each_waits_for_those_before_it(queue: LocalQueue, file: str, tmp_path: Path) -> None:
    first = Job.of("count", file=file, times=20, pause=0.02)
    others = [Job.of("count", file=str(tmp_path / str(n))) for n in (1, 2, 3)]
    assert queue.submit(first).place == 0
    assert [queue.submit(job).place for job in others] == [1, 2, 3]
    assert [queue.submit(job).phase for job in others] == ["waiting"] * 3
    queue.cancel(others[1].key)
    assert queue.state(others[1].key).phase == "cancelled"
    assert queue.state(others[2].key).place == 2
    assert queue.submit(others[1]).place == 3  # again, but behind the others
    places: list[int] = []
    while (state := queue.state(others[1].key)).phase == "waiting":
        places.append(state.place)
        time.sleep(0.001)
    assert places == sorted(places, reverse=True)
    ended(queue, others[1])
    times = [Path(tmp_path / str(n)).stat().st_mtime_ns for n in (1, 3, 2)]
    assert times == sorted(times)
    everything = [run for n in ("ran", "1", "2", "3") for run in ran(str(tmp_path / n))]
    assert len(everything) == 4 and len(set(everything)) == 1  # in one process, one after the other


def test_a_full_queue_says_so(file: str) -> None:
    queue = LocalQueue(WORK, waiting=2)
    try:
        queue.submit(long(file))
        begun(queue, long(file))
        for n in (1, 2):
            queue.submit(long(file, n))
        with pytest.raises(FullError, match="The queue is full: 2 runs wait in front of yours"):
            queue.submit(long(file, 3))
        assert queue.submit(long(file, 2)).place == 2  # who is in it already may ask
        queue.cancel(long(file, 1).key)
        assert queue.submit(long(file, 3)).place == 2
        assert queue.state(long(file, 2).key).place == 1
    finally:
        queue.close()


# while it runs, and afterwards


def test_progress_is_seen_from_every_thread(queue: LocalQueue, file: str) -> None:
    job = Job.of("count", file=file, times=40, pause=0.01)
    queue.submit(job)

    def watch(_: int) -> list[State]:
        seen = [queue.state(job.key)]
        while seen[-1].phase in ("waiting", "running"):
            time.sleep(0.003)
            seen.append(queue.state(job.key))
        return seen

    with ThreadPoolExecutor(8) as pool:
        for seen in pool.map(watch, range(8)):
            assert [state.share for state in seen] == sorted(state.share for state in seen)
            assert any(0 < state.share < 1 and 0 < len(state.told) < 40 for state in seen)
            assert all([n for n, _ in state.told] == list(range(len(state.told))) for state in seen)
            assert seen[-1].phase == "done"


def test_what_is_told_and_kept_is_bounded(file: str) -> None:
    queue = LocalQueue(WORK, told=10, kept=3)
    try:
        asked = [Job.of("count", file=file, times=100 + n) for n in range(5)]
        for job in asked:
            queue.submit(job)
        assert [n for n, _ in ended(queue, asked[-1]).told] == list(range(94, 104))
        assert [queue.state(job.key) is None for job in asked] == [True, True, False, False, False]
        queue.state(asked[2].key)  # asked for, and so not the next to be forgotten
        queue.submit(asked[0])
        ended(queue, asked[0])
        assert queue.state(asked[3].key) is None and queue.state(asked[2].key)
        assert len(ran(file)) == 6
    finally:
        queue.close()


def test_a_result_is_there_whenever_one_looks(queue: LocalQueue, file: str) -> None:
    for n in range(1, 60):
        job = Job.of("count", file=file, times=n)
        queue.submit(job)
        time.sleep(n % 7 / 1000)
        assert queue.state(job.key).phase in ("waiting", "running", "done")
        assert ended(queue, job).result == tuple(range(n))


# what goes wrong


def test_an_error_is_a_sentence(queue: LocalQueue, caplog: pytest.LogCaptureFixture) -> None:
    broken, odd, well = map(Job.of, ("breaks", "gives_what_cannot_be_sent", "surroundings"))
    for job in (broken, odd, well):
        queue.submit(job)
    assert ended(queue, well).phase == "done"
    for job in (broken, odd):
        assert (queue.state(job.key).phase, queue.state(job.key).problem) == ("failed", jobs.FAILED)
    levels = [(record.levelname, "Traceback" in record.message) for record in caplog.records]
    assert levels == [("ERROR", True)] * 2
    assert "a secret path" in caplog.text
    queue.submit(broken)
    assert ended(queue, broken).phase == "failed"
    assert len(caplog.records) == 3  # it ran again


@unix
def test_a_killed_process_is_a_lost_run_and_no_more(queue: LocalQueue, file: str, tmp_path: Path) -> None:
    job, other = long(file), Job.of("count", file=str(tmp_path / "other"))
    queue.submit(job)
    queue.submit(other)
    os.kill(first := begun(queue, job), signal.SIGKILL)
    state = ended(queue, job, 1)
    assert (state.phase, state.problem, state.result) == ("lost", jobs.LOST, None)
    assert ended(queue, other).phase == "done"
    second = ran(str(tmp_path / "other"))[0]
    assert second != first
    os.kill(second, signal.SIGKILL)  # while it has nothing to do: nobody is to notice
    wait(lambda: gone(second))
    assert queue.submit(job).phase == "waiting"
    assert begun(queue, job) not in (first, second)
    assert queue.state(job.key).problem == ""


def test_a_process_that_ends_itself_is_lost_too(queue: LocalQueue) -> None:
    for code in (0, 3):
        queue.submit(Job.of("exits", code=code))
        assert ended(queue, Job.of("exits", code=code)).phase == "lost"


@unix
@pytest.mark.parametrize("deaf", [False, True])
def test_a_run_is_stopped_within_a_second(queue: LocalQueue, file: str, tmp_path: Path, deaf: bool) -> None:
    """At the next thing that it tells, in a process that goes on; and if it tells nothing, with its process."""
    job = Job.of("in_c") if deaf else long(file)
    other = Job.of("count", file=str(tmp_path / "other"))
    queue.submit(job)
    queue.submit(other)
    pid = begun(queue, job)
    queue.cancel(job.key)
    state = queue.state(job.key)
    assert (state.phase, state.problem, state.result) == ("cancelled", jobs.CANCELLED, None)
    assert queue.state(other.key).place == 0
    if deaf:
        wait(lambda: gone(pid), 1)
    assert ended(queue, other, 2 if deaf else 0.4).phase == "done"
    assert (ran(str(tmp_path / "other")) == [pid]) != deaf
    assert len(queue.state(job.key).told) < 1000
    queue.cancel(other.key)
    assert queue.state(other.key).phase == "done"  # what is over cannot be stopped
    assert queue.submit(job).phase == "waiting"
    assert (begun(queue, job) == pid) != deaf
    time.sleep(jobs.GRACE + 0.1)
    assert queue.state(job.key).phase == "running"  # the grace of the run before does not end this one


def test_cancelling_at_any_moment_breaks_nothing(queue: LocalQueue, file: str) -> None:
    """Also while its process starts, and while its result is on the way."""
    for n in range(30):
        job = Job.of("count", file=file, times=3, pause=n % 3 / 100)
        queue.submit(job)
        time.sleep(n * 7 % 30 / 500)
        queue.cancel(job.key)
        assert queue.state(job.key).phase in ("cancelled", "done")
        queue.submit(job)
        assert ended(queue, job).result == (0, 1, 2)


def test_a_run_that_takes_too_long_is_stopped(file: str) -> None:
    queue = LocalQueue(WORK, longest_seconds=0.5)
    try:
        queue.submit(long(file))
        state = ended(queue, long(file), 3)
        assert state.phase == "failed" and "took longer than" in state.problem
    finally:
        queue.close()


@unix
def test_an_idle_process_ends_and_another_comes(file: str) -> None:
    queue = LocalQueue(WORK, idle_seconds=0.3)
    before = set(threading.enumerate())
    try:
        for n in (1, 2):
            job = Job.of("count", file=file, times=n)
            queue.submit(job)
            assert ended(queue, job).phase == "done"
            wait(lambda: gone(ran(file)[-1]), 2)
            wait(lambda: "jobs" not in {thread.name for thread in set(threading.enumerate()) - before}, 2)
        assert len(set(ran(file))) == 2
        assert queue.state(job.key).result == (0, 1)
    finally:
        queue.close()


@unix
def test_closing_stops_everything(queue: LocalQueue, file: str) -> None:
    for n in (0, 1):
        queue.submit(long(file, n))
    pid = begun(queue, long(file))
    queue.close()
    assert gone(pid)
    states = [queue.state(long(file, n).key) for n in (0, 1)]
    assert [(state.phase, state.problem) for state in states] == [("cancelled", jobs.SHUT)] * 2
    queue.submit(long(file))
    assert begun(queue, long(file)) != pid


# where it runs


def test_the_process_is_a_fresh_and_a_quiet_one(queue: LocalQueue) -> None:
    job = Job.of("surroundings")
    start = time.monotonic()
    queue.submit(job)
    found = ended(queue, job).result
    assert time.monotonic() - start < 2
    assert found["pid"] != os.getpid() and found["path"] == sys.path and found["stdin"] == ""
    if sys.platform != "win32":
        assert found["nice"] == min(os.nice(0) + 10, 19)
    assert not found["modules"] & {"streamlit", "uvicorn", "pytest", "torch", "pages"}


PARENT = """
import sys, time, types
sys.path.insert(0, {root!r})
sys.modules["resnet"] = package = types.ModuleType("resnet")   # without its front door, which brings torch
package.__path__ = [{root!r} + "/resnet"]
open({file!r} + ".main", "a").write("x")   # as a page without a guard: it must not run a second time
from resnet.run.jobs import Job, LocalQueue
from tests.run.errands import WORK
queue = LocalQueue(WORK)
queue.submit(Job.of("count", file={file!r}, times=2, pause=60))   # and tells nothing in this minute
"""


@unix
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_its_server(file: str, tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "main.py"
    script.write_text(PARENT.format(root=str(ROOT), file=file) + "time.sleep(60)")
    parent = subprocess.Popen([sys.executable, str(script)], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: bool(ran(file)), 30)
        assert not gone(ran(file)[0])
        parent.send_signal(how)
        parent.wait(5)
        wait(lambda: gone(ran(file)[0]), 3)
    finally:
        parent.kill()
        parent.wait()
    assert len(ran(file)) == 1 and Path(file + ".main").read_text() == "x"


@unix
def test_under_uvicorn_there_is_one_server(file: str, tmp_path: Path) -> None:
    words = PARENT.format(root=str(ROOT), file=file)
    (tmp_path / "served.py").write_text(words + "from starlette.applications import Starlette\napp = Starlette()\n")
    command = [sys.executable, "-m", "uvicorn", "served:app", "--port", "0", "--log-level", "warning"]
    server = subprocess.Popen(command, cwd=tmp_path)
    try:
        wait(lambda: bool(ran(file)), 30)
        server.terminate()
        server.wait(5)
        wait(lambda: gone(ran(file)[0]), 3)
    finally:
        server.kill()
        server.wait()
    assert Path(file + ".main").read_text() == "x"


@unix
def test_a_streamlit_page_is_not_run_by_the_process(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a page runs, Streamlit has it stand in for the main module."""
    monkeypatch.setitem(sys.modules, "resnet", sys.modules["resnet"])  # the page replaces it, in this process
    page = AppTest.from_string(PARENT.format(root=str(ROOT), file=file) + "import streamlit as st\nst.write('asked')")
    page.run(timeout=20)
    assert page.markdown[0].value == "asked"
    wait(lambda: bool(ran(file)))
    assert Path(file + ".main").read_text() == "x"
    os.kill(ran(file)[0], signal.SIGKILL)  # the page's own queue has nobody to close it


# the real work


def test_a_real_training_and_real_gradients() -> None:
    from resnet.run.gradients import gradient_norms
    from resnet.run.training import train

    real = LocalQueue(jobs.WORK | WORK)
    training = Job.of("training", kinds="B,plain", epochs=1, seeds=1, blocks=2)
    gradients = Job.of("gradients", kinds="plain,B", blocks=3, steps=2)
    wrong = Job.of("training", kinds="B,B", epochs=1, seeds=1)
    unknown = Job.of("training", kinds="Z", epochs=1, seeds=1)
    threads = Job.of("torch_threads")
    try:
        for job in (training, gradients, wrong, unknown, threads):
            real.submit(job)
        found = ended(real, training, 40)
        assert found.told == found.result
        assert [(epoch.kind, epoch.epoch) for epoch in found.result] == [("B", 0), ("B", 1), ("plain", 0), ("plain", 1)]
        for epoch, here in zip(found.result, train("B", epochs=1, seed=1, blocks=2), strict=False):
            assert epoch[:3] == here[:3] and epoch[3:] == pytest.approx(here[3:], abs=0.01)
        norms = ended(real, gradients, 20)
        assert norms.told == norms.result
        for one, kind in zip(norms.result, ("plain", "B"), strict=True):
            assert one.norms == pytest.approx(gradient_norms(kind, 3, steps=2).norms, rel=0.01)
        assert ended(real, wrong).phase == "failed"
        assert ended(real, wrong).problem.startswith("kinds is 'B,B', but it must be 1 to 6 different names")
        assert ended(real, unknown).problem.startswith("kind is 'Z', but it must be one of")
        assert ended(real, threads).result == 1
    finally:
        real.close()
