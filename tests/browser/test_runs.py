"""A run in a real Chromium that another process does: it grows, bears that Redis goes, and ends where others end it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from resnet.run.jobs import Job
from resnet.run.redis_queue import RedisQueue
from resnet.run.runs import CANCELLED, UNKNOWN
from tests.chromium import visit
from tests.conftest import free_port, start
from tests.run.queues import wait
from tests.run.servers import Server, end, needs_redis, worker

pytestmark = [pytest.mark.slow, needs_redis]

RUN, STOP, LIVE = ".st-key-run button", ".st-key-stop button", ".experiment .ours"
QUERY = "experiments?experiment=options&predicted=alike&trained=B&epochs=20&seeds=5"
JOB = Job.of("training", kinds="B", epochs=20, seeds=5, blocks=10)
PATIENT = 90_000  # milliseconds: torch is loaded by a process that lets all others go first


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, str]]:
    """A Redis that forgets, with a worker; and the address of an application that has its queue there."""
    with ExitStack() as stack:
        server = Server(tmp_path).start()
        stack.callback(server.stop)
        stack.callback(end, worker(server.url))
        monkeypatch.setenv("REDIS_URL", server.url)
        port = free_port()
        stack.callback(end, start(port))
        yield server, f"http://127.0.0.1:{port}"


def test_a_run_elsewhere_grows_and_bears_that_redis_goes(shared: tuple[Server, str], page: Page) -> None:
    server, address = shared
    elsewhere = RedisQueue(server.url)
    visit(page, f"{address}/{QUERY}", ".experiment.first svg", RUN)
    page.locator(RUN).click()
    expect(page.locator(f"{LIVE} svg")).to_be_visible(timeout=PATIENT)
    assert elsewhere.state(JOB.key).phase == "running"
    server.stop()
    expect(page.get_by_text(UNKNOWN)).to_be_visible()  # by itself, and with what was told so far
    expect(page.locator(f"{LIVE} svg")).to_be_visible()
    server.start()
    expect(page.locator(STOP)).to_be_visible()  # the worker has handed in what Redis forgot
    expect(page.get_by_text(UNKNOWN)).to_have_count(0)
    wait(lambda: elsewhere.state(JOB.key).phase == "running")
    elsewhere.cancel(JOB.key)
    expect(page.get_by_text(CANCELLED)).to_be_visible()
    expect(page.locator(f"{LIVE} svg")).to_be_visible()
    assert page.complaints == []
