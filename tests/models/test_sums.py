"""Residual sums are found in graphs whose truth is known."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet import network, trace_network
from resnet.models.graph import Graph, Input, residual_sums
from resnet.models.spec_graph import graph_of
from resnet.spec.errors import SpecError
from resnet.trace.network import InputTooSmall
from tests.examples import examples
from tests.models.growing import Growing, grown

NAMES = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "wide_resnet50_2",
         "cifar_resnet20", "cifar_resnet56", "keras_resnet50")  # fmt: skip


@settings(max_examples=examples(1000), deadline=None)
@given(seed=st.integers(0, 2**32), blocks=st.integers(1, 4))
def test_what_was_grown_is_found_exactly(seed: int, blocks: int) -> None:
    """Every residual sum with its fork, kind, shapes and counts; every other sum with its reason; and no more."""
    g, graph = grown(seed, blocks)
    found = residual_sums(graph)
    assert {one.add for one in found} == set(g.residual)
    for one in found:
        truth = g.residual[one.add]
        for name in vars(truth):
            assert getattr(one, name) == getattr(truth, name), (one.add, name)
    order = [node.name for node in graph.nodes]
    assert [order.index(one.add) for one in found] == sorted(order.index(one.add) for one in found)
    assert {one.name: one.why for one in graph.other_sums} == g.other


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variant", ["v1", "v1.5", "v2", "d"])
@pytest.mark.parametrize("option", ["A", "B", "C"])
def test_our_own_networks_have_the_blocks_of_their_trace(name: str, variant: str, option: str) -> None:
    try:
        spec = network(name, variant=variant, shortcut_option=option)
        t = trace_network(spec)
    except InputTooSmall:
        raise
    except SpecError:
        pytest.skip("there is no such network")
    graph = graph_of(spec)
    found = residual_sums(graph)
    assert graph.other_sums == ()
    assert [
        (one.name, one.kind, one.in_shape, one.out_shape, one.params, one.macs, one.shortcut_params, one.shortcut_macs,
         one.needed, one.block)
        for one in found
    ] == [
        (block.name, block.trace.spec.shortcut, block.in_shape, block.out_shape, block.params, block.macs,
         block.shortcut_params, block.shortcut_macs, block.needs_projection, spec.block)
        for block in t.blocks
    ]  # fmt: skip


def test_the_two_switches_are_told_apart() -> None:
    first, second = (residual_sums(graph_of(network("resnet50")))[i] for i in (0, 3))
    assert (first.channels_change, first.size_changes, first.needed) == (True, False, True)  # the question
    assert (second.channels_change, second.size_changes, second.needed) == (True, True, True)
    everywhere = residual_sums(graph_of(network("resnet50", shortcut_option="C")))[1]
    assert (everywhere.kind, everywhere.needed) == ("projection", False)


def test_an_addition_of_unknown_shapes_is_said_to_be_one() -> None:
    g = Growing(0)
    y = g.conv(g.act(g.conv("image", 8)), 8)
    g.add("image", y)
    last = g.nodes.pop()
    from dataclasses import replace

    g.nodes.append(replace(last, in_shapes=(None, None), out_shape=None, why="Nobody knows."))
    graph = Graph(name="g", source="onnx", inputs=(Input("image", g.shape),), nodes=tuple(g.nodes), outputs=())
    assert residual_sums(graph) == ()
    assert [(one.why, one.words) for one in graph.other_sums] == [
        ("unknown", "The shapes of its summands are not known.")
    ]
    assert [one.why for one in graph.unknown] == ["Nobody knows."]


@pytest.mark.parametrize("depth", [1, 3])
def test_a_long_skip_around_blocks_is_found_with_what_is_inside(depth: int) -> None:
    """As in EDSR: a skip around a body of residual blocks."""
    g = Growing(1)
    head = x = g.conv("image", 8, 3)
    adds = []
    for _ in range(depth):
        x = g.add(x, g.conv(g.act(g.conv(x, 8, 3)), 8, 3))
        adds.append(x)
    long = g.add(head, g.conv(x, 8, 3))
    found = residual_sums(g.graph(long))
    assert [one.add for one in found] == [*adds, long]
    assert found[-1].inside == tuple(adds)
    assert found[-1].fork == head


@pytest.mark.slow
def test_sums_inside_each_other_without_end_are_not_followed_without_end() -> None:
    """a = conv(a) + x, again and again: every sum has all that came before on its main path."""
    g = Growing(2, shape=(1, 2, 2, 2))
    g.names = [f"n{i}" for i in range(20_000)]
    x = a = g.node("identity", "image")
    for _ in range(4_000):
        a = g.node("add", g.conv(a, 2), x)
    graph = g.graph(a)
    start = time.process_time()
    found = residual_sums(graph)
    assert time.process_time() - start < 15
    assert 100 < len(found) < 4_000
    assert {one.why for one in graph.other_sums} == {"nested"}
    assert len(found) + len(graph.other_sums) == 4_000


def test_a_shortcut_is_not_looked_for_without_end() -> None:
    g = Growing(3, shape=(1, 2, 2, 2))
    g.names = [f"n{i}" for i in range(20_000)]
    x = g.node("identity", "image")
    for _ in range(3_000):
        x = g.norm(x)
    y = g.conv("image", 2)
    for _ in range(3_000):
        y = g.node("add", x, y)
    start = time.process_time()
    assert residual_sums(g.graph(y)) == ()
    assert time.process_time() - start < 15
