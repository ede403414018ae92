"""How far a position sees, in a graph that somebody else wrote."""

from __future__ import annotations

from resnet.models.graph import Graph
from resnet.models.node import Node

_MIXING = frozenset(("reshape", "gather", "other", "resize", "conv_transpose"))
_Field = tuple[int, int]  # pixels that a position sees, and the jump from one to the next


def receptive_field(graph: Graph) -> int | None:
    """Pixels along one side of the input that one position of the last map sees; None where that is not defined.

    Defined as long as windows slide over maps: not behind attention, a reshaping or an enlarging. A global pool is left
    out, as it is for ResNet, and so is what only steers (squeeze-and-excitation). Where paths meet, the larger counts.
    Source: https://distill.pub/2019/computing-receptive-fields.
    """
    everywhere = any(node.kind in ("matmul", "attention") for node in graph.nodes)
    if everywhere or not graph.inputs or len(graph.inputs[0].shape or ()) != 4:
        return None
    found: dict[str, _Field | None] = {one.name: (1, 1) for one in graph.inputs}
    last: _Field | None = None
    for node in graph.nodes:
        found[node.name] = _field(node, [found[name] for name in node.reads])
        if _is_map(node):
            last = found[node.name]
    return last[0] if last else None


def _field(node: Node, read: list[_Field | None]) -> _Field | None:
    known = [field for field in read if field]
    steers = node.kind == "mul"  # one of the two may be a gate that has seen everything
    if not known or (len(known) < len(read) and not steers) or node.kind in _MIXING or _is_global(node):
        return None
    size, jump = max(size for size, _ in known), max(jump for _, jump in known)
    if node.sweep is None or not node.sweep.kernel:
        return size, jump
    kernel, dilation = max(node.sweep.kernel), max(node.sweep.dilation)
    return size + (kernel - 1) * dilation * jump, jump * max(node.sweep.stride)


def _is_map(node: Node) -> bool:
    """Whether a window slides over a map here, to give another."""
    shape = node.out_shape or ()
    return node.sweep is not None and len(shape) == 4 and max(shape[2:]) > 1


def _is_global(node: Node) -> bool:
    """A pool to a single position, or a mean over the map."""
    read, made = (node.in_shapes[0] if node.in_shapes else None) or (), node.out_shape or ()
    return node.kind == "reduce" or (len(read) == len(made) == 4 and max(read[2:]) > 1 and max(made[2:]) == 1)
