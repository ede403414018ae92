"""Real browsers among the readers of a benchmark: each moves the comparison's stride and looks whether it is shown.

    python -m bench.watch http://127.0.0.1:8501 20 2       so many seconds, so many browsers

Prints the median of the seconds from a key press to the new figures, and how often both figures did not show what was
asked for within a minute.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

from playwright.sync_api import BrowserContext, Page, TimeoutError, sync_playwright

from tests.chromium import DESKTOP, launch

SLIDER = '.st-key-compare_stride input[type="range"]'
STRIDES = (2, 3, 4, 3, 2, 1)
SHOWN = """
stride => ["left", "right"].every(side => [...document.querySelectorAll("*")].some(element =>
  element.shadowRoot?.querySelector(`.figure.${side}`)?.textContent.includes(`block, s = ${stride}`)))
"""


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/compare", timeout=120_000)
    page.locator(SLIDER).wait_for(timeout=120_000)
    page.wait_for_timeout(1_000)
    return page


def moved(page: Page, now: int, to: int) -> float | None:
    """Seconds until both figures show it; None if they do not."""
    page.locator(SLIDER).focus()
    start = time.perf_counter()
    page.keyboard.press("ArrowRight" if to > now else "ArrowLeft")
    try:
        page.wait_for_function(SHOWN, arg=to, timeout=60_000, polling=20)
    except TimeoutError:
        return None
    return time.perf_counter() - start


def main() -> None:
    url, seconds, many = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    times: list[float | None] = []
    with sync_playwright() as playwright, launch(playwright) as browser:
        pages = [opened(browser.new_context(viewport=DESKTOP), url) for _ in range(many)]
        until, turn = time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            start = time.perf_counter()
            now, to = STRIDES[turn - 1], STRIDES[turn % len(STRIDES)]
            times += [moved(page, now, to) for page in pages]
            turn = (turn + 1) % len(STRIDES)
            time.sleep(max(0.0, 2 - (time.perf_counter() - start)))
    shown = [one for one in times if one is not None]
    print(json.dumps({"seen": statistics.median(shown) if shown else 0.0, "wrong": len(times) - len(shown)}))


if __name__ == "__main__":
    main()
