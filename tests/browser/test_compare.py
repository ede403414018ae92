"""What a reader sees, in a real Chromium."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, expect

from resnet import BlockSpec, diagram, render, trace
from tests.chromium import DESKTOP, PHONE
from tests.chromium import visit as open_page
from tests.conftest import free_port, start
from tools.screenshot import PICTURES, ROOT, take

MARKUP = "<img src=x onerror=window.__hit=1>"


def visit(page: Page, address: str) -> Page:
    """``address`` of the application, or a whole one of the comparison."""
    whole = address if "/compare" in address else f"{address}/compare"
    return open_page(page, whole, ".figure.right svg", '.st-key-compare_stride input[type="range"]')


def move(page: Page, key: str, to: str) -> None:
    page.locator(f'.st-key-compare_{key} input[type="range"]').focus()
    page.keyboard.press(to)


def test_it_opens_without_an_error_and_loads_nothing_from_elsewhere(page: Page, address: str) -> None:
    visit(page, address)
    assert page.complaints == []


def test_the_impossible_case_is_visible_with_torchs_message(page: Page, address: str) -> None:
    visit(page, address)
    verdict = page.locator(".verdict.left")
    expect(verdict).to_contain_text("Impossible")
    expect(verdict).to_contain_text("x is 56 × 56 × 64, F(x) is 56 × 56 × 256")
    expect(page.locator(".figure.left")).to_contain_text("≠")
    expect(page.locator(".figure.right")).not_to_contain_text("≠")
    message = verdict.locator("code")
    expect(message).not_to_be_visible()
    verdict.locator("summary").click()
    expect(message).to_be_visible()
    expect(message).to_contain_text("The size of tensor a (256) must match the size of tensor b (64)")


def test_the_pair_its_verdicts_and_the_main_controls_fit_the_window(page: Page, address: str) -> None:
    visit(page, address)
    figures = (".verdict.left", ".verdict.right", ".figure.left svg", ".figure.right svg")
    controls = ("stride", "in_channels", "f1", "f2", "f3", "kernel_size", "height", "width")
    for place in (*figures, ".st-key-preset_0", *(f".st-key-compare_{key}" for key in controls)):
        box = page.locator(place).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= DESKTOP["height"], place


def test_moving_the_stride_changes_both_diagrams_and_the_address(page: Page, address: str) -> None:
    visit(page, address)
    move(page, "stride", "ArrowRight")
    expect(page.locator(".figure.left")).to_contain_text("Identity block, s = 2")
    expect(page.locator(".figure.right")).to_contain_text("Convolutional block, s = 2")
    expect(page.locator(".figure.right")).to_contain_text("28 × 28 × 256")
    expect(page.locator(".verdict.right")).to_contain_text("Channels change, 64 → 256 and the size changes")
    page.wait_for_url("**/compare?stride=2")
    expect(page.locator(".totals")).to_contain_text("67,436,544")
    assert page.complaints == []


def test_equal_layers_are_level(page: Page, address: str) -> None:
    visit(page, address)
    tops = [
        [round(box["y"]) for box in (g.bounding_box() for g in page.locator(f".figure.{side} g.node.main").all())]
        for side in ("left", "right")
    ]
    assert tops[0] == tops[1]
    assert len(tops[0]) == 3


def test_a_copied_address_opens_the_same_view_on_a_new_server(page: Page, browser: Browser, address: str) -> None:
    visit(page, address)
    move(page, "stride", "ArrowRight")
    page.wait_for_url("**stride=2**")
    page.locator(".st-key-compare_f1 input").first.fill("65")
    page.keyboard.press("Enter")
    page.wait_for_url("**f1=65**")
    page.get_by_text("Show every layer").click()
    page.wait_for_url("**unfolded=true**")
    page.get_by_text("More settings").click()
    expect(page.locator(".st-key-compare_pre_activation")).to_be_visible()  # the last of them: the run is over
    page.locator(".st-key-compare_right input").scroll_into_view_if_needed()
    page.wait_for_timeout(800)  # a list closes when what is around it scrolls
    page.locator(".st-key-compare_left input").click()
    page.get_by_role("option", name="zero padding").click()
    page.wait_for_url("**left=zero_pad**")
    expect(page.locator(".figure.left")).to_contain_text("Zero-padding block, s = 2")
    expect(page.locator(".figure.right")).to_contain_text("1×1 conv, 65")
    page.wait_for_timeout(800)
    shown = page.locator(".figure.right svg").inner_html(), page.locator(".figure.left svg").inner_html()

    port = free_port()
    process = start(port)
    try:
        other = browser.new_page(viewport=DESKTOP)
        visit(other, page.url.replace(address, f"http://127.0.0.1:{port}"))
        assert other.locator(".figure.right svg").inner_html() == shown[0]
        assert other.locator(".figure.left svg").inner_html() == shown[1]
        expect(other.locator(".st-key-compare_f1 input").first).to_have_value("65")
        other.close()
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize(
    "query",
    [
        "stride=9", f"f1={MARKUP}", f"stride={MARKUP}", "stride=`$x$`",  # tests/test_page.py has many more
    ],
)  # fmt: skip
def test_nonsense_in_the_address_falls_back_and_says_what_it_dropped(page: Page, address: str, query: str) -> None:
    visit(page, f"{address}/compare?{query}&width=28" if "width" not in query else f"{address}/compare?{query}")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Not everything that was asked for could be used")
    expect(page.locator(".figure.right")).to_contain_text("Convolutional block, s = 1")
    expect(page.locator(".figure.right")).to_contain_text("1×1 conv, 64")
    if "width" not in query:
        expect(page.locator(".figure.right")).to_contain_text("56 × 28 × 64")
    # the controls stand where the figures do
    expect(page.locator(".st-key-compare_f1 input").first).to_have_value("64")
    expect(page.locator(".st-key-compare_height input")).to_have_value("56")
    expect(page.locator('.st-key-compare_stride input[type="range"]')).to_have_value("1")
    assert "Traceback" not in page.content()
    assert page.evaluate("window.__hit") is None
    assert page.locator("img[src=x]").count() == 0
    assert page.complaints == []


def test_a_download_is_the_file_that_it_claims_to_be(page: Page, address: str) -> None:
    visit(page, f"{address}/compare?stride=2&unfolded=true")
    files: dict[str, bytes] = {}
    for label in (*(f"Right block as {words}" for words in ("SVG", "PDF", "PNG", "DOT")), "Left block as SVG",
                  "Layers of both as CSV"):  # fmt: skip
        with page.expect_download() as waiting:
            page.locator(".downloads").get_by_role("link", name=label, exact=True).click()
        files[waiting.value.suggested_filename] = Path(waiting.value.path()).read_bytes()
    assert len(files) == 6
    name = "convolutional-block_64to256_s2"
    left, right = (trace(BlockSpec(stride=2, shortcut=shortcut)) for shortcut in ("identity", "projection"))
    assert files[f"{name}.svg"] == render(diagram(right, unfolded=True, beside=left), "svg")
    assert files[f"{name}.dot"] == render(diagram(right, unfolded=True, beside=left), "dot")
    assert files["identity-block_64to256_s2.svg"] == render(diagram(left, unfolded=True, beside=right), "svg")
    assert files[f"{name}.pdf"].startswith(b"%PDF-")
    assert Image.open(io.BytesIO(files[f"{name}.png"])).format == "PNG"
    assert files[f"identity-block_and_{name}.csv"].startswith(b"path,layer,name")
    # what is downloaded is what is on screen: the same shapes and the same words
    on_screen = " ".join(page.locator(".figure.right svg text").all_text_contents()).split()
    in_file = [word for label in ET.fromstring(files[f"{name}.svg"]).iter("{http://www.w3.org/2000/svg}text")
               for word in label.text.split()]  # fmt: skip
    assert on_screen == in_file


@pytest.mark.parametrize(
    ("scheme", "query"),
    [
        ("light", ""),
        ("dark", "?unfolded=true"),
        ("light", "?in_channels=8192&f1=8192&f2=8192&f3=8192&height=4096&width=4096"),
    ],
)
def test_a_phone_has_no_horizontal_scrolling(page: Page, address: str, scheme: str, query: str) -> None:
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme)
    visit(page, f"{address}/compare{query}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("e => e.scrollWidth <= e.clientWidth")
    for side, name in (("left", "Identity block"), ("right", "Convolutional block")):
        page.get_by_role("button", name=name).click()  # one block at a time
        expect(page.locator(f"[data-show={side}]")).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(600)
        box = page.locator(f".figure.{side} svg").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]


def test_dark_and_light_have_their_own_colours(page: Page, address: str) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        visit(page, address)
        title = page.locator(".figure.left .title text").first
        seen[scheme] = title.evaluate("e => getComputedStyle(e).fill")
    assert seen == {"light": "rgb(31, 41, 51)", "dark": "rgb(232, 236, 241)"}


@pytest.mark.parametrize("name", PICTURES)
def test_the_readmes_picture_is_the_page(browser: Browser, address: str, tmp_path: Path, name: str) -> None:
    """Taken anew it looks the same, but for the way in which machines draw the edges of letters."""
    query, shown = PICTURES[name]
    take(browser, f"{address}/{query}", shown, tmp_path / name)
    files = (tmp_path / name, ROOT / "docs" / name)
    now, kept = (Image.open(file).convert("L").resize((360, 225)) for file in files)
    different = ImageChops.difference(now, kept).point(lambda value: 255 * (value > 60))
    share = sum(different.histogram()[255:]) / (360 * 225)
    assert share < 0.01, "the page changed; look at it, then run `make screenshot`"
