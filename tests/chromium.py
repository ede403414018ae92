"""How Chromium is started for tests, benchmarks and the screenshot: the system's, or else Playwright's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Playwright, expect

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
FLAGS = (
    "--no-sandbox",  # tests run as root in containers; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def system_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


def visit(page: Page, address: str, figure: str, control: str) -> Page:
    """Open an address and wait until its figure and a control are there, and what follows them has settled."""
    page.goto(address)
    expect(page.locator(figure)).to_be_visible(timeout=30_000)
    expect(page.locator(control)).to_be_attached(timeout=30_000)
    page.wait_for_timeout(800)
    return page


@contextmanager
def launch(playwright: Playwright, *more: str) -> Iterator[Browser]:
    """``more``: further flags of its command line."""
    browser = playwright.chromium.launch(executable_path=system_chromium(), args=[*FLAGS, *more])
    try:
        yield browser
    finally:
        browser.close()


def main() -> int:
    """Make sure that there is a browser: download Playwright's only where the system has none."""
    if system_chromium():
        return 0
    return subprocess.call([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"])


if __name__ == "__main__":
    sys.exit(main())


def reach(page: Page, place: str) -> None:
    """Scroll to a place whose content comes when it is reached, and wait for that."""
    page.locator(f".st-key-{place}_reached").scroll_into_view_if_needed()
    page.locator(f".st-key-{place}_place").locator(".js-plotly-plot .main-svg, .sheet table, canvas").first.wait_for()
