"""The experiments in a real Chromium: blocks that are pressed, runs that grow, and figures as files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from resnet.lessons.experiments import EXPERIMENTS
from resnet.run.lesion import lesion
from tests.browser import test_files as files
from tests.chromium import PHONE, visit
from tests.conftest import listen

NETWORK, SEED = ".experiment.first svg", ".st-key-experiments_seed input"
RUN, STOP, LIVE = ".st-key-run button", ".st-key-stop button", ".experiment .ours"


def open_lesion(page: Page, address: str, query: str = "") -> Page:
    return visit(page, f"{address}/experiments?predicted=most{query}", NETWORK, SEED)


def said(*removed: str) -> str:
    return f"right in {100 * lesion(frozenset(removed)).accuracy:.1f} %"


def test_nothing_is_shown_before_a_prediction(page: Page, address: str) -> None:
    visit(page, f"{address}/experiments", ".experiment svg", '[data-testid="stRadio"]')
    expect(page.locator(".conclusion")).to_have_count(0)
    expect(page.locator(".experiment svg")).to_have_count(1)  # the network, and no result
    page.get_by_text("93 % or more", exact=False).click()
    expect(page.locator(".conclusion").first).to_contain_text("s you expected")
    expect(page.locator(".experiment svg")).to_have_count(4)
    page.wait_for_url("**/experiments?predicted=most")
    page.go_back()
    expect(page.locator('[data-testid="stRadio"]')).to_be_visible()
    expect(page.locator(".conclusion")).to_have_count(0)
    assert page.complaints == []


def test_a_click_takes_a_block_out_and_another_puts_it_back(page: Page, address: str) -> None:
    open_lesion(page, address)
    block = page.locator('[data-op="block.layer1.2"]')
    block.click()
    expect(page.locator(".conclusion").last).to_contain_text(said("layer1.2"))
    expect(block).to_have_class(re.compile("removed"))
    page.wait_for_url("**predicted=most&removed=layer1.2")
    page.locator('[data-op="block.layer3.0"]').click()
    expect(page.locator(".conclusion").last).to_contain_text(said("layer1.2", "layer3.0"))
    expect(page.locator(".conclusion").last).to_contain_text("In place of layer3.0 W_s x is left")
    block.click()
    expect(page.locator(".conclusion").last).to_contain_text(said("layer3.0"))
    page.get_by_role("button", name="Put all back").click()
    expect(page.locator(".block.removed")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("removed"))
    assert page.complaints == []


def test_the_keyboard_does_the_same_and_keeps_its_place(page: Page, address: str) -> None:
    open_lesion(page, address)
    block = page.locator('[data-op="block.layer2.1"]')
    block.focus()
    for removed in (("layer2.1",), (), ("layer2.1",)):
        page.keyboard.press("Enter" if removed else "Space")
        expect(page.locator(".block.removed")).to_have_count(len(removed))
        expect(block).to_be_focused()
        expect(block).to_have_attribute("aria-label", re.compile("put it back" if removed else "take it out"))
    expect(page.locator(".conclusion").last).to_contain_text(said("layer2.1"))


def test_an_address_shows_what_was_played_with(page: Page, address: str) -> None:
    open_lesion(page, address, "&kind=plain&removed=layer1.1,layer2.1&seed=3")
    expect(page.locator(".block.removed")).to_have_count(2)
    expect(page.locator(f"{NETWORK} .shortcut")).to_have_count(0)
    expect(page.locator('[data-op="block.layer2.0"]')).to_have_count(0)  # nothing else would fit there
    shown = lesion(frozenset(("layer1.1", "layer2.1")), kind="plain", seed=3)
    expect(page.locator(".conclusion").last).to_contain_text(f"right in {100 * shown.accuracy:.1f} %")
    assert page.complaints == []


def test_a_slider_reaches_the_gradient(page: Page, address: str) -> None:
    visit(page, f"{address}/experiments?experiment=shattered&predicted=scale&depth=4", NETWORK, SEED)
    before = page.locator(NETWORK).inner_html()
    page.locator(".st-key-experiments_depth input").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".conclusion").last).to_contain_text("At depth 5")
    assert page.locator(NETWORK).inner_html() != before
    page.wait_for_url("**depth=5")
    assert page.complaints == []


def test_which_kinds_are_shown_is_chosen_from_the_keyboard(page: Page, address: str) -> None:
    visit(page, f"{address}/experiments?experiment=gradients&predicted=same&blocks=3", NETWORK, SEED)
    expect(page.locator(NETWORK)).to_contain_text("plain")
    page.get_by_role("button", name="plain").focus()
    page.keyboard.press("Space")
    expect(page.locator(NETWORK)).not_to_contain_text("plain")
    page.get_by_role("button", name="plain").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="A", exact=True)).to_be_focused()
    assert page.complaints == []


# runs


def grows(page: Page) -> None:
    """Curves are there, and more of them a while later."""
    expect(page.locator(f"{LIVE} svg")).to_be_visible(timeout=90_000)
    first = page.locator(f"{LIVE} svg").inner_html()
    page.wait_for_function(
        """before => {
          const walk = (root) =>
            [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? walk(e.shadowRoot) : [])]);
          const live = walk(document).find((e) => e.matches(".experiment .ours svg"));
          return live && live.innerHTML !== before;
        }""",
        arg=first,
        timeout=90_000,
    )


def open_run(page: Page, address: str, query: str) -> Page:
    return visit(
        page, f"{address}/experiments?experiment=options&predicted=alike{query}", NETWORK, ".st-key-experiments_seeds"
    )


@pytest.mark.slow
def test_a_run_grows_outlives_a_reload_is_found_by_a_second_tab_and_can_be_stopped(
    desktop: BrowserContext, page: Page, address: str
) -> None:
    query = "&trained=B&epochs=20&seeds=5"
    open_run(page, address, query)
    expect(page.locator(STOP)).to_have_count(0)  # an address starts nothing
    page.locator(RUN).click()
    grows(page)
    page.reload()
    grows(page)
    second = desktop.new_page()
    listen(second)
    open_run(second, address, query)
    grows(second)
    second.locator(STOP).click()
    for tab in (second, page):
        expect(tab.get_by_text("The run was stopped")).to_be_visible()
        expect(tab.get_by_role("button", name="Train again")).to_be_visible()
        expect(tab.locator(f"{LIVE} svg")).to_be_visible()  # what came out before stays
    assert page.complaints == second.complaints == []
    second.close()


@pytest.mark.slow
def test_another_run_waits_for_its_turn_and_a_short_one_ends(desktop: BrowserContext, page: Page, address: str) -> None:
    open_run(page, address, "&trained=C&epochs=20&seeds=5")
    page.locator(RUN).click()
    expect(page.locator(STOP)).to_be_visible()
    second = desktop.new_page()
    listen(second)
    open_run(second, address, "&trained=A&epochs=1")
    second.locator(RUN).click()
    expect(second.get_by_text("In the queue: 1 before this one.")).to_be_visible()
    page.locator(STOP).click()
    expect(second.locator(STOP)).to_have_count(0, timeout=90_000)
    expect(second.locator(LIVE)).to_contain_text("Here, so far: A")
    expect(second.get_by_role("link", name="Trained here as CSV")).to_have_count(0)
    expect(second.get_by_role("link", name="Trained here as SVG")).to_be_visible()
    assert page.complaints == second.complaints == []
    second.close()


# a phone


def inside(what: Locator) -> bool:
    box = what.bounding_box()
    return bool(box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_on_a_phone_every_figure_is_as_wide_as_the_screen_at_most(phone: Page, address: str, name: str) -> None:
    predicted = next(iter(EXPERIMENTS[name].predictions))
    visit(phone, f"{address}/experiments?experiment={name}&predicted={predicted}", NETWORK, ".downloads")
    assert phone.locator('[data-testid="stMain"]').evaluate("e => e.scrollWidth <= e.clientWidth")
    figures = phone.locator(".experiment svg").all()
    assert figures and all(inside(figure) for figure in figures)
    assert phone.complaints == []


def test_a_finger_takes_a_block_out_and_sees_what_is_left(phone: Page, address: str) -> None:
    open_lesion(phone, address)
    block = phone.locator('[data-op="block.layer1.3"]')
    block.scroll_into_view_if_needed()
    block.tap()
    expect(phone.locator(".experiment").nth(1)).to_contain_text("without layer1.3")
    box = block.bounding_box()
    assert box["width"] >= 44


# files

FIGURES = (
    "experiment.{}?removed=layer1.1,layer2.0",
    "experiment.{}?kind=plain&removed=layer1.1&figure=1",
    "experiment.{}?removed=layer1.1&figure=2",
    "experiment.{}?figure=3",
    "experiment.{}?figure=4",
    "experiment.{}?experiment=shattered",
    "experiment.{}?experiment=shattered&figure=2",
    "experiment.{}?experiment=gradients&blocks=12",
    "experiment.{}?experiment=options",
    "experiment.{}?experiment=options&figure=2",
    "experiment.{}?experiment=published",
    "experiment.{}?experiment=published&topic=order",
    "experiment.{}?experiment=published&figure=2",
)


@pytest.mark.parametrize("address", FIGURES)
def test_no_text_is_covered_cut_or_run_through(sheet: Page, address: str, tmp_path: Path) -> None:
    files.opened(sheet, files.figure(address, "svg"), tmp_path)
    assert sheet.locator("svg text").count() > 5
    assert sheet.evaluate(files.FAULTS) == []


@pytest.mark.parametrize("address", FIGURES)
def test_svg_pdf_and_png_look_the_same(fine_sheet: Page, address: str, tmp_path: Path) -> None:
    files.test_svg_pdf_and_png_look_the_same(fine_sheet, address, tmp_path)
