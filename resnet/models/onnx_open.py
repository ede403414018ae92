"""Axes that an ONNX file leaves open, and what they become here.

    first axis                     1: one image, one sequence
    an image's height and width    the size that is asked for; without one, a Problem
    an image's channels            what the first convolution takes, else 3
    any other (a sequence)         128

An input where nothing but a weight can stand is one, and is left to whoever runs the file: ``name_weights``.

An image is an input of rank 4: N, C, H, W, or N, H, W, C where only the last is given and is 1, 3 or 4. Axes with the
same name in the file become the same number. Runs in the process of ``onnx_child``.
"""

from __future__ import annotations

from collections.abc import Iterator

from onnx import GraphProto, NodeProto, TensorProto, TensorShapeProto, ValueInfoProto

from resnet.models.onnx_limits import MAX_WEIGHTS, Problem
from resnet.models.onnx_model import elements, reads

SEQUENCE = 128
CHANNELS = 3
_Dim = TensorShapeProto.Dimension


# an operation -> which of its inputs are weights and nothing else
_WEIGHTS = {"Conv": (1, 2), "ConvTranspose": (1, 2), "Gemm": (1, 2), "BatchNormalization": (1, 2, 3, 4)}


def name_weights(graph: GraphProto) -> None:
    """Inputs that are weights, to be handed in by whoever runs the file, become initializers without numbers."""
    inputs = real_inputs(graph)
    fixed = {one.name: one for one in inputs if _is_fixed(one)}
    for node in graph.node if fixed else ():
        weights = set(_weights(node, fixed))
        for name in reads(node):
            if name not in weights:  # somewhere it is a number like any other
                fixed.pop(name, None)
    for one in graph.output:
        fixed.pop(one.name, None)
    read = {name for node in graph.node for name in node.input}
    left_out = [one for name, one in fixed.items() if name in read]
    for one in left_out if len(left_out) < len(inputs) else ():  # something has to go in
        kind = one.type.tensor_type
        dims = [dim.dim_value for dim in kind.shape.dim]
        graph.initializer.append(TensorProto(name=one.name, data_type=kind.elem_type, dims=dims))


def _is_fixed(one: ValueInfoProto) -> bool:
    dims = _dims(one)
    return bool(dims) and not any(map(_is_open, dims)) and elements([dim.dim_value for dim in dims]) <= MAX_WEIGHTS


def _weights(node: NodeProto, inputs: dict[str, ValueInfoProto]) -> Iterator[str]:
    """What it reads as a weight. A product is a linear layer's if it is written as torch's: x · Wᵀ + b, b a vector."""
    if node.domain not in ("", "ai.onnx") or (node.op_type == "Gemm" and not _is_linear(node, inputs)):
        return
    read = list(node.input)
    yield from (
        read[index] for index in _WEIGHTS.get(node.op_type, ()) if read[index:] and read.count(read[index]) == 1
    )


def _is_linear(node: NodeProto, inputs: dict[str, ValueInfoProto]) -> bool:
    bias = node.input[2] if len(node.input) > 2 else ""
    rank = len(_dims(inputs[bias])) if bias in inputs else 1
    return bool(bias) and rank == 1 and any(one.name == "transB" and one.i for one in node.attribute)


def close(graph: GraphProto, size: tuple[int, int] | None) -> bool:
    """Gives every open axis of the inputs a number. Whether there were any.

    Raises Problem if a size is needed and none was given, or one was given and the file has another.
    """
    named: dict[str, int] = {}
    inputs = real_inputs(graph)
    images = [one for one in inputs if len(_dims(one)) == 4]
    if size is not None:
        _check(images, size)
    changed = False
    for one in inputs:
        dims, spatial = _dims(one), _spatial(one)
        for axis, dim in enumerate(dims):
            if _is_open(dim):
                name = dim.dim_param
                value = named.get(name) if name else None
                if value is None:
                    value = _value(graph, one, axis, spatial, size)
                if name:
                    named[name] = value
                dim.Clear()
                dim.dim_value = value
                changed = True
    return changed


def real_inputs(graph: GraphProto) -> list[ValueInfoProto]:
    """Old files list their weights among the inputs."""
    weights = {one.name for one in graph.initializer} | {one.values.name for one in graph.sparse_initializer}
    return [one for one in graph.input if one.name not in weights]


def _dims(one: ValueInfoProto) -> list[_Dim]:
    return list(one.type.tensor_type.shape.dim) if one.type.HasField("tensor_type") else []


def _is_open(dim: _Dim) -> bool:
    return not dim.HasField("dim_value") or dim.dim_value <= 0


def _spatial(one: ValueInfoProto) -> tuple[int, int] | None:
    """Which axes are height and width."""
    dims = _dims(one)
    if len(dims) != 4:
        return None
    last = not _is_open(dims[3]) and dims[3].dim_value in (1, 3, 4)
    channels_last = last and (_is_open(dims[1]) or dims[1].dim_value not in (1, 3, 4))
    return (1, 2) if channels_last else (2, 3)


def _value(
    graph: GraphProto, one: ValueInfoProto, axis: int, spatial: tuple[int, int] | None, size: tuple[int, int] | None
) -> int:
    if axis == 0:
        return 1
    if spatial is None:
        return SEQUENCE
    if axis not in spatial:
        return _channels(graph, one.name)
    if size is None:
        raise Problem(
            "two whole numbers, such as size=(224, 224): the file leaves height and width of its input open",
            "size",
        )
    return size[spatial.index(axis)]


def _channels(graph: GraphProto, name: str) -> int:
    weights = {one.name: one.dims for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Conv" and len(node.input) > 1 and node.input[0] == name and node.input[1] in weights:
            groups = next((one.i for one in node.attribute if one.name == "group"), 1)
            dims = weights[node.input[1]]
            return int(dims[1] * max(1, groups)) if len(dims) > 1 else CHANNELS
    return CHANNELS


def _check(images: list[ValueInfoProto], size: tuple[int, int]) -> None:
    if not images:
        raise Problem("left out: no input of this file is an image", "size", size)
    fixed: tuple[int, int] | None = None
    for one in images:
        dims, spatial = _dims(one), _spatial(one)
        assert spatial is not None
        asked = [(dims[axis], wanted) for axis, wanted in zip(spatial, size, strict=True)]
        if all(_is_open(dim) or dim.dim_value == wanted for dim, wanted in asked):
            return
        fixed = fixed or (dims[spatial[0]].dim_value, dims[spatial[1]].dim_value)
    assert fixed is not None
    given = " × ".join(str(side) if side > 0 else "any" for side in fixed)
    raise Problem(f"left out, or what the file is made for: {given}", "size", size)
