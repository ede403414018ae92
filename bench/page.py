"""From a slider's change to the new picture: the comparison against two bare pages, in one run.

    python -m bench.page [--rounds 30]

The bare page has one slider and one line of text. It is served twice: by ``streamlit run`` as it comes out of the box,
and exactly as the comparison is (uvicorn, its config.toml). Each time is measured in the browser, from the key press
on the slider to the moment the new value stands in the page; the pages take turns, so that a slow moment of the machine
meets them all. Read the ratios; the milliseconds belong to the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from resnet.views.compare import CompareView
from tests.chromium import launch

ROOT = Path(__file__).parents[1]

BARE = 'import streamlit as st\nn = st.slider("n", 1, 4, key="n")\nst.write(f"The value is {n}.")\n'
APP = 'from streamlit import App\napp = App("bare.py")\n'

# runs in the page: resolves with milliseconds from the key press to the first moment at which `done` holds
MEASURE = """
async ([selector, key, done]) => {
  const slider = document.querySelector(selector);
  const sheet = () => [...document.querySelectorAll("*")].map(e => e.shadowRoot?.querySelector(".sheet")).find(Boolean);
  window.__sheet = window.__sheet?.isConnected ? window.__sheet : sheet();
  const holds = new Function("sheet", "return " + done);
  slider.focus();
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error("not done after 20 s: " + done)), 20000);
    slider.addEventListener("keydown", () => {
      const start = performance.now();
      const timer = setInterval(() => {
        if (!holds(window.__sheet)) return;
        clearInterval(timer); clearTimeout(deadline);
        requestAnimationFrame(() => resolve(performance.now() - start));
      }, 2);
    }, { once: true, capture: true });
    window.__ready = true;
  });
}
"""


@contextmanager
def served(command: list[str], folder: Path, port: int):
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).read()
                break
            except OSError:
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def press(page: Page, selector: str, key: str, done: str) -> float:
    page.evaluate("window.__ready = false")
    handle = page.evaluate_handle(
        "([source, args]) => { const run = eval(source); window.__result = run(args); return true; }",
        [MEASURE, [selector, key, done]],
    )
    handle.dispose()
    page.wait_for_function("window.__ready")
    page.keyboard.press(key)
    elapsed = page.evaluate("window.__result")
    page.wait_for_timeout(700)  # let the rest of the page settle, so that no measurement waits for another
    return float(elapsed)


def bare_step(page: Page, i: int) -> float:
    at = [1, 2, 3, 4, 3, 2]
    now, then = at[i % 6], at[(i + 1) % 6]
    key = "ArrowRight" if then > now else "ArrowLeft"
    return press(
        page, '.st-key-n input[type="range"]', key, f'document.body.innerText.includes("The value is {then}.")'
    )


def seen_step(page: Page, i: int) -> float:
    at = [1, 2, 3, 4, 3, 2]
    now, then = at[i % 6], at[(i + 1) % 6]
    key = "ArrowRight" if then > now else "ArrowLeft"
    return press(page, '.st-key-compare_stride input[type="range"]', key, _both(f"block, s = {then}"))


def new_step(page: Page, address: str, i: int) -> float:
    # fifteen kernel sizes for an input that nobody has asked for, then another input
    if i % 14 == 0:
        page.goto(f"{address}/compare?in_channels={97 + 2 * i}&f1=48&f2=80")
        ready(page)
    f = 3 + 2 * (i % 14 + 1)
    return press(page, '.st-key-compare_kernel_size input[type="range"]', "ArrowRight", _both(f"{f}×{f} conv"))


def _both(words: str) -> str:
    return " && ".join(
        f'sheet.querySelector(".figure.{side}").textContent.includes({json.dumps(words)})' for side in ("left", "right")
    )


def ready(page: Page) -> None:
    page.locator(".figure.right svg").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)


# a page -> its first figure, and a control of it
OPENS = {
    "story": ("/", ".story svg, .story table", ".st-key-next button"),
    "comparison": ("/compare", ".figure.right svg", '.st-key-compare_stride input[type="range"]'),
    "practice": ("/practice", ".answer", "input[type=number]"),
    "signal": ("/signal", ".summands svg", ".st-key-signal_channel input"),
    "experiments": ("/experiments", ".question h2", '[data-testid="stRadio"]'),
    "answers": ("/answers", ".answer", ".st-key-words input"),
    "network": ("/network", ".network svg", ".st-key-network_height input"),
    "model": ("/model", ".network svg", '[class*="st-key-model_measure"]'),
    "ResNet-152": ("/network?network=resnet152", ".network svg", ".st-key-network_height input"),
}


# In the page itself, frame by frame: a test's own waiting asks at growing intervals, up to half a second.
_WATCH = """([figure, control]) => {
  const there = (root, selector) => {
    const found = root.querySelector(selector);
    if (found) return found.getBoundingClientRect().height > 0;
    return [...root.querySelectorAll("*")].some((one) => one.shadowRoot && there(one.shadowRoot, selector));
  };
  return new Promise((resolve) => {
    const at = {};
    const look = () => {
      for (const [name, selector] of Object.entries({ figure, control }))
        if (!(name in at) && there(document, selector)) at[name] = performance.now() / 1000;
      if ("figure" in at && "control" in at) resolve([at.figure, at.control]);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""


def opening(browser: Browser, ours: str, bare: str, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds until the first figure and until a control is there, in a browser that has cached nothing, in turns."""
    pages = {"bare": (bare, '[data-testid="stMarkdown"]', '.st-key-n input[type="range"]')}
    pages |= {name: (ours + path, figure, control) for name, (path, figure, control) in OPENS.items()}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
    for i in range(rounds + 1):
        for name, (address, figure, control) in pages.items():
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            page.goto(address, wait_until="commit")
            seen, usable = page.evaluate(_WATCH, [figure, control])
            if i:
                times[name].append((seen, usable))
            page.wait_for_timeout(1500)
            context.close()
    return times


def say_openings(times: dict[str, list[tuple[float, float]]]) -> None:
    base = [statistics.median(column) for column in zip(*times["bare"], strict=True)]
    print(f"\n{'opening, s, n=' + str(len(times['bare'])):24}{'figure':>8}{'control':>9}{'/ bare':>8}{'/ bare':>8}")
    for name, values in times.items():
        figure, control = (statistics.median(column) for column in zip(*values, strict=True))
        print(f"{name:24}{figure:8.2f}{control:9.2f}{figure / base[0]:8.2f}{control / base[1]:8.2f}")


def split(rounds: int) -> dict[str, float]:
    """Where the server's own time goes, without a browser: medians in milliseconds, every setting new."""
    from pages.parts.html import compare as compare_html
    from resnet.draw.block import diagram
    from resnet.numbers.compare import compare
    from resnet.spec.block import BlockSpec

    times: dict[str, list[float]] = {"trace": [], "graph": [], "layout": [], "html": []}
    for i in range(rounds + 1):
        spec = BlockSpec(in_channels=1001 + i, kernel_size=3 + 2 * (i % 15))
        clock = [time.perf_counter()]
        comparison = compare(replace(spec, shortcut="identity"), spec)
        clock.append(time.perf_counter())
        graphs = [
            diagram(a, beside=b) for a, b in ((comparison.left, comparison.right), (comparison.right, comparison.left))
        ]
        clock.append(time.perf_counter())
        for graph in graphs:
            graph.svg(for_page=True)
        clock.append(time.perf_counter())
        (compare_html.summary(CompareView(right=spec)), compare_html.layers(CompareView(right=spec)))
        clock.append(time.perf_counter())
        for name, a, b in zip(times, clock, clock[1:], strict=False):
            times[name].append(1000 * (b - a))
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in ("box", "same"):
            (folder / name).mkdir()
            (folder / name / "bare.py").write_text(BARE)
        (folder / "same" / "app.py").write_text(APP)
        shutil.copytree(ROOT / ".streamlit", folder / "same" / ".streamlit")
        python = [sys.executable, "-m"]
        uvicorn = [*python, "uvicorn", "app:app", "--no-access-log", "--ws-per-message-deflate", "false", "--port"]
        box = stack.enter_context(
            served(
                [*python, "streamlit", "run", "bare.py", "--server.headless", "true", "--server.port", "8711"],
                folder / "box", 8711,
            )
        )  # fmt: skip
        same = stack.enter_context(served([*uvicorn, "8712"], folder / "same", 8712))
        ours = stack.enter_context(served([*uvicorn, "8713"], ROOT, 8713))

        browser = stack.enter_context(launch(stack.enter_context(sync_playwright())))
        pages = {
            name: browser.new_page(viewport={"width": 1440, "height": 900}) for name in ("box", "same", "seen", "new")
        }
        for name, address in (("box", box), ("same", same)):
            pages[name].goto(address)
            pages[name].get_by_text("The value is 1.").wait_for()
            pages[name].wait_for_timeout(1000)
        pages["seen"].goto(f"{ours}/compare")
        ready(pages["seen"])

        times: dict[str, list[float]] = {name: [] for name in pages}
        warm = 6  # one lap, so that "seen before" has been seen
        for i in range(rounds + warm):
            for name, page in pages.items():
                page.bring_to_front()
                if name == "new":
                    elapsed = new_step(page, ours, i)
                elif name == "seen":
                    elapsed = seen_step(page, i)
                else:
                    elapsed = bare_step(page, i)
                if i >= warm:
                    times[name].append(elapsed)
        for page in pages.values():
            page.close()
        opened = opening(browser, ours, same, max(3, rounds // 4))

    names = {
        "box": "bare page, streamlit run out of the box",
        "same": "bare page, served as ours",
        "seen": "comparison, settings seen before",
        "new": "comparison, new settings",
    }
    print(f"{'ms from key press to picture, n=' + str(rounds):48}{'median':>8}{'p95':>8}{'/ box':>8}{'/ same':>8}")
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        ratios = "".join(f"{medians[name] / medians[base]:8.2f}" for base in ("box", "same"))
        print(f"{names[name]:48}{medians[name]:8.1f}{p95(values):8.1f}{ratios}")
    say_openings(opened)
    parts = split(rounds)
    known = sum(parts.values())
    print("\nof a new setting, ms (medians): " + " · ".join(f"{name} {value:.1f}" for name, value in parts.items()))
    print(f"bare transport and browser {medians['same']:.1f} · the rest (Streamlit's widgets, our browser work) "
          f"{medians['new'] - medians['same'] - known:.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
