"""A block or a network as an ONNX file, written from its trace: its operations, their names, shapes and windows.

The graph reads ``x``, (N, C, H, W) with N left open. Every tensor has the name and the shape that it has in the trace,
and every weight its name in torchvision's state dict. Without weights, they are inputs of the graph beside ``x``:
whoever runs it hands them in. With weights, they are drawn from a seed, and stand in the file.

Opset 17 is of 2022: viewers and runtimes have known its operations for long. Source: https://onnx.ai/onnx/operators.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from resnet.export.form import Form
from resnet.models.graph import Graph
from resnet.models.node import Dims, Node, Sweep
from resnet.models.spec_graph import block_graph, graph_of
from resnet.run.weights import drawn
from resnet.spec import names
from resnet.spec.block import BlockSpec
from resnet.spec.conventions import Conventions
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec
from resnet.trace.block import trace
from resnet.views.address import Addressed, V

if TYPE_CHECKING:
    from onnx import NodeProto, ValueInfoProto

OPSET, IR_VERSION = 17, 8
SEED = 0
BATCH = "N"

_Drawn = dict[str, NDArray[np.float32]]
_LAST = int(np.iinfo(np.int64).max)  # where a slice ends that goes to the end
_one_at_a_time = threading.Lock()  # making a file with weights takes several times its size in memory

_LEFT_OUT = (
    "Its weights are left out: each is an input of the graph beside x, with its shape, and its name in torchvision's "
    "state dict. To run it, hand them in by these names."
)
_GIVEN = (
    f"Its weights are not trained: they are drawn from seed {SEED}, those of convolutions as in He et al. 2015, "
    "arXiv 1502.01852. Their names are those of torchvision's state dict."
)


def onnx_forms(spec: Callable[[V], BlockSpec | NetworkSpec]) -> tuple[Form[V], ...]:
    """Of a block or a network: ``spec`` says which one a view shows."""
    return (
        Form("onnx", "onnx", "code", "ONNX", lambda view, _: without_weights(spec(view), view)),
        Form(
            "onnx-weights", "weights.onnx", "code", "ONNX with weights", lambda view, _: with_weights(spec(view), view)
        ),
    )


def without_weights(spec: BlockSpec | NetworkSpec, view: Addressed) -> bytes:
    """The file, its weights inputs of the graph. Raises SpecError for an impossible block."""
    return _file(_graph(spec, view.conventions), view, None)


def with_weights(spec: BlockSpec | NetworkSpec, view: Addressed) -> bytes:
    """The file, its weights drawn. Raises SpecError for an impossible block, and for more weights than are drawn."""
    graph = _graph(spec, view.conventions)
    with _one_at_a_time:
        return _file(graph, view, drawn(spec, SEED))


def _graph(spec: BlockSpec | NetworkSpec, conventions: Conventions) -> Graph:
    if isinstance(spec, NetworkSpec):
        return graph_of(spec)
    t = trace(spec)
    if t.problem is not None:
        summands = " and ".join(map(conventions.shape, (t.problem.main_shape, t.problem.shortcut_shape)))
        works = f"one that fits, such as 'projection': ONNX has no sum of {summands} either"
        raise SpecError("shortcut", spec.shortcut, works)
    return block_graph(t)


def _file(graph: Graph, view: Addressed, given: _Drawn | None) -> bytes:
    from onnx import helper, numpy_helper

    calls = [(node, _CALLS[node.op](node)) for node in graph.nodes]
    weights = {
        f"{node.place}.{last}": dims
        for node, call in calls
        for last, dims in zip(call.weights, node.constants, strict=True)
    }
    results = [_value(node.name, (BATCH, *node.out_shape[1:])) for node in graph.nodes if node.out_shape]
    x = graph.inputs[0]
    inputs = [_value(x.name, (BATCH, *(x.shape or ())[1:]))]
    constants = [
        numpy_helper.from_array(np.array(numbers, np.int64), f"{node.name}.{last}")
        for node, call in calls
        for last, numbers in call.numbers.items()
    ]
    if given is None:
        inputs += [_value(name, dims) for name, dims in weights.items()]
    made = helper.make_graph(
        _nodes(calls),
        graph.name,
        inputs,
        results[-1:],
        constants,
        value_info=results[:-1],
        doc_string=_LEFT_OUT if given is None else _GIVEN,
    )
    model = helper.make_model(
        made,
        producer_name=names.PROJECT,
        producer_version=names.VERSION,
        doc_string=f"{graph.name}. {made.doc_string}",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    if given is not None:
        assert weights == {name: given[name].shape for name in weights}, "the trace is the module's"
        for name in weights:  # taken out as it is written: large files are never there several times
            model.graph.initializer.append(numpy_helper.from_array(given.pop(name), name))
    # which page of the explainer shows it
    helper.set_model_props(model, {"address": f"/{view.PAGE}?{urlencode(view.to_query())}".removesuffix("?")})
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _value(name: str, dims: Sequence[int | str]) -> ValueInfoProto:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)


def _nodes(calls: Sequence[tuple[Node, _Call]]) -> list[NodeProto]:
    """Named as torch's exporter names them, ``layer1.0.conv1/Conv``; a layer that runs again gets a number."""
    from onnx import helper

    made: dict[str, NodeProto] = {}
    for node, call in calls:
        name = place = f"{node.place}/{call.op}"
        number = 0
        while name in made:
            number += 1
            name = f"{place}_{number}"
        weights = [f"{node.place}.{last}" for last, _ in zip(call.weights, node.constants, strict=True)]
        numbers = [f"{node.name}.{last}" for last in call.numbers]
        reads = [*node.reads, *weights, *numbers]
        made[name] = helper.make_node(call.op, reads, [node.name], name=name, **dict(call.attributes))
    return list(made.values())


