"""The process that serves a page is killed: the page comes back by itself, on another one, as it was."""

from __future__ import annotations

import io
import lzma
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from resnet.run.jobs import LOST
from tests.browser.pair import Pair, pair
from tests.chromium import reach
from tests.conftest import listen

pytestmark = pytest.mark.slow
ONNX = Path(__file__).parents[1] / "data" / "onnx" / "resnet18.onnx.xz"
# What a reader sees of a page: every text, every control's value, every drawing; through the shadow roots.
SEEN = """() => {
  const walk = (root) => [...root.childNodes].map((one) => {
    if (one.nodeType === Node.TEXT_NODE) return one.textContent.trim();
    if (one.nodeType !== Node.ELEMENT_NODE || ["STYLE", "SCRIPT"].includes(one.localName)) return "";
    if (one.matches("select, textarea, input:not([type=file])"))
      return `[${one.matches("[type=checkbox], [type=radio]") ? one.checked : one.value}]`;
    if (one.localName === "svg") return one.outerHTML.replace(/ (class|style)="[^"]*"/g, "");
    return (one.shadowRoot ? walk(one.shadowRoot) : "") + walk(one);
  }).filter(Boolean).join(" ");
  return walk(document.querySelector('[data-testid="stMain"]'));
}"""
# Every look at the page from now on: what its figure is like, how many parts it has, whether a dialog lies over it, and
# what is said; when its connection was lost, when it was there again, when a run was over.
WATCH = """(figure) => {
  const app = document.querySelector('[data-testid="stApp"]');
  const deep = (root, wanted) => [...root.querySelectorAll("*")].flatMap((one) =>
    [...(one.matches(wanted) ? [one] : []), ...(one.shadowRoot ? deep(one.shadowRoot, wanted) : [])]);
  const seen = (window.seen = { figures: [], parts: [], dialogs: 0, said: [], left: 0, there: 0, back: 0 });
  const note = (list, one) => { if (!list.includes(one)) list.push(one); };
  setInterval(() => {
    note(seen.figures, deep(document, figure)[0]?.outerHTML.length ?? 0);
    note(seen.parts, deep(document, ".sheet > *").length);
    note(seen.said, document.querySelector(".residual-block-away")?.textContent);
    seen.dialogs += document.querySelectorAll('[role="dialog"]').length;
  }, 50);
  let running = false;
  new MutationObserver(() => {
    const there = app.dataset.testConnectionState === "CONNECTED", runs = app.dataset.testScriptState === "running";
    if (!there) seen.left ||= performance.now();
    if (there && seen.left) seen.there ||= performance.now();
    if (there && running && !runs && seen.there) seen.back ||= performance.now();
    running = runs;
  }).observe(app, { attributes: true });
}"""


class Kind(NamedTuple):
    """A page in a state that says much: its address, its figure, and what a reader does there."""

    asked: str
    figure: str
    act: Callable[[Page], None]


KINDS: dict[str, Kind] = {}


def kind(asked: str, figure: str) -> Callable[[Callable[[Page], None]], Callable[[Page], None]]:
    def taken(act: Callable[[Page], None]) -> Callable[[Page], None]:
        KINDS[act.__name__] = Kind(asked, figure, act)
        return act

    return taken


@kind("?step=5&axes=nchw", ".story svg")
def the_story(page: Page) -> None:
    page.locator('[id="corner.11"]').click()
    expect(page.locator('.st-key-story_strided input[type="checkbox"]')).to_be_checked()


@kind("compare?f1=128", ".figure.left svg")
def the_comparison(page: Page) -> None:
    page.locator('.st-key-compare_stride input[type="range"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".figure.right")).to_contain_text("s = 2")
    page.locator(".st-key-more_settings summary").click()
    expect(page.locator(".st-key-compare_kernel_size, .st-key-compare_linear").last).to_be_visible()
    page.locator(".figure.right [data-op]").first.click()
    expect(page.locator(".inspector")).to_be_visible()
    reach(page, "layers")


@kind("network?network=resnet18", ".network svg")
def the_network(page: Page) -> None:
    page.locator(".st-key-network_num_classes input").fill("10")
    page.keyboard.press("Enter")
    page.wait_for_url("**num_classes=10*")
    reach(page, "blocks")


@kind("model", ".network svg")
def an_own_model(page: Page) -> None:
    model = FilePayload(
        name="mine.onnx", mimeType="application/octet-stream", buffer=lzma.decompress(ONNX.read_bytes())
    )
    page.locator('.model input[type="file"]').first.set_input_files(model)
    expect(page.locator("h1")).to_contain_text("mine")
    page.locator('.network svg [data-op="left.2"]').first.click()
    page.wait_for_url("**sum=2*")


@kind("signal?channel=7", ".summands svg")
def an_own_picture(page: Page) -> None:
    out = io.BytesIO()
    Image.effect_noise((300, 200), 80).convert("RGB").save(out, "PNG")
    page.locator(".st-key-own_picture summary").click()
    page.locator('.st-key-own_picture input[type="file"]').set_input_files(
        FilePayload(name="mine.png", mimeType="image/png", buffer=out.getvalue())
    )
    expect(page.locator(".signaltitle img")).to_have_attribute("alt", "Your picture, as the network sees it")


@kind("practice?seed=3&level=shapes", ".picture svg")
def the_practice(page: Page) -> None:
    for name, value in {"Channels": 64, "Height": 28, "Width": 28}.items():
        page.get_by_label(name, exact=True).fill(str(value))
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".marks").first).to_be_visible()


