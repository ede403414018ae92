"""A network in parts: nothing is lost, nothing stands twice, and stages are what a reader calls so."""

from __future__ import annotations

from collections import Counter

import pytest

from resnet.models.axes import channel_axes, channels_first
from resnet.models.graph import Graph, residual_sums
from resnet.models.parts import MOST_LAYERS, MOST_STAGES, Part, parts_of
from resnet.models.spec_graph import graph_of
from resnet.spec.catalogue import FAMILIES, network
from resnet.trace.network import trace_network
from tests.draw.networks import NAMES, graph

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

GRAPHS = {name: lambda name=name: graph(name) for name in NAMES} | {
    name: lambda name=name: graph_of(network(name)) for name in ("resnet50", "keras_resnet50v2", "cifar_resnet20")
}


def kinds(found: tuple[Part, ...]) -> list[str]:
    return [f"{one.kind} {one.blocks}" if one.blocks else one.kind for one in found]


@pytest.mark.parametrize("name", GRAPHS)
def test_every_node_is_in_one_part_and_every_sum_in_one_place(name: str) -> None:
    g: Graph = GRAPHS[name]()
    found = parts_of(g)
    nodes = [node.name for part in found.parts for node in part.nodes]
    assert sorted(nodes) == sorted(g.by_name)
    pieces = [piece for part in found.parts for branch in part.branches for piece in branch]
    shown = [piece.sum.name for piece in pieces if piece.sum]
    around = [span.sum.name for span in found.spans] + [one.name for one in found.long]
    assert sorted(shown + around) == sorted(one.name for one in residual_sums(g))
    for part in found.parts:
        own = Counter(node.name for branch in part.branches for piece in branch for node in piece.nodes)
        assert not own - Counter(node.name for node in part.nodes)


@pytest.mark.parametrize("name", FAMILIES)
def test_our_own_networks_have_their_traces_stages(name: str) -> None:
    t = trace_network(network(name))
    stages = [part for part in parts_of(graph_of(network(name))).parts if part.kind == "stage"]
    if name.startswith("keras") and name.endswith("v2"):  # there the last block of a stage has the next one's size
        assert sum(part.blocks for part in stages) == len(t.blocks)
        return
    assert [(part.number, part.blocks) for part in stages] == [(n, len(t.stage(n))) for n in t.stages]


def test_what_stands_between_is_a_transition() -> None:
    found = parts_of(graph("mobile")).parts
    assert kinds(found) == ["stem", "stage 1", "transition", "stage 2", "head"]
    transition = found[2]
    assert transition.layers == 3
    assert graph("mobile").shapes[transition.enters] == (1, 12, 8, 8)
    assert kinds(parts_of(graph("swin")).parts) == ["stem", "stage 1", "transition", "stage 1"]


def test_branches_run_beside_each_other() -> None:
    found = parts_of(graph("branches")).parts
    stages = [part for part in found if part.kind == "stage"]
    assert [[len(branch) for branch in part.branches] for part in stages] == [[2, 2], [2, 2]]
    for part in stages:
        shapes = [{piece.sum.out_shape for piece in branch if piece.sum} for branch in part.branches]
        assert shapes == [{(8, 32, 32)}, {(16, 16, 16)}]


def test_a_sum_around_others_spans_them_and_the_layers_behind_them() -> None:
    found = parts_of(graph("rcan"))
    stage = next(part for part in found.parts if part.kind == "stage")
    (pieces,) = stage.branches
    assert len(pieces) == 3 * (8 + 1) + 1
    assert [piece.sum is None for piece in pieces[:9]] == [False] * 8 + [True]
    assert sorted((span.first, span.last) for span in found.spans) == [(0, 8), (0, 27), (9, 17), (18, 26)]
    assert not found.long


def test_a_network_without_sums_is_its_layers() -> None:
    (part,) = parts_of(graph("plain")).parts
    assert (part.kind, part.layers, len(part.branches[0])) == ("layers", 8, 8)
    (part,) = parts_of(graph("deep and plain")).parts
    assert part.layers == 160
    assert len(part.branches[0]) <= MOST_LAYERS
    assert parts_of(graph("nothing")).parts[0].branches == ()


def test_stages_are_never_too_many() -> None:
    found = parts_of(graph("pyramid")).parts
    stages = [part for part in found if part.kind == "stage"]
    assert len(stages) <= MOST_STAGES
    assert sum(part.blocks for part in stages) == 20
    assert len(stages) == 2, "the map has two sizes"


def test_where_the_channels_are() -> None:
    g = graph("swin")
    axes = channel_axes(g)
    shapes = {channels_first(one.out_shape, axes[one.add]) for one in residual_sums(g)}
    assert shapes == {(24, 8, 8), (48, 4, 4)}
    cnn = graph_of(network("resnet18"))
    assert set(channel_axes(cnn).values()) == {1}
    transformer = graph("transformer")
    axes = channel_axes(transformer)
    assert {axes[one.add] for one in residual_sums(transformer)} == {2}
