"""What only the queue behind Redis has to bear: many processes, and each of its parts killed in the middle of a run."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resnet.run import redis_queue, runs
from resnet.run.redis_queue import RedisQueue
from resnet.run.redis_store import OURS, Bounds, Store, tickets
from resnet.run.runs import AwayError, Job
from resnet.run.training import Epoch, train
from resnet.run.work import WORK as REAL
from tests.conftest import free_port
from tests.run.errands import WORK
from tests.run.queues import begun, ended, gone, long, ran, unix, wait
from tests.run.servers import Server, end, needs_redis, web, worker

pytestmark = [pytest.mark.slow, unix, needs_redis]

Started = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def started() -> Iterator[Started]:
    """Starts workers and web processes, and ends them."""
    alive: list[subprocess.Popen[bytes]] = []

    def start(how: Started, *asked: object, **more: object) -> subprocess.Popen[bytes]:
        alive.append(how(*asked, **more))
        return alive[-1]

    yield start
    for process in alive:
        end(process)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    one = Server(tmp_path).start()
    yield one
    one.stop()


def at(server: Server) -> RedisQueue:
    return RedisQueue(server.url, REAL | WORK)


# many processes


def test_processes_that_ask_at_once_have_one_run(served: Server, started: Started, file: str) -> None:
    script = f"""
import time
from concurrent.futures import ThreadPoolExecutor
job = Job.of("count", file={file!r}, times=20, pause=0.02)
queue.state(job.key)
time.sleep(max(0, {time.time() + 3} - time.time()))
with ThreadPoolExecutor(10) as pool:
    states = list(pool.map(lambda _: queue.submit(job), range(10)))
while queue.state(job.key).phase != "done":
    time.sleep(0.01)
print(*{{state.key for state in states}}, len(states), queue.state(job.key).result)
"""
    asking = [started(web, served.url, script) for _ in range(3)]
    said = {process.communicate(timeout=30)[0] for process in asking}
    key = Job.of("count", file=file, times=20, pause=0.02).key
    assert said == {f"{key} 10 {tuple(range(20))}\n".encode()}
    assert len(ran(file)) == 1


def test_a_run_outlives_who_asked_and_another_process_ends_it(served: Server, started: Started, file: str) -> None:
    short = Job.of("count", file=file, times=30, pause=0.05)
    script = f"""
