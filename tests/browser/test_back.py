"""The browser's Back: to the view before, and not through entries that change nothing."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.test_compare import move, visit


def right(page: Page, words: str) -> None:
    expect(page.locator(".figure.right")).to_contain_text(words)


def test_back_and_forward_go_from_view_to_view(page: Page, address: str) -> None:
    visit(page, address)
    for stride in (2, 3):
        move(page, "stride", "ArrowRight")
        page.wait_for_url(f"**/compare?stride={stride}")
        right(page, f"block, s = {stride}")
    page.go_back()
    right(page, "block, s = 2")
    expect(page.locator('.st-key-compare_stride input[type="range"]')).to_have_value("2")
    page.wait_for_timeout(500)
    assert page.url.endswith("/compare?stride=2")
    page.go_back()
    right(page, "block, s = 1")
    page.wait_for_timeout(500)
    assert page.url.endswith("/compare")
    page.go_forward()
    right(page, "block, s = 2")
    assert page.complaints == []


def test_a_control_that_was_gone_back_from_can_be_used_again(page: Page, address: str) -> None:
    visit(page, address)
    move(page, "stride", "ArrowRight")
    page.wait_for_url("**/compare?stride=2")
    page.go_back()
    right(page, "block, s = 1")
    page.wait_for_timeout(500)
    move(page, "stride", "ArrowRight")
    right(page, "block, s = 2")
    page.wait_for_url("**/compare?stride=2")


def test_what_an_address_spells_out_is_no_entry_of_its_own(page: Page, address: str) -> None:
    page.goto("about:blank")
    visit(page, f"{address}/compare?stride=1&f1=64&in_channels=128")
    page.wait_for_timeout(800)
    page.go_back()
    page.wait_for_url("about:blank")


def test_back_from_another_page_is_one_step(page: Page, address: str) -> None:
    visit(page, f"{address}/compare?stride=2")
    page.get_by_role("link", name="Network", exact=True).click()
    expect(page.locator(".network svg")).to_be_visible()
    page.wait_for_timeout(800)
    page.go_back()
    right(page, "block, s = 2")
    expect(page).to_have_url(re.compile(r"/compare\?stride=2$"))
    # and to a page that remembers what it showed
    page.get_by_role("link", name="Network", exact=True).click()
    expect(page.locator(".network svg")).to_be_visible()
    page.wait_for_timeout(500)
    page.get_by_role("link", name="Compare two blocks").click()
    right(page, "block, s = 2")
    expect(page).to_have_url(re.compile(r"/compare\?stride=2$"))
    page.wait_for_timeout(500)
    page.go_back()
    expect(page.locator(".network svg")).to_be_visible()


def test_a_drag_is_one_entry(page: Page, address: str) -> None:
    visit(page, address)
    before = page.evaluate("history.length")
    box = page.locator(
        ".st-key-compare_stride [data-baseweb=slider], .st-key-compare_stride .stSlider"
    ).last.bounding_box()
    thumb = page.locator(
        ".st-key-compare_stride [role=slider], .st-key-compare_stride input[type=range]"
    ).first.bounding_box()
    y = thumb["y"] + thumb["height"] / 2
    page.mouse.move(thumb["x"] + thumb["width"] / 2, y)
    page.mouse.down()
    for share in (0.35, 0.68, 1.0):
        page.mouse.move(box["x"] + share * box["width"], y, steps=4)
        page.wait_for_timeout(400)
    page.mouse.up()
    right(page, "block, s = 4")
    page.wait_for_timeout(500)
    assert page.evaluate("history.length") == before + 1
