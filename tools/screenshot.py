"""Take docs/comparison.png and docs/signal.png from the real pages.

make screenshot
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.chromium import launch
from tests.conftest import free_port, start

ROOT = Path(__file__).parents[1]

PICTURES = {  # file -> address, what is to be there
    "comparison.png": ("compare", (".figure.right svg", ".st-key-compare_stride")),
    "signal.png": ("signal", (".summands svg", ".st-key-signal_channel")),
}


def take(browser: Browser, address: str, shown: tuple[str, ...], target: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    page.goto(address)
    for part in shown:
        page.locator(part).first.wait_for()
    page.wait_for_timeout(1500)
    page.screenshot(path=target)
    page.close()


def main() -> None:
    port = free_port()
    process = start(port)
    try:
        with sync_playwright() as playwright, launch(playwright) as browser:
            for name, (query, shown) in PICTURES.items():
                take(browser, f"http://127.0.0.1:{port}/{query}", shown, ROOT / "docs" / name)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
