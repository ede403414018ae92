"""An exported SVG, opened by a browser on its own: it brings its typeface along, and the typeface is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.api.kept import answer_to

ADDRESSES = (
    "/api/block.svg",
    "/api/pair.svg?unfolded=true",
    "/api/network.svg",
    "/api/story.svg?step=1",
    "/api/story.svg?step=5",
)
FONT = "e => getComputedStyle(e).fontFamily"
# how wide the browser draws it as it is, in its own typeface, and in the browser's serif
WIDTHS = """e => ["", "Residual Sans", "serif"].map(family => {
  e.style.fontFamily = family;
  return e.getComputedTextLength();
})"""


@pytest.mark.parametrize("address", ADDRESSES)
def test_its_text_is_in_its_own_typeface(browser: Browser, address: str, tmp_path: Path) -> None:
    file = tmp_path / "figure.svg"
    file.write_bytes(answer_to(address).body)
    page = browser.new_page()
    page.goto(file.as_uri())
    page.evaluate("document.fonts.ready")
    labels = page.locator("svg text")
    assert labels.count() > 2
    for label in labels.all()[:12]:
        assert label.evaluate(FONT).startswith('"Residual Sans"'), label.text_content()
    widest = max(labels.all(), key=lambda label: len(label.text_content() or ""))
    shown, own, serif = widest.evaluate(WIDTHS)
    assert shown == pytest.approx(own, abs=0.01) and abs(shown - serif) > 1
    page.close()
