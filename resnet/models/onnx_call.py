"""One operation of an ONNX file with what is known about its inputs: what ``onnx_kinds`` and ``onnx_counts`` judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from resnet.models.node import Dims

FLOATS = frozenset((1, 10, 11, 16))  # ONNX's numbers of the types float, float16, double, bfloat16


class Constant(NamedTuple):
    """``roots``  names of the file's constants that it was computed from, by more than their shapes
    ``literal``   it stands there as an operation of its own or has a made-up name, as numbers in the code do
    ``fill``      the one number that all of it is, if that is known"""

    shape: Dims | None
    is_float: bool
    roots: tuple[str, ...]
    literal: bool = False
    fill: float | None = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """``inputs`` are names, empty where one is left out."""

    op: str
    domain: str
    opset: int
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    shapes: Mapping[str, Dims | None]
    values: Mapping[str, list[Any]]
    constants: Mapping[str, Constant]
    out_shape: Dims | None

    def given(self, index: int) -> str:
        return self.inputs[index] if 0 <= index < len(self.inputs) else ""

    def shape(self, index: int) -> Dims | None:
        return self.shapes.get(self.given(index))

    def constant(self, index: int) -> Constant | None:
        return self.constants.get(self.given(index))

    def is_constant(self, index: int) -> bool:
        return self.given(index) in self.constants

    def is_float(self, index: int) -> bool:
        """Whether it is a constant of floats."""
        found = self.constant(index)
        return found is not None and found.is_float

    def number(self, name: str, default: int) -> int:
        value = self.attributes.get(name, default)
        return value if isinstance(value, int) else default

    def numbers(self, index: int, attribute: str = "") -> Dims | None:
        """Whole numbers in a constant input, or in an attribute, as older versions of the format have it."""
        found = self.values.get(self.given(index)) if self.given(index) else None
        found = self.attributes.get(attribute) if found is None else found
        return tuple(int(one) for one in found) if isinstance(found, list) else None

    def bound(self, index: int, attribute: str) -> float | None:
        found = self.values.get(self.given(index)) if self.given(index) else None
        if found:
            return float(found[0])
        value = self.attributes.get(attribute)
        return float(value) if isinstance(value, int | float) else None

    @property
    def operands(self) -> tuple[int, ...]:
        """Which inputs are multiplied with each other: scales and zero points stand between them."""
        if self.op == "QLinearMatMul":
            return (0, 3)
        if self.op == "QGemm":
            return (0, 3)
        if self.op == "Einsum":
            return tuple(range(len(self.inputs)))
        return (0, 1)

    @property
    def weight_at(self) -> int:
        """Which input of a convolution is its kernel; 0 for what has none."""
        if self.op == "QLinearConv":
            return 3
        return 1 if "Conv" in self.op else 0
