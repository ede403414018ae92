"""A page in the frame of another site's page, where the browser blocks third-party cookies."""

from __future__ import annotations

import io
import lzma
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, FrameLocator, Page, expect

from tests.browser.elsewhere import Elsewhere, blocking, elsewhere
from tests.conftest import listen

ONNX = Path(__file__).parents[1] / "data" / "onnx" / "resnet18.onnx.xz"
PAGES = {  # address -> what it is for
    "?step=3": ".story svg",
    "compare?stride=2": ".figure.left svg",
    "network?network=resnet18": ".network svg",
    "model": ".network svg",
    "signal": ".summands svg",
    "practice?seed=3": ".picture svg",
    "experiments?predicted=most": ".experiment.first svg",
    "answers?question=why-50": ".answer > details[open]",
}
AROUND = ", ".join((
    '[data-testid="stHeader"] :is(a, button)', '[data-testid="stSidebar"]', '[data-testid="stTopNavLink"]', "nav",
    ".downloads", ".st-key-share",
))  # fmt: skip
# what a page may keep in the browser: nothing, where third parties are blocked
STORED = """() => {
  document.cookie = "kept=1; path=/";
  try { return [document.cookie, String(window.localStorage)]; } catch (error) { return [document.cookie, error.name]; }
}"""


@pytest.fixture(scope="module")
def course() -> Iterator[Elsewhere]:
    with elsewhere() as server:
        yield server


@pytest.fixture(scope="module")
def blocked(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with blocking(browser, tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture
def tab(blocked: BrowserContext) -> Iterator[Page]:
    page = blocked.new_page()
    listen(page)
    yield page
    page.close()


def embedded(page: Page, course: Elsewhere, address: str, width: int = 700, height: int = 500) -> FrameLocator:
    course.body = f'<h1>A course</h1><iframe title="x" src="{address}" width="{width}" height="{height}"></iframe>'
    page.goto(course.address)
    return page.frame_locator("iframe")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.frames[1].url).query)


@pytest.mark.parametrize("asked", PAGES)
def test_a_page_shows_what_it_is_for_and_nothing_around_it(
    tab: Page, course: Elsewhere, address: str, asked: str
) -> None:
    wanted = f"{address}/{asked}{'&' if '?' in asked else '?'}embed=true"
    frame = embedded(tab, course, wanted)
    expect(frame.locator(PAGES[asked]).first).to_be_visible(timeout=30_000)
    out = frame.get_by_role("link", name="Open in the explainer")
    expect(out).to_be_visible(timeout=30_000)
    assert frame.locator("body").evaluate(STORED) == ["", "SecurityError"], "third parties are blocked"
    for one in frame.locator(AROUND).all():
        assert not one.is_visible()
    expect(frame.get_by_text("Compare two blocks", exact=True)).to_have_count(0)
    assert query(tab)["embed"] == ["true"]
    assert "embed" not in str(out.get_attribute("href"))
    assert tab.complaints == []


def test_a_slider_changes_the_figure_and_the_way_out(tab: Page, course: Elsewhere, address: str) -> None:
    frame = embedded(tab, course, f"{address}/compare?stride=2&fbclid=x&embed=true", width=900, height=700)
    expect(frame.locator(".figure.right")).to_contain_text("28 × 28 × 256", timeout=30_000)
    expect(frame.locator(".st-key-way_out a")).to_be_attached(timeout=30_000)
    frame.locator('.st-key-compare_stride input[type="range"]').focus()
    tab.keyboard.press("ArrowRight")
    expect(frame.locator(".figure.right")).to_contain_text("19 × 19 × 256")
    expect(frame.locator(".st-key-way_out a")).to_have_attribute("href", "./compare?stride=3")
    assert query(tab) == {"stride": ["3"], "fbclid": ["x"], "embed": ["true"]}
    assert frame.locator(".stAlert").count() == 0
    with tab.context.expect_page() as opened:
        frame.locator(".st-key-way_out a").click()
    expect(opened.value.get_by_role("link", name="Network", exact=True)).to_be_visible(timeout=30_000)
    assert opened.value.url == f"{address}/compare?stride=3"
    opened.value.close()
    assert tab.complaints == []


def test_a_link_to_another_page_leaves_the_frame_as_it_is(tab: Page, course: Elsewhere, address: str) -> None:
    frame = embedded(tab, course, f"{address}/network?network=resnet18&embed=true", width=900, height=700)
    expect(frame.locator(".st-key-way_out a")).to_be_visible(timeout=30_000)
    with tab.context.expect_page() as opened:
        frame.locator('.network svg a[href*="layer2.0"]').click()
    assert urlsplit(opened.value.url).path == "/compare" and "embed" not in opened.value.url.replace("%", "&")
    opened.value.close()
    assert urlsplit(tab.frames[1].url).path == "/network"


def test_an_own_network_and_an_own_picture_are_read_there(tab: Page, course: Elsewhere, address: str) -> None:
    """A file that a browser uploads itself would need a cookie: the page's box sends it another way."""
    frame = embedded(tab, course, f"{address}/model?embed=true", width=900, height=700)
    expect(frame.locator(".network svg").first).to_be_visible(timeout=30_000)
    expect(frame.locator(".st-key-way_out a")).to_be_visible(timeout=30_000)
    model = FilePayload(
        name="mine.onnx", mimeType="application/octet-stream", buffer=lzma.decompress(ONNX.read_bytes())
    )
    frame.locator('.model input[type="file"]').first.set_input_files(model)
    expect(frame.locator("h1")).to_contain_text("mine", timeout=30_000)
    frame = embedded(tab, course, f"{address}/signal?embed=true", width=900, height=700)
    expect(frame.locator(".st-key-signal_channel input")).to_be_visible(timeout=30_000)
    frame.locator(".st-key-own_picture summary").click()
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(out, "PNG")
    picture = FilePayload(name="mine.png", mimeType="image/png", buffer=out.getvalue())
    frame.locator('.st-key-own_picture input[type="file"]').set_input_files(picture)
    expect(frame.locator(".signaltitle img")).to_have_attribute("alt", "Your picture, as the network sees it")
    assert tab.complaints == []


@pytest.mark.parametrize("asked", ["compare", "signal"])
def test_a_narrow_frame_has_figure_and_controls_and_no_menu(
    tab: Page, course: Elsewhere, address: str, asked: str
) -> None:
    frame = embedded(tab, course, f"{address}/{asked}?embed=true", width=390, height=640)
    expect(frame.locator(".st-key-way_out a")).to_be_visible(timeout=30_000)
    expect(frame.locator(".figure.left svg, .summands svg").first).to_be_in_viewport()
    expect(frame.locator(".st-key-controls")).to_be_in_viewport()
    assert frame.locator('[data-testid="stMain"]').evaluate("e => e.scrollWidth <= e.clientWidth")
    for one in frame.locator('[data-testid="stExpandSidebarButton"], [data-testid="stSidebar"]').all():
        assert not one.is_visible()
