"""What an operation of anybody's network is, in the field's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resnet.models.graph import elements
from resnet.models.node import NAMES, POOLS, Node
from resnet.modules.layers import LAYERS


def layer_words(node: Node, *, strides: bool = False) -> str:
    """'3×3 conv, 64, depthwise, s=2';  'linear layer, 384';  'LayerNorm'

    ``strides``  a convolution says its stride even where it is 1, as it does on a shortcut
    """
    if node.kind in ("conv", "conv_transpose"):
        return ", ".join(_convolution(node, strides))
    if node.kind in POOLS:
        return _pool(node)
    if node.kind == "linear" and node.channels_made:
        return f"linear layer, {node.channels_made:,}"
    if takes_a_constant(node):
        many = any(elements(shape) > 1 for shape in node.constants)
        return _WITH_A_CONSTANT[node.kind] + (" for each channel" if many else "")
    return _padding(node) or _operation(node)


def _padding(node: Node) -> str:
    """What brings zeros, or picks pixels, in the words of our own layers."""
    if node.kind == "slice" and node.sweep:
        return LAYERS["subsample"].words
    if not pads(node):
        return ""
    return LAYERS["zero_pad" if node.kind == "concat" or node.axes == (1,) else "pad"].words


_WITH_A_CONSTANT = {"mul": "× a factor", "div": "a number divides it", "add": "+ a bias", "sub": "− a number"}


def _operation(node: Node) -> str:
    """Its name; of what we have none for, what its source calls it: 'aten.roll.default' -> 'roll'"""
    if node.kind == "attention":
        return "softmax(q·k)·v"
    if node.kind != "other":
        return NAMES[node.kind]
    parts = node.op.split(".")
    return parts[1] if parts[0] == "aten" and len(parts) > 1 else node.op


def _convolution(node: Node, strides: bool) -> Iterator[str]:
    sweep = node.sweep
    yield f"{_times(sweep.kernel)} {NAMES[node.kind]}" if sweep else NAMES[node.kind]
    if node.channels_made:
        yield f"{node.channels_made:,}"
    if sweep is None:
        return
    if node.depthwise:
        yield "depthwise"
    elif sweep.groups > 1:
        yield f"{sweep.groups} groups"
    if set(sweep.dilation) != {1}:
        yield f"dilation {_one(sweep.dilation)}"
    if strides or set(sweep.stride) != {1}:
        yield f"s={_one(sweep.stride)}"


def _pool(node: Node) -> str:
    sweep, shape = node.sweep, node.out_shape
    if sweep is None or (shape and len(shape) > 2 and set(shape[2:]) == {1}):
        return f"global {NAMES[node.kind]}"
    strided = f", s={_one(sweep.stride)}" if set(sweep.stride) != {1} else ""
    return f"{_times(sweep.kernel)} {NAMES[node.kind]}{strided}"


def _times(sizes: Sequence[int]) -> str:
    """(3, 3) -> '3×3';  (5,) -> '5×1', along the one axis that there is"""
    return "×".join(map(str, sizes if len(sizes) > 1 else (*sizes, 1)))


def _one(sizes: Sequence[int]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else _times(sizes)


def takes_a_constant(node: Node) -> bool:
    return node.kind in _WITH_A_CONSTANT and len(set(node.reads)) == 1


def pads(node: Node) -> bool:
    return node.zeros and node.out_shape != node.in_shapes[0]
