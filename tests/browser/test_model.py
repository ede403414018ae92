"""Any network in a real Chromium: a file is dropped, a block is opened, two are compared, the JSON opens again."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path

import onnx
import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from resnet.models.stored import from_json
from tests.chromium import visit

ONNX = Path(__file__).parents[1] / "data" / "onnx"


def file_of(name: str, weights: int = 0) -> FilePayload:
    """One of the files without weights; with so many bytes of weights added to it."""
    content = lzma.decompress((ONNX / f"{name}.onnx.xz").read_bytes())
    if weights:
        model = onnx.load_model_from_string(content)
        tensor = next(one for one in model.graph.initializer if len(one.dims) == 4)
        tensor.raw_data = bytes(range(1, 251)) * (weights // 250)
        content = model.SerializeToString()
    return FilePayload(name=f"{name}.onnx", mimeType="application/octet-stream", buffer=content)


def open_model(page: Page, address: str, query: str = "") -> Page:
    return visit(page, f"{address}/model{query}", ".title h1", ".st-key-model_unfolded input")


def drop(page: Page, file: FilePayload, box: str = "own_model") -> None:
    page.locator(f".st-key-{box} input[type=file]").set_input_files(file)


def cells(page: Page, side: str = "left") -> Locator:
    return page.locator(f'.network [data-op^="{side}."]')


def test_a_file_is_dropped_read_and_opened_and_its_weights_stay(page: Page, address: str) -> None:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    open_model(page, address)
    drop(page, file_of("resnet18", weights=5_000_000))
    expect(page.locator(".title .said")).to_contain_text("8 residual sums: 5 identity, 3 projections; 3 needed")
    expect(page.locator(".st-key-own_model")).to_contain_text("The weights never left this machine")
    assert max(sent) < 200_000
    expect(cells(page)).to_have_count(8)
    cells(page).nth(2).click()
    expect(page.locator(".opened h2")).to_contain_text("Basic block")
    expect(page.locator(".opened .box")).to_contain_text("Works, projection needed")
    expect(page.locator(".operations table")).to_contain_text("3×3 conv, 128")
    assert "sum=3" in page.url
    assert page.complaints == []


def test_it_is_compared_with_a_network_that_is_at_hand_and_row_by_row(page: Page, address: str) -> None:
    open_model(page, address, "?against=resnet34")
    drop(page, file_of("resnet18"))
    expect(page.locator(".title h1")).to_contain_text("What differs between resnet18 and ResNet-34")
    expect(page.locator(".compared tbody")).to_contain_text("only in ResNet-34")
    expect(cells(page, "right")).to_have_count(16)
    page.locator(".compared button").first.click()
    expect(page.locator(".opened")).to_have_count(2)
    assert page.complaints == []


def test_two_files_of_a_reader_beside_each_other(page: Page, address: str) -> None:
    open_model(page, address)
    drop(page, file_of("resnet18"))
    expect(page.locator(".title h1")).to_contain_text("resnet18")
    page.locator(".st-key-other_file summary").click()
    drop(page, file_of("mobilenet_v2"), "other_model")
    expect(page.locator(".title h1")).to_contain_text("What differs between resnet18 and mobilenet_v2")
    expect(page.locator(".title .said")).to_have_count(2)
    assert page.complaints == []


def test_the_graph_is_downloaded_and_opens_again(page: Page, address: str, tmp_path: Path) -> None:
    open_model(page, address)
    drop(page, file_of("mobilenet_v2"))
    expect(page.locator(".title h1")).to_contain_text("mobilenet_v2")
    page.get_by_role("combobox", name="What").click()
    page.keyboard.type("open again")
    page.get_by_role("option", name="The graph, to open again: JSON").click()
    for _ in range(20):  # the choice is on its way: until its run is over, the button is the last choice's
        page.wait_for_timeout(300)
        expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download", exact=True).click()
        if download.value.suggested_filename.endswith(".json"):
            break
    saved = tmp_path / "graph.json"
    download.value.save_as(saved)
    assert len(from_json(saved.read_bytes()).nodes) == 100
    assert "raw" not in json.loads(saved.read_text())
    page.get_by_role("button", name="Put my file away").click()
    expect(page.locator(".title h1")).to_contain_text("MobileNetV2")
    drop(page, FilePayload(name="mine.json", mimeType="application/json", buffer=saved.read_bytes()))
    expect(page.locator(".title h1")).to_contain_text("mobilenet_v2")
    expect(page.locator(".title .said")).to_contain_text("10 residual sums: 10 identity")
    assert page.complaints == []


def test_a_block_of_ours_opens_in_the_comparison(page: Page, address: str) -> None:
    open_model(page, address, "?model=resnet50&sum=1")
    page.get_by_role("link", name=re.compile("Open it in the comparison")).click()
    expect(page.locator(".figure.right svg")).to_be_visible(timeout=30_000)
    expect(page.locator(".verdict.right")).to_contain_text("projection needed")
    assert "/compare" in page.url


def test_an_address_opens_what_it_says_and_keyboard_opens_a_block(page: Page, address: str) -> None:
    open_model(page, address, "?model=resnet50-v1&against=resnet50&sum=4")
    expect(page.locator(".title h1")).to_contain_text("What differs between ResNet-50 v1 and ResNet-50 v1.5?")
    expect(page.locator(".opened")).to_have_count(2)
    expect(page.locator(".compared tbody")).to_contain_text("Stride: 2 · 1 · 1 → 1 · 2 · 1")
    cells(page).nth(7).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("sum=8"))
    page.go_back()
    expect(page).to_have_url(re.compile("sum=4"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("picture.onnx", b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG picture"),
        ("empty.onnx", b"", "empty"),
        ("archive.onnx", b"PK\x03\x04" + bytes(100), "zip"),
        ("graph.json", b'{"some": "thing"}', "other JSON"),
    ],
)
def test_what_is_no_network_gets_a_sentence(page: Page, address: str, name: str, content: bytes, says: str) -> None:
    open_model(page, address)
    drop(page, FilePayload(name=name, mimeType="application/octet-stream", buffer=content))
    alerts = page.locator('.st-key-own_model [role="alert"], [data-testid="stAlert"]')
    expect(alerts.filter(has_text=says)).to_have_count(1)
    expect(page.locator(".title h1")).to_contain_text("MobileNetV2")
    assert page.complaints == []
