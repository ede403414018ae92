"""Diagrams: golden DOT files, edges against the trace, and labels measured in the rendered SVG."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from resnet import BlockSpec, diagram, diagram_pair, render, trace
from resnet.draw.layout import cards
from resnet.draw.palette import LIGHT
from resnet.spec import names
from resnet.trace.values import INPUT
from tests.draw.pictures import GOLDEN, check_golden, check_labels

QUESTION = BlockSpec()
IDENTITY = replace(QUESTION, shortcut="identity")
CASES = {
    "identity_64to256_s1_impossible": (IDENTITY, False),
    "projection_64to256_s1": (QUESTION, False),
    "projection_64to256_s1_unfolded": (QUESTION, True),
    "identity_256_s1": (BlockSpec(in_channels=256, shortcut="identity"), False),
    "zero_pad_64to256_s2": (replace(QUESTION, shortcut="zero_pad", stride=2), False),
    "pre_activation_64to256_s1": (replace(QUESTION, pre_activation=True), False),
    "pre_activation_basic_64_s2": (replace(QUESTION, filters=(64, 64), stride=2, pre_activation=True), False),
    "pool_projection_64to256_s2": (replace(QUESTION, shortcut="pool_projection", stride=2), False),
    "max_pool_256_s2": (BlockSpec(in_channels=256, shortcut="max_pool", stride=2, pre_activation=True), False),
    "grouped_256_s1": (BlockSpec(in_channels=256, filters=(128, 128, 256), groups=32, shortcut="identity"), False),
    "basic_64_s1": (BlockSpec(filters=(64, 64), shortcut="identity"), False),
}
EXTREMES = (
    BlockSpec(in_channels=8192, filters=(8192,) * 3, kernel_size=31, stride=2, height=4096, width=4096, conv_bias=True),
    BlockSpec(in_channels=1, filters=(1, 1), height=1, width=1),
    BlockSpec(in_channels=8192, filters=(1, 1, 8192), stride=4, height=4096, width=3),
)


@pytest.mark.parametrize("name", CASES)
def test_golden_dot(name: str, update_golden: bool) -> None:
    spec, unfolded = CASES[name]
    check_golden(f"{name}.dot", diagram(trace(spec), unfolded=unfolded).source, update_golden)


def test_golden_pair(update_golden: bool) -> None:
    check_golden("pair_64to256_s1.dot", diagram_pair(trace(IDENTITY), trace(QUESTION)).source, update_golden)


@pytest.mark.parametrize("name", CASES)
def test_edges_are_what_the_trace_reads(name: str) -> None:
    spec, unfolded = CASES[name]
    t = trace(spec)
    groups = [card for path in ("main", "shortcut") for card in cards(t.on(path), unfolded)]
    groups += cards(t.on("joined") + t.unreached, unfolded=True)
    node_of = {op.name: card.name for card in groups for op in card.ops} | {INPUT: INPUT}
    expected = {
        (node_of[source], card.name) for card in groups for op in card.ops for source in op.reads
        if node_of[source] != card.name
    }  # fmt: skip
    expected.add((groups[-1].name, "y"))
    drawn = set(re.findall(r'^\t"?([\w.]+)"? -> "?([\w.]+)"?', diagram(t, unfolded=unfolded).source, flags=re.M))
    assert drawn == expected


Figure = tuple[BlockSpec, BlockSpec, bool]
SPECS = (*(spec for spec, _ in CASES.values()), *EXTREMES)
FIGURES: list[Figure] = [
    (replace(spec, shortcut="identity"), replace(spec, shortcut=other), unfolded)
    for spec in SPECS for unfolded in (False, True) for other in ("projection", "pool_projection", "zero_pad")
]  # fmt: skip


def _name(figure: Figure) -> str:
    left, right, unfolded = figure
    return f"{names.pair_slug(left, right)}{'_unfolded' if unfolded else ''}"


@pytest.mark.parametrize("figure", FIGURES, ids=_name)
def test_svg_is_well_formed_and_no_label_covers_another(figure: Figure, capfd: pytest.CaptureFixture[str]) -> None:
    left, right, unfolded = figure
    svg = diagram_pair(trace(left), trace(right), unfolded=unfolded).svg()
    check_labels(svg)
    warnings = [
        line for line in capfd.readouterr().err.splitlines() if "Fontconfig" not in line and "reset-" not in line
    ]
    assert not warnings, warnings  # Graphviz only warns of a label that it can't read or that does not fit


@pytest.mark.parametrize("figure", FIGURES, ids=_name)
def test_blocks_next_to_each_other_are_level(figure: Figure) -> None:
    left, right = (trace(spec) for spec in figure[:2])
    unfolded = figure[2]
    graphs = [diagram(left, beside=right, unfolded=unfolded), diagram(right, beside=left, unfolded=unfolded)]
    a, b = (graph.source for graph in graphs)
    boxes = [re.search(r'viewBox="([^"]*)"', graph.svg())[1] for graph in graphs]
    assert boxes[0] == boxes[1]
    places = [dict(re.findall(r'^\t"?([\w.]+)"? \[.* pos="([^"e]*)"', source, flags=re.M)) for source in (a, b)]
    shared = places[0].keys() & places[1].keys() - {"downsample.0", "downsample.1"}
    assert {"x", "y", "conv1", "conv2", "add", "relu_1"} - {"relu_1"} <= shared
    for name in shared:
        assert places[0][name] == places[1][name], name


def test_paths_and_failure_are_told_apart_without_colour() -> None:
    bad = diagram(trace(IDENTITY)).source
    good = diagram(trace(QUESTION)).source
    assert re.search(r'^\tadd \[.*style="filled,dashed"', bad, flags=re.M)
    assert "≠" in bad
    assert "≠" not in good
    assert re.search(r"^\tx -> add \[.*style=dashed", bad, flags=re.M)
    assert re.search(r'^\t"downsample.0" \[.*penwidth=1.8', good, flags=re.M)
    assert LIGHT.alarm in bad
    assert LIGHT.alarm not in good
    assert LIGHT.accent in good


def test_every_format_is_the_file_that_it_claims_to_be() -> None:
    graph = diagram_pair(trace(IDENTITY), trace(QUESTION))
    svg, pdf, png, dot = (render(graph, one) for one in ("svg", "pdf", "png", "dot"))
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    assert b"@font-face" in svg
    assert b"http" not in re.sub(rb'xmlns(:xlink)?="[^"]*"', b"", svg)  # nothing is loaded from elsewhere
    assert pdf.startswith(b"%PDF-")
    assert b"%%EOF" in pdf[-10:]
    assert b"ResidualSans" in pdf
    picture = Image.open(io.BytesIO(png))
    points = float(root.get("width").removesuffix("pt"))
    assert picture.width >= 2 * points * 96 / 72
    assert ImageStat.Stat(picture.convert("L")).stddev[0] > 5  # something is drawn
    assert dot.decode() == graph.source
    assert render(graph, "pdf") == pdf  # no clock and no chance in a file
    with pytest.raises(ValueError, match="svg, pdf, png, dot"):
        render(graph, "gif")


@pytest.mark.slow
def test_the_same_file_wherever_it_is_drawn_and_without_any_system_fonts(tmp_path: Path) -> None:
    """Graphviz sees the shipped typeface alone, from any folder, and leaves nothing behind in that folder."""
    import subprocess
    import sys

    code = "from resnet import *; import sys;sys.stdout.write(diagram(trace(BlockSpec())).svg())"
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "below").mkdir(parents=True)
    empty = tmp_path / "fonts.conf"
    empty.write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    there = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=elsewhere,
        env={"PATH": "/usr/bin", "FONTCONFIG_FILE": str(empty), "HOME": str(tmp_path), "TMPDIR": str(temporary),
             "PYTHONPATH": str(GOLDEN.parents[1])},
    )  # fmt: skip
    assert there.stdout == diagram(trace(QUESTION)).svg()
    assert "cell size" not in there.stderr
    assert [file.name for file in elsewhere.rglob("*")] == ["below"]
    assert not list(temporary.iterdir())


def test_a_notebook_shows_a_diagram_without_a_system_graphviz() -> None:
    assert diagram(trace(QUESTION))._repr_mimebundle_()["image/svg+xml"].startswith("<?xml")
