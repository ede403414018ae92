"""The story, on a phone and by touch, in a real Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from resnet.lessons.story import STEPS
from tests.chromium import PHONE, visit


def open_story(page: Page, address: str, query: str = "") -> Page:
    return visit(page, f"{address}/{query}", ".storywords", ".st-key-back button")


def fits(page: Page) -> None:
    """All of a step, its way on included, is on the screen at once, and none of it leaves it at the side."""
    last = page.locator(".st-key-next button, .st-key-back button").last
    box = last.bounding_box()
    assert box["y"] + box["height"] <= PHONE["height"], page.url
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("e => e.scrollTop === 0 && e.scrollWidth <= e.clientWidth"), page.url
    assert page.locator(".story .scroll").count() == 0 or page.locator(".story .scroll").evaluate(
        "e => e.scrollWidth <= e.clientWidth"
    )


def test_the_whole_story_on_a_phone_by_touch(phone: Page, address: str) -> None:
    open_story(phone, address)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Why a convolutional block with stride 1?")
    for step in range(1, STEPS + 1):
        expect(phone.locator(".storytitle h2")).to_contain_text(f"{step} of {STEPS}")
        if step == 3:
            expect(phone.locator(".story svg")).to_contain_text("?")
            phone.get_by_role("button", name="Add x and F(x)").tap()
            expect(phone.locator(".storywords code")).to_contain_text("The size of tensor a (256) must match")
            expect(phone.locator(".story svg")).to_contain_text("no sum")
        elif step == 4:
            phone.get_by_text("Pad with zeros").tap()
            expect(phone.locator(".story svg")).to_contain_text("192 zeros")
            phone.get_by_text("Project", exact=True).tap()
            expect(phone.locator(".storywords")).to_contain_text("16,384 weights")
        elif step == 5:
            expect(phone.locator(".story [id^=corner]")).to_have_count(4)
            expect(phone.locator(".storywords")).to_contain_text("this is the block we asked about")
            phone.get_by_text("Channels change", exact=True).tap()
            expect(phone.locator(".storywords")).to_contain_text("× 1.94")
            phone.locator('[id="corner.11"]').tap()
            expect(phone.locator(".storywords")).to_contain_text("Both change")
        phone.wait_for_timeout(300)
        fits(phone)
        if step < STEPS:
            phone.get_by_role("button", name="Next").tap()
    phone.get_by_role("link", name="See both blocks side by side").tap()
    expect(phone.locator(".figure.right svg")).to_be_visible(timeout=30_000)
    expect(phone.locator(".verdict.left")).to_contain_text("Impossible")
    assert phone.complaints == []
    # and in the comparison: a layer is chosen with a finger
    phone.locator('.figure.right [data-op="right.downsample.0"]').tap()
    expect(phone.locator(".inspector")).to_contain_text("64 · 256")


def test_a_copied_address_opens_the_step_and_an_old_one_the_comparison(page: Page, address: str) -> None:
    open_story(page, address, "?step=5&strided=true&axes=nchw")
    expect(page.locator(".storywords")).to_contain_text("512 × 28 × 28")
    page.get_by_role("link", name="Compare two blocks").click()  # another page, the same conventions
    expect(page.locator(".figure.right")).to_contain_text("256 × 56 × 56", timeout=30_000)
    page.wait_for_url("**/compare?axes=nchw")
    page.goto(f"{address}/?stride=2")
    page.wait_for_url("**/compare?stride=2")
    expect(page.locator(".figure.right")).to_contain_text("Convolutional block, s = 2", timeout=30_000)
    assert page.complaints == []


def test_the_switch_changes_pages_and_files(page: Page, address: str) -> None:
    visit(page, f"{address}/compare", ".figure.right svg", ".st-key-notation")
    page.get_by_role("button", name="Notation").click()
    page.get_by_text("N×C×H×W", exact=True).click()
    expect(page.locator(".figure.right")).to_contain_text("256 × 56 × 56")
    page.get_by_text("FLOPs", exact=True).click()
    expect(page.locator(".figure.right")).to_contain_text("462.4 M FLOPs")
    page.get_by_role("radio", name="Keras").click()
    expect(page.locator(".figure.right")).to_contain_text("76,928 parameters")
    page.wait_for_url("**/compare?axes=nchw&counting=keras&unit=flops")
    for link in page.locator(".downloads a").all():
        expect(link).to_have_attribute("href", re.compile("axes=nchw&counting=keras&unit=flops"))
    assert page.complaints == []


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", "come"), ("reduce", "none")])
def test_what_a_channel_is_made_of_comes_step_by_step_unless_motion_is_unwelcome(
    page: Page, address: str, motion: str, moves: str
) -> None:
    page.emulate_media(reduced_motion=motion)
    open_story(page, address, "?step=4&repair=project")
    for step in page.locator('.story [class^="step-"]').all():
        style = step.evaluate("e => { const s = getComputedStyle(e); return [s.animationName, s.animationDuration]; }")
        assert style[0] == moves and (moves == "none" or float(style[1].rstrip("s")) <= 0.2)
    assert page.locator('.story [class^="step-"]').count() == 3
