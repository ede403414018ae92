"""Take docs/comparison.png from the real page.

make screenshot
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.chromium import launch
from tests.conftest import free_port, start

ROOT = Path(__file__).parents[1]

TARGET = ROOT / "docs" / "comparison.png"


def take(browser: Browser, address: str, target: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    page.goto(f"{address}/compare")
    page.locator(".figure.right svg").wait_for()
    page.get_by_text("Stride", exact=True).wait_for()
    page.wait_for_timeout(1500)
    page.screenshot(path=target)
    page.close()


def main() -> None:
    port = free_port()
    process = start(port)
    try:
        with sync_playwright() as playwright, launch(playwright) as browser:
            take(browser, f"http://127.0.0.1:{port}", TARGET)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
