"""Both queues with real processes: one run for all, order, progress, and every way in which a run can end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from resnet.run import noted, process, runs
from resnet.run.jobs import FullError, Job, LocalQueue, Queue, State
from resnet.run.runs import TurnError
from resnet.spec.errors import SpecError
from tests.run.conftest import Opened
from tests.run.errands import WORK
from tests.run.queues import ROOT, begun, ended, gone, long, ran, unix, wait

pytestmark = pytest.mark.slow  # seconds each: `make quick` leaves them out


# what is asked


def test_a_key_is_the_same_on_every_day() -> None:
    job = Job.of("training", kinds="A,B", epochs=3, seeds=1)
    assert job == Job.of("training", seeds=1, epochs=3, kinds="A,B") and hash(job)
    assert job.key == Job("training", tuple(reversed(job.asked))).key == "training-ea6c09d79505b015"
    assert job.key != Job.of("training", kinds="A,B", epochs=4, seeds=1).key
    what, asked = json.loads(json.dumps(job))  # as another kind of queue would send it
    assert Job(what, tuple(map(tuple, asked))).key == job.key


def test_what_nobody_can_do_is_a_sentence(queue: Queue) -> None:
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
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True, timeout=90)


# one run for all, in order


def test_three_hundred_ask_and_one_run_answers(queue: Queue, file: str) -> None:
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


def test_each_waits_for_those_before_it(queue: Queue, file: str, tmp_path: Path) -> None:
    first = Job.of("count", file=file, times=40, pause=0.02)
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


def test_a_full_queue_says_so(opened: Opened, file: str) -> None:
    queue = opened(waiting=2)
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


def test_readers_take_turns(opened: Opened, file: str) -> None:
    queue = opened()
    queue.submit(long(file), reader="a")
    begun(queue, long(file))
    for n, reader in ((1, "a"), (2, "a"), (3, "b"), (4, "b"), (5, "c"), (6, ""), (7, "")):
        queue.submit(long(file, n), reader=reader)
    with pytest.raises(TurnError, match="2 runs of yours wait already, and others want their turn too"):
        queue.submit(long(file, 8), reader="a")
    assert queue.submit(long(file, 2), reader="a").phase == "waiting"  # what is there already is nobody's turn
    places = {n: queue.state(long(file, n).key).place for n in range(1, 8)}
    assert sorted(places, key=lambda n: places[n]) == [1, 3, 5, 6, 7, 2, 4]
    queue.cancel(long(file, 1).key)
    assert queue.submit(long(file, 8), reader="a").place == 7  # behind everybody's first; its own first is now run 2


def test_what_waits_runs_and_ended_is_counted(opened: Opened, file: str) -> None:
    queue = opened()
    before = Counter(queue.counts().ended)
    quick = Job.of("count", file=file)
    queue.submit(quick)
    ended(queue, quick)
    for n in range(3):
        queue.submit(long(file, n))
    begun(queue, long(file))
    assert queue.counts()[:2] == (2, 1)
    for n in range(3):
        queue.cancel(long(file, n).key)
    counts = queue.counts()
    assert counts[:2] == (0, 0) and counts.everywhere == (not isinstance(queue, LocalQueue))
    assert Counter(counts.ended) - before == {"done": 1, "cancelled": 3}
    assert queue.healthy() == ""


# while it runs, and afterwards


def test_progress_is_seen_from_every_thread(queue: Queue, file: str) -> None:
    job = Job.of("count", file=file, times=40, pause=0.02)
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


def test_what_is_told_and_kept_is_bounded(opened: Opened, file: str) -> None:
    queue = opened(told=10, kept=3)
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


def test_a_result_is_there_whenever_one_looks(queue: Queue, file: str) -> None:
    for n in range(1, 60):
        job = Job.of("count", file=file, times=n)
        queue.submit(job)
        time.sleep(n % 7 / 1000)
        assert queue.state(job.key).phase in ("waiting", "running", "done")
        assert ended(queue, job).result == tuple(range(n))


# what goes wrong


def test_an_error_is_a_sentence(queue: Queue, file: str) -> None:
    broken, odd, well = Job.of("breaks"), Job.of("gives_what_cannot_be_sent"), Job.of("count", file=file)
    for job in (broken, odd, well):
        queue.submit(job)
    assert ended(queue, well).phase == "done"
    for job in (broken, odd):
        assert (queue.state(job.key).phase, queue.state(job.key).problem) == ("failed", runs.FAILED)
    assert queue.submit(broken).phase == "waiting"  # it runs again
    assert ended(queue, broken).phase == "failed"


def test_a_run_is_a_line_in_the_log(local: LocalQueue, file: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "resnet")
    jobs = [Job.of("breaks"), Job.of("count", file=file), Job.of("exits", code=0)]
    for job in jobs:
        local.submit(job)
        ended(local, job)
    noted.ended(jobs[0], "failed", expected=True)  # a reader was told what was wrong with it
    lines = [(one.levelname, one.fields) for one in caplog.records if one.message == "run"]
    levels = [("ERROR", "failed"), ("INFO", "done"), ("ERROR", "lost"), ("INFO", "failed")]
    assert [(level, said["phase"]) for level, said in lines] == levels
    assert [said["settings"] for _, said in lines] == [job.key[-16:] for job in (*jobs, jobs[0])]
    assert all(said["seconds"] >= 0 for _, said in lines[:3])
    assert [said["error"] for _, said in lines] == ["ZeroDivisionError", None, "EOFError", None]
    assert lines[0][1]["at"].startswith("tests/run/errands.py:") and lines[0][1]["at"].endswith(" breaks")
    assert "a secret path" not in caplog.text and "Traceback" not in caplog.text


@unix
def test_a_killed_process_is_a_lost_run_and_no_more(queue: Queue, file: str, tmp_path: Path) -> None:
    job, other = long(file), Job.of("count", file=str(tmp_path / "other"))
    queue.submit(job)
    queue.submit(other)
    os.kill(first := begun(queue, job), signal.SIGKILL)
    state = ended(queue, job, 1)
    assert (state.phase, state.problem, state.result) == ("lost", runs.LOST, None)
    assert ended(queue, other).phase == "done"
    second = ran(str(tmp_path / "other"))[0]
    assert second != first
    os.kill(second, signal.SIGKILL)  # while it has nothing to do: nobody is to notice
    wait(lambda: gone(second))
    assert queue.submit(job).phase == "waiting"
    assert begun(queue, job) not in (first, second)
    assert queue.state(job.key).problem == ""


def test_a_process_that_ends_itself_is_lost_too(queue: Queue) -> None:
    for code in (0, 3):
        queue.submit(Job.of("exits", code=code))
        assert ended(queue, Job.of("exits", code=code)).phase == "lost"


@unix
@pytest.mark.parametrize("deaf", [False, True])
def test_a_run_is_stopped_within_a_second(queue: Queue, file: str, tmp_path: Path, deaf: bool) -> None:
    """At the next thing that it tells, in a process that goes on; and if it tells nothing, with its process."""
    job = Job.of("in_c") if deaf else long(file)
    other = Job.of("count", file=str(tmp_path / "other"))
    queue.submit(job)
    queue.submit(other)
    pid = begun(queue, job)
    queue.cancel(job.key)
    state = queue.state(job.key)
    assert (state.phase, state.problem, state.result) == ("cancelled", runs.CANCELLED, None)
    assert queue.state(other.key).place == 0
    if deaf:
        wait(lambda: gone(pid), 1)
    soon = 0.4 if isinstance(queue, LocalQueue) else 1.5  # Redis's worker hears of it within 0.2 s
    assert ended(queue, other, 2 if deaf else soon).phase == "done"
    assert (ran(str(tmp_path / "other")) == [pid]) != deaf
    assert len(queue.state(job.key).told) < 1000
    queue.cancel(other.key)
    assert queue.state(other.key).phase == "done"  # what is over cannot be stopped
    assert queue.submit(job).phase == "waiting"
    assert (begun(queue, job) == pid) != deaf
    time.sleep(process.GRACE + 0.1)
    assert queue.state(job.key).phase == "running"  # the grace of the run before does not end this one


def test_cancelling_at_any_moment_breaks_nothing(queue: Queue, file: str) -> None:
    """Also while its process starts, and while its result is on the way."""
    for n in range(30):
        job = Job.of("count", file=file, times=3, pause=n % 3 / 100)
        queue.submit(job)
        time.sleep(n * 7 % 30 / 500)
        queue.cancel(job.key)
        assert queue.state(job.key).phase in ("cancelled", "done")
        queue.submit(job)
        assert ended(queue, job).result == (0, 1, 2)


def test_a_run_that_takes_too_long_is_stopped(opened: Opened, file: str) -> None:
    queue = opened(longest_seconds=0.5)
    queue.submit(long(file))
    state = ended(queue, long(file), 3)
    assert state.phase == "failed" and "took longer than" in state.problem


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
def test_closing_stops_everything(local: LocalQueue, file: str) -> None:
    for n in (0, 1):
        local.submit(long(file, n))
    pid = begun(local, long(file))
    local.close()
    assert gone(pid)
    states = [local.state(long(file, n).key) for n in (0, 1)]
    assert [(state.phase, state.problem) for state in states] == [("cancelled", runs.SHUT)] * 2
    local.submit(long(file))
    assert begun(local, long(file)) != pid
