"""What the reading process says of a file: plain lists, numbers and words, that go through JSON.

    inputs     [name, shape or null], those that are no weights
    outputs    [name]
    opset      the version of ONNX's own operations
    constants  name -> [shape, type's number, whether it stands in the file by a node of its own, the one number that
               it is filled with or null]
    known      names of what was worked out here, and so is constant
    values     name -> numbers of a small constant, known or in the file
    shapes     name -> shape
    why        name -> a sentence, for a result without a shape
    nodes      op, domain, name, in, out, captured, attributes, scope, held: shapes of its subgraphs' trained constants

Runs in the process of ``onnx_child``.
"""

from __future__ import annotations

from typing import Any

import onnx
from onnx import AttributeProto, NodeProto, TensorProto

from resnet.models.onnx_limits import Problem
from resnet.models.onnx_model import ONE, ZERO, captured, elements, held, is_zero, parsed
from resnet.models.onnx_open import close, name_weights, real_inputs
from resnet.models.onnx_values import MOST
from resnet.models.onnx_walk import Walk, value_of

Answer = dict[str, Any]
_SHOWN = 64  # numbers of a value, or of an attribute, that are told
_FLOATS = frozenset((TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16))
_SCOPES = "pkg.torch.onnx.name_scopes"


def answer(data: bytes, size: tuple[int, int] | None) -> Answer:
    """Raises Problem."""
    model = parsed(data)
    graph = model.graph
    name_weights(graph)
    opened = close(graph, size)
    inputs = real_inputs(graph)
    if not inputs:
        raise Problem("it has no input, so that nothing goes through it")
    walk = Walk(model, trusted=not opened)
    values = {name: one.reshape(-1).tolist() for name, one in walk.values.items() if one.size <= _SHOWN}
    return {
        "inputs": [[one.name, walk.dims(one.name)] for one in inputs],
        "outputs": [one.name for one in graph.output],
        "opset": max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0),
        "constants": {
            name: [list(one.dims), one.data_type, name in walk.literals, _fill(one)]
            for name, one in walk.constants.items()
        },
        "known": list(walk.values),
        "values": values,
        "shapes": {name: dims for name in walk.types if (dims := walk.dims(name)) is not None},
        "why": walk.why,
        "nodes": [_node(one) for one in graph.node if not walk.literals.intersection(one.output[:1])],
    }


def _node(node: NodeProto) -> Answer:
    inside = held(node) if node.attribute else []
    return {
        "op": node.op_type,
        "domain": "" if node.domain == "ai.onnx" else node.domain,
        "name": node.name,
        "in": list(node.input),
        "out": list(node.output),
        "captured": captured(node) if node.attribute else [],
        "attributes": _attributes(node),
        "scope": next((one.value for one in node.metadata_props if one.key == _SCOPES), "")[:2000],
        "held": [list(one.dims) for one in inside if one.data_type in _FLOATS and one.dims],
    }


def _attributes(node: NodeProto) -> Answer:
    found: Answer = {}
    for one in node.attribute:
        if one.type == AttributeProto.TENSOR:
            value = value_of(one.t)
            found[one.name] = None if value is None else value.reshape(-1).tolist()[:_SHOWN]
        elif one.type in (AttributeProto.INT, AttributeProto.FLOAT):
            found[one.name] = onnx.helper.get_attribute_value(one)
        elif one.type == AttributeProto.STRING:
            found[one.name] = one.s[:200].decode(errors="replace")
        elif one.type in (AttributeProto.INTS, AttributeProto.FLOATS):
            found[one.name] = list(onnx.helper.get_attribute_value(one))[:_SHOWN]
    return found


def _fill(tensor: TensorProto) -> float | None:
    """The number that all of it is, if it is known to be one number."""
    if tensor.doc_string == ZERO or is_zero(tensor):
        return 0.0
    if tensor.doc_string == ONE:
        return 1.0
    count = elements(list(tensor.dims))
    if tensor.data_type not in _FLOATS or not 0 < count <= MOST:
        return None
    if raw := tensor.raw_data:
        width = len(raw) // count
        if not width or raw != raw[:width] * count:
            return None
        value = value_of(TensorProto(dims=[1], data_type=tensor.data_type, raw_data=raw[:width]))
        return None if value is None else float(value[0])
    floats = set(tensor.float_data)
    return float(floats.pop()) if len(floats) == 1 else None
