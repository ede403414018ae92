"""Who can't see well, or has no mouse: axe-core in light and dark, and every control by the keyboard alone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from resnet import BlockSpec, diagram, render, trace
from tests.chromium import visit

PAGES = {  # address -> a figure, a control
    "?step=3&tried=true": (".story svg", ".st-key-back button"),
    "?step=5": ('.story [id="corner.10"]', ".st-key-story_channels input"),
    "?step=6": (".story svg", ".st-key-back button"),
    "compare?stride=2&chosen=right.downsample.0": (".inspector .kernel svg", ".st-key-compare_stride input"),
    "network?quantity=macs&at=layer2.0": (".network svg", ".st-key-network_num_classes input"),
    "model?sum=2": (".opened svg", ".st-key-model_unfolded input"),
    "model?model=resnet50-v1&against=resnet50&sum=4": (".compared table", ".st-key-model_unfolded input"),
    "signal": (".summands svg", ".st-key-signal_channel input"),
    "signal?shortcut=identity&point=conv2": (".signalmaps svg", ".st-key-signal_channel input"),
    "practice?seed=3": (".answer", '[data-testid="stBaseButton-secondaryFormSubmit"]'),
    "experiments?predicted=most&removed=layer1.1": (".experiment.first svg", ".st-key-experiments_seed input"),
    "experiments?experiment=shattered&predicted=scale": (".experiment.first svg", ".st-key-experiments_seed input"),
    "experiments?experiment=options&predicted=alike": (".experiment.first svg", ".st-key-run button"),
    "answers?question=why-50": (".answer > details[open]", ".st-key-words input"),
    "about": (".about h1", ".st-key-share button"),
}
# Everything that a mouse could use: deep, through the shadow roots of the page's components. But for what has a
# neighbour that does the same from the keyboard: one of several choices, a box's own arrows, a chart's tool bar.
FIND = """() => {
  const found = [], wanted = (window.__wanted = new Set());
  const reached = (event) => wanted.delete(event.composedPath()[0]);
  const walk = (root) => {
    root.addEventListener("focusin", reached);
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const control = element.matches("button, a[href], summary, input, select, [data-op]");
      const box = element.getBoundingClientRect();
      const companion = element.tabIndex < 0 && element.closest('[data-testid="stSelectbox"], .stNumberInput');
      const shown = box.width && element.checkVisibility() && !element.disabled;
      if (control && shown && !companion && !element.closest('[role="radiogroup"], [role="toolbar"], .modebar'))
        found.push(element);
    }
  };
  walk(document.querySelector('[data-testid="stMain"]'));
  found.forEach((one) => wanted.add(one));
  return found.length;
}"""
TABS = 10  # pressed between two looks at what is left
LEFT = "() => [...window.__wanted].map((element) => element.outerHTML.slice(0, 160))"


def described(page: Page) -> dict[str, tuple[str, str]]:
    """By its name, whatever has a description: its role and that, as assistive technology is told them."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]

    def said(node: dict[str, dict[str, str]], what: str) -> str:
        return node.get(what, {}).get("value", "")

    return {
        said(one, "name"): (said(one, "role"), said(one, "description")) for one in tree if said(one, "description")
    }


FIGURES = {  # address -> a figure, its name, and how its description begins
    "compare": (
        ".figure.left svg",
        "Diagram: Identity block, stride 1",
        "Impossible: the two summands differ in shape.",
    ),
    "network": (
        ".network svg",
        "ResNet-50 v1.5, block by block",
        "x, 224 × 224 × 3, becomes y, 1,000 classes: 25,557,032",
    ),
    "story?step=4": (".story svg", "Why this repair?", "One pixel: of the 256 numbers of F(x), 192 have no partner"),
}


@pytest.mark.parametrize("query", FIGURES)
def test_a_figure_has_a_name_a_description_and_everything_in_words(page: Page, address: str, query: str) -> None:
    figure, name, begins = FIGURES[query]
    visit(page, f"{address}/{query}", figure, ".in-words >> nth=0")
    role, words = described(page)[name]
    assert role == "group" and words.startswith(begins)
    fold = page.locator(".in-words").first
    expect(fold.locator("li").first).to_be_hidden()
    fold.locator("summary").press("Enter")
    expect(fold.locator("li").first).to_be_visible()
    assert words in fold.inner_text()


def test_two_files_in_one_page_are_described_each_by_its_own_words(page: Page) -> None:
    traces = [trace(BlockSpec(shortcut=one)) for one in ("identity", "projection")]
    files = [render(diagram(t), "svg").decode().partition("?>")[2] for t in traces]
    page.set_content(f"<main>{''.join(files)}</main>")
    found = described(page)
    for t, kind in zip(traces, ("Identity", "Convolutional"), strict=True):
        role, words = found[f"{kind} block, stride 1"]
        assert role in ("image", "img") and words.startswith(diagram(t).spoken.sentence)


@pytest.mark.parametrize("query", PAGES)
def test_axe_finds_nothing_and_the_keyboard_reaches_everything(page: Page, address: str, query: str) -> None:
    visit(page, f"{address}/{query}", *PAGES[query])
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.evaluate("window.dispatchEvent(new Event('residual-block:reach'))")  # axe sees the charts and long tables too
    for place in page.locator('[class*="_place"]').all():
        expect(place.locator(".js-plotly-plot .main-svg, .sheet table, canvas").first).to_be_attached()
        assert place.locator("[aria-label]").count(), "each has a name"
    grounds = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(600)
        grounds.add(page.locator('[data-testid="stApp"]').evaluate("e => getComputedStyle(e).backgroundColor"))
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, (scheme, found.generate_report())
    page.emulate_media(color_scheme="light")
    assert len(grounds) == 2, "the page did not change to dark"
    wanted, left = page.evaluate(FIND), ["all"]
    assert wanted > 2
    page.locator('[data-testid="stMain"]').focus()
    for _ in range(0, 2 * wanted + 60, TABS):
        for _ in range(TABS):
            page.keyboard.press("Tab")
        if not (left := page.evaluate(LEFT)):
            break
    assert not left