@kind("experiments?predicted=most", ".experiment.first svg")
def an_experiment(page: Page) -> None:
    page.locator('.experiment.first [data-op="block.layer1.1"]').first.click()
    page.wait_for_url("**removed=layer1.1*")


@kind("answers?question=why-50", ".answer > details[open]")
def the_answers(page: Page) -> None:
    page.locator(".st-key-words input").fill("why")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ questions$"))).to_be_visible()


@pytest.fixture(scope="module")
def two() -> Iterator[Pair]:
    with pair() as found:
        yield found


def opened(desktop: BrowserContext, address: str, one: Kind) -> Page:
    page = desktop.new_page()
    listen(page)
    page.goto(f"{address}/{one.asked}")
    expect(page.locator(one.figure).first).to_be_visible(timeout=30_000)
    at_rest(page)
    one.act(page)
    at_rest(page)
    page.evaluate(WATCH, one.figure)
    return page


def at_rest(page: Page) -> None:
    """No run is on its way, and none has been for a while."""
    page.wait_for_timeout(300)
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_attached()
    page.wait_for_timeout(300)


def back(page: Page) -> tuple[float, float]:
    """Wait, without touching it: the seconds from the loss of its connection to the next, and to the end of a run."""
    page.wait_for_function("window.seen.back", timeout=60_000)
    there, shown = page.evaluate("[seen.there - seen.left, seen.back - seen.left].map((one) => one / 1000)")
    return float(there), float(shown)


def test_every_page_comes_back_as_it_was(two: Pair, desktop: BrowserContext) -> None:
    pages = {name: opened(desktop, two.address, one) for name, one in KINDS.items()}
    before = {name: (page.evaluate(SEEN), page.url, page.evaluate("history.length")) for name, page in pages.items()}
    two.kill()
    took = {name: back(page) for name, page in pages.items()}
    for i, what in enumerate(("connected", "shown")):
        seconds = [one[i] for one in took.values()]
        print(f"{what} again after: median {median(seconds):.2f} s, worst {max(seconds):.2f} s")
    for name, page in pages.items():
        at_rest(page)
        text, address, entries = before[name]
        assert page.evaluate(SEEN) == text, name
        assert (page.url, page.evaluate("history.length")) == (address, entries), name
        seen = page.evaluate("seen")
        assert len(seen["figures"]) == len(seen["parts"]) == 1, f"{name}: something else was seen on the way: {seen}"
        assert seen["dialogs"] == 0 and page.locator(".stAlert").count() == 0, name
        page.close()


def test_what_is_done_while_nobody_answers_is_not_lost(two: Pair, desktop: BrowserContext) -> None:
    slid = opened(desktop, two.address, Kind("compare?stride=2", ".figure.left svg", at_rest))
    pressed = opened(desktop, two.address, Kind("?step=5", ".story svg", at_rest))
    turned = opened(desktop, two.address, Kind("?step=2", ".story svg", at_rest))
    trains = opened(
        desktop, two.address, Kind("experiments?experiment=options&predicted=alike", ".first svg", start_a_run)
    )
    two.halt()
    slid.locator('.st-key-compare_stride input[type="range"]').focus()
    slid.keyboard.press("ArrowRight")
    slid.locator('[class*="st-key-compare_f1_power"] input[type="range"]').focus()  # which its callback takes
    slid.keyboard.press("ArrowRight")
    turned.get_by_role("button", name="Next").click()
    two.end()
    for page in (slid, pressed, turned, trains):
        expect(page.get_by_role("status").filter(has_text="Reconnecting … What you see stays.")).to_be_visible()
    expect(slid.locator('.st-key-compare_stride input[type="range"]')).to_be_disabled()
    pressed.locator('[id="corner.11"]').click()
    expect(pressed.get_by_role("status").filter(has_text="The server does not answer yet.")).to_be_visible()
    two.add()
    for page in (slid, pressed, turned, trains):
        back(page)
    expect(slid.locator(".figure.right")).to_contain_text("s = 3")
    slid.wait_for_url("**/compare?f1=128&stride=3")
    pressed.wait_for_url("**/?step=5&strided=true")
    turned.wait_for_url("**/?step=3")
    expect(trains.locator(".stAlert")).to_contain_text(LOST)
    expect(trains.get_by_role("button", name="Train again")).to_be_visible()
    for page in (slid, pressed, turned, trains):
        at_rest(page)
        seen = page.evaluate("seen")
        assert 0 not in seen["figures"] and seen["dialogs"] == 0
        page.close()


def start_a_run(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
