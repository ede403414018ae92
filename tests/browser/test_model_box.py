"""The box for an ONNX file, in a page of its own: what is dropped there, what the reader is told, what Python gets."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, WebSocket, expect

from resnet.models.onnx_limits import MAX_STRIPPED
from tests.browser import onnx_models as models
from tests.conftest import ROOT, free_port

SCRIPT = """
import hashlib
import onnx
import streamlit as st
from pages.parts.controls.own_file import model_box, put_away

st.set_page_config(page_title="A box")
st.title("A box")
def count():
    st.session_state["taken"] = st.session_state.get("taken", 0) + 1
found = model_box("one", on_model_change=count)
if found is not None:
    st.text(f"{found.name} {found.size} {found.kept} {hashlib.sha256(found.content).hexdigest()}")
    if not found.name.endswith(".json"):
        model = onnx.load_model_from_string(found.content)
        st.text(f"nodes {len(model.graph.node)} initializers {len(model.graph.initializer)}")
st.text(f"taken {st.session_state.get('taken', 0)}")
st.button("Once more")
st.button("Put away", on_click=put_away, args=("one",))
"""
PROMISE = "Drop an ONNX file, or choose one. Its weights stay on this machine: only the graph is sent."
BINARY = "application/octet-stream"
# a drop as a mouse makes it
DROP = """([element, text]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  transfer.items.add(new File([new Uint8Array(9)], "model.onnx.data"));
  transfer.items.add(new File([bytes], "model.onnx"));
  for (const type of ["dragenter", "dragover", "drop"])
    element.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""
MISSED = """() => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(9)], "model.onnx"));
  const missed = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.body.dispatchEvent(missed);
  return missed.defaultPrevented;
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script: Path = tmp_path_factory.mktemp("app") / "box.py"
    script.write_text(SCRIPT)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the server stopped while it was starting"
        assert time.monotonic() < deadline
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()
            break
        except OSError:
            time.sleep(0.2)
    yield address
    process.terminate()
    process.wait()


def opened(page: Page, app: str) -> Page:
    page.goto(app)
    expect(page.get_by_role("button", name=PROMISE)).to_be_visible(timeout=30_000)
    return page


def give(page: Page, name: str, content: bytes) -> None:
    page.locator(".model input").set_input_files(FilePayload(name=name, mimeType=BINARY, buffer=content))


def test_a_file_is_dropped_and_python_has_its_graph(page: Page, app: str) -> None:
    opened(page, app)
    model = models.residual(64)
    whole = model.SerializeToString()
    box = page.get_by_role("button", name=PROMISE)
    page.evaluate(DROP, [box.element_handle(), base64.b64encode(whole).decode()])
    kept = models.without_weights(model).ByteSize()
    expect(page.get_by_text(f"model.onnx {len(whole)} {kept} ")).to_be_visible()
    nodes = f"nodes {len(model.graph.node)} initializers {len(model.graph.initializer)}"
    expect(page.get_by_text(nodes)).to_be_visible()
    told = f"model.onnx: {len(whole) / 1000:.0f} kB read here, {kept / 1000:.3g} kB sent. "
    expect(page.get_by_role("status").filter(has_text=told)).to_have_text(f"{told}The weights never left this machine.")
    expect(page.get_by_text("taken 1")).to_be_visible()
    assert page.complaints == []


def test_it_is_sent_once_and_packed(page: Page, app: str) -> None:
    sent: list[int] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(len(frame)))

    page.on("websocket", listen)
    opened(page, app)
    model = models.everything()
    give(page, "all.onnx", model.SerializeToString())
    expect(page.get_by_text("taken 1")).to_be_visible()
    kept = models.without_weights(model).ByteSize()
    assert max(sent) < kept, "it comes compressed"
    before = len(sent)
    page.get_by_role("button", name="Once more").click()
    page.wait_for_timeout(1_000)
    assert len(sent) > before
    assert max(sent[before:]) < 1_500
    expect(page.get_by_text("all.onnx:")).to_be_visible()
    expect(page.get_by_text("taken 1")).to_be_visible()
    page.get_by_role("button", name="Put away").click()
    expect(page.get_by_text("all.onnx")).to_have_count(0)


def test_what_cannot_be_read_gets_a_sentence_and_what_was_there_stays(page: Page, app: str, tmp_path: Path) -> None:
    opened(page, app)
    give(page, "good.onnx", models.residual(16).SerializeToString())
    expect(page.get_by_text("taken 1")).to_be_visible()
    alert = page.get_by_role("alert")
    for name, content, words in (
        ("<b>bold</b>.onnx", b"no model", "<b>bold</b>.onnx can’t be read as an ONNX file: "),
        ("empty.onnx", b"", "empty.onnx is empty: it has 0 bytes."),
        ("net.pth", b"PK\x03\x04" + bytes(99), "net.pth is a zip archive"),
        ("graph.json", b"{", "graph.json is not a JSON file: "),
    ):
        give(page, name, content)
        expect(alert.filter(has_text=words)).to_be_visible()
    long = tmp_path / "long.json"
    long.write_bytes(b" " * (MAX_STRIPPED + 1))
    page.locator(".model input").set_input_files(long)
    expect(alert.filter(has_text="long.json is too large: ")).to_be_visible()
    page.get_by_role("button", name="Once more").click()
    page.wait_for_timeout(500)
    expect(alert.filter(has_text="long.json")).to_be_visible()
    expect(page.get_by_text("taken 1")).to_be_visible()
    expect(page.get_by_text("good.onnx", exact=False).first).to_be_visible()
    give(page, "good.onnx", models.residual(24).SerializeToString())
    expect(page.get_by_text("taken 2")).to_be_visible()
    expect(alert.filter(has_text="long.json")).to_have_count(0)


def test_a_saved_graph_goes_as_it_is(page: Page, app: str) -> None:
    opened(page, app)
    content = json.dumps({"name": "a graph", "nodes": ["é"]}).encode()
    give(page, "saved.json", content)
    expect(page.get_by_text(f"saved.json {len(content)} {len(content)} ")).to_be_visible()
    expect(page.get_by_text(f"saved.json: {len(content)} bytes sent as it is")).to_be_visible()


def test_a_file_beside_the_box_does_not_replace_the_page(page: Page, app: str) -> None:
    opened(page, app)
    assert page.evaluate(MISSED)


def test_keyboard_screen_reader_and_a_phone(page: Page, app: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    chosen = FilePayload(name="chosen.onnx", mimeType=BINARY, buffer=b"nothing")
    page.on("filechooser", lambda chooser: chooser.set_files(chosen))  # from the start: it takes a moment to be heard
    opened(page, app)
    box = page.get_by_role("button", name=PROMISE)
    box.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="chosen.onnx")).to_be_visible()
    give(page, f"{'a_long_name' * 20}.onnx", models.residual(32).SerializeToString())
    expect(page.get_by_text("taken 1")).to_be_visible()
    give(page, f"{'a_long_name' * 20}.pt", b"PK\x03\x04")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(600)
        found = Axe().run(page, context=[[".stApp"]], options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, (scheme, found.generate_report())
        within = page.locator(".model").bounding_box()
        assert within and within["x"] >= 0 and within["x"] + within["width"] <= 390
        assert page.locator(".model").evaluate("e => e.scrollWidth <= e.clientWidth")
    page.emulate_media(color_scheme="light")
