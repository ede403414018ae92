"""The signal in a real Chromium: maps that are pressed, and pictures that are handed in."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.chromium import visit


def open_signal(page: Page, address: str, query: str = "") -> Page:
    return visit(page, f"{address}/signal{query}", ".summands svg", ".st-key-signal_channel input")


def press(page: Page, group: str, channel: int) -> None:
    """A small map of a grid, sixteen to a row."""
    cells = page.locator(f"#cells-{group}")
    left, top, pitch, row, *_ = (float(one) for one in cells.get_attribute("data-cells").split())
    svg = cells.locator("xpath=ancestor::*[local-name()='svg'][1]")
    box, wide = svg.bounding_box(), float(svg.get_attribute("viewBox").split()[2])
    scale = box["width"] / wide
    x = left + ((channel - 1) % row + 0.5) * pitch
    y = top + ((channel - 1) // row + 0.5) * pitch
    svg.click(position={"x": x * scale, "y": y * scale})


def test_a_small_map_that_is_pressed_becomes_the_large_one(page: Page, address: str) -> None:
    open_signal(page, address)
    before = page.locator(".summands image").first.get_attribute("href")
    press(page, "total", 200)
    expect(page.locator(".summands")).to_contain_text("Channel 200, large")
    expect(page.locator(".signalwords")).to_contain_text("In channel 200 the shortcut is")
    expect(page).to_have_url(f"{address}/signal?channel=200")
    assert page.locator(".summands image").first.get_attribute("href") != before
    page.locator("#cells-main").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".summands")).to_contain_text("Channel 201, large")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".summands")).to_contain_text("Channel 185, large")


def test_a_strip_of_the_diagram_opens_all_of_its_maps(page: Page, address: str) -> None:
    open_signal(page, address)
    page.locator('[id="maps-relu_1"]').click()
    expect(page.locator(".signalmaps h2")).to_contain_text("What flows out of relu_1")
    expect(page).to_have_url(f"{address}/signal?point=relu_1")
    page.locator('[id="maps-relu_1"]').click()
    expect(page.locator(".signalmaps")).to_have_count(0)


def test_the_impossible_sum_the_zeros_and_the_identity(page: Page, address: str) -> None:
    open_signal(page, address, "?shortcut=identity&channel=100")
    expect(page.locator(".signalwords code")).to_contain_text("The size of tensor a (256) must match")
    expect(page.locator(".summands")).to_contain_text("no partner")
    expect(page.locator(".summands")).to_contain_text("192 missing")
    open_signal(page, address, "?shortcut=zero_pad&channel=100")
    expect(page.locator(".summands")).to_contain_text("192 zeros")
    expect(page.locator(".signalwords")).to_contain_text("has no map of x")
    open_signal(page, address, "?at=layer1.1&shortcut=unit")
    expect(page.locator(".signalwords")).to_contain_text("gives what the identity block gives")


def hand_in(page: Page, name: str, data: bytes) -> None:
    if not page.locator('.st-key-own_picture input[type="file"]').count():
        page.locator(".st-key-own_picture summary").click()
    kind = "image/png" if name.endswith("png") else "image/jpeg"
    page.locator('.st-key-own_picture input[type="file"]').set_input_files(
        {"name": name, "mimeType": kind, "buffer": data}
    )


def test_a_readers_own_picture_runs_and_is_put_away(page: Page, address: str, tmp_path: Path) -> None:
    open_signal(page, address)
    out = io.BytesIO()
    stripes = Image.new("RGB", (300, 300), "white")
    for x in range(0, 300, 60):
        stripes.paste("black", (x, 0, x + 30, 300))
    stripes.save(out, "JPEG")
    before = page.locator(".summands image").first.get_attribute("href")
    hand_in(page, "stripes.jpg", out.getvalue())
    expect(page.get_by_role("button", name="Put my picture away")).to_be_visible()
    expect(page.locator(".signaltitle img")).to_have_attribute("alt", "Your picture, as the network sees it")
    expect(page.locator(".signalabout")).to_contain_text("nowhere else")
    assert page.locator(".summands image").first.get_attribute("href") != before
    expect(page).to_have_url(f"{address}/signal")  # nothing of it is in the address
    expect(page.locator(".downloads a")).to_have_count(0)
    page.get_by_role("button", name="Put my picture away").click()
    expect(page.locator(".signaltitle img")).to_have_attribute("alt", "A temple, as the network sees it")
    expect(page.locator(".downloads a").first).to_be_visible()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "whatever its name says"),
        ("nothing.png", b"", "an empty file"),
        ("lies.jpg", b"\xff\xd8\xff\xe0" + bytes(200), "whatever its name says"),
    ],
)
def test_what_is_no_picture_gets_a_sentence_and_nothing_is_lost(
    page: Page, address: str, name: str, data: bytes, said: str
) -> None:
    open_signal(page, address, "?channel=7")
    hand_in(page, name, data)
    expect(page.get_by_test_id("stAlert")).to_contain_text(said)
    expect(page.get_by_test_id("stAlert")).to_contain_text("a PNG or JPEG of at most 5 MB")
    expect(page.locator(".summands")).to_contain_text("Channel 7, large")
    expect(page.get_by_test_id("stException")).to_have_count(0)
