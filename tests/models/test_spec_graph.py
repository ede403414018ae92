"""Our own networks as graphs: what the trace says, and nothing lost on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resnet.models.graph import Graph
from resnet.models.spec_graph import graph_of
from resnet.models.weights import build_network
from resnet.modules.layers import LAYERS
from resnet.spec.catalogue import FAMILIES, network
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec
from resnet.trace.network import trace_network

OTHERS = [
    network("resnet50", variant="d", height=97, width=64),
    network("resnet34", variant="v2", shortcut_option="A"),
    network("cifar_resnet20", shortcut_option="C"),
    network("resnext50_32x4d", variant="v1", num_classes=7),
]
SPECS = [*FAMILIES.values(), *OTHERS]


def named(spec: NetworkSpec) -> str:
    return f"{spec.name}-{spec.variant}-{spec.shortcut_option}"


@pytest.mark.parametrize("spec", SPECS, ids=named)
def test_totals_are_the_traces(spec: NetworkSpec) -> None:
    graph, t = graph_of(spec), trace_network(spec)
    assert (graph.params, graph.macs, graph.buffers) == (t.params, t.macs, t.buffers)
    assert graph.activation_bytes == t.activation_bytes
    assert graph.in_shapes == ((1, *t.in_shape),)
    assert graph.out_shapes == ((1, spec.num_classes),)
    assert not graph.unknown and not graph.folded


def reads_what_is_there(graph: Graph) -> None:
    """Every node reads what stands before it, in the shape that it has there, and no name is taken twice."""
    shapes = dict(graph.inputs)
    for node in graph.nodes:
        assert node.name not in shapes
        assert node.in_shapes == tuple(shapes[one] for one in node.reads), node.name
        shapes[node.name] = node.out_shape


@pytest.mark.parametrize("spec", SPECS, ids=named)
def test_each_reads_what_stands_before_it(spec: NetworkSpec) -> None:
    reads_what_is_there(graph_of(spec))


@pytest.mark.parametrize("spec", SPECS, ids=named)
def test_places_and_constants_are_the_modules(spec: NetworkSpec) -> None:
    """The state dict of the real network is the oracle."""
    modules = dict(build_network(spec, "meta").named_modules())
    counted = {"weights": 0, "buffers": 0}
    for node in graph_of(spec).nodes:
        module = modules[node.place]
        held = [tuple(one.shape) for one in module.parameters(recurse=False)]
        held += [tuple(one.shape) for one in module.buffers(recurse=False) if one.dim()]
        assert node.constants == tuple(held), node.name
        counted["weights"] += node.weights
    assert counted["weights"] == sum(one.numel() for one in modules[""].parameters() if one.dim() > 1)


def test_names_are_torchvisions() -> None:
    graph = graph_of(network("resnet50"))
    add = graph.by_name["layer1.0.add"]
    assert (add.place, add.reads) == ("layer1.0", ("layer1.0.bn3", "layer1.0.downsample.1"))
    assert graph.by_name["layer1.1.conv1"].reads == ("layer1.0.relu_2",)
    assert graph.by_name["layer1.0.relu_2"].place == "layer1.0.relu"
    assert graph.name == "ResNet-50 v1.5"
    assert graph.source == "network"


def test_a_shortcut_of_option_a_is_a_slice_and_zeros() -> None:
    graph = graph_of(network("cifar_resnet20"))
    slice_, pad = graph.by_name["layer2.0.downsample.0"], graph.by_name["layer2.0.downsample.1"]
    assert slice_.kind == "slice" and slice_.axes == (2, 3) and slice_.sweep and slice_.sweep.stride == (2, 2)
    assert pad.kind == "pad" and pad.axes == (1,) and pad.zeros and pad.out_shape == (1, 32, 16, 16)


def test_the_global_pool_sees_the_whole_map() -> None:
    pool = graph_of(network("resnet18", height=256, width=128)).by_name["avgpool"]
    assert pool.sweep and pool.sweep.kernel == (8, 4)


def test_every_kind_of_layer_has_a_name_in_the_field() -> None:
    kinds = {node.op for spec in SPECS for node in graph_of(spec).nodes}
    assert kinds == set(LAYERS)


def test_an_impossible_network_gets_the_traces_sentence() -> None:
    with pytest.raises(SpecError, match="at least"):
        graph_of(replace(network("resnet18"), height=3, width=3, stem=network("course_resnet50").stem))
