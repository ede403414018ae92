"""One of our own networks as a graph, from its trace: nothing is exported, and nothing is counted a second time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resnet.models.graph import Graph, Input
from resnet.models.node import Dims, Kind, Node, Sweep
from resnet.modules.layers import Shape
from resnet.spec.names import network_title
from resnet.spec.names import title as block_title
from resnet.spec.network import NetworkSpec
from resnet.trace.network import NetworkTrace, trace_network
from resnet.trace.values import INPUT, BlockTrace, OpTrace

# a layer's kind -> what the field calls it, and along which axes it acts; all others have their own name here
_KINDS: dict[str, tuple[Kind, tuple[int, ...]]] = {
    "conv": ("conv", ()),
    "batchnorm": ("batchnorm", ()),
    "relu": ("relu", ()),
    "subsample": ("slice", (2, 3)),
    "zero_pad": ("pad", (1,)),
    "add": ("add", ()),
    "maxpool": ("maxpool", ()),
    "avgpool": ("avgpool", ()),
    "pad": ("pad", (2, 3)),
    "flatten": ("reshape", ()),
    "linear": ("linear", ()),
}


def graph_of(spec: NetworkSpec) -> Graph:
    """The network with torchvision's names: ``layer1.0.conv1``. Shapes are (1, C, H, W); behind flatten (1, features).

    Raises SpecError as ``trace_network`` does.

    >>> from resnet.spec.catalogue import network
    >>> graph_of(network("resnet50")).params, graph_of(network("resnet50")).out_shapes
    (25557032, ((1, 1000),))
    """
    t = trace_network(spec)
    nodes = tuple(_nodes(t))
    return Graph(
        name=network_title(spec),
        source="network",
        inputs=(Input(INPUT, (1, *t.in_shape)),),
        nodes=nodes,
        outputs=(nodes[-1].name,),
    )


def block_graph(t: BlockTrace) -> Graph:
    """One possible block, with its own names: ``conv1``. Shapes are (1, C, H, W)."""
    nodes = block_nodes(t)
    return Graph(
        name=block_title(t.spec),
        source="network",
        inputs=(Input(INPUT, (1, *t.in_shape)),),
        nodes=nodes,
        outputs=(nodes[-1].name,),
    )


def block_nodes(t: BlockTrace) -> tuple[Node, ...]:
    """One block's operations, up to an addition that fails if it is impossible; what reads x reads ``INPUT``."""
    return tuple(_node(op, "", INPUT, False) for op in t.ops if op.out_shape)


def _nodes(t: NetworkTrace) -> Iterator[Node]:
    last = INPUT
    parts = [("", t.stem), *((block.name, block.trace.ops) for block in t.blocks), ("", t.head)]
    for place, ops in parts:
        read = last  # what this part calls x
        flat = False
        for op in ops:
            node = _node(op, place, read, flat)
            flat = flat or op.kind == "flatten"
            last = node.name
            yield node


def _node(op: OpTrace, place: str, read: str, flat: bool) -> Node:
    """``read``: what its part calls x.  ``flat``: it reads a vector."""
    kind, axes = _KINDS[op.kind]
    assert op.out_shape is not None, "a traced network is possible"
    return Node(
        name=_within(place, op.name),
        # a layer that runs again is one layer; an addition is none, and stands in its block
        place=place if op.kind == "add" else _within(place, re.sub(r"_\d+$", "", op.name)),
        kind=kind,
        op=op.kind,
        reads=tuple(read if one == INPUT else _within(place, one) for one in op.reads),
        in_shapes=tuple(_dims(one, flat) for one in op.in_shapes),
        out_shape=_dims(op.out_shape, flat or op.kind == "flatten"),
        constants=_constants(op),
        weights=op.weights,
        biases=op.biases,
        scale=op.scale,
        shift=op.shift,
        buffers=op.buffers,
        macs=op.macs,
        sweep=_sweep(op),
        axes=axes,
        zeros=kind == "pad",
    )


def _within(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _dims(shape: Shape, flat: bool) -> Dims:
    return (1, shape[0]) if flat else (1, *shape)


def _constants(op: OpTrace) -> tuple[Dims, ...]:
    """Shapes of what the layer holds, as torch holds it."""
    if op.kind == "conv":
        assert op.out_shape and op.window
        kernel = (op.window.kernel_size,) * 2
        found = [(op.out_shape[0], op.in_shapes[0][0] // op.window.groups, *kernel), (op.biases,)]
    elif op.kind == "linear":
        found = [(op.weights // op.in_shapes[0][0], op.in_shapes[0][0]), (op.biases,)]
    else:  # a BatchNorm: γ, β, mean, variance
        found = [(op.scale,), (op.shift,), (op.buffers // 2,), (op.buffers // 2,)]
    return tuple(shape for shape in found if shape[0])


def _sweep(op: OpTrace) -> Sweep | None:
    if op.window is None:
        return None
    kernel = (op.window.kernel_size,) * 2
    if op.kind == "avgpool" and op.window.stride == 1:  # the whole map, and a window is square
        kernel = op.in_shapes[0][1:]
    return Sweep(
        kernel=kernel,
        stride=(op.window.stride,) * 2,
        padding=(op.window.padding,) * 4,
        dilation=(1, 1),
        groups=op.window.groups,
    )
