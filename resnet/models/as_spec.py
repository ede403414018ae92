"""A residual sum of anybody's network as a ``BlockSpec``, where it is one: then it opens in the comparison.

    block_spec_of(graph, one)     BlockSpec(in_channels=64, filters=(64, 64, 256), …), or None

A spec is proposed from what stands on the main path, traced, and given back only if the trace has the same shapes,
layers, parameters and multiply-adds. Nothing is said that is not so: a block with attention, a gate, LayerNorm, GELU,
a dilated convolution has no spec.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from resnet.models.graph import Graph, elements
from resnet.models.node import POOLS, Node
from resnet.models.spec_graph import block_nodes
from resnet.models.sums import ResidualSum
from resnet.spec.block import BlockSpec, StrideAt
from resnet.spec.errors import SpecError
from resnet.spec.shortcuts import SHORTCUTS
from resnet.trace.block import trace


def block_spec_of(graph: Graph, one: ResidualSum) -> BlockSpec | None:
    """The block that traces to just this, or None.

    ReLU6 counts as a ReLU, as in the description of MobileNetV2's block. A BatchNorm that was folded into the
    convolution in front of it, as exporters do, counts as there, whether it left a bias or a shift of zero, which
    leaves none: the spec is of the block that was trained. A block that never had one can't be told from it.
    """
    found = _Block.of(graph, one)
    if found is None:
        return None
    return next((spec for spec in _proposals(found) if _is(spec, found)), None)


class _Layer(NamedTuple):
    """What has to be the same in the trace.  ``bias``  None if there may be one or not"""

    kind: str
    shape: tuple[int, ...]
    window: tuple[object, ...]
    weights: int
    bias: bool | None


class _Block(NamedTuple):
    """A residual sum's ways.  ``before``  whether what both read was normed and activated for them"""

    sum: ResidualSum
    main: tuple[Node, ...]
    shortcut: tuple[Node, ...]
    after: tuple[Node, ...]
    before: bool

    @classmethod
    def of(cls, graph: Graph, one: ResidualSum) -> _Block | None:
        """None if its main path is not one layer behind the other, or it moves over no map."""
        before, main, shortcut, after = (
            tuple(graph.by_name[name] for name in names) for names in (one.before, one.main, one.shortcut, one.after)
        )
        if len(one.in_shape) != 3 or graph.batch != 1:
            return None
        chain = (*before, *main)
        if any(len(set(node.reads)) != 1 for node in chain):
            return None
        return cls(one, chain, shortcut, after, bool(before))

    @property
    def convolutions(self) -> tuple[Node, ...]:
        return tuple(node for node in self.main if node.kind == "conv")


def _proposals(block: _Block) -> Iterator[BlockSpec]:
    """From the convolutions of the main path; what they leave open is tried."""
    convolutions = block.convolutions
    if len(convolutions) not in (2, 3) or block.sum.kind not in SHORTCUTS:
        return
    middle = convolutions[len(convolutions) - 2]
    channels, height, width = block.sum.in_shape
    strides = [_square(node)[1] for node in convolutions]
    first: StrideAt = "first" if len(convolutions) == 3 and strides[0] > 1 else "middle"
    pre_activation = block.main[0].kind == "batchnorm"
    for conv_bias in (False, True):
        try:
            yield BlockSpec(
                in_channels=channels,
                filters=tuple(node.channels_made for node in convolutions),
                kernel_size=_square(middle)[0],
                stride=max(strides),
                shortcut=block.sum.kind,
                stride_at=first,
                height=height,
                width=width,
                conv_bias=conv_bias,
                groups=1 if middle.depthwise or not middle.sweep else middle.sweep.groups,
                depthwise=middle.depthwise,
                linear=not pre_activation and not block.after,
                pre_activation=pre_activation,
            )
        except SpecError:  # larger than a block may be, or of a kind that no block has
            return


def _square(node: Node) -> tuple[int, int]:
    """Kernel size and stride along the first axis; the comparison sees the others."""
    return (node.sweep.kernel[0], node.sweep.stride[0]) if node.sweep else (0, 0)


def _is(spec: BlockSpec, block: _Block) -> bool:
    """Whether the block that this spec builds is the one in the graph."""
    t = trace(spec)
    one = block.sum
    if not t.possible or t.out_shape != one.out_shape or t.macs != one.macs:
        return False
    if block.before != (spec.pre_activation and spec.projects):
        return False
    nodes = {node.name: node for node in block_nodes(t)}
    main, shortcut, joined = (tuple(nodes[op.name] for op in t.on(path)) for path in ("main", "shortcut", "joined"))
    if [node.kind for node in joined[1:]] != [_kind(node) for node in block.after]:
        return False
    return any(
        _same(drop(_layers(main)), _layers(block.main)) and _same(drop(_layers(shortcut)), _layers(block.shortcut))
        for drop in (list, _folded)
    )


def _same(expected: Sequence[_Layer], found: Sequence[_Layer]) -> bool:
    return len(expected) == len(found) and all(
        one == (other if one.bias is not None else other._replace(bias=None))
        for one, other in zip(expected, found, strict=True)
    )


def _layers(nodes: Sequence[Node]) -> list[_Layer]:
    """Without what changes no number, and what only picks or pads: the shapes tell of those."""
    return [
        _Layer(_kind(node), (node.out_shape or ())[1:], _window(node), _weights(node), _biased(node))
        for node in nodes
        if node.kind not in ("identity", "slice", "pad", "concat") and not (node.kind in POOLS and _picks(node))
    ]


def _kind(node: Node) -> str:
    return "relu" if node.kind == "relu6" else node.kind


def _picks(node: Node) -> bool:
    """A pool whose window is one pixel: a choice of pixels."""
    return node.sweep is not None and set(node.sweep.kernel) == {1}


def _window(node: Node) -> tuple[object, ...]:
    if node.sweep is None:
        return ()
    kernel, stride, padding, dilation, groups = node.sweep
    return kernel, stride, tuple(padding) if node.kind == "conv" else (), dilation, groups


def _weights(node: Node) -> int:
    """Of the layer itself, also where it shares them with another, which then has been counted for them."""
    if node.kind == "conv":
        return elements(node.constants[0]) if node.constants else node.weights
    return 2 * node.out_shape[1] if node.kind == "batchnorm" and node.out_shape else node.params


def _biased(node: Node) -> bool:
    return node.kind == "conv" and (len(node.constants) > 1 or node.biases > 0)


def _folded(layers: Sequence[_Layer]) -> list[_Layer]:
    """A BatchNorm behind a convolution becomes part of it: its factors scale the weights, and a bias may be left."""
    found: list[_Layer] = []
    for layer in layers:
        if layer.kind == "batchnorm" and found and found[-1].kind == "conv":
            found[-1] = found[-1]._replace(bias=None)
        else:
            found.append(layer)
    return found
