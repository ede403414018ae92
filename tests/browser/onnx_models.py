"""Models made with the onnx package, and what is left of one without its weights: by that package's own objects."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import numpy as np
import onnx
from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
PLACE = "pkg.torch.onnx.name_scopes"
# field numbers of what a tensor may keep its numbers in
DATA = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")


def tensor(name: str, *shape: int, kind: type = np.float32) -> TensorProto:
    numbers = np.random.default_rng(zlib.crc32(name.encode())).integers(1, 100, shape)
    return numpy_helper.from_array(numbers.astype(kind), name)


def model_of(nodes: list[NodeProto], tensors: Iterable[TensorProto] = (), **more: object) -> ModelProto:
    x, y = (helper.make_tensor_value_info(name, FLOAT, ["N", 3, 8, 8]) for name in "xy")
    graph = helper.make_graph(nodes, "g", [x], [y], list(tensors))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, **more)


def residual(channels: int = 64, blocks: int = 2) -> ModelProto:
    """Blocks of two convolutions with BatchNorm and an identity shortcut."""
    nodes, tensors, at = [], [tensor("stem", channels, 3, 3, 3)], "stem_out"
    nodes.append(helper.make_node("Conv", ["x", "stem"], [at], pads=[1, 1, 1, 1]))
    for block in range(blocks):
        first = at
        for half in "ab":
            own = f"b{block}{half}"
            norm = [f"{own}.{what}" for what in ("weight", "bias", "mean", "var")]
            tensors += [tensor(f"{own}.conv", channels, channels, 3, 3), *(tensor(one, channels) for one in norm)]
            nodes.append(helper.make_node("Conv", [at, f"{own}.conv"], [f"{own}.c"], own, pads=[1, 1, 1, 1]))
            nodes.append(helper.make_node("BatchNormalization", [f"{own}.c", *norm], [f"{own}.n"]))
            at = f"{own}.n"
        nodes.append(helper.make_node("Add", [at, first], [f"sum{block}"]))
        nodes.append(helper.make_node("Relu", [f"sum{block}"], [at := f"out{block}"]))
    nodes.append(helper.make_node("Reshape", [at, "target"], ["y"]))
    return model_of(nodes, [*tensors, numpy_helper.from_array(np.array([0, -1]), "target")], producer_name="test")


def zero_padded() -> ModelProto:
    """A shortcut whose missing channels are a constant of zeros, and a norm that an exporter wrote with ones."""
    pads = {"pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["a"], **pads),
        helper.make_node("Concat", ["a", "zeros"], ["shortcut"], axis=1),
        helper.make_node("Constant", [], ["ones"], value=numpy_helper.from_array(np.ones(128, np.float32))),
        helper.make_node("Constant", [], ["none"], value=numpy_helper.from_array(np.zeros(128, np.float32))),
        helper.make_node("Conv", ["a", "w2"], ["b"], **pads),
        helper.make_node("InstanceNormalization", ["b", "ones", "none"], ["c"]),
        helper.make_node("Add", ["c", "shortcut"], ["y"]),
    ]
    zeros = numpy_helper.from_array(np.zeros((1, 64, 8, 8), np.float32), "zeros")
    model = model_of(nodes, [tensor("w1", 64, 3, 3, 3), tensor("w2", 128, 64, 3, 3), zeros])
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    return model


def everything() -> ModelProto:
    """All that the wire format of a model can bring along, where weights may lie."""
    inner = helper.make_graph(
        [
            helper.make_node("Constant", [], ["deep"], value=tensor("", 40, 40)),
            helper.make_node("Constant", [], ["few"], value=tensor("", 4, kind=np.int64)),
            helper.make_node("Add", ["deep", "own"], ["inner_out"]),
        ],
        "inner", [], [helper.make_tensor_value_info("inner_out", FLOAT, [40, 40])], [tensor("own", 40, 40)],
    )  # fmt: skip
    body = helper.make_graph(
        [helper.make_node("If", ["c"], ["l"], then_branch=inner, else_branch=inner)], "body", [], [], [tensor("w", 99)]
    )
    nodes = [
        helper.make_node("If", ["condition"], ["a"], "choice", then_branch=inner, else_branch=inner),
        helper.make_node("Loop", ["trip", "condition"], ["b"], body=body),
        helper.make_node("Resize", ["x", "", "scales"], ["r"], mode="nearest"),
        helper.make_node("Constant", [], ["inline_scales"], value=tensor("", 4)),
        helper.make_node("Resize", ["x", "", "inline_scales"], ["s"], mode="nearest"),
        helper.make_node("Constant", [], ["floats"], value_floats=[1.5] * 17),
        helper.make_node("Constant", [], ["three"], value_floats=[1.5] * 3),
        helper.make_node("Block", ["x", "w1"], ["z"], domain="own", kernels=[tensor("k", 70), tensor("k2", 70)]),
        helper.make_node("Blob", ["x"], ["blob"], domain="own", payload=b"\7" * 20_000, name_of_it=b"short"),
        helper.make_node("Concat", ["x", "zeros"], ["y"], axis=1),
    ]
    nodes[0].doc_string = "where it came from"
    for key in ("pkg.torch.onnx.stack_trace", PLACE, "namespace", "other"):
        nodes[0].metadata_props.add(key=key, value=f"of {key}")
    half = tensor("half", 20, 5).raw_data
    outside = TensorProto(name="outside", data_type=FLOAT, dims=[4000, 4000], data_location=TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value="../../etc/passwd")
    tensors = [
        tensor("scales", 4), tensor("norm_of_16", 16), tensor("quantised", 4, 2, kind=np.int8),
        tensor("indices", 1024, kind=np.int64), tensor("too_many", 1025, kind=np.int64),
        numpy_helper.from_array(np.float32(1e-5), "epsilon"), tensor("doubles", 9, 9, kind=np.float64),
        numpy_helper.from_array(np.array(True), "condition"), numpy_helper.from_array(np.array(3), "trip"),
        numpy_helper.from_array(np.zeros((1, 64, 8, 8), np.float32), "zeros"), outside,
        numpy_helper.from_array(np.zeros(2000, np.int64), "whole_zeros"),
        helper.make_tensor("as_floats", FLOAT, [50], np.linspace(1, 2, 50)),
        helper.make_tensor("zero_floats", FLOAT, [50], np.zeros(50)),
        helper.make_tensor("one_floats", FLOAT, [50], np.ones(50)),
        numpy_helper.from_array(np.ones(32, np.float16), "half_ones"),
        numpy_helper.from_array(np.ones(8, np.float64), "double_ones"),
        numpy_helper.from_array(np.array([0, 1] * 20, np.float32), "zeros_and_ones"),
        helper.make_tensor("varints", TensorProto.FLOAT16, [40], np.array([0, 60] * 20, np.uint16).view(np.float16)),
        helper.make_tensor("as_ints", TensorProto.INT32, [50], range(50)),
        helper.make_tensor("words", TensorProto.STRING, [40], [b"word"] * 40),
        TensorProto(name="half", data_type=TensorProto.FLOAT16, dims=[20, 10], raw_data=half),
    ]  # fmt: skip
    model = model_of(nodes, tensors)
    tensors[0].doc_string = "a scale"
    model.doc_string = model.graph.doc_string = "documentation"
    model.metadata_props.add(key="recipe", value="long" * 100)
    model.graph.metadata_props.add(key="recipe", value="long" * 100)
    model.graph.input[0].doc_string = "an image"
    values, places = tensor("values", 30), tensor("places", 30, kind=np.int64)
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [100]))
    model.graph.value_info.append(helper.make_tensor_value_info("a", FLOAT, [40, 40]))
    quantised = model.graph.quantization_annotation.add(tensor_name="x")
    quantised.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="epsilon")
    weight = helper.make_node("Constant", [], ["k"], value=tensor("", 30, 30))
    block = helper.make_function(
        "own", "Block", ["i", "w"], ["o"], [weight, helper.make_node("Conv", ["i", "k"], ["o"])],
        [helper.make_opsetid("", 17)], ["kernels"],
    )  # fmt: skip
    block.doc_string = "a block"
    model.functions.append(block)
    training = model.training_info.add()
    training.algorithm.initializer.append(tensor("momentum", 300))
    return model


def nested(depth: int) -> ModelProto:
    """Graphs in graphs, the model's own counted."""
    graph = helper.make_graph([], "innermost", [], [], [tensor("w", 77)])
    for _ in range(depth - 2):
        graph = helper.make_graph([helper.make_node("If", ["c"], [], then_branch=graph)], "g", [], [])
    return model_of([helper.make_node("If", ["c"], [], then_branch=graph)])


