"""What an operation is, in the field's words."""

from __future__ import annotations

from resnet.trace.block import OpTrace


def layer(op: OpTrace) -> str:
    """What an operation is, in the field's words: '3×3 conv, 64, s=2'."""
    if op.kind == "conv" and op.window is not None:
        f, stride, _, groups = op.window
        filters = f", {op.out_shape[0]:,}" if op.out_shape else ""
        grouped = f", {groups} groups" if groups > 1 else ""
        return f"{f}×{f} conv{filters}{grouped}" + (f", s={stride}" if stride > 1 or op.path == "shortcut" else "")
    if op.kind in ("maxpool", "avgpool") and op.window is not None:
        f, stride, *_ = op.window
        pool = {"maxpool": "max-pool", "avgpool": "average pool"}[op.kind]
        return f"{f}×{f} {pool}" + (f", s={stride}" if stride > 1 else "")
    return _LAYERS[op.kind]


_LAYERS = {
    "batchnorm": "BatchNorm",
    "relu": "ReLU",
    "subsample": "every s-th pixel",
    "zero_pad": "pad with zeros",
    "add": "addition",
    "pad": "zeros around the map",
    "flatten": "flatten",
    "linear": "linear layer",
}
