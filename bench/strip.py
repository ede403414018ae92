"""How long a browser takes to leave the weights out of an ONNX file, beside the onnx package's own loading of it.

    python -m bench.strip

Three files of 100 MB: convolutions and norms as networks have them; the same with every number zero, which is looked
at to the end; and one of 40,000 nodes whose stack traces are most of it. Each lies on the disk and is read by Chromium
as a page reads what was dropped, five times, and by ``onnx.load`` as often, in turns. "Still" is the longest time in
which the page drew nothing.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, helper
from playwright.sync_api import Page, sync_playwright

from tests.browser.onnx_models import model_of, residual
from tests.browser.test_strip import CODE, LOAD, MOST
from tests.chromium import launch

ROUNDS = 5
SECONDS = 2.0  # that a file of 100 MB may take
RUN = """async (most) => {
  const file = document.querySelector("input").files[0];
  let read = 0, still = 0, last = performance.now(), on = true;
  const counted = { size: file.size, slice: (from, to) => { read += to - from; return file.slice(from, to); } };
  const frame = () => {
    const now = performance.now();
    still = Math.max(still, now - last);
    last = now;
    if (on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const began = performance.now();
  const bytes = await window.module.strip(counted, { most, name: file.name });
  const took = performance.now() - began;
  await new Promise(requestAnimationFrame);
  on = false;
  return { took, read, still, left: bytes.length };
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, launch(playwright) as browser:
        page = browser.new_page()
        page.set_content("<input type=file>")
        page.evaluate(LOAD, CODE)
        for name, model in (("weights", residual(256, 22)), ("zeros", zeros()), ("traces", traces())):
            file = Path(folder) / f"{name}.onnx"
            onnx.save(model, file)
            measure(page, file)
            file.unlink()


def zeros() -> ModelProto:
    model = residual(256, 22)
    for one in model.graph.initializer:
        one.raw_data = bytes(len(one.raw_data))
    return model


def traces() -> ModelProto:
    nodes = [helper.make_node("Relu", [f"r{i}"], [f"r{i + 1}"], f"layer{i}") for i in range(40_000)]
    words = np.random.default_rng(0).bytes(1_250).hex()
    for node in nodes:
        node.metadata_props.add(key="pkg.torch.onnx.stack_trace", value=words)
        node.metadata_props.add(key="namespace", value=f": net.Net/layer{node.name}: torch.nn.ReLU")
    return model_of(nodes)


def measure(page: Page, file: Path) -> None:
    page.set_input_files("input", file)
    ours, theirs, found = [], [], {}
    for _ in range(ROUNDS):
        start = time.perf_counter()
        onnx.load(file)
        theirs.append(time.perf_counter() - start)
        found = page.evaluate(RUN, MOST)
        ours.append(found["took"] / 1000)
    took, load = statistics.median(ours), statistics.median(theirs)
    size = file.stat().st_size
    print(f"{file.stem}: {size / 1e6:.0f} MB, of which {found['left'] / 1e3:,.0f} kB are left")
    print(f"  onnx.load {load:6.2f} s")
    verdict = "within" if took <= SECONDS else "OVER"
    print(f"  the strip {took:6.2f} s   × {took / load:.2f}   {verdict} {SECONDS:.0f} s   worst {max(ours):.2f} s")
    print(f"  {found['read'] / size:.0%} of the file was read; still {found['still']:.0f} ms")


if __name__ == "__main__":
    main()
