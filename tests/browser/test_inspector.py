"""The clickable diagrams, the inspector, and the answers, in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_compare import move, visit
from tests.chromium import DESKTOP, PHONE, reach


def test_choosing_a_layer_explains_its_numbers(page: Page, address: str) -> None:
    visit(page, address)
    page.locator('.figure.right [data-op="right.conv2"]').click()
    inspector = page.locator(".inspector")
    for words in ("3×3 conv, 64", "⌊(56 + 2·1 − 3) / 1⌋ + 1", "3 · 3 · 64 · 64", "= 36,864", "= 115,605,504 MACs"):
        expect(inspector).to_contain_text(words)
    page.wait_for_url("**chosen=right.conv2**")
    expect(page.locator('.figure.right [data-op="right.conv2"].chosen')).to_be_attached()
    move(page, "stride", "ArrowRight")
    expect(inspector).to_contain_text("⌊(56 + 2·1 − 3) / 2⌋ + 1 = ⌊27.5⌋ + 1")
    page.get_by_role("button", name="Close the explanation").click()
    expect(inspector).to_have_count(0)
    assert page.complaints == []


@pytest.mark.parametrize("query", ["", "?unfolded=true"])
@pytest.mark.parametrize("op", ["right.conv1", "left.conv3"])
def test_the_controls_stay_where_the_hand_is(page: Page, address: str, query: str, op: str) -> None:
    visit(page, f"{address}/compare{query}")
    stride = page.locator(".st-key-compare_stride")
    before = stride.bounding_box()
    box = page.locator(f'[data-op="{op}"]')
    box.click()
    expect(page.locator(".inspector")).to_be_visible()
    page.wait_for_timeout(300)
    assert stride.bounding_box() == before
    panel, chosen = page.locator(".inspector").bounding_box(), box.bounding_box()
    assert chosen["y"] >= 0 and chosen["y"] + chosen["height"] < panel["y"], "what it explains is not covered"
    assert panel["y"] + panel["height"] <= DESKTOP["height"], "and all of the panel is on the screen"
    totals = page.locator(".totals h2").bounding_box()
    figures = page.locator(".figure.right").bounding_box()
    assert totals["y"] - figures["y"] - figures["height"] < panel["height"] + 150, "no hole below the diagrams"


def test_the_keyboard_alone_opens_and_closes_it(page: Page, address: str) -> None:
    visit(page, address)
    page.locator(".verdict.left summary").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.shadowRoot?.activeElement?.dataset.op") == "right.downsample.0":
            break
    else:
        raise AssertionError("Tab never reached the projection")
    page.keyboard.press("Enter")
    expect(page.locator(".inspector")).to_contain_text("64 · 256")
    page.keyboard.press("Escape")
    expect(page.locator(".inspector")).to_have_count(0)
    assert page.complaints == []


def sent_by(page: Page) -> list[object]:
    """What the browser tells the server, from the next page load on: each message is a run of the page."""
    frames: list[object] = []

    def keep(frame: object) -> None:
        frames.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", keep))
    return frames


def test_escape_closes_the_inspector_from_the_tables_too(page: Page, address: str) -> None:
    visit(page, f"{address}/compare?chosen=right.conv2")
    expect(page.locator(".inspector")).to_be_visible()
    reach(page, "layers")
    page.locator(".layers .scroll").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".inspector")).to_have_count(0)
    page.wait_for_url(f"{address}/compare")
    assert page.complaints == []


@pytest.mark.parametrize(("place", "focus"), [("compare", ".totals .scroll"), ("network", ".network .scroll"),
                                              ("answers", ".answer summary")])  # fmt: skip
def test_escape_without_an_inspector_reruns_nothing(page: Page, address: str, place: str, focus: str) -> None:
    frames = sent_by(page)
    page.goto(f"{address}/{place}")
    page.locator(focus).first.focus(timeout=30_000)
    page.wait_for_timeout(2500)
    before = len(frames)
    assert before > 0
    page.keyboard.press("Escape")
    page.wait_for_timeout(1000)
    assert len(frames) == before


def test_pointing_at_a_layer_marks_its_twin_and_its_row(page: Page, address: str) -> None:
    visit(page, address)
    reach(page, "layers")
    page.locator('.figure.left [data-op="left.conv2"]').hover()
    expect(page.locator('.figure.right [data-op="right.conv2"].marked')).to_be_attached()
    expect(page.locator(".layers tr.marked")).to_have_count(3)  # the convolution, its BatchNorm and its ReLU
    page.mouse.move(2, 2)
    expect(page.locator(".marked")).to_have_count(0)


def test_an_arrow_can_be_chosen_too_and_an_address_opens_it(page: Page, address: str) -> None:
    visit(page, f"{address}/compare?chosen=left.bn3:out&unfolded=true")
    expect(page.locator(".inspector")).to_contain_text("56 × 56 × 256")
    expect(page.locator(".inspector")).to_contain_text("= 3,211,264 bytes")
    page.locator('.figure.left [data-op="left.conv1:out"] text').click()
    expect(page.locator(".inspector")).to_contain_text("what comes out of conv1")
    arrow = page.locator('.figure.left [data-op="left.x:out"] .broad').first  # no words on it: the arrow itself
    box = arrow.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".inspector")).to_contain_text("56 × 56 × 64")


def test_a_failing_addition_says_what_torch_says(page: Page, address: str) -> None:
    visit(page, address)
    page.locator('.figure.left [data-op="left.add"] text').first.click()
    expect(page.locator(".inspector")).to_contain_text(
        "The size of tensor a (256) must match the size of tensor b (64)"
    )


def test_the_sliding_window_steps_and_plays(page: Page, address: str) -> None:
    visit(page, f"{address}/compare?stride=2&chosen=right.downsample.0")
    where = page.locator(".kernel .where")
    expect(where).to_contain_text("row 0, column 0")
    assert page.locator(".kernel .skipped").count() > 10  # a 1×1 of stride 2 reads a quarter
    page.locator(".kernel .step").click()
    expect(where).to_contain_text("row 0, column 1")
    page.locator(".kernel .play").click()
    expect(where).not_to_contain_text("row 0, column 1")
    page.locator(".kernel .play").click()
    assert page.complaints == []


def test_a_1x1_convolution_is_looked_into_channel_by_channel(page: Page, address: str) -> None:
    page.goto(f"{address}/compare?chosen=right.downsample.0")
    cells = page.locator(".inspector #cells")
    expect(cells).to_have_attribute("aria-valuenow", "1", timeout=30_000)
    box = cells.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 1.5 / 16, box["y"] + box["height"] * 1.5 / 16)
    page.wait_for_url("**/compare?chosen=right.downsample.0%3A18")
    expect(page.locator(".inspector svg")).to_contain_text("= channel 18")
    cells.focus()
    page.keyboard.press("ArrowDown")  # a row has sixteen
    expect(page.locator(".inspector svg")).to_contain_text("= channel 34")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".inspector svg")).to_contain_text("= channel 35")
    expect(page.locator('[data-op="right.downsample.0"].chosen')).to_have_count(1)
    page.goto(f"{address}/compare?chosen=right.conv2:18")  # a 3×3: explained, without cells
    expect(page.locator(".inspector .kernel")).to_be_visible(timeout=30_000)
    assert page.locator(".inspector #cells").count() == 0
    assert page.complaints == []


def test_answers_are_found_by_typing_and_have_addresses(page: Page, address: str) -> None:
    page.goto(f"{address}/answers")
    expect(page.locator(".answer")).to_have_count(23, timeout=30_000)
    page.get_by_label("Find a question").fill("skip conection capasity")
    page.keyboard.press("Enter")
    expect(page.locator(".answer").first).to_contain_text("Does a projection add capacity?")
    page.get_by_label("Find a question").fill("densenet")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(1)
    expect(page.locator(".answer > details")).to_have_attribute("open", "")
    page.goto(f"{address}/answers?question=why-keras-counts-more-than-pytorch")
    expect(page.locator(".answer > details[open]")).to_have_count(1, timeout=30_000)
    expect(page.locator(".answer > details[open]")).to_contain_text("25,636,712")
    page.locator(".answer > details[open]").get_by_role("link", name="See it in the network").click()
    expect(page.locator(".network svg")).to_be_visible(timeout=30_000)
    page.goto(f"{address}/answers?question=<img src=x>")
    expect(page.get_by_role("alert")).to_contain_text("question is")
    assert page.locator("img[src=x]").count() == 0


def test_the_answers_on_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/answers?question=3-8-4-1-or-8-2-gflops")
    expect(page.locator(".answer > details[open]")).to_be_visible(timeout=30_000)
    assert page.locator('[data-testid="stMain"]').evaluate("e => e.scrollWidth <= e.clientWidth")


def test_a_prediction_is_marked_and_the_address_says_where_one_stands(page: Page, address: str) -> None:
    page.goto(f"{address}/practice?seed=3")
    expect(page.locator(".answer")).to_contain_text("Block 1 of 10", timeout=30_000)
    expect(page.locator(".answer")).to_contain_text("28 × 28 × 512")
    for label, value in (("Height", "28"), ("Width", "28"), ("Channels", "512")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_text("no, an identity shortcut would do").click()
    page.get_by_label("Parameters of a projection there").fill("1000")
    page.get_by_text("nowhere", exact=True).click()
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".marks")).to_contain_text("263,168")
    expect(page.locator(".marks")).to_contain_text("1 · 1 · 512 · 512")
    expect(page.locator(".marks .box.impossible")).to_have_count(1)
    page.get_by_role("button", name="Next block").click()
    expect(page.locator(".answer")).to_contain_text("Block 2 of 10")
    page.wait_for_url("**/practice?seed=3&number=2&score=0")
