"""What small constants come to: a file that is exported with open axes computes its shapes by operations of its own.

    Shape ─> Gather ─> Concat ─> the target of a Reshape

Here such operations run, on at most a thousand numbers each. Runs in the process of ``onnx_child``; a value that can't
be computed is None, and its result then has a shape that is not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MOST = 1000  # elements of a value that is kept

_NUMPY = {
    1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
    10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64,
}  # fmt: skip  # ONNX's numbers of types
ELEMENT = {np.dtype(dtype): number for number, dtype in _NUMPY.items()}


class Call(NamedTuple):
    """One operation on values. ``inputs`` are None where the file leaves one out."""

    op: str
    inputs: tuple[Array | None, ...]
    attributes: Mapping[str, Any]
    results: int

    def number(self, name: str, default: int) -> int:
        return int(self.attributes.get(name, default))

    @property
    def x(self) -> Array:
        first = self.inputs[0]
        assert first is not None
        return first

    def given(self, index: int, attribute: str = "") -> list[int] | None:
        """Whole numbers that stand in an input, or in an attribute as in older versions of the format."""
        if index < len(self.inputs) and (found := self.inputs[index]) is not None:
            return [int(one) for one in found.reshape(-1)]
        listed = self.attributes.get(attribute)
        return None if listed is None else [int(one) for one in listed]


class TooLarge(ValueError):
    """A result of more than a thousand numbers."""


def evaluate(call: Call) -> tuple[Array, ...] | None:
    """Its results; None if the operation is not among those that compute shapes, or fails."""
    function = _OPS.get(call.op)
    if function is None:
        return None
    try:
        with np.errstate(all="raise"):
            found = function(call)
    except (ArithmeticError, ValueError, IndexError, TypeError, AssertionError, KeyError, OverflowError):
        return None
    results = tuple(np.asarray(one) for one in (found if isinstance(found, list) else [found]))
    fit = len(results) >= call.results and all(one.size <= MOST and one.dtype in ELEMENT for one in results)
    return results if fit else None


def dtype_of(element: int) -> type[Any] | None:
    """numpy's type for ONNX's number of it."""
    return _NUMPY.get(element)


def _small(shape: Sequence[int]) -> tuple[int, ...]:
    if min(shape, default=0) < 0 or math.prod(shape) > MOST:
        raise TooLarge
    return tuple(shape)


def _elementwise(function: Callable[..., Array]) -> Callable[[Call], Array]:
    def apply(call: Call) -> Array:
        inputs = [one for one in call.inputs if one is not None]
        _small(np.broadcast_shapes(*(one.shape for one in inputs)))
        result = function(*inputs)
        return result.astype(inputs[0].dtype) if result.dtype != np.bool_ else result

    return apply


def _folded(function: Callable[[Array, Array], Array]) -> Callable[[Call], Array]:
    """Of any number of operands: Sum, Min, Max."""

    def apply(call: Call) -> Array:
        result = call.x
        for one in call.inputs[1:]:
            if one is not None:
                _small(np.broadcast_shapes(result.shape, one.shape))
                result = function(result, one)
        return result

    return apply


def _div(a: Array, b: Array) -> Array:
    if a.dtype.kind not in "iu":
        return np.true_divide(a, b)
    towards: Array = np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))
    return towards.astype(a.dtype)  # towards zero, unlike Python's //


def _cast(call: Call) -> Array:
    dtype = dtype_of(call.number("to", 0))
    if dtype is None:
        raise TypeError
    return call.x.astype(dtype)


def _constant_of_shape(call: Call) -> Array:
    value = call.attributes.get("value")
    fill = np.zeros(1, np.float32) if value is None else np.asarray(value).reshape(-1)
    return np.full(_small([int(one) for one in call.x]), fill[0], fill.dtype)


def _range(call: Call) -> Array:
    start, limit, step = (one.reshape(()) for one in call.inputs if one is not None)
    _small([max(0, math.ceil((float(limit) - float(start)) / float(step)))])
    counted: Array = np.arange(start.item(), limit.item(), step.item(), dtype=start.dtype)
    return counted


def _gather(call: Call) -> Array:
    x, indices, axis = call.x, call.inputs[1], call.number("axis", 0)
    assert indices is not None
    _small([*x.shape[:axis], indices.size])
    return np.take(x, indices.astype(np.int64), axis=axis)


def _concat(call: Call) -> Array:
    parts = [one for one in call.inputs if one is not None]
    _small([sum(one.size for one in parts)])
    return np.concatenate(parts, axis=call.number("axis", 0))


def _unsqueeze(call: Call) -> Array:
    axes = call.given(1, "axes")
    assert axes is not None
    return np.expand_dims(call.x, tuple(axes))


def _squeeze(call: Call) -> Array:
    axes = call.given(1, "axes")
    return np.squeeze(call.x, None if axes is None else tuple(axes))


def _reshape(call: Call) -> Array:
    target = call.given(1, "shape")
    assert target is not None
    zero_is_zero = call.number("allowzero", 0)
    x = call.x
    return x.reshape([x.shape[i] if one == 0 and not zero_is_zero else one for i, one in enumerate(target)])


def _slice(call: Call) -> Array:
    starts, ends = call.given(1, "starts"), call.given(2, "ends")
    assert starts is not None and ends is not None
    axes = call.given(3, "axes") or list(range(len(starts)))
    steps = call.given(4) or [1] * len(starts)
    cut = [slice(None)] * call.x.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        beyond = step < 0 and end < -call.x.shape[axis]  # "down to the first one"
        cut[axis] = slice(start, None if beyond else end, step)
    return call.x[tuple(cut)]


def _expand(call: Call) -> Array:
    target = call.given(1)
    assert target is not None
    shape = _small(np.broadcast_shapes(call.x.shape, tuple(target)))
    return np.broadcast_to(call.x, shape).copy()


def _tile(call: Call) -> Array:
    repeats = call.given(1)
    assert repeats is not None
    _small([n * times for n, times in zip(call.x.shape, repeats, strict=True)])
    return np.tile(call.x, repeats)


def _transpose(call: Call) -> Array:
    return np.transpose(call.x, call.given(9, "perm"))


def _split(call: Call) -> list[Array]:
    axis, sizes = call.number("axis", 0), call.given(1, "split")
    if sizes is None:
        each = -(-call.x.shape[axis] // call.results)
        sizes = [each] * call.results
    return list(np.split(call.x, np.cumsum(sizes)[:-1], axis=axis))


def _reduce(function: Callable[..., Array]) -> Callable[[Call], Array]:
    def apply(call: Call) -> Array:
        axes = call.given(1, "axes")
        if not axes and call.number("noop_with_empty_axes", 0):
            return call.x
        kept = bool(call.number("keepdims", 1))
        result = function(call.x, axis=tuple(axes) if axes else None, keepdims=kept)
        return np.asarray(result).astype(call.x.dtype)

    return apply


def _where(call: Call) -> Array:
    condition, yes, no = (one for one in call.inputs if one is not None)
    _small(np.broadcast_shapes(condition.shape, yes.shape, no.shape))
    return np.where(condition, yes, no)


def _scatter(call: Call) -> Array:
    indices, updates = call.inputs[1], call.inputs[2]
    assert indices is not None and updates is not None and call.attributes.get("reduction", "none") == "none"
    result = call.x.copy()
    result[tuple(np.moveaxis(indices, -1, 0))] = updates
    return result


def _nonzero(call: Call) -> Array:
    return np.array(np.nonzero(call.x), np.int64)


_OPS: dict[str, Callable[[Call], Array | list[Array]]] = {
    "Identity": lambda call: call.x,
    "Cast": _cast,
    "CastLike": lambda call: call.x.astype(call.inputs[1].dtype if call.inputs[1] is not None else None),
    "ConstantOfShape": _constant_of_shape,
    "Range": _range,
    "Gather": _gather,
    "Concat": _concat,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Reshape": _reshape,
    "Slice": _slice,
    "Expand": _expand,
    "Tile": _tile,
    "Transpose": _transpose,
    "Split": _split,
    "Where": _where,
    "ScatterND": _scatter,
    "NonZero": _nonzero,
    "Add": _elementwise(np.add),
    "Sub": _elementwise(np.subtract),
    "Mul": _elementwise(np.multiply),
    "Div": _elementwise(_div),
    "Mod": _elementwise(np.mod),
    "Pow": _elementwise(np.power),
    "Neg": _elementwise(np.negative),
    "Abs": _elementwise(np.abs),
    "Sign": _elementwise(np.sign),
    "Floor": _elementwise(np.floor),
    "Ceil": _elementwise(np.ceil),
    "Round": _elementwise(np.round),
    "Sqrt": _elementwise(np.sqrt),
    "Equal": _elementwise(np.equal),
    "Less": _elementwise(np.less),
    "LessOrEqual": _elementwise(np.less_equal),
    "Greater": _elementwise(np.greater),
    "GreaterOrEqual": _elementwise(np.greater_equal),
    "And": _elementwise(np.logical_and),
    "Or": _elementwise(np.logical_or),
    "Not": _elementwise(np.logical_not),
    "Sum": _folded(np.add),
    "Min": _folded(np.minimum),
    "Max": _folded(np.maximum),
    "ReduceProd": _reduce(np.prod),
    "ReduceSum": _reduce(np.sum),
    "ReduceMax": _reduce(np.max),
    "ReduceMin": _reduce(np.min),
}
