"""A document from disk: nothing is fetched, nothing runs, and a browser prints it on two clean pages. The list of
downloads, whose figures wear what is chosen beside them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from resnet.draw.style import PLAIN, Style
from resnet.export.form import Subject
from resnet.export.subjects.block import PAIR
from resnet.export.subjects.documents import COMPARE_REPORT, MODEL_REPORT, NETWORK_REPORT
from resnet.export.subjects.model import Asked
from resnet.models.library import known
from resnet.views.compare import CompareView
from resnet.views.model import ModelView
from resnet.views.network import NetworkView
from tests.browser.test_compare import visit

DOCUMENTS = (
    (COMPARE_REPORT, CompareView.read({}).view, 2),
    (COMPARE_REPORT, CompareView.read({"unfolded": "true", "left": "max_pool", "stride": "2"}).view, 2),
    (NETWORK_REPORT, NetworkView.read({}).view, 2),
    (MODEL_REPORT, Asked(ModelView(), known("mobilenet_v2")), 2),
)
MONO = "el => getComputedStyle(el).fontFamily"


@pytest.mark.parametrize(("subject", "asked", "pages"), DOCUMENTS)
def test_it_opens_offline_and_prints_on_clean_pages(
    browser: Browser, subject: Subject, asked: object, pages: int, tmp_path: Path
) -> None:
    file = tmp_path / "document.html"
    file.write_bytes(subject.form("report").make(asked, Style(home="https://example.org")))
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    asked_for: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(file.as_uri())
    page.evaluate("document.fonts.ready")
    assert [one for one in asked_for if not one.startswith("data:")] == [file.as_uri()]
    assert complaints == []
    assert page.locator("svg text").first.evaluate(MONO).strip('"').startswith("Residual Sans")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "no sideways scrolling on a phone"
    assert page.locator("footer a").last.get_attribute("href").startswith("https://example.org/")
    printed = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed) == pages
    for sheet in printed:
        assert [round(side) for side in sheet.get_size()] == [595, 842]
        ink = sheet.render(scale=0.5).to_pil().convert("L").point(lambda grey: 255 if grey < 250 else 0).getbbox()
        assert ink is not None and ink[0] > 12 and ink[2] < 297 - 12, "nothing is cut"
    context.close()


def test_figures_leave_in_what_was_chosen_beside_them(page: Page, address: str) -> None:
    visit(page, f"{address}/compare?stride=2")
    page.get_by_label("Colours").select_option("dark")
    page.get_by_label("Room").select_option("slide")
    link = page.get_by_role("link", name="Both blocks as SVG", exact=True)
    table = page.get_by_role("link", name="Layers of both as CSV", exact=True)
    assert "look=dark" not in (table.get_attribute("href") or "")
    with page.expect_download() as waiting:
        link.click()
    view = CompareView.read({"stride": "2"}).view
    assert Path(waiting.value.path()).read_bytes() == PAIR.form("svg").make(view, Style(look="dark", fit="slide"))
    assert waiting.value.suggested_filename.endswith("_dark_slide.svg")
    page.locator(".st-key-compare_stride input[type=range]").press("ArrowLeft")
    expect(link).not_to_have_attribute("href", re.compile("stride=2"))
    expect(page.get_by_label("Colours")).to_have_value("dark")  # another block, the same colours
    page.get_by_label("Colours").select_option("light")
    page.get_by_label("Room").select_option("own")
    with page.expect_download() as plain:
        link.click()
    assert Path(plain.value.path()).read_bytes() == PAIR.form("svg").make(CompareView.read({}).view, PLAIN)
    assert page.complaints == []