def without_weights(model: ModelProto) -> ModelProto:
    """What the browser should make of it, said once more: field by field, with the package's objects."""
    left = ModelProto()
    left.CopyFrom(model)
    numbers = {
        name
        for node in _nodes(left)
        if node.op_type in {"Resize", "Upsample", "Slice", "Pad", "Gather", "Cast"}
        for name in node.input[0 if node.op_type == "Cast" else 1 :]
    }
    for name in ("doc_string", "metadata_props", "training_info"):
        left.ClearField(name)
    _strip_graph(left.graph, numbers)
    for function in left.functions:
        _strip_function(function, numbers)
    return left


def _strip_graph(graph: GraphProto, numbers: set[str]) -> None:
    graph.ClearField("doc_string")
    graph.ClearField("metadata_props")
    for value in (*graph.input, *graph.output, *graph.value_info):
        value.ClearField("doc_string")
        value.ClearField("metadata_props")
    for one in graph.initializer:
        _strip_tensor(one, numbers, {one.name})
    for sparse in graph.sparse_initializer:
        _strip_tensor(sparse.values, numbers, {sparse.values.name})
        _strip_tensor(sparse.indices, numbers, {sparse.indices.name})
    _strip_nodes(graph.node, numbers)


def _strip_function(function: FunctionProto, numbers: set[str]) -> None:
    function.ClearField("doc_string")
    function.ClearField("metadata_props")
    _strip_nodes(function.node, numbers)


