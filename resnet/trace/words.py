"""What an operation is, in the field's words."""

from __future__ import annotations

from resnet.modules.layers import LAYERS
from resnet.trace.values import OpTrace


def layer(op: OpTrace) -> str:
    """'3×3 conv, 64, s=2';  '3×3 max-pool, s=2';  'BatchNorm'"""
    words = LAYERS[op.kind].words
    if op.window is None or op.kind == "subsample":
        return words
    f, stride, _, groups = op.window
    if op.kind == "conv":
        filters = f", {op.out_shape[0]:,}" if op.out_shape else ""
        depthwise = groups > 1 and op.in_shapes[0][0] == groups
        grouped = ", depthwise" if depthwise else f", {groups} groups" if groups > 1 else ""
        return f"{f}×{f} {words}{filters}{grouped}" + (f", s={stride}" if stride > 1 or op.path == "shortcut" else "")
    return f"{f}×{f} {words}" + (f", s={stride}" if stride > 1 else "")
