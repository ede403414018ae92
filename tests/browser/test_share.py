"""The Share dialog: on every page, copied by the keyboard, and what was copied works where it is pasted."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from markdown_it import MarkdownIt
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, expect

from resnet.export.share import share
from resnet.views.compare import CompareView
from resnet.views.pages import PAGES, parse
from tests.browser.elsewhere import elsewhere
from tests.browser.test_embed import ONNX
from tests.chromium import DESKTOP, PHONE
from tests.conftest import listen

QUERIES = {"experiments": "predicted=most", "answers": "question=why-50", "story": "step=4", "practice": "seed=3"}
QUERY = {"stride": "2", "left": "zero_pad"}
COPIED = "navigator.clipboard.readText()"


@pytest.fixture
def tab(desktop: BrowserContext, address: str) -> Iterator[Page]:
    """A page that may read what was copied."""
    desktop.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page = desktop.new_page()
    listen(page)
    yield page
    page.close()
    desktop.clear_permissions()


def shared(page: Page, address: str) -> Locator:
    """The open dialog of that page."""
    page.goto(address)
    button = page.get_by_role("button", name="Share", exact=True)
    expect(button).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Copy: Link")).to_be_visible()
    return dialog


def copied(page: Page, dialog: Locator, label: str) -> str:
    """What the clipboard has after the button was pressed by the keyboard."""
    button = dialog.get_by_role("button", name=f"Copy: {label}", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text(f"{label}: copied.")
    return str(page.evaluate(COPIED))


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_every_page_has_it_with_its_own_addresses(page: Page, address: str, one: object) -> None:
    query = QUERIES.get(one.name, "")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(urlsplit(request.url).path.rpartition("/")[2]))
    page.goto(f"{address}/{one.name}?{query}")
    button = page.get_by_role("button", name="Share", exact=True)
    expect(button).to_be_in_viewport(timeout=30_000)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    assert not any(name.startswith("share.") for name in fetched), "a page that opens does not wait for it"
    button.click()
    dialog = page.get_by_role("dialog")
    wanted = share(parse(one.view, dict([query.split("=")] if query else [])).view, address)
    for snippet in wanted.snippets:
        expect(dialog.get_by_role("textbox", name=snippet.label, exact=True)).to_have_value(snippet.text)
    picture = dialog.locator("figure img")
    if wanted.picture:
        expect(picture).to_have_attribute("alt", wanted.picture.words)
        page.wait_for_function("e => e.naturalWidth > 0", arg=picture.element_handle())
    else:
        expect(picture).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.complaints == []


def test_what_is_copied_works_on_another_sites_page(tab: Page, address: str) -> None:
    dialog = shared(tab, f"{address}/compare?stride=2&left=zero_pad")
    link, image, frame, markdown = (
        copied(tab, dialog, one) for one in ("Link", "The picture, in HTML", "The page, in HTML", "Markdown")
    )
    view = parse(CompareView, QUERY).view
    assert link == f"{address}/compare?stride=2&left=zero_pad" == share(view, address).link
    with elsewhere() as course:
        course.body = f"<h1>A course</h1>{image}{frame}<h2>And in Markdown</h2>{MarkdownIt().render(markdown)}"
        tab.goto(course.address)
        words = share(view, address).picture.words
        pictures = tab.get_by_role("img", name=words, exact=True)
        expect(pictures).to_have_count(2)
        for picture in pictures.all():
            picture.scroll_into_view_if_needed()
            tab.wait_for_function("e => e.naturalWidth > 100", arg=picture.element_handle())
        expect(tab.get_by_role("link", name=words)).to_have_attribute("href", link)
        tab.locator("iframe").scroll_into_view_if_needed()
        inside = tab.frame_locator('iframe[title^="Compare two blocks"]')
        expect(inside.locator(".figure.right")).to_contain_text("28 × 28 × 256", timeout=30_000)
        expect(inside.get_by_role("link", name="Open in the explainer")).to_be_visible(timeout=30_000)
    assert tab.complaints == []


def test_it_copies_where_the_clipboard_is_out_of_reach(tab: Page, address: str) -> None:
    """As it is over http on any other machine than one's own."""
    dialog = shared(tab, f"{address}/network")
    tab.evaluate("navigator.clipboard.writeText('before')")
    tab.evaluate("window.kept = navigator.clipboard")
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    button = dialog.get_by_role("button", name="Copy: Link", exact=True)
    button.click()
    expect(dialog.get_by_role("status")).to_have_text("Link: copied.")
    expect(button).to_have_text("Copied")
    expect(button).to_be_focused()
    assert tab.evaluate("window.kept.readText()") == f"{address}/network"


def test_the_preview_is_fetched_when_it_is_opened(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    dialog = shared(page, f"{address}/network?network=resnet18")
    page.wait_for_timeout(300)
    assert not any("embed=true" in url for url in asked)
    dialog.get_by_text("Preview of the page as it will be embedded").click()
    expect(page.frame_locator("iframe").locator(".network svg")).to_be_visible(timeout=30_000)
    assert any("embed=true" in url for url in asked)


def test_it_shows_what_is_set_now_and_the_focus_comes_back(page: Page, address: str) -> None:
    dialog = shared(page, f"{address}/compare")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_focused()
    page.locator('.st-key-compare_stride input[type="range"]').focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/compare?stride=2")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.get_by_role("textbox", name="Link", exact=True)).to_have_value(f"{address}/compare?stride=2")


def test_an_own_network_is_said_and_given_along(page: Page, address: str) -> None:
    page.goto(f"{address}/model")
    expect(page.locator(".network svg").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible(timeout=30_000)
    model = FilePayload(
        name="mine.onnx", mimeType="application/octet-stream", buffer=lzma.decompress(ONNX.read_bytes())
    )
    page.locator('.model input[type="file"]').first.set_input_files(model)
    expect(page.locator("h1")).to_contain_text("mine", timeout=30_000)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("mine is your own file: no address can carry it.")).to_be_visible()
    expect(dialog.get_by_role("textbox", name="Link", exact=True)).to_have_value(f"{address}/model")
    with page.expect_download() as download:
        dialog.get_by_role("button", name="The graph, to open again").click()
    assert download.value.suggested_filename == "mine_graph.json"
    assert json.loads(Path(download.value.path()).read_text())["name"] == "mine"


@pytest.mark.parametrize("width", [DESKTOP["width"], PHONE["width"]])
def test_axe_finds_nothing_in_the_open_dialog(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    dialog = shared(page, f"{address}/compare?stride=2")
    dialog.get_by_role("button", name="Copy: Markdown").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(600)
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, (scheme, found.generate_report())
    page.emulate_media(color_scheme="light")
    assert dialog.evaluate("e => e.scrollWidth <= e.clientWidth + 1")


def test_a_finger_hits_every_button_of_it(phone: Page, address: str) -> None:
    dialog = shared(phone, f"{address}/network")
    for one in (
        *dialog.get_by_role("button").all(),
        *dialog.get_by_role("link").all(),
        *dialog.locator("summary").all(),
    ):
        box = one.bounding_box()
        assert box and min(box["width"], box["height"]) >= 43.5, one.inner_text()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
