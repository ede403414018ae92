"""Where a result has its channels: behind the batch, as in torch's maps, or last, as a Swin block and a sequence do.

conv, pool, BatchNorm              (N, C, H, W)
linear, LayerNorm over the last    (N, H, W, C), (N, L, C)
transpose                          carries them along
anything else                      as what it reads
"""

from __future__ import annotations

from resnet.models.graph import Graph
from resnet.models.node import POOLS, Dims, Node

_SECOND = POOLS | {"conv", "conv_transpose", "batchnorm", "groupnorm", "instancenorm", "resize"}


def channel_axes(graph: Graph) -> dict[str, int]:
    """Of every input and every result, the axis of its channels, with the batch counted; inputs have it as axis 1."""
    found = {one.name: 1 for one in graph.inputs}
    for node in graph.nodes:
        found[node.name] = _axis(node, [found.get(name, 1) for name in node.reads])
    return found


def channels_first(shape: Dims, axis: int) -> Dims:
    """A shape without its batch, its channels in front. ``axis``  of the channels, with the batch counted.

    >>> channels_first((56, 48, 96), 3)
    (96, 56, 48)
    """
    at = axis - 1
    return (shape[at], *shape[:at], *shape[at + 1 :]) if 0 <= at < len(shape) else shape


def _axis(node: Node, read: list[int]) -> int:
    rank = len(node.out_shape or ())
    if node.kind in _SECOND:
        return 1
    if node.kind in ("linear", "embedding", "attention") or (
        node.kind in ("layernorm", "rmsnorm") and rank and node.axes == (rank - 1,)
    ):
        return max(rank - 1, 1)
    inherited = read[0] if read else 1
    if node.kind == "transpose" and inherited in node.axes:
        return max(node.axes.index(inherited), 1)  # in front: torch's attention, positions first, for a while
    before = len(node.in_shapes[0] or ()) if node.in_shapes else rank
    if node.kind == "reshape" and inherited > 1 and inherited == before - 1:
        return max(rank - 1, 1)  # they stay last
    return min(inherited, max(rank - 1, 1))