class _Call(NamedTuple):
    """What an operation is in ONNX.

    ``weights``  which of the layer's tensors it reads, by the last part of their names
    ``numbers``  what it reads besides: whole numbers that stand in the file
    """

    op: str
    weights: tuple[str, ...] = ()
    numbers: Mapping[str, Sequence[int]] = {}
    attributes: Mapping[str, Any] = {}


def _convolution(node: Node) -> _Call:
    sweep = _sweep(node)
    return _Call(
        "Conv",
        ("weight", "bias")[: len(node.constants)],
        attributes={
            "kernel_shape": sweep.kernel,
            "strides": sweep.stride,
            "pads": sweep.padding,
            "group": sweep.groups,
        },
    )


def _batchnorm(_: Node) -> _Call:
    return _Call("BatchNormalization", ("weight", "bias", "running_mean", "running_var"), attributes={"epsilon": 1e-5})


def _linear(_: Node) -> _Call:
    return _Call("Gemm", ("weight", "bias"), attributes={"transB": 1})


def _max_pool(node: Node) -> _Call:
    return _Call("MaxPool", attributes=_window(node))


def _average_pool(node: Node) -> _Call:
    """Over the whole map, once; or in windows, of which the last may reach beyond the map: what is there counts."""
    if _sweep(node).stride == (1, 1):
        return _Call("GlobalAveragePool")
    return _Call("AveragePool", attributes={**_window(node), "count_include_pad": 0})


def _window(node: Node) -> dict[str, Any]:
    sweep, (given, made) = _sweep(node), _maps(node)
    down = tuple(
        (size + 2 * pad - side) // step + 1
        for size, side, step, pad in zip(given[2:], sweep.kernel, sweep.stride, sweep.padding, strict=False)
    )
    up = {"ceil_mode": 1} if down != made[2:] else {}
    return {"kernel_shape": sweep.kernel, "strides": sweep.stride, "pads": sweep.padding, **up}


def _subsample(node: Node) -> _Call:
    return _Call(
        "Slice", numbers={"starts": (0, 0), "ends": (_LAST, _LAST), "axes": (2, 3), "steps": _sweep(node).stride}
    )


def _pad(node: Node) -> _Call:
    """New channels behind the old ones; rows and columns the same number on both sides."""
    (_, channels, height, width), (_, wanted, high, wide) = _maps(node)
    rows, columns = (high - height) // 2, (wide - width) // 2
    return _Call("Pad", numbers={"pads": (0, 0, rows, columns, 0, wanted - channels, rows, columns)})


def _maps(node: Node) -> tuple[Dims, Dims]:
    """Shapes of what comes in and goes out."""
    (given,), made = node.in_shapes, node.out_shape
    assert given and made, "a traced block is possible"
    return given, made


def _sweep(node: Node) -> Sweep:
    assert node.sweep is not None, "this kind has a window"
    return node.sweep


# a row for each kind of ``resnet.modules.layers``
_CALLS: dict[str, Callable[[Node], _Call]] = {
    "conv": _convolution,
    "batchnorm": _batchnorm,
    "relu": lambda _: _Call("Relu"),
    "subsample": _subsample,
    "zero_pad": _pad,
    "add": lambda _: _Call("Add"),
    "maxpool": _max_pool,
    "avgpool": _average_pool,
    "pad": _pad,
    "flatten": lambda _: _Call("Flatten", attributes={"axis": 1}),
    "linear": _linear,
}
