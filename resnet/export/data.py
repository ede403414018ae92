"""A trace as plain data, for JSON: what the API and the command line answer, for a block and for a network.

Whatever the conventions, a field keeps its meaning (``params`` are trainable, shapes are C, H, W); what the conventions
make of it stands beside it, under ``shown``.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from resnet.numbers.compare import verdict
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.network import NetworkBlock, NetworkTrace
from resnet.trace.values import BlockTrace, OpTrace

UNITS = {
    "shape": "C, H, W; batch 1",
    "params": "trainable parameters, BatchNorm's scale and shift and convolution biases included",
    "buffers": "elements of BatchNorm's running means and variances",
    "macs": "multiply-adds of the convolutions, batch 1",
    "activation_bytes": "every operation's result once, float32, batch 1, the input not counted",
}


def to_data(t: BlockTrace, conventions: Conventions = DEFAULT) -> dict[str, Any]:
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
        "conventions": asdict(conventions),
        "shown": _shown(t, conventions),
        "verdict": verdict(t, conventions)._asdict(),
        "problem": None if t.problem is None else asdict(t.problem),
        "ops": [_op(op, conventions) for op in t.ops],
    }


def _shown(counted: BlockTrace | NetworkBlock | NetworkTrace | OpTrace, conventions: Conventions) -> dict[str, Any]:
    """Shapes, parameters and operations as the conventions write and count them."""
    came = counted.in_shapes[0] if isinstance(counted, OpTrace) else counted.in_shape
    out_shape = None if counted.out_shape is None else conventions.ordered(counted.out_shape)
    params, operations = conventions.params(counted), conventions.operations(counted)
    shapes = {"in_shape": conventions.ordered(came), "out_shape": out_shape}
    return shapes | {"params": params, conventions.unit: operations}


def network_to_data(t: NetworkTrace, conventions: Conventions = DEFAULT) -> dict[str, Any]:
    """Numbers, texts, lists and dicts only; the operations of a block are those of ``/api/block.json``."""
    return {
        "spec": asdict(t.spec) | {"stem": t.spec.stem._asdict(), "stages": [one._asdict() for one in t.spec.stages]},
        "variant": t.spec.variant,
        "units": UNITS
        | {
            "macs": "multiply-adds of convolutions and linear layers, batch 1",
            "receptive_field": "pixels along one side of the input that one position sees",
            "jump": "pixels of the input from one position to the next",
        },
        "in_shape": t.in_shape,
        "out_shape": t.out_shape,
        "params": t.params,
        "buffers": t.buffers,
        "macs": t.macs,
        "activation_elements": t.activation_elements,
        "activation_bytes": t.activation_bytes,
        "conventions": asdict(conventions),
        "shown": _shown(t, conventions),
        "stem": [_op(op, conventions) for op in t.stem],
        "blocks": [_block(block, conventions) for block in t.blocks],
        "head": [_op(op, conventions) for op in t.head],
    }


def _block(block: NetworkBlock, conventions: Conventions) -> dict[str, Any]:
    names = (
        "name", "stage", "index", "kind", "needs_projection", "why", "in_shape", "out_shape", "params", "buffers",
        "macs", "activation_elements", "activation_bytes", "shortcut_params", "shortcut_macs", "receptive_field",
        "jump",
    )  # fmt: skip
    data = {name: getattr(block, name) for name in names}
    return data | {"shown": _shown(block, conventions), "spec": asdict(block.trace.spec)}


def _op(op: OpTrace, conventions: Conventions) -> dict[str, Any]:
    data = asdict(op) | {"params": op.params, "out_elements": op.out_elements, "shown": _shown(op, conventions)}
    return data | {"window": None if op.window is None else op.window._asdict()}
