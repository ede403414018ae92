"""Goes through a graph once, in order: the shape of every result, and the value of those that shapes come from.

Shapes are the file's where it has them, else by the rules of the ``onnx`` package, one operation at a time: so that
values known by then are known to the rule, and so that it is known which operation stops it, and why. Runs in the
process of ``onnx_child``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, TypeProto, numpy_helper, shape_inference

from resnet.models.onnx_model import captured, elements, has_data, reads, shown
from resnet.models.onnx_open import real_inputs
from resnet.models.onnx_values import ELEMENT, MOST, Array, Call, dtype_of, evaluate

FLOATS_KEPT = 16  # elements: scales and bounds are that small; weights are of no use
Dims = tuple[int, ...]

# which input says what shape comes out, by its numbers
_ASKED = {"Reshape": 1, "Expand": 1, "ConstantOfShape": 0, "Tile": 1, "Resize": 3, "Pad": 1, "Slice": 1, "Range": 0,
          "TopK": 1, "OneHot": 1, "Upsample": 1, "Unsqueeze": 1, "Squeeze": 1, "CenterCropPad": 1}  # fmt: skip
# with the first input's shape: of other makers, and ONNX's own that are defined by others of its operations
_KEEPS_SHAPE = frozenset((
    "FastGelu", "BiasGelu", "QuickGelu", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization",
    "EmbedLayerNormalization", "SimplifiedLayerNormalization", "BiasSoftmax", "GroupNorm", "SkipGroupNorm",
    "QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax", "RotaryEmbedding", "MultiHeadAttention", "Attention",
    "GroupNormalization", "RMSNormalization", "MeanVarianceNormalization", "Swish", "HardSwish", "Mish", "Gelu", "Celu",
))  # fmt: skip
_AS_ONNX = {"FusedConv": "Conv", "NhwcFusedConv": "Conv", "FusedGemm": "Gemm", "QLinearAdd": "Add", "QLinearMul": "Mul"}


class Walk:
    """``types`` and ``values`` by the name of what has them, ``why`` by the name of a result without a shape.
    ``literals``  are constants that stand there as an operation of their own."""

    def __init__(self, model: ModelProto, *, trusted: bool) -> None:
        """``trusted``: the shapes in the file hold, since no axis was open."""
        graph = model.graph
        self._opsets = list(model.opset_import)
        self._versions = {one.domain or "": one.version for one in model.opset_import}
        self._ir = min(model.ir_version or onnx.IR_VERSION, onnx.IR_VERSION)
        self._trusted = trusted
        self._tensors: dict[str, TensorProto] = {}
        self._schemas: dict[tuple[str, str], onnx.defs.OpSchema | None] = {}
        self.types: dict[str, TypeProto] = {}
        self.values: dict[str, Array] = {}
        self.why: dict[str, str] = {}
        self.literals: set[str] = set()
        self.constants: dict[str, TensorProto] = {one.name: one for one in graph.initializer}
        self.constants |= {one.values.name: _dense(one) for one in graph.sparse_initializer}
        self._declared = {one.name: one.type for one in (*graph.value_info, *graph.output) if dims_of(one.type)}
        for one in real_inputs(graph):
            self.types[one.name] = one.type
        for name, tensor in self.constants.items():
            self._keep(name, tensor)
        for node in graph.node:
            self._step(node)

    def dims(self, name: str) -> Dims | None:
        one = self.types.get(name)
        return dims_of(one) if one is not None else None

    def _keep(self, name: str, tensor: TensorProto) -> None:
        self.types[name] = tensor_type(tensor.data_type, tensor.dims)
        value = value_of(tensor)
        if value is not None:
            self.values[name] = value

    def _step(self, node: NodeProto) -> None:
        if node.op_type == "Constant" and node.output and (tensor := _constant(node)) is not None:
            self.constants[node.output[0]] = tensor
            self.literals.add(node.output[0])
            self._keep(node.output[0], tensor)
            return
        if self._evaluated(node):
            return
        outputs = [name for name in node.output if name]
        if self._trusted and all(name in self._declared for name in outputs):
            self.types.update((name, self._declared[name]) for name in outputs)
            return
        try:
            found, problem = self._inferred(node), ""
        except Exception as error:  # from C++, of several kinds
            found, problem = {}, _words(error)
        for name in outputs:
            one = found.get(name)
            if one is None or dims_of(one) is None:
                one = self._declared.get(name) or (self._kept(node) if name == node.output[0] else None) or one
            if one is not None:
                self.types[name] = one
            if one is None or dims_of(one) is None:
                self.why[name] = self._reason(node, problem)

    def _evaluated(self, node: NodeProto) -> bool:
        """Whether its results are numbers that are known by now."""
        if node.domain not in ("", "ai.onnx"):
            return False
        results: tuple[Array, ...] | None
        if node.op_type in ("Shape", "Size") and node.input and (dims := self.dims(node.input[0])) is not None:
            results = _shape(node, dims)
        else:
            inputs = tuple(self.values.get(name) for name in node.input)
            if any(name and value is None for name, value in zip(node.input, inputs, strict=True)) or not inputs:
                return False
            results = evaluate(Call(node.op_type, inputs, _attributes(node), len(node.output)))
        if results is None:
            return False
        for name, value in zip(node.output, results, strict=False):
            self.values[name] = value
            self.types[name] = tensor_type(ELEMENT[value.dtype], value.shape)
        return True

    def _inferred(self, node: NodeProto) -> dict[str, TypeProto]:
        schema = self._schema(node)
        if schema is None:
            return self._of_others(node)
        types = {name: self.types.get(name) or tensor_type(TensorProto.FLOAT, None) for name in node.input if name}
        if not any(one.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS) for one in node.attribute):
            try:
                found = shape_inference.infer_node_outputs(
                    schema, node, types, {name: self._tensor(name) for name in node.input if name in self.values},
                    opset_imports=self._opsets, ir_version=self._ir,
                )  # fmt: skip
                if all(name in found for name in node.output if name):
                    return found
            except Exception:  # it is stricter than what follows, which knows operations made of others as well
                pass
        return self._in_a_model(node)

    def _in_a_model(self, node: NodeProto) -> dict[str, TypeProto]:
        """The rule for a whole model, which has this one operation: slower, and knows more."""
        model = ModelProto(ir_version=self._ir, opset_import=self._opsets)
        graph = model.graph
        graph.name = "one"
        graph.node.append(node)
        for name in reads(node):
            if name in self.values:
                graph.initializer.append(self._tensor(name))
            else:
                one = graph.input.add()
                one.name = name
                one.type.CopyFrom(self.types.get(name) or tensor_type(TensorProto.FLOAT, None))
        graph.output.extend(onnx.ValueInfoProto(name=name) for name in node.output if name)
        found = shape_inference.infer_shapes(model, strict_mode=True)
        every = (*found.graph.output, *found.graph.value_info)
        return {one.name: one.type for one in every if one.type.WhichOneof("value")}

    def _of_others(self, node: NodeProto) -> dict[str, TypeProto]:
        if node.op_type in _AS_ONNX:
            plain = NodeProto()
            plain.CopyFrom(node)
            plain.op_type, plain.domain = _AS_ONNX[node.op_type], ""
            if node.op_type.startswith("QLinear"):
                plain.ClearField("input")
                plain.input.extend([node.input[0], node.input[3]])
            known = {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides", "alpha", "beta", "transA",
                     "transB"}  # fmt: skip
            kept = [one for one in plain.attribute if one.name in known]
            plain.ClearField("attribute")
            plain.attribute.extend(kept)
            return self._inferred(plain)
        return {}

    def _kept(self, node: NodeProto) -> TypeProto | None:
        """The first input's type, for what keeps its shape."""
        return self.types.get(node.input[0]) if node.op_type in _KEEPS_SHAPE and node.input else None

    def _schema(self, node: NodeProto) -> onnx.defs.OpSchema | None:
        domain = "" if node.domain == "ai.onnx" else node.domain
        key = (domain, node.op_type)
        if key not in self._schemas:
            version = self._versions.get(domain) or (onnx.defs.onnx_opset_version() if not domain else 1)
            try:
                found = onnx.defs.get_schema(node.op_type, min(version, 2**31 - 1), domain)
            except onnx.defs.SchemaError:
                found = None
            self._schemas[key] = found
        return self._schemas[key]

    def _tensor(self, name: str) -> TensorProto:
        if name not in self._tensors:
            self._tensors[name] = numpy_helper.from_array(self.values[name], name)
        return self._tensors[name]

    def _reason(self, node: NodeProto, problem: str) -> str:
        """Why its result has no shape, in a sentence."""
        name = _shown_op(node)
        if self._schema(node) is None:
            return f"{name} is no operation that ONNX defines, so nobody here knows the shape of its result."
        for one in (*node.input, *captured(node)):
            if one and self.dims(one) is None:
                return f"It reads {shown(one)}, whose shape is not known."
        asked = _ASKED.get(node.op_type)
        if asked is not None and asked < len(node.input) and (one := node.input[asked]) and one not in self.values:
            if one in self.constants:
                return (
                    f"The shape that {name} makes is in its constant {shown(one)}, whose numbers are not in the file."
                )
            return f"The shape that {name} makes is worked out from other numbers only when the network runs."
        if problem:
            return f"{name} can't work on these shapes: {problem}"
        return f"The shape that {name} makes depends on the numbers that it reads, not on their shapes alone."


