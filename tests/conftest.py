from __future__ import annotations

import gc
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.chromium import DESKTOP, PHONE, launch
from tests.examples import QUICK, USUAL

ROOT = Path(__file__).parents[1]
collect_ignore_glob = ["export/run_*.py", "deploy/small.py"]  # programs: doctest would run them
settings.register_profile("patient", deadline=None, max_examples=USUAL)  # a busy machine is no fault of an example
settings.register_profile("quick", settings.get_profile("patient"), max_examples=QUICK)
settings.load_profile("patient")
expect.set_options(timeout=20_000)  # a page load on a busy machine; what is there is found at once


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    """Not in the process that only hands tests to others: it need not load torch."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        import torch

        torch.set_num_threads(1)  # as the server has it: tests run two at a time, and would wait for each other


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """All that is imported and listed stays: Python need not look for what is free in it, now or in each test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


def start(port: int) -> subprocess.Popen[bytes]:
    """The application as ``make run`` starts it; returns when it answers."""
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--no-access-log"]
    command += ["--ws-per-message-deflate", "false"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server stopped while it was starting"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).read()
            return process
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise AssertionError("the server did not answer within two minutes")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """A running application."""
    port = free_port()
    process = start(port)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launch(playwright, "--process-per-site") as chromium:
        yield chromium


@pytest.fixture(scope="session")
def desktop(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """One for all tests."""
    context = browser.new_context(viewport=DESKTOP, color_scheme="light")
    keep(context, address)
    yield context
    context.close()


@pytest.fixture(scope="session")
def handset(browser: Browser, address: str) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    keep(context, address)
    yield context
    context.close()


def keep(context: BrowserContext, address: str) -> None:
    """A page that stays open, and the process of its site with it: it compiles the application's scripts once."""
    context.new_page().goto(f"{address}/_stcore/health")


@pytest.fixture
def phone(handset: BrowserContext) -> Iterator[Page]:
    page = handset.new_page()
    listen(page)
    yield page
    page.close()


@pytest.fixture(scope="session")
def sheet(browser: Browser) -> Iterator[Page]:
    """For files, one after another."""
    page = browser.new_page(viewport={"width": 1600, "height": 1200})
    yield page
    page.close()


@pytest.fixture(scope="session")
def fine_sheet(browser: Browser) -> Iterator[Page]:
    """With three pixels for one of the file's."""
    page = browser.new_page(viewport={"width": 1700, "height": 1400}, device_scale_factor=3)
    yield page
    page.close()


@pytest.fixture
def page(desktop: BrowserContext) -> Iterator[Page]:
    page = desktop.new_page()
    listen(page)
    yield page
    page.close()


def listen(page: Page) -> None:
    """``page.complaints``: errors that the browser logs, and whatever is fetched from elsewhere."""
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if _error(message) else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.complaints.append(request.url) if _foreign(request.url) else None)


def _error(message: ConsoleMessage) -> bool:
    probe = re.search(r"/\w+/_stcore/", message.location["url"])  # Streamlit's own, on an address with a path
    return message.type == "error" and not probe


def _foreign(url: str) -> bool:
    return not re.match(r"(https?|ws)://(127\.0\.0\.1|localhost)[:/]|data:|blob:", url)
