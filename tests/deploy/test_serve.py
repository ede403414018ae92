"""What keeps the processes running, with an application that starts in a moment; ``tests/browser/test_served.py`` has
the real one."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from deploy.serve import main
from deploy.site import COOKIE
from resnet.run.redis_queue import RedisQueue
from tests.deploy.served import STARTS, Served, needs_nginx, served
from tests.run.servers import needs_redis

pytestmark = [needs_nginx, pytest.mark.slow]
NUMBERS = [f"{n:032x}" for n in range(16)]


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the small application looks for what breaks it."""
    folder = tmp_path_factory.mktemp("versions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMALL", str(folder))
        yield folder


@pytest.fixture(scope="module")
def site(versions: Path) -> Iterator[Served]:
    with served("--application", "tests.deploy.small:app", "--patience", "2") as running:
        yield running


def cookie(number: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={number}"}


def opened(site: Served, number: str) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{site.port}/_stcore/stream", additional_headers=cookie(number))


def places(site: Served) -> dict[str, str]:
    """Which place each reader is at."""
    return {number: site.ask("/compare", cookie(number)).by for number in NUMBERS}


class Asking:
    """Readers who ask all the time until told to stop, and what they were answered."""

    def __init__(self, site: Served, readers: int = 4) -> None:
        self._site = site
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(readers)]
        self.answers: Counter[object] = Counter()

    def _ask(self, reader: int) -> None:
        for n in range(10_000):
            if self._stop.wait(0.01):
                return
            path = ("/compare", "/_stcore/health", f"/api/kept?{reader}-{n}", "/?takes=0.1")[n % 4]
            try:
                self.answers[self._site.ask(path, cookie(NUMBERS[(reader + n) % len(NUMBERS)])).status] += 1
            except (OSError, http.client.HTTPException) as error:
                self.answers[repr(error)] += 1

    def __enter__(self) -> Asking:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def alive(pid: int) -> bool:
    """A process that has ended, and that nobody has asked about yet, is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_says_where_it_is_how_it_is_replaced_and_how_it_ends(site: Served) -> None:
    assert f"The page: http://localhost:{site.port} (2 processes behind nginx" in site.said
    assert f"make reload PORT={site.port}, or kill -HUP {site.process.pid}" in site.said
    assert f"To stop: Ctrl-C, or kill {site.process.pid}." in site.said


def test_what_it_writes_is_its_owner_s_and_all_share_a_secret(site: Served) -> None:
    assert site.folder.stat().st_mode & 0o777 == 0o700
    secret = (site.folder / "cookie-secret").read_text()
    for slot in (1, 2):
        told = Path(f"/proc/{site.pid(slot)}/environ").read_text().split("\0")
        assert f"STREAMLIT_SERVER_COOKIE_SECRET={secret}" in told


def test_a_page_and_its_connection_are_with_one_process(site: Served) -> None:
    by = places(site)
    assert set(by.values()) == {"slot-1", "slot-2"}
    for number in NUMBERS[:6]:
        with opened(site, number) as page:
            page.send("hello")
            assert page.recv() == f"{site.pid(by[number])} hello"


def test_a_second_one_is_refused(site: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(site.folder), "--port", str(site.port)]) == 2
    assert f"It runs already from {site.folder}" in capsys.readouterr().err
    assert main(["--port", str(site.port)]) == 2
    assert f"127.0.0.1:{site.port} can't be had" in capsys.readouterr().err


def test_a_process_that_is_killed_is_not_missed_and_comes_back(site: Served) -> None:
    by, before = places(site), site.pid(1)
    with Asking(site) as asking:
        times = site.said.count("Process 1 is back.")
        os.kill(before, signal.SIGKILL)
        site.until("Process 1 is back.", times + 1)
    assert set(asking.answers) == {200}, asking.answers
    assert site.pid(1) != before
    assert places(site) == by


def test_a_process_that_hangs_is_ended_and_comes_back(site: Served) -> None:
    before = site.pid(2)
    times = site.said.count("Process 2 is back.")
    os.kill(before, signal.SIGSTOP)
    site.until("Process 2 is back.", times + 1, seconds=60)
    assert site.pid(2) != before
    assert not alive(before)


def test_all_are_replaced_and_nobody_notices(site: Served, capsys: pytest.CaptureFixture[str]) -> None:
    before = [site.pid(slot) for slot in (1, 2)]
    kept = site.ask("/api/kept").body
    assert site.ask("/api/kept").kept == "HIT"
    with Asking(site) as asking, opened(site, NUMBERS[0]) as page:
        assert main(["--folder", str(site.folder), "--port", str(site.port), "--reload"]) == 0
        assert f"Process {site.process.pid} replaces its processes" in capsys.readouterr().out
        site.until("The processes are replaced.")
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=10)
    assert set(asking.answers) == {200}, asking.answers
    assert asking.answers[200] > 100
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1012  # "service restart": a browser comes back
    assert set(before).isdisjoint(site.pid(slot) for slot in (1, 2))
    assert not any(alive(pid) for pid in before)
    assert site.ask("/api/kept").body != kept, "figures of the version before are not shown any more"


def test_a_version_that_does_not_start_replaces_nothing(site: Served, versions: Path) -> None:
    before = [site.pid(slot) for slot in (1, 2)]
    (versions / "broken").touch()
    try:
        with Asking(site) as asking:
            site.replace()
            site.until("The rest stays as it is.")
        assert set(asking.answers) == {200}, asking.answers
        assert [site.pid(slot) for slot in (1, 2)] == before
        assert all(alive(pid) for pid in before)
        assert "This version does not start." in site.said
        os.kill(before[0], signal.SIGKILL)  # and one that dies meanwhile is tried again until it starts
        site.until("another one is started in 1 seconds")
    finally:
        (versions / "broken").unlink()
    times = site.said.count("Process 1 is back.")
    site.until("Process 1 is back.", times + 1)


def test_nginx_is_started_again(site: Served) -> None:
    before = int((site.folder / "nginx.pid").read_text())
    os.kill(before, signal.SIGKILL)
    site.until("nginx is back.")
    assert site.ask("/_stcore/health").status == 200
    assert int((site.folder / "nginx.pid").read_text()) != before


def test_at_the_end_what_is_under_way_is_answered_and_nothing_is_left(versions: Path) -> None:
    with served("--application", "tests.deploy.small:app") as site:
        pids = [site.pid(1), site.pid(2), int((site.folder / "nginx.pid").read_text())]
        answers: list[int] = []
        slow = threading.Thread(target=lambda: answers.append(site.ask("/?takes=1").status))
        slow.start()
        time.sleep(0.3)
        site.process.terminate()
        assert site.process.wait(30) == 0
        slow.join()
        assert answers == [200]
        assert not any(alive(pid) for pid in pids)
        assert not list(site.folder.glob("*.sock"))
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", site.port), 1):
            pass


def test_if_it_is_killed_itself_nothing_goes_on_without_it(versions: Path) -> None:
    with served("--application", "tests.deploy.small:app") as site:
        pids = [site.pid(1), site.pid(2), int((site.folder / "nginx.pid").read_text())]
        site.process.kill()
        deadline = time.monotonic() + STARTS
        while any(alive(pid) for pid in pids):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_what_does_not_start_is_said(versions: Path) -> None:
    (versions / "broken").touch()
    try:
        with (
            pytest.raises(AssertionError, match=r"A process that was started ended with 1") as error,
            served("--application", "tests.deploy.small:app"),
        ):
            pass
        assert "This version does not start." in str(error.value)
        assert "Traceback" not in str(error.value)
    finally:
        (versions / "broken").unlink()


@needs_redis
def test_a_redis_and_workers_stand_beside_the_pages(versions: Path) -> None:
    with served("--application", "tests.deploy.small:app", "--jobs", "1") as site:
        url = f"unix://{site.folder}/redis.sock"
        for slot in (1, 2):
            assert f"REDIS_URL={url}" in Path(f"/proc/{site.pid(slot)}/environ").read_text().split("\0")
        queue = RedisQueue(url)
        wait_for(lambda: queue.healthy() == "")  # Redis answers, and a worker has said that it is there
        with Redis(unix_socket_path=str(site.folder / "redis.sock")) as redis:
            redis.set("kept", "yes")
            redis.shutdown(nosave=True)
            site.until("Redis is gone")
            wait_for(lambda: queue.healthy() == "")
            assert redis.get("kept") == b"yes", "it has written down what it knew"
        queue.close()


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STARTS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)