def _strip_nodes(nodes: Iterable[NodeProto], numbers: set[str]) -> None:
    for node in nodes:
        node.ClearField("doc_string")
        kept = [one for one in node.metadata_props if one.key in (PLACE, "namespace")]
        node.ClearField("metadata_props")
        node.metadata_props.extend(kept)
        for attribute in node.attribute:
            _strip_attribute(attribute, numbers, set(node.output))


def _strip_attribute(attribute: AttributeProto, numbers: set[str], made: set[str]) -> None:
    attribute.ClearField("doc_string")
    if len(attribute.floats) > 16:
        attribute.floats[:] = [float("nan")] * len(attribute.floats)
    if len(attribute.s) > 1 << 14:
        attribute.ClearField("s")
    for one in (*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors):
        _strip_tensor(one, numbers, made | {one.name})
    for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
        _strip_graph(graph, numbers)


def _strip_tensor(one: TensorProto, numbers: set[str], names: set[str]) -> None:
    count = int(np.prod(list(one.dims), dtype=object))
    stored = any(len(getattr(one, field)) for field in DATA)
    external = one.data_location == TensorProto.EXTERNAL
    floating = one.data_type in (1, 10, 11, 16)
    found = set(numpy_helper.to_array(one).flat) if floating and stored else set()
    few = count <= 16 and bool(names & numbers)
    small = count == 1 or few or (one.data_type in (TensorProto.INT64, TensorProto.BOOL) and count <= 1024)
    for field in ("doc_string", "segment", "metadata_props", "external_data", "data_location"):
        one.ClearField(field)
    if not small or external:
        for field in DATA:
            one.ClearField(field)
        if found in ({0.0}, {1.0}):
            one.doc_string = "all ones" if found.pop() else "all zeros"


def _nodes(model: ModelProto) -> Iterator[NodeProto]:
    def of(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
        for node in nodes:
            yield node
            for attribute in node.attribute:
                for graph in (attribute.g, *attribute.graphs):
                    yield from of(graph.node)

    yield from of(model.graph.node)
    for function in model.functions:
        yield from of(function.node)


def dropped(before: ModelProto, after: ModelProto) -> list[bytes]:
    """Numbers that the first has and the second has not, as the first's bytes."""
    kept = {one.raw_data for one in _tensors(after)}
    return [one.raw_data for one in _tensors(before) if one.raw_data and one.raw_data not in kept]


def _tensors(model: ModelProto) -> Iterator[TensorProto]:
    yield from model.graph.initializer
    for node in _nodes(model):
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors, *attribute.g.initializer)


def parsed(content: bytes) -> ModelProto | None:
    """By the package; None if it does not take it."""
    try:
        return onnx.load_model_from_string(content)
    except Exception:
        return None
