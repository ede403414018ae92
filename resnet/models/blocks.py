"""What a residual block is called, by what stands on its main path.

1×1, k×k, 1×1, narrow in the middle      bottleneck            He et al. 2015, arXiv 1512.03385
k×k, k×k                                 basic                 ibid.
1×1, depthwise k×k, 1×1, wide there      inverted residual     Sandler et al. 2018, arXiv 1801.04381
k×k, 1×1, wide between them              inverted residual     fused: Tan and Le 2021, arXiv 2104.00298
depthwise k×k, 1×1, 1×1, wide            ConvNeXt block        Liu et al. 2022, arXiv 2201.03545
attention, or the MLP beside it          encoder block         Vaswani et al. 2017, arXiv 1706.03762
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from resnet.models.node import NORMS, WEIGHTED, Dims, Node
from resnet.models.ways import Ways
from resnet.models.web import Web

_NO_NAME, _ENCODER = "block", "encoder block"


class Sublayer(NamedTuple):
    """A residual sum, for its name: what it is alone, and whether it is one half of an encoder block.

    ``begins``  names of the results that its input is, norms left out;  ``ends``  of those that leave it
    """

    name: str
    attends: bool
    mlp: bool
    begins: str
    ends: frozenset[str]


def block_names(sublayers: Sequence[Sublayer]) -> list[str]:
    """Of each in order. An MLP is half of an encoder block if it stands behind attention, or in front of some."""
    behind = {end for one in sublayers if one.attends for end in one.ends}
    in_front = {one.begins for one in sublayers if one.attends}
    return [
        _ENCODER if one.attends or (one.mlp and (one.begins in behind or one.ends & in_front)) else one.name
        for one in sublayers
    ]


def sublayer(web: Web, add: Node, ways: Ways, after: tuple[Node, ...]) -> Sublayer:
    """What a residual sum is alone."""
    layers = [node for node in trunk(ways) if node.kind in WEIGHTED]
    kinds = {node.kind for node in ways.main}
    attends = "attention" in kinds or kinds >= {"matmul", "softmax"}
    mlp = len(layers) == 2 and all(node.pointwise for node in layers)
    ends = {add.name, *(node.name for node in after)}
    return Sublayer(_by_layers(layers), attends, mlp, _without_norm(web, ways.fork), frozenset(ends))


def _without_norm(web: Web, name: str) -> str:
    node = web.by_name.get(name)
    while node and node.reads and node.kind in NORMS | {"identity", "reshape", "transpose"}:
        name = node.reads[0]
        node = web.by_name.get(name)
    return name


def trunk(ways: Ways) -> tuple[Node, ...]:
    """The main path without what only steers it (squeeze-and-excitation): one column from x to F(x).

    Where ways come together it goes on with the larger map, and of two alike with the longer way.
    """
    inside = {node.name: node for node in ways.main}
    depth: dict[str, int] = {ways.fork: 0}
    for node in ways.main:
        depth[node.name] = 1 + max(depth.get(name, -1) for name in node.reads)
    found: list[Node] = []
    name = ways.main[-1].name
    while name in inside:
        node = inside[name]
        found.append(node)
        shapes = dict(zip(node.reads, node.in_shapes, strict=True))
        name = max(
            (one for one in node.reads if one in depth),
            key=lambda one: (_size(shapes[one]), depth[one]),
        )
    return tuple(reversed(found))


def _size(shape: Dims | None) -> int:
    count = 1
    for one in shape or ():
        count *= one
    return count


def _by_layers(layers: list[Node]) -> str:
    steps = "".join("d" if node.depthwise else "1" if node.pointwise else "k" for node in layers)
    read, made = [node.channels_read for node in layers], [node.channels_made for node in layers]
    if steps == "1k1":
        return "bottleneck" if made[0] <= max(made[-1], read[0]) else _NO_NAME
    if steps == "kk":
        return "basic"
    if steps == "1d1":
        return "inverted residual" if made[0] > max(read[0], made[-1]) else _NO_NAME
    if steps == "k1":
        return "inverted residual" if made[0] > max(read[0], made[-1]) else _NO_NAME
    if steps == "d11":
        return "ConvNeXt block" if made[1] > made[-1] else _NO_NAME
    return _NO_NAME
