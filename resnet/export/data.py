"""A trace as plain data, for JSON: what the API and the command line answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from resnet.compare import verdict
from resnet.trace import BlockTrace, OpTrace

UNITS = {
    "shape": "C, H, W; batch 1",
    "params": "trainable parameters, BatchNorm's scale and shift and convolution biases included",
    "buffers": "elements of BatchNorm's running means and variances",
    "macs": "multiply-adds of the convolutions, batch 1",
    "activation_bytes": "every operation's result once, float32, batch 1, the input not counted",
}


def to_data(t: BlockTrace) -> dict[str, Any]:
    """Numbers, texts, lists and dicts only."""
    return {
        "spec": asdict(t.spec),
        "units": UNITS,
        "possible": t.possible,
        "in_shape": t.in_shape,
        "out_shape": t.out_shape,
        "params": t.params,
        "buffers": t.buffers,
        "macs": t.macs,
        "activation_bytes": t.activation_bytes,
        "verdict": verdict(t)._asdict(),
        "problem": None if t.problem is None else asdict(t.problem),
        "ops": [_op(op) for op in t.ops],
    }


def _op(op: OpTrace) -> dict[str, Any]:
    data = asdict(op) | {"params": op.params, "out_elements": op.out_elements}
    return data | {"window": None if op.window is None else op.window._asdict()}
