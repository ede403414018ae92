"""The notebook runs from its first cell to its last, and what it shows can be looked at and read."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from resnet import BlockSpec, compare, network, trace, trace_network

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs/residual_block.ipynb"


def read() -> Any:
    return nbformat.read(FILE, as_version=4)


@pytest.fixture(scope="module")
def run() -> Any:
    """The notebook with what its cells answered, run by a real kernel."""
    book = read()
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    return book


def test_it_is_kept_without_answers() -> None:
    """A diff of it shows what somebody wrote."""
    assert all(not cell.outputs and cell.execution_count is None for cell in read().cells if cell.cell_type == "code")


def bundles(book: Any) -> list[dict[str, str]]:
    return [one.data for cell in book.cells if cell.cell_type == "code" for one in cell.outputs if "data" in one]


def text_of(book: Any) -> str:
    outputs = [one for cell in book.cells if cell.cell_type == "code" for one in cell.outputs]
    return "".join(one.get("text", "") + one.get("data", {}).get("text/plain", "") for one in outputs)


@pytest.mark.slow
def test_it_runs_and_says_what_its_text_says(run: Any) -> None:
    assert not any(one.output_type == "error" for cell in run.cells for one in cell.get("outputs", ()))
    said = text_of(run)
    assert "False (256, 56, 56) (64, 56, 56)" in said  # F(x), x
    assert re.findall(r"stride \d: an identity block is (\w+)", said) == [
        "impossible",
        "impossible",
        "works",
        "impossible",
    ]
    assert "'layer1.0': (('channels',), 1, 16896)" in said
    assert "[('layer1.0', 'identity', ())" in said.replace("\n", "")
    assert "[('projection', True, 544)]" in said


@pytest.mark.slow
def test_it_shows_figures_and_tables(run: Any) -> None:
    """Each figure an SVG that can be drawn, each with words for who does not see it, and its table."""
    rich = [one["text/html"] for one in bundles(run) if "text/html" in one]
    assert len(rich) == 5  # a block, a pair, a network, an own network, two networks
    for html in rich:
        assert "<script" not in html
        root = ET.fromstring(f"<div>{html}</div>")
        images = list(root.iter("img"))
        assert images and all(one.get("alt") for one in images)
        for one in images:
            assert ET.fromstring(base64.b64decode(one.attrib["src"].partition(",")[2])).tag.endswith("svg")
        assert len(list(root.iter("tr"))) >= 2
    numbers = "".join(ET.fromstring(f"<div>{rich[1]}</div>").itertext())
    assert "75,008" in numbers and "231,211,008" in numbers


VALUES = (trace(BlockSpec()), compare(BlockSpec(shortcut="identity"), BlockSpec()), trace_network(network("resnet18")))


@pytest.mark.parametrize("value", VALUES, ids=lambda one: type(one).__name__)
def test_a_value_shows_itself(value: Any) -> None:
    shown = value._repr_mimebundle_(include=None, exclude=None)
    assert set(shown) == {"text/html", "text/plain", "image/svg+xml"}
    assert all(len(line) < 200 for line in shown["text/plain"].splitlines())
    assert ET.fromstring(shown["image/svg+xml"]).tag.endswith("svg")


def test_a_value_stays_a_value() -> None:
    """What is hung on its class is no field: it compares, hashes and prints as before."""
    t = trace(BlockSpec())
    assert t == trace(BlockSpec()) and hash(t) == hash(trace(BlockSpec())) and "_repr" not in repr(t)
