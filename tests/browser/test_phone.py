"""A phone, by touch: what changes is in view while a slider moves, and a finger hits what it aims at."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.chromium import PHONE, visit

FINGER = 44  # px

PAGES = {  # address -> a figure, a control
    "": (".story svg", ".st-key-next button"),
    "?step=4": (".story svg", ".st-key-back button"),
    "?step=5": ('.story [id="corner.10"]', ".st-key-back button"),
    "compare?chosen=right.conv2": (".inspector", ".st-key-compare_stride input"),
    "network?network=cifar_resnet20": (".network svg", ".st-key-network_num_classes input"),
    "model?model=resnet50&against=mobilenet_v2&sum=1": (".opened svg", ".st-key-model_unfolded input"),
    "signal": (".summands svg", ".st-key-signal_channel input"),
    "signal?shortcut=identity&point=conv2": (".signalmaps svg", ".st-key-signal_channel input"),
    "practice?seed=3": (".picture svg", '[data-testid="stBaseButton-secondaryFormSubmit"]'),
    "experiments?experiment=shattered": (".question h2", '[data-testid="stRadio"]'),
    "experiments?predicted=most&removed=layer1.1": (".experiment.first svg", ".st-key-experiments_seed input"),
    "experiments?experiment=shattered&predicted=scale": (".experiment.first svg", ".st-key-experiments_seed input"),
    "experiments?experiment=options&predicted=alike": (".experiment.first svg", ".st-key-run button"),
    "answers?question=why-50": (".answer > details[open]", ".st-key-words input"),
    "about": (".about h1", ".st-key-share button"),
}
# What a finger can press: its own box, or that of the label around a small mark. Not in here: what is not shown,
# a slider's invisible input (its track is pressed), and boxes and arrows, which stand as close as the drawing has them.
SMALL = """(finger) => {
  const small = [], walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (!element.matches("button, a[href], summary, input:not([type=range]), label:has(input)")) continue;
      if (element.matches("input") && element.closest("label")) continue;
      if (element.closest("svg") || !element.checkVisibility()) continue;
      const { width, height } = element.getBoundingClientRect();
      if (width && Math.min(width, height) < finger - 0.5) small.push([element.outerHTML.slice(0, 120), width, height]);
    }
  };
  walk(document.querySelector('[data-testid="stMain"]'));
  walk(document.querySelector('[data-testid="stHeader"]'));
  return small;
}"""


def on_screen(what: Locator) -> bool:
    """All of it, and nothing lies over it."""
    box = what.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    inside = box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    on_top = what.evaluate(
        """(element, [x, y]) => {
          let found = document.elementFromPoint(x, y);
          while (found?.shadowRoot) found = found.shadowRoot.elementFromPoint(x, y);
          return element.contains(found) || found?.contains(element);
        }""",
        [x, y],
    )
    return bool(inside and on_top)


def press(page: Page, key: str, share: float) -> None:
    """A finger on a slider's track, so far along."""
    box = page.locator(f".st-key-{key} [role=group]").bounding_box()
    page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + 18)


def test_while_a_slider_moves_the_verdict_and_the_diagram_are_in_view(phone: Page, address: str) -> None:
    visit(phone, f"{address}/compare", ".figure.left svg", ".st-key-compare_stride input")
    summands = phone.locator('.figure.left [data-op="left.bn3:out"] text')
    expect(summands).to_have_text("56 × 56 × 256")
    press(phone, "compare_stride", 0.98)
    expect(phone.locator(".st-key-compare_stride input")).to_have_value("4")
    expect(summands).to_have_text("14 × 14 × 256")
    main = phone.locator('[data-testid="stMain"]')
    assert main.evaluate("e => e.scrollTop") == 0
    assert main.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert on_screen(summands) and on_screen(phone.locator('.figure.left [data-op="left.add"] text').first)
    assert on_screen(phone.locator(".verdict.left strong"))
    phone.get_by_role("button", name="Convolutional block").tap()
    expect(phone.get_by_role("button", name="Convolutional block")).to_have_attribute("aria-pressed", "true")
    phone.wait_for_timeout(600)
    assert on_screen(phone.locator('.figure.right [data-op="right.downsample.0"]'))
    assert on_screen(phone.locator(".verdict.right strong"))
    press(phone, "compare_stride", 0.02)
    expect(phone.locator('.figure.right [data-op="right.bn3:out"] text')).to_have_text("56 × 56 × 256")
    assert on_screen(phone.locator('.figure.right [data-op="right.bn3:out"] text'))  # and not back on the left
    assert main.evaluate("e => e.scrollTop") == 0
    assert phone.complaints == []


def test_the_other_controls_scroll_in_their_sheet(phone: Page, address: str) -> None:
    visit(phone, f"{address}/compare", ".figure.left svg", ".st-key-compare_kernel_size input")
    phone.locator(".st-key-compare_kernel_size").scroll_into_view_if_needed()
    press(phone, "compare_kernel_size", 0.5)
    expect(phone.locator('.figure.left [data-op="left.conv2"]')).not_to_contain_text("3×3 conv")
    assert on_screen(phone.locator('.figure.left [data-op="left.conv2"]'))
    assert on_screen(phone.locator(".verdict.left strong"))


def test_what_explains_a_choice_can_be_closed_again(phone: Page, address: str) -> None:
    visit(phone, f"{address}/compare", ".figure.left svg", ".st-key-compare_stride input")
    phone.locator('.figure.left [data-op="left.conv3"]').tap()
    expect(phone.locator(".inspector")).to_contain_text("1×1 conv, 256")
    phone.wait_for_timeout(300)
    assert on_screen(phone.locator('.figure.left [data-op="left.conv3"]')), "what it explains stays in view"
    phone.get_by_role("button", name="Close the explanation").tap()
    expect(phone.locator(".inspector")).to_have_count(0)
    assert on_screen(phone.locator(".st-key-compare_stride [role=group]"))


@pytest.mark.parametrize("query", PAGES)
def test_a_finger_hits_every_control_and_nothing_scrolls_sideways(phone: Page, address: str, query: str) -> None:
    visit(phone, f"{address}/{query}", *PAGES[query])
    assert phone.evaluate(SMALL, FINGER) == []
    assert phone.locator('[data-testid="stMain"]').evaluate("e => e.scrollWidth <= e.clientWidth")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_nothing_lies_on_a_charts_legend(phone: Page, address: str) -> None:
    visit(phone, f"{address}/compare", ".figure.left svg", ".st-key-compare_stride input")
    chart = phone.locator(".js-plotly-plot")
    phone.locator(".st-key-summary").scroll_into_view_if_needed()
    phone.get_by_role("heading", name="Where it sits").scroll_into_view_if_needed()
    phone.mouse.wheel(0, 500)
    expect(chart.locator(".legend")).to_be_visible()
    expect(chart.locator(".modebar")).to_be_hidden()