def dims_of(one: TypeProto) -> Dims | None:
    """None if it is no tensor, or an axis of it is not a number."""
    if not one.HasField("tensor_type") or not one.tensor_type.HasField("shape"):
        return None
    found = []
    for dim in one.tensor_type.shape.dim:
        if not dim.HasField("dim_value") or dim.dim_value < 0:
            return None
        found.append(dim.dim_value)
    return tuple(found)


def tensor_type(element: int, dims: Iterable[int] | None) -> TypeProto:
    one = TypeProto()
    one.tensor_type.elem_type = element
    if dims is not None:
        shape = one.tensor_type.shape
        shape.SetInParent()
        for dim in dims:
            shape.dim.add().dim_value = dim
    return one


def value_of(tensor: TensorProto) -> Array | None:
    """Its numbers, if they are few and there."""
    dtype, count = dtype_of(tensor.data_type), elements(list(tensor.dims))
    most = FLOATS_KEPT if dtype is not None and np.dtype(dtype).kind == "f" else MOST
    if dtype is None or count > most or not has_data(tensor):
        return None
    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except Exception:  # fewer numbers than its shape says
        return None


def _dense(sparse: onnx.SparseTensorProto) -> TensorProto:
    return TensorProto(name=sparse.values.name, data_type=sparse.values.data_type, dims=list(sparse.dims))


