"""Our SVG against Graphviz: the same DOT, laid out by the engine itself, has the same shapes in the same places."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pygraphviz
import pytest

from resnet import BlockSpec, diagram, diagram_pair, network, trace, trace_network
from resnet.draw.asked import asked
from resnet.draw.graph import Diagram
from resnet.draw.network import network_diagram
from resnet.draw.sketch import sketch

SVG = "{http://www.w3.org/2000/svg}"
QUESTION = BlockSpec()
IDENTITY = replace(QUESTION, shortcut="identity")
GRAPHS: dict[str, Callable[[], Diagram]] = {
    "pair": lambda: diagram_pair(trace(IDENTITY), trace(QUESTION)),
    "unfolded": lambda: diagram(trace(replace(QUESTION, stride=2)), unfolded=True),
    "pre-activation": lambda: diagram(trace(replace(QUESTION, pre_activation=True))),
    "pooled": lambda: diagram(trace(replace(QUESTION, shortcut="pool_projection", stride=2))),
    "padded": lambda: diagram(trace(replace(QUESTION, shortcut="zero_pad", stride=2))),
    "asked": lambda: asked(trace(QUESTION)),
    "sketch": lambda: sketch(trace(QUESTION)),
    "sketch of an identity": lambda: sketch(trace(BlockSpec(in_channels=256, shortcut="identity"))),
    "network": lambda: network_diagram(trace_network(network("resnet50"))),
    "network with zero padding": lambda: network_diagram(trace_network(network("cifar_resnet20")), "macs"),
}


@cache
def graph_of(name: str) -> Diagram:
    return GRAPHS[name]()


def engines(graph: Diagram) -> ET.Element:
    return ET.fromstring(pygraphviz.AGraph(string=graph.source).draw(format="svg", prog="nop2"))


def texts(root: ET.Element) -> list[tuple[str, str, float, str, float, float]]:
    """Words, colour, size, weight, and where they start; in order of their words."""
    return sorted(
        (
            one.text or "", one.get("fill", "black"), float(one.get("font-size")), one.get("font-weight", "normal"),
            float(one.get("x")), float(one.get("y")),
        )
        for one in root.iter(f"{SVG}text")
    )  # fmt: skip


USUAL = {"fill": "", "stroke": "", "stroke-width": "1", "stroke-dasharray": ""}


def paint(part: ET.Element) -> tuple[str, ...]:
    """A line of no width is none."""
    none = {"stroke": "", "stroke-width": "1"} if part.get("stroke-width") == "0" else {}
    return tuple((dict(part.attrib) | none).get(name, usual) for name, usual in USUAL.items())


def shapes(root: ET.Element, edges: bool) -> list[tuple[str, ...]]:
    """Paint of every shape, the ground left out."""
    kind = "edge" if edges else "node"
    return sorted(
        paint(part)
        for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith(kind)
        for part in group if part.tag in (f"{SVG}path", f"{SVG}polygon", f"{SVG}ellipse")
    )  # fmt: skip


def corners(root: ET.Element) -> list[list[tuple[float, float]]]:
    """Of every arrowhead."""
    return [
        [tuple(map(float, point.split(","))) for point in re.split(r"\s+", part.get("points").strip())[:3]]
        for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("edge")
        for part in group.iter(f"{SVG}polygon")
    ]  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_graphviz_draws_the_same(name: str) -> None:
    ours, theirs = ET.fromstring(graph_of(name).svg()), engines(graph_of(name))
    assert len(texts(ours)) == len(texts(theirs))
    offset = None
    for a, b in zip(texts(ours), texts(theirs), strict=True):
        assert a[:4] == b[:4]
        moved = (b[4] - a[4], b[5] - a[5])
        offset = offset or moved  # each starts to count somewhere else, and Graphviz rounds widths up
        assert abs(moved[0] - offset[0]) < 10 and abs(moved[1] - offset[1]) < 5, a
    for edges in (True, False):
        assert shapes(ours, edges) == shapes(theirs, edges)
    a, b = (_from_the_first(corners(root)) for root in (ours, theirs))
    assert len(a) == len(b)
    for head in a:
        assert min(math.dist(head, other) for other in b) < 1, "arrowheads are where Graphviz has them"
    sizes = [tuple(float(root.get(side).removesuffix("pt")) for side in ("width", "height")) for root in (ours, theirs)]
    assert all(abs(a - b) < 40 for a, b in zip(*sizes, strict=True))


def _from_the_first(heads: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    """The middles of these arrowheads, counted from the one that is furthest left, and from the highest."""
    middles = [(sum(x for x, _ in head) / 3, sum(y for _, y in head) / 3) for head in heads]
    left, top = (min(middle[i] for middle in middles) for i in (0, 1))
    return [(x - left, y - top) for x, y in middles]


@pytest.mark.parametrize("name", GRAPHS)
def test_graphviz_understands_every_label(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    engines(graph_of(name))
    said = [line for line in capfd.readouterr().err.splitlines() if "ontconfig" not in line and "reset-" not in line]
    assert [line for line in said if "too small" not in line] == []
