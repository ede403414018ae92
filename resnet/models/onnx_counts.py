"""What an ONNX operation trains and how many multiply-adds it takes.

Whether a constant was trained the file does not say: what stands where weights, biases and a norm's scale and shift
stand was, and so were floats of rank 1 or more that are added, multiplied, concatenated, repeated or looked up, such as
a class token or a layer scale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from resnet.models.graph import elements
from resnet.models.node import Dims, Kind
from resnet.models.onnx_call import Call, Constant


class Trained(NamedTuple):
    weights: int = 0
    biases: int = 0
    scale: int = 0
    shift: int = 0
    buffers: int = 0


_FIELDS = Trained._fields
# operation -> input -> what stands there
_PLACES: dict[str, dict[int, str]] = {
    "Conv": {1: "weights", 2: "biases"}, "FusedConv": {1: "weights", 2: "biases"},
    "NhwcFusedConv": {1: "weights", 2: "biases"}, "ConvTranspose": {1: "weights", 2: "biases"},
    "ConvInteger": {1: "weights"}, "QLinearConv": {3: "weights", 8: "biases"},
    "DeformConv": {1: "weights", 3: "biases"},
    "Gemm": {0: "weights", 1: "weights", 2: "biases"}, "FusedGemm": {0: "weights", 1: "weights", 2: "biases"},
    "QGemm": {0: "weights", 3: "weights", 6: "biases"},
    "MatMul": {0: "weights", 1: "weights"}, "FusedMatMul": {0: "weights", 1: "weights"},
    "MatMulInteger": {0: "weights", 1: "weights"}, "QLinearMatMul": {0: "weights", 3: "weights"},
    "MatMulNBits": {1: "weights", 5: "biases"},
    "BatchNormalization": {1: "scale", 2: "shift", 3: "buffers", 4: "buffers"},
    "LayerNormalization": {1: "scale", 2: "shift"}, "GroupNormalization": {1: "scale", 2: "shift"},
    "GroupNorm": {1: "scale", 2: "shift"}, "InstanceNormalization": {1: "scale", 2: "shift"},
    "RMSNormalization": {1: "scale"}, "SimplifiedLayerNormalization": {1: "scale"},
    "SkipLayerNormalization": {2: "scale", 3: "shift", 4: "biases"},
    "SkipSimplifiedLayerNormalization": {2: "scale", 3: "biases"},
    "EmbedLayerNormalization": {2: "weights", 3: "weights", 4: "weights", 5: "scale", 6: "shift"},
    "PRelu": {1: "weights"}, "BiasGelu": {1: "biases"}, "FastGelu": {1: "biases"},
    "LSTM": {1: "weights", 2: "weights", 3: "biases", 7: "weights"}, "GRU": {1: "weights", 2: "weights", 3: "biases"},
    "RNN": {1: "weights", 2: "weights", 3: "biases"},
}  # fmt: skip
_ELEMENTWISE = {"mul": "scale", "div": "scale", "sub": "shift"}
_ANY_WEIGHT = frozenset(("concat", "expand", "embedding", "linear", "attention"))


def trained(call: Call, kind: Kind, follows_product: bool, take: Callable[[Constant], int]) -> Trained:
    """``take`` gives the elements of a constant's origins that were not taken before.

    ``follows_product``  it adds to the result of a convolution or a product: then what it adds is a bias
    """
    found = dict.fromkeys(_FIELDS, 0)
    places = _PLACES.get(call.op) if call.domain in ("", "com.microsoft") else None
    for index, name in enumerate(call.inputs):
        constant = call.constants.get(name) if name else None
        if constant is None or constant.shape == ():
            continue
        field = places.get(index) if places is not None else _field(kind, call, constant, follows_product)
        if field and not _made_up(call, constant):
            found[field] += take(constant)
    return Trained(**found)


def _field(kind: Kind, call: Call, constant: Constant, follows_product: bool) -> str | None:
    """For what has no places: by what it does with a constant."""
    if not constant.is_float or (constant.literal and constant.shape is not None and elements(constant.shape) < 2):
        return None
    if kind == "add":
        return "biases" if follows_product else "shift"
    if kind in _ELEMENTWISE:
        return _ELEMENTWISE[kind]
    unknown = call.domain not in ("", "com.microsoft")
    return "weights" if unknown or kind in _ANY_WEIGHT else None


def _made_up(call: Call, constant: Constant) -> bool:
    """What an exporter puts where nothing was trained: the ones and zeros of a GroupNorm that is written as an
    InstanceNorm, maps that are concatenated to others (zero padding; a class token is no map)."""
    if call.op == "Concat" and len(constant.shape or ()) > 3:
        return True
    return call.op == "InstanceNormalization" and constant.literal and constant.fill in (0.0, 1.0)


# Inputs that say how, not what: nothing of them is in the result.
_STRUCTURAL: dict[str, Iterable[int]] = {
    "Reshape": (1,), "Expand": (1,), "Slice": (1, 2, 3, 4), "Gather": (1,), "Unsqueeze": (1,), "Squeeze": (1,),
    "Pad": (1, 2, 3), "Clip": (1, 2), "Resize": (1, 2, 3), "Upsample": (1,), "Tile": (1,), "Split": (1,),
    "QuantizeLinear": (1, 2), "DequantizeLinear": (1, 2), "Cast": (), "ConstantOfShape": (0,), "Shape": (0,),
    "Size": (0,), "Range": (0, 1, 2), "ReduceMean": (1,), "ReduceSum": (1,), "CastLike": (1,), "GatherElements": (1,),
}  # fmt: skip


def structural(op: str, index: int) -> bool:
    return index in _STRUCTURAL.get(op, ())


def multiply_adds(call: Call, kind: Kind) -> int:
    """For the whole batch; 0 where a shape that it takes is not known."""
    if kind == "conv":
        return _conv(call, call.out_shape)
    if kind == "conv_transpose":
        return _conv(call, call.shape(0))
    if call.op == "Einsum" and kind in ("linear", "matmul"):
        return _einsum(call)
    if kind in ("linear", "matmul"):
        return _product(call)
    return _attention(call) if kind == "attention" else 0


def _conv(call: Call, positions: Dims | None) -> int:
    weight = call.shape(call.weight_at)
    if positions is None or weight is None or len(positions) < 3:
        return 0
    return positions[0] * elements(positions[2:]) * elements(weight)


def _product(call: Call) -> int:
    """Each number of the result is a sum of as many products as the axis is long that goes away."""
    first = call.shape(0)
    if call.out_shape is None or not first:
        return 0
    across = len(first) > 1 and bool(call.number("transA", 0))
    return elements(call.out_shape) * (first[-2] if across else first[-1])


def _einsum(call: Call) -> int:
    equation = str(call.attributes.get("equation", "")).replace(" ", "")
    terms = equation.split("->")[0].split(",")
    lengths: dict[str, int] = {}
    for index, term in enumerate(terms):
        shape = call.shape(index)
        if shape is None:
            return 0
        before, dots, after = term.partition("...")
        rest = len(shape) - len(before) - len(after)
        if rest < 0 or (rest and not dots):
            return 0
        # what the dots stand for is named from its end, where the operands are lined up
        letters = [*before, *(f"...{rest - i}" for i in range(rest)), *after]
        for letter, length in zip(letters, shape, strict=True):
            lengths[letter] = max(length, lengths.get(letter, 1))
    return elements(tuple(lengths.values()))


def _attention(call: Call) -> int:
    """softmax(q kᵀ) v: each query with each key, then each weight with a value."""
    query, key, out = call.shape(0), call.shape(1), call.out_shape
    if not query or not key or not out or call.is_constant(1) or len(key) < 3:
        return 0
    return (elements(query) + elements(out)) * key[-2]