import time
queue.submit(Job.of("count", file={file!r}, times=30, pause=0.05))
time.sleep(60)
"""
    asked = started(web, served.url, script)
    wait(lambda: bool(ran(file)))
    end(asked)
    here = at(served)
    assert here.state(short.key).phase == "running"
    assert ended(here, short).result == tuple(range(30))
    here.submit(long(file))
    begun(here, long(file))
    assert started(web, served.url, f"queue.cancel({long(file).key!r})").wait(20) == 0
    state = here.state(long(file).key)
    assert (state.phase, state.problem) == ("cancelled", runs.CANCELLED)
    told = len(state.told)
    time.sleep(0.5)
    assert len(here.state(long(file).key).told) - told < 30  # of 50 a second: it has stopped


def test_what_is_told_is_sent_once(served: Server, file: str) -> None:
    """And another process has all of it."""
    one, other = at(served), at(served)
    job = Job.of("count", file=file, times=30, pause=0.03)
    one.submit(job)
    seen: list[int] = []
    while (state := one.state(job.key)).phase != "done":
        seen.append(len(state.told))
    assert len(set(seen)) > 1  # it came bit by bit
    assert one.state(job.key).told == other.state(job.key).told == other.state(job.key).told
    assert [n for n, _ in other.state(job.key).told] == list(range(30))
    store = Store.at(served.url)
    whole = store.state(job.key).seen
    assert whole.many == 30 and len(whole.fresh) == 30 and whole.result == tuple(range(30))
    rest = store.state(job.key, whole.attempt, 28, True).seen
    assert len(rest.fresh) == 2 and rest.result is None


def test_a_real_training_comes_back_as_it_is(served: Server) -> None:
    queue, job = at(served), Job.of("training", kinds="B", epochs=1, seeds=1, blocks=2)
    queue.submit(job)
    found = ended(queue, job, 120)
    assert found.told == found.result and [type(one) for one in found.result] == [Epoch, Epoch]
    for epoch, here in zip(found.result, train("B", epochs=1, seed=1, blocks=2), strict=True):
        assert epoch[:3] == here[:3] and epoch[3:] == pytest.approx(here[3:], abs=0.01)


# what is in Redis


def test_nothing_in_redis_is_pickled_or_lasts(server: Server, file: str) -> None:
    queue = at(server)
    queue.submit(long(file), reader="r")
    queue.submit(long(file, 1))
    store, key = Store.at(server.url), long(file).key
    attempt = store.state(key).seen.attempt
    store.begin(key, attempt)
    store.tell(key, attempt, 0, 0.5, ["[1,2]"])
    hashes = {name: server.client.hgetall(name) for name in server.client.keys("rq:job:*")}
    assert len(hashes) == 2
    for fields in hashes.values():
        assert json.loads(zlib.decompress(fields[b"data"]))[0] == "resnet.run.redis_worker"
    for name in server.client.keys("*"):
        one = name.decode()
        if ":run:" in one or ":told:" in one or one.startswith("rq:job:"):
            assert 0 < server.client.ttl(name) <= 24 * 3600, one
    fields = server.client.hgetall(f"{OURS}run:{key}")
    assert json.loads(fields[b"job"])[0] == "count" and json.loads(fields[b"bounds"])["waiting"] == Bounds().waiting


def test_a_job_that_names_code_is_not_run(served: Server, file: str) -> None:
    """Whoever can write to Redis can still not choose what a worker calls."""
    tickets(served.client).enqueue("os.mkdir", file, job_id="count-0000000000000000-00000000")
    queue, job = at(served), Job.of("count", file=file + ".txt")
    queue.submit(job)
    assert ended(queue, job).phase == "done"
    assert not Path(file).exists()


# its parts die


def test_a_killed_worker_is_a_lost_run_and_the_other_works_on(server: Server, started: Started, file: str) -> None:
    queue, jobs, third = at(server), [long(file + name) for name in "ab"], Job.of("count", file=file)
    workers = {one.pid: one for one in (started(worker, server.url), started(worker, server.url))}
    for job in (*jobs, third):
        queue.submit(job)
    pids = [begun(queue, job) for job in jobs]
    assert queue.healthy() == "" and queue.counts()[:2] == (1, 2) and queue.state(third.key).place == 2
    end(workers.pop(parent(pids[0])))
    wait(lambda: gone(pids[0]), 2)  # its process goes with it
    assert queue.state(jobs[0].key).phase == "running"
    assert wait(lambda: queue.state(jobs[0].key).phase != "running", 10) < 8
    state = queue.state(jobs[0].key)
    assert (state.phase, state.problem) == ("lost", runs.LOST) and state.told
    assert queue.state(jobs[1].key).phase == "running" and queue.state(third.key).place == 1
    queue.cancel(jobs[1].key)
    assert ended(queue, third).phase == "done"
    assert queue.submit(jobs[0]).phase == "waiting"
    assert begun(queue, jobs[0]) not in pids[:1]
    assert dict(queue.counts().ended) == {"lost": 1, "cancelled": 1, "done": 1}
    end(*workers.values())
    wait(lambda: queue.healthy() == redis_queue.ALONE, 8)


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_worker_that_is_to_end_does_so_after_its_run(server: Server, started: Started, file: str) -> None:
    queue, job, other = at(server), Job.of("count", file=file, times=40, pause=0.05), Job.of("count", file=file)
    one = started(worker, server.url)
    queue.submit(job)
    queue.submit(other)
    begun(queue, job)
    one.terminate()
    assert one.wait(20) == 0
    assert queue.state(job.key).result == tuple(range(40))
    assert queue.state(other.key).phase == "waiting" and queue.state(other.key).place == 0


def test_told_twice_a_worker_ends_at_once(server: Server, started: Started, file: str) -> None:
    queue, one = at(server), started(worker, server.url)
    queue.submit(long(file))
    pid = begun(queue, long(file))
    one.terminate()
    time.sleep(1.2)  # RQ takes two signals in a second for one
    assert queue.state(long(file).key).phase == "running"
    one.terminate()
    assert one.wait(3) == 0 and gone(pid)


@pytest.mark.parametrize("lasting", [True, False], ids=["with its data", "without"])
def test_redis_restarted_in_the_middle(tmp_path: Path, started: Started, file: str, lasting: bool) -> None:
    server = Server(tmp_path, lasting).start()
    try:
        queue, job, other = at(server), Job.of("count", file=file, times=110, pause=0.05), long(file, 1)
        started(worker, server.url)
        queue.submit(job)
        queue.submit(other)
        begun(queue, job)
        time.sleep(1.2 if lasting else 0)  # what is older than a second is on the disk
        server.stop()
        before = len(queue.state(job.key).told)
        unknown = queue.state(job.key)
        assert (unknown.phase, unknown.problem) == ("unknown", runs.UNKNOWN) and len(unknown.told) == before > 0
        with pytest.raises(AwayError, match="The queue does not answer just now"):
            queue.submit(job)
        queue.cancel(job.key)
        assert queue.counts() is None and queue.healthy() == redis_queue.GONE
        time.sleep(2)
        server.start()
        seen = set()
        wait(lambda: seen.add(queue.state(job.key).phase) or queue.state(job.key).phase == "running", 10)
        assert seen <= {"unknown", "running"}  # and at no time lost
        phases = set()
        if lasting:
            assert queue.state(other.key).phase == "waiting"
        else:  # nobody has it any more: after a while that is said
            wait(lambda: phases.add(queue.state(other.key).phase) or "lost" in phases, 6)
            assert phases <= {"unknown", "lost"} and queue.state(other.key).problem == runs.LOST
            assert at(server).state(other.key) is None  # a process that never saw it can't say more
            assert queue.submit(other).phase == "waiting"
        found = ended(queue, job, 20)
        assert [n for n, _ in found.told] == list(range(110)) and found.result == tuple(range(110))
        assert at(server).state(job.key) == found
        assert begun(queue, other)  # and the next has its turn, with the same worker
        assert len(ran(file)) == 2
    finally:
        server.stop()


def test_a_redis_that_hangs_holds_up_nobody(server: Server, file: str) -> None:
    queue, key = at(server), long(file).key
    queue.submit(long(file))
    server.signal(signal.SIGSTOP)
    try:
        start = time.monotonic()
        assert queue.state(key).phase == "unknown"
        assert time.monotonic() - start < 2
        start = time.monotonic()
        for _ in range(100):
            assert queue.state(key).phase == "unknown"
            queue.cancel(key)
        assert time.monotonic() - start < 0.5
    finally:
        server.signal(signal.SIGCONT)
    wait(lambda: queue.state(key).phase == "waiting", 5)


def test_without_redis_every_call_returns_at_once(file: str, caplog: pytest.LogCaptureFixture) -> None:
    queue = RedisQueue(f"redis://:secret@127.0.0.1:{free_port()}/0", WORK)
    start = time.monotonic()
    for _ in range(50):
        assert queue.state("count-0") == runs.State("count-0", "unknown", 0, (), 0.0, None, runs.UNKNOWN)
        queue.cancel("count-0")
        assert queue.counts() is None and queue.healthy() == redis_queue.GONE
        with pytest.raises(AwayError):
            queue.submit(long(file))
    assert time.monotonic() - start < 2
    assert len(caplog.records) == 1 and "secret" not in caplog.text  # one line, not two hundred and fifty


def test_a_wrong_address_is_a_sentence(file: str) -> None:
    queue = RedisQueue("localhost:6379", WORK)
    assert queue.healthy() == redis_queue.WRONG and queue.state("count-0").phase == "unknown"
    with pytest.raises(AwayError):
        queue.submit(long(file))


def test_an_idle_process_ends(server: Server, started: Started, file: str) -> None:
    queue = at(server)
    started(worker, server.url, idle=0.3)
    for n in (1, 2):
        queue.submit(Job.of("count", file=file, times=n))
        ended(queue, Job.of("count", file=file, times=n))
        wait(lambda: gone(ran(file)[-1]), 3)
    assert len(set(ran(file))) == 2


def test_the_environment_says_which_queue(monkeypatch: pytest.MonkeyPatch, server: Server, started: Started) -> None:
    code = "from resnet.run.jobs import queue; print(type(queue()).__name__, queue() is queue())"
    for url, name in ((server.url, "RedisQueue"), ("", "LocalQueue")):
        monkeypatch.setenv("REDIS_URL", url)
        assert started(web, server.url, code).communicate(timeout=20)[0].decode().split() == [name, "True"]
