"""What a running server says of itself while a page is open in a browser."""

from __future__ import annotations

import re
import time
import urllib.request

from playwright.sync_api import Page

from tests.chromium import visit


def sample(address: str, name: str) -> float:
    text = urllib.request.urlopen(f"{address}/metrics").read().decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, flags=re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_page_that_is_open_and_what_is_changed_on_it_are_counted(page: Page, address: str) -> None:
    changes = 'explainer_changes_total{outcome="done",page="compare"}'
    before, open_before = sample(address, changes), sample(address, "explainer_sessions")
    visit(page, f"{address}/compare", ".figure.left svg", ".st-key-compare_stride input")
    opened = sample(address, changes)
    assert opened >= before + 1
    assert sample(address, "explainer_sessions") == open_before + 1
    page.locator(".st-key-compare_stride input").press("ArrowRight")
    page.wait_for_url(re.compile("stride=2"))
    deadline = time.monotonic() + 20
    while sample(address, changes) == opened:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    page.close()
    while sample(address, "explainer_sessions") != open_before:
        assert time.monotonic() < deadline
        time.sleep(0.1)
