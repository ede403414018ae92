"""What comes only when it is reached, what is made only when it is opened, and printing."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.chromium import reach

PLOTS = ".js-plotly-plot .main-svg"


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.locator(".figure.right svg, .network svg").first.wait_for()
    page.wait_for_timeout(1500)
    return page


@pytest.mark.parametrize("where", ["compare", "network"])
def test_who_never_scrolls_never_loads_a_chart(page: Page, address: str, where: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, f"{address}/{where}")
    assert not [url for url in asked if "plotly" in url.lower()]
    assert page.locator(PLOTS).count() == 0


@pytest.mark.parametrize(
    ("where", "place"), [("compare", "chart"), ("compare", "layers"), ("network", "receptive_field")]
)
def test_a_place_keeps_its_height(page: Page, address: str, where: str, place: str) -> None:
    """What stands below it must not jump when it is filled."""
    opened(page, f"{address}/{where}")
    frame = page.locator(f".st-key-{place}_place")
    before = frame.bounding_box()["height"]
    reach(page, place)
    page.wait_for_timeout(500)
    assert abs(frame.bounding_box()["height"] - before) <= 24


def test_what_is_out_of_view_is_let_go_and_comes_back(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 300})
    opened(page, f"{address}/network")
    reach(page, "fall")
    page.locator(".st-key-blocks_reached").scroll_into_view_if_needed()
    expect(page.locator(".st-key-fall_place .js-plotly-plot")).to_have_count(0)
    reach(page, "fall")


def test_the_keyboards_print_waits_for_every_chart(page: Page, address: str) -> None:
    opened(page, f"{address}/network")
    page.evaluate(
        "window.print = () => { window.__printed = document.querySelectorAll('.js-plotly-plot').length; }; null"
    )
    page.keyboard.press("Control+p")
    page.wait_for_function("window.__printed !== undefined")
    assert page.evaluate("window.__printed") == 5


def test_print_media_reach_every_chart(page: Page, address: str) -> None:
    opened(page, f"{address}/compare")
    page.emulate_media(media="print")
    expect(page.locator(PLOTS).first).to_be_visible()
    expect(page.locator(".layers table")).to_be_attached()
    printed = PdfReader(io.BytesIO(page.pdf()))
    assert "Where it sits" in "".join(sheet.extract_text() for sheet in printed.pages)


def test_what_is_folded_away_is_made_when_it_is_opened(page: Page, address: str) -> None:
    opened(page, f"{address}/compare")
    assert page.locator(".st-key-compare_groups").count() == 0
    page.get_by_text("More settings").click()
    expect(page.locator(".st-key-compare_groups")).to_be_visible()


def test_the_notation_stays_open_while_a_reader_chooses(page: Page, address: str) -> None:
    opened(page, f"{address}/compare")
    page.get_by_role("button", name="Notation").click()
    page.get_by_text("N×C×H×W", exact=True).click()
    page.wait_for_url("**/compare?*")
    page.get_by_role("radio", name="Keras").click()
    expect(page.locator(".figure.right")).to_contain_text("76,928 parameters")
    expect(page.get_by_text("FLOPs", exact=True)).to_be_visible()


def test_on_a_phone_the_menu_closes_once_a_page_is_chosen(phone: Page, address: str) -> None:
    opened(phone, f"{address}/compare")
    phone.get_by_test_id("stExpandSidebarButton").tap()
    link = phone.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile("^Network$"))
    link.tap()
    expect(phone.locator(".network svg")).to_be_attached()
    expect(phone.get_by_test_id("stSidebarNavLink").first).not_to_be_in_viewport()
