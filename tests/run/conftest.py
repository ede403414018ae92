from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from resnet.run.jobs import LocalQueue, Queue
from resnet.run.redis_queue import RedisQueue
from resnet.run.redis_store import Bounds
from tests.run.errands import WORK
from tests.run.queues import wait
from tests.run.servers import BINARY, Server, end, worker

Opened = Callable[..., Queue]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Redis with a worker, one for all tests that leave them alive."""
    if BINARY is None:
        pytest.skip("needs redis-server (a system package of that name)")
    server = Server(tmp_path_factory.mktemp("redis")).start()
    process = worker(server.url)
    try:
        wait(lambda: RedisQueue(server.url).healthy() == "", 60)
        yield server
    finally:
        end(process)
        server.stop()


@pytest.fixture(params=["local", "redis"])
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Makes queues, of either kind, and closes them. Behind Redis each begins where the last has left nothing to do."""
    made: list[Queue] = []
    asked: list[str] = []

    def make(**bounds: Any) -> Queue:
        if request.param == "local":
            made.append(LocalQueue(WORK, **bounds))
        else:
            made.append(behind(request.getfixturevalue("served"), asked, **bounds))
        return made[-1]

    yield make
    for queue in made:
        for key in asked:
            queue.cancel(key)
        queue.close()


def behind(server: Server, asked: list[str], **bounds: Any) -> Queue:
    class Noting(RedisQueue):
        def submit(self, job: Any, *, reader: str = "") -> Any:
            asked.append(job.key)
            return super().submit(job, reader=reader)

    return Noting(server.url, WORK, bounds=Bounds(**bounds))


@pytest.fixture
def queue(opened: Opened) -> Queue:
    return opened()


@pytest.fixture
def local() -> Iterator[LocalQueue]:
    one = LocalQueue(WORK)
    yield one
    one.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "ran")