def _constant(node: NodeProto) -> TensorProto | None:
    for one in node.attribute:
        if one.name == "value" and one.type == AttributeProto.TENSOR:
            tensor: TensorProto = one.t
            return tensor
        if one.name == "sparse_value":
            return _dense(one.sparse_tensor)
        if one.name in ("value_int", "value_ints"):
            return numpy_helper.from_array(np.array(one.i if one.name == "value_int" else list(one.ints), np.int64))
        if one.name in ("value_float", "value_floats"):
            return numpy_helper.from_array(
                np.array(one.f if one.name == "value_float" else list(one.floats), np.float32)
            )
    return None


def _attributes(node: NodeProto) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in node.attribute:
        if one.type == AttributeProto.TENSOR:
            found[one.name] = value_of(one.t)
        else:
            value = onnx.helper.get_attribute_value(one)
            found[one.name] = value.decode(errors="replace") if isinstance(value, bytes) else value
    return found


def _shape(node: NodeProto, dims: Dims) -> tuple[Array, ...] | None:
    if node.op_type == "Size":
        count = elements(list(dims))
        return (np.array(count, np.int64),) if count < 2**63 else None
    bounds = {one.name: one.i for one in node.attribute}
    return (np.array(dims[bounds.get("start", 0) : bounds.get("end", len(dims))], np.int64),)


def _shown_op(node: NodeProto) -> str:
    plain = node.domain in ("", "ai.onnx")
    return node.op_type[:60] if plain else f"{node.domain[:60]}::{node.op_type[:60]}"


def _words(error: Exception) -> str:
    """The last part of what onnx says: in front of it stands where, in C++."""
    words = str(error).strip().split("\n")[0].rsplit("): ", 1)[-1].strip()
    return (words[:200] or type(error).__name__).rstrip(".") + "."
