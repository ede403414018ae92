"""A chart's interactive file, opened from disk in a browser without a network: it is drawn, and answers the pointer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.api.kept import answer_to
from tests.chromium import PHONE

# where the pointer asks, and what it hears
ASKED = {
    "chart": (".bars .point path", 4, "1×1 conv, 256 (conv3): 16,384"),
    "network_by_stage": (".bars .point path", 4, "12.9 M (12,863,488)"),
    "network_receptive_field": (".points path", -1, "layer4.2: 427 px, jump 32 px"),
    "network_waterfall": (".bars .point path", 1, "running statistics: +53,120"),
}


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.html"
    path.write_bytes(answer_to(f"/api/{request.param}.html").body)
    return path


def of(*charts: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("file", charts, indirect=True)


@contextmanager
def opened(browser: Browser, file: Path, **how: object) -> Iterator[Page]:
    """Without a network; whatever is fetched beyond the file, and whatever goes wrong, is a complaint."""
    context = browser.new_context(offline=True, **how)
    page = context.new_page()
    complaints: list[str] = []
    page.on("request", lambda one: complaints.append(one.url) if one.url != file.as_uri() else None)
    page.on("console", lambda one: complaints.append(one.text))
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(file.as_uri())
    yield page
    assert not complaints
    context.close()


@of(*ASKED)
def test_it_is_drawn_and_says_a_number_where_the_pointer_is(browser: Browser, file: Path) -> None:
    where, which, said = ASKED[file.stem]
    with opened(browser, file, viewport={"width": 900, "height": 1000}, color_scheme="light") as page:
        marks = page.locator(f"#chart {where}")
        expect(marks.first).to_be_attached()
        box = (marks.last if which < 0 else marks.nth(which)).bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator("#chart .hoverlayer")).to_contain_text(said)
        assert page.title() == page.locator("h1").inner_text()
        figure = page.get_by_role("figure", name=page.title())
        expect(figure).to_have_accessible_description(page.locator("#words").inner_text())
        buttons = [one.get_attribute("data-title") for one in page.locator(".modebar-btn").all()]
        assert buttons == ["Download plot", "Zoom", "Pan", "Reset axes"]  # none that sends it anywhere
        expect(page.locator(".still")).to_be_hidden()
        page.emulate_media(media="print")
        expect(page.locator(".still svg")).to_be_visible()
        expect(page.locator("#chart")).to_be_hidden()


@of("network_receptive_field")
def test_light_and_dark_as_the_reader_has_it_also_while_it_is_open(browser: Browser, file: Path) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    drawn = "document.querySelector('#chart .main-svg').style.background"
    with opened(browser, file, color_scheme="dark") as page:
        expect(page.locator("#chart .main-svg").first).to_be_visible()
        dark = page.evaluate(paper)
        assert page.evaluate(drawn) == dark
        page.emulate_media(color_scheme="light")
        expect(page.locator("#chart .main-svg").first).to_have_css("background-color", "rgb(255, 255, 255)")
        assert page.evaluate(paper) == "rgb(255, 255, 255)" != dark


@of("network_by_stage")
def test_without_scripts_there_is_the_picture(browser: Browser, file: Path) -> None:
    with opened(browser, file, java_script_enabled=False) as page:
        expect(page.locator(".still svg")).to_be_visible()
        expect(page.locator("table").first).to_be_visible()


@of("chart")
def test_it_fits_a_telephone_and_can_be_reached_by_all(browser: Browser, file: Path) -> None:
    with opened(browser, file, viewport=PHONE) as page:
        expect(page.locator("#chart .main-svg").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
