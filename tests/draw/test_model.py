"""The picture of anybody's network: every sum is a cell, every cell is full as it should be, and all can be read."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest

from resnet.draw.model import MODEL_QUANTITIES, cell_id, measure, model_diagram
from resnet.draw.network import network_diagram
from resnet.draw.render import render
from resnet.draw.rows import CELL
from resnet.models.graph import Graph, Input, own_nodes, residual_sums
from resnet.models.node import Node
from resnet.models.parts import parts_of
from resnet.models.spec_graph import graph_of
from resnet.spec.catalogue import FAMILIES, network
from resnet.spec.conventions import Conventions
from resnet.spec.errors import SpecError
from resnet.trace.network import trace_network
from tests.draw.networks import NAMES, chain, graph
from tests.draw.pictures import check_golden, check_labels
from tests.examples import sparsely


@pytest.mark.parametrize("name", ["mobile", "branches", "rcan", "plain"])
def test_golden_dot(name: str, update_golden: bool) -> None:
    check_golden(f"model_{name}_params.dot", model_diagram(graph(name)).source, update_golden)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("quantity", sparsely(MODEL_QUANTITIES, 3))
def test_no_label_covers_another(name: str, quantity: str) -> None:
    marked = {one.name: f"differs {i % 4}" for i, one in enumerate(residual_sums(graph(name)))}
    check_labels(model_diagram(graph(name), quantity, marked=marked).svg(), at_least=5)


@pytest.mark.parametrize("name", ["resnet18", "resnet152", "keras_resnet50", "resnext50_32x4d"])
@pytest.mark.parametrize("quantity", MODEL_QUANTITIES)
def test_our_own_networks_look_as_they_do_from_their_trace(name: str, quantity: str) -> None:
    """The trace's picture and the graph's differ in what stands at their ends only."""
    ours = network_diagram(trace_network(network(name)), quantity, title="the same").source
    read = model_diagram(graph_of(network(name)), quantity, title="the same").source
    assert ours.replace(" classes", "") == read


def cells(source: str) -> dict[str, float]:
    """How high each cell is filled."""
    found = dict.fromkeys(re.findall(r'^\t"?([\w. ]+)"? \[.*class="?(?:block|layers)', source, flags=re.M), 0.0)
    for name, high in re.findall(r'^\t"([\w. ]+) (?:main|shortcut)" \[.*height=([\d.]+)', source, flags=re.M):
        found[name] += 72 * float(high)
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("quantity", MODEL_QUANTITIES)
def test_every_innermost_sum_is_a_cell_and_full_in_proportion(name: str, quantity: str) -> None:
    g = graph(name)
    found = cells(model_diagram(g, quantity).source)
    inner = [one for one in residual_sums(g) if not one.inside]
    assert len(set(map(cell_id, inner))) == len(inner)
    assert {name for name in found if not name.startswith("_layers")} == set(map(cell_id, inner))
    pieces = [piece for part in parts_of(g).parts for branch in part.branches for piece in branch]
    amounts = [measure(own_nodes(g, one.sum) if one.sum else one.nodes, quantity, g) for one in pieces]
    assert len(found) == len(pieces)
    for one in pieces:
        if one.sum:
            share = measure(own_nodes(g, one.sum), quantity, g) / max(amounts)
            assert found[cell_id(one.sum)] == pytest.approx((CELL - 5) * share, abs=1.4), one.sum.name


def test_the_measure_is_the_sums_own_count() -> None:
    g = graph_of(network("resnet50"))
    for one in residual_sums(g):
        assert measure(own_nodes(g, one), "params", g) == one.params
        assert measure(own_nodes(g, one), "macs", g) == one.macs
        assert measure(own_nodes(g, one), "macs", g, Conventions(unit="flops")) == 2 * one.macs
    assert measure(g.nodes, "activation_bytes", g) == g.activation_bytes
    assert measure(g.nodes, "params", g, Conventions(counting="keras")) == g.params + g.buffers


def test_arcs_are_told_apart_without_colour() -> None:
    for spec in (network("resnet50"), network("keras_resnet50v2"), network("cifar_resnet20")):
        g = graph_of(spec)
        source = model_diagram(g).source
        for one in residual_sums(g):
            arc = re.search(rf'^\t"{cell_id(one)}" -> "{cell_id(one)}" \[(.*)\]', source, flags=re.M)[1]
            cell = re.search(rf'^\t"{cell_id(one)}" \[(.*)\]', source, flags=re.M)[1]
            assert ("penwidth=2.6" in arc) == ("penwidth=1.8" in cell) == one.projects
            assert ("dashed" in arc) == (not one.projects and one.kind != "identity")


def test_a_shortcut_around_others_is_a_longer_arc() -> None:
    source = model_diagram(graph("rcan")).source
    arcs = re.findall(r'^\t"?([\w. ]+)"? -> "?([\w. ]+)"? \[.*class=shortcut', source, flags=re.M)
    around = [(a, b) for a, b in arcs if a != b]
    assert len(around) == 4
    assert sum(a == b for a, b in arcs) == 24
    assert "more shortcut" not in source


def test_a_shortcut_over_several_lines_is_said() -> None:
    long = graph("deep")
    assert model_diagram(long).source.count("more shortcut") == 0
    rows = set(
        re.findall(r'^\t"?[\w. ]+"? \[.*class="?block.*pos="[\d.]+,([-\d.]+)"', model_diagram(long).source, flags=re.M)
    )
    assert len(rows) == 2, "60 blocks stand in two lines"


def test_marks_and_what_they_mean() -> None:
    g = graph_of(network("resnet18"))
    first, second, third, *_ = residual_sums(g)
    source = model_diagram(g, marked={first.name: "differs", third.name: "differs", second.name: "only here"}).source
    pieces = re.findall(r'^\t"([\w. ]+) mark \d" \[.*class=mark', source, flags=re.M)
    assert pieces == [first.name, second.name, second.name, third.name]
    assert source.index("differs<") < source.index("only here<")
    assert "class=mark" not in model_diagram(g).source


def test_ids_are_safe_and_never_the_same() -> None:
    one = residual_sums(graph_of(network("resnet18")))[0]
    names = ["layer1.0", "/a/b/Add", "/a/b_Add", "a b", "a#b", "a-b", "ä", "_2f_", "/", 'a"><script>', "blocks.0 #1"]
    ids = [cell_id(replace(one, name=name)) for name in names]
    assert ids[0] == "layer1.0"
    assert len(set(ids)) == len(names)
    assert all(re.fullmatch(r"[\w.]+", each, flags=re.ASCII) for each in ids)


def test_a_shape_that_is_not_known_is_said() -> None:
    node = Node(name="a", kind="other", op="Odd", reads=("x",), in_shapes=(None,), out_shape=None, why="It is odd.")
    g = Graph(name="odd", source="onnx", inputs=(Input("x", None),), nodes=(node,), outputs=("a",))
    assert model_diagram(g).source.count("shape not known") == 2


def test_channels_last_are_written_as_any_map() -> None:
    source = model_diagram(graph("swin")).source
    assert "8 × 8 × 24" in source and "4 × 4 × 48" in source
    assert "24 × 8 × 8" in model_diagram(graph("swin"), conventions=Conventions(axes="nchw")).source
    assert "16 × 24" in model_diagram(graph("transformer"), conventions=Conventions(axes="nchw")).source


@pytest.mark.parametrize("quantity", ["receptive_field", "", "flops"])
def test_a_quantity_that_no_graph_has(quantity: str) -> None:
    with pytest.raises(SpecError, match="params, macs, activation_bytes"):
        model_diagram(graph("edsr"), quantity)


def test_every_format() -> None:
    picture = model_diagram(graph("branches"))
    assert render(picture, "pdf").startswith(b"%PDF-")
    assert render(picture, "png").startswith(b"\x89PNG")
    assert render(picture, "svg").startswith(b"<?xml")


@pytest.mark.slow
def test_large_networks_are_quick() -> None:
    """In a class of hundreds a picture must not keep others waiting; generous limits, for a slow machine."""
    for g, limit in ((graph_of(network("resnet152")), 0.4), (chain(1000, True), 2.0)):
        residual_sums(g)
        best = min(_seconds(g) for _ in range(3))
        assert best < limit, (g.name, best)


def _seconds(g: Graph) -> float:
    start = time.perf_counter()
    model_diagram(g).svg()
    return time.perf_counter() - start


@pytest.mark.slow
def test_every_family_has_a_picture() -> None:
    for name in FAMILIES:
        assert len(cells(model_diagram(graph_of(network(name))).source)) == len(trace_network(network(name)).blocks)
