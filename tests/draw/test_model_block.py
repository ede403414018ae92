"""Any residual sum as a diagram: our own blocks look as they always did, and every other one can be read as well."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet.draw import fonts
from resnet.draw.block import diagram
from resnet.draw.model_block import boxes, sum_diagram, sum_pair
from resnet.draw.render import render
from resnet.models.graph import Graph, Input, residual_sums
from resnet.models.module import read_module
from resnet.models.node import Node
from resnet.models.spec_graph import graph_of
from resnet.models.sums import ResidualSum
from resnet.spec.catalogue import network
from resnet.spec.conventions import Conventions
from resnet.trace.network import trace_network
from tests.draw.networks import Attention, Residual, graph
from tests.draw.pictures import check_golden, check_labels
from tests.examples import examples
from tests.models.growing import grown
from tests.models.test_as_spec import OTHERS
from tests.models.test_column import Inception


def one_of(module: object, shape: tuple[int, ...] = (1, 8, 16, 16)) -> tuple[Graph, ResidualSum]:
    g = read_module(module, shape)
    return g, residual_sums(g)[-1]


EXAMPLES = {
    "inverted": lambda: (graph("mobile"), residual_sums(graph("mobile"))[0]),
    "convnext": lambda: one_of(OTHERS["ConvNeXt block"]),
    "gate": lambda: one_of(OTHERS["squeeze-and-excitation"]),
    "inception": lambda: one_of(Residual(Inception())),
    "attention": lambda: one_of(Residual(Attention(24)), (1, 16, 24)),
    "nested": lambda: (graph("edsr"), residual_sums(graph("edsr"))[-1]),
    "swin": lambda: (graph("swin"), residual_sums(graph("swin"))[0]),
    "pre_activation": lambda: _first("keras_resnet50v2"),
    "projection": lambda: _first("resnet50"),
}


def _first(name: str) -> tuple[Graph, ResidualSum]:
    g = graph_of(network(name))
    return g, residual_sums(g)[0]


@pytest.mark.parametrize("name", ["gate", "attention", "inception", "pre_activation"])
def test_golden_dot(name: str, update_golden: bool) -> None:
    check_golden(f"sum_{name}.dot", sum_diagram(*EXAMPLES[name]()).source, update_golden)


@pytest.mark.parametrize("unfolded", [False, True])
@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("axes", ["nhwc", "nchw"])
def test_no_label_covers_another(name: str, unfolded: bool, axes: str) -> None:
    conventions = Conventions(axes=axes)
    check_labels(sum_diagram(*EXAMPLES[name](), unfolded=unfolded, conventions=conventions).svg(), at_least=9)


@settings(max_examples=examples(25), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_labels_of_random_blocks(seed: int) -> None:
    _, g = grown(seed, 3)
    for one in residual_sums(g)[:4]:
        check_labels(sum_diagram(g, one).svg(), at_least=8)


def texts(svg: str) -> list[str]:
    return [one.text.strip("\u00a0") for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("unfolded", [False, True])
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d", "keras_resnet50v2", "cifar_resnet20"])
def test_our_own_blocks_have_the_diagram_of_their_trace(name: str, unfolded: bool) -> None:
    """The same words at the same places, and the same arrows; only the heading differs."""
    g = graph_of(network(name))
    for one, block in list(zip(residual_sums(g), trace_network(network(name)).blocks, strict=True))[:8]:
        ours = diagram(block.trace, unfolded=unfolded)
        theirs = sum_diagram(g, one, unfolded=unfolded)
        assert len(_without_heading(ours.svg())) > 10
        assert _without_heading(ours.svg()) == _without_heading(theirs.svg())


def _without_heading(svg: str) -> list[str]:
    """What is drawn, in the order in which it is, without ids."""
    return [
        re.sub(r' id="[^"]*"', "", element)
        for element in re.findall(r'<g[^>]* class="(?:node|edge)[^"]*">.*?</g>', svg)
        if 'class="node title"' not in element
    ]


def test_every_step_is_a_box_and_every_box_is_read() -> None:
    for name, example in EXAMPLES.items():
        g, one = example()
        for unfolded in (False, True):
            source = sum_diagram(g, one, unfolded=unfolded).source
            edges = re.findall(r"^\t(\w+) -> (\w+) \[", source, flags=re.M)
            names = set(boxes(g, one, unfolded=unfolded))
            assert {a for a, _ in edges} == names | {"x", "add"}, name
            assert {b for _, b in edges} == names | {"add", "y"}, name
            assert sum(b == "add" for _, b in edges) == 2
            assert len(edges) == len(names) + 3
            assert set(re.findall(r"^\t(\w+) \[.*id=", source, flags=re.M)) >= names


def test_the_shortcut_is_told_apart_without_colour() -> None:
    identity = sum_diagram(*EXAMPLES["gate"]()).source
    assert "taillabel=identity" in identity
    projection = sum_diagram(*EXAMPLES["projection"]()).source
    assert "taillabel=identity" not in projection
    assert re.search(r"^\tshortcut1 \[.*penwidth=1.8", projection, flags=re.M)


def test_sequences_and_channels_last() -> None:
    attention = texts(sum_diagram(*EXAMPLES["attention"]()).svg())
    assert attention.count("16 × 24") >= 4
    assert any("positions × channels" in one for one in attention)
    assert "8 × 8 × 24" in texts(sum_diagram(*EXAMPLES["swin"]()).svg())
    assert "24 × 8 × 8" in texts(sum_diagram(*EXAMPLES["swin"](), conventions=Conventions(axes="nchw")).svg())


def test_what_stays_folded_lists_what_it_holds() -> None:
    folded, unfolded = (texts(sum_diagram(*EXAMPLES["gate"](), unfolded=one).svg()) for one in (False, True))
    assert "sigmoid" not in folded and "sigmoid" in unfolded
    assert "× gate, squeeze-and-excitation" in folded and "× gate, squeeze-and-excitation" in unfolded


def test_a_pair_is_level() -> None:
    (g, one), (h, other) = EXAMPLES["gate"](), EXAMPLES["projection"]()
    source = sum_pair(g, one, h, other).source
    places = dict(re.findall(r'^\t"?([\w. ]+)"? \[.* pos="[-\d.]+,([-\d.]+)"', source, flags=re.M))
    for name in ("x", "main1", "main2", "main3", "add"):
        assert places[f"left {name}"] == places[f"right {name}"], name
    check_labels(sum_pair(g, one, h, other).svg())


def test_a_long_name_loses_its_middle() -> None:
    g, one = EXAMPLES["projection"]()
    long = replace(one, name="/encoder/layers/" + "encoder_layer_0/" * 9 + "self_attention/Add_output_0")
    drawn = sum_diagram(g, long)
    title = texts(drawn.svg())[0] if "…" in texts(drawn.svg())[0] else next(t for t in texts(drawn.svg()) if "…" in t)
    assert title.startswith("/encoder") and title.endswith("output_0")
    width = float(ET.fromstring(drawn.svg()).get("viewBox").split()[2])
    assert fonts.width(title, 15, True) < width
    assert long.name in drawn.title
    check_labels(drawn.svg())


def test_a_shape_that_is_not_known_is_said() -> None:
    shape = (1, 8, 4, 4)
    reads = {"a": ("x",), "b": ("a",), "c": ("b",), "d": ("c", "x")}
    kinds = {"a": "conv", "b": "other", "c": "conv", "d": "add"}
    known = {"x": shape, "a": shape, "b": None, "c": shape, "d": shape}
    nodes = tuple(
        Node(name=name, kind=kinds[name], op="Odd", reads=reads[name],
             in_shapes=tuple(known[one] for one in reads[name]), out_shape=known[name], weights=8)
        for name in reads
    )  # fmt: skip
    g = Graph(name="odd", source="onnx", inputs=(Input("x", shape),), nodes=nodes, outputs=("d",))
    (one,) = residual_sums(g)
    assert "shape not known" in texts(sum_diagram(g, one).svg())


def test_every_format() -> None:
    drawn = sum_diagram(*EXAMPLES["inception"]())
    assert render(drawn, "pdf").startswith(b"%PDF-")
    assert render(drawn, "png").startswith(b"\x89PNG")


def glyphs() -> Iterator[str]:
    for example in EXAMPLES.values():
        for unfolded in (False, True):
            yield from texts(sum_diagram(*example(), unfolded=unfolded).svg())


@pytest.mark.slow
def test_every_character_has_a_glyph() -> None:
    """The shipped typeface is cut: what it lacks would be drawn as an empty box."""
    font = fonts._font(bold=False)
    missing = bytes(font.getmask("\ue123"))
    used = set("".join(glyphs())) | set("softmax(q·k)·v × − + … s-th")
    assert not [one for one in used if one.strip() and bytes(font.getmask(one)) == missing]
