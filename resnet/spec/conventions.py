"""How shapes and counts are written, as one value: Keras and PyTorch say the same things differently.

    Conventions()                            56 × 56 × 256, PyTorch's parameters, multiply-adds
    Conventions(axes="nchw", unit="flops")   256 × 56 × 56; a multiply and an add are two operations
    Conventions(counting="keras")            convolutions have biases, and BatchNorm's statistics are parameters

A trace does not depend on them, but for the biases: Keras gives a convolution one, so ``built(spec)`` says which block
or network Keras would count. Shapes in code are (C, H, W), whatever is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from resnet.spec.checks import Reader, check_one_of, one_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Axes = Literal["nhwc", "nchw"]
Counting = Literal["pytorch", "keras"]
Unit = Literal["macs", "flops"]
AXES: dict[str, str] = {"nhwc": "N×H×W×C", "nchw": "N×C×H×W"}
COUNTINGS: dict[str, str] = {"pytorch": "PyTorch", "keras": "Keras"}
UNITS: dict[str, str] = {"macs": "MACs", "flops": "FLOPs"}
_ALLOWED: dict[str, Mapping[Any, str]] = {"axes": AXES, "counting": COUNTINGS, "unit": UNITS}

_S = TypeVar("_S", bound="DataclassInstance")  # a BlockSpec or a NetworkSpec


class Countable(Protocol):
    """An operation, a block or a network."""

    @property
    def params(self) -> int: ...
    @property
    def buffers(self) -> int: ...
    @property
    def macs(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """``axes``      the order in which a shape is written; the batch N is 1 and left out
    ``counting``  whose parameters: ``pytorch``, what an optimiser trains; ``keras``, BatchNorm's means and variances
                  too, and a bias for each convolution
    ``unit``      ``macs``: a multiplication and an addition are one operation; ``flops``: they are two
    """

    axes: Axes = "nhwc"
    counting: Counting = "pytorch"
    unit: Unit = "macs"

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            check_one_of(name, getattr(self, name), tuple(allowed))

    # shapes

    def ordered(self, shape: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        """(channels, height, width) in the order in which they are written."""
        channels, height, width = shape
        return (channels, height, width) if self.axes == "nchw" else (height, width, channels)

    def shape(self, shape: tuple[int, int, int] | None) -> str:
        """(256, 56, 56) -> '56 × 56 × 256';  None -> 'no result'"""
        if shape is None:
            return "no result"
        channels, height, width = shape
        return " × ".join(self.ordered((f"{channels:,}", str(height), str(width))))

    @property
    def axis_names(self) -> str:
        """'height × width × channels'"""
        return " × ".join(self.ordered(("channels", "height", "width")))

    # counts

    def built(self, spec: _S) -> _S:
        """The block or the network that is counted: with biases for Keras."""
        return replace(spec, conv_bias=True) if self.counting == "keras" else spec

    def params(self, *counted: Countable) -> int:
        return sum(one.params + (one.buffers if self.counting == "keras" else 0) for one in counted)

    def operations(self, *counted: Countable) -> int:
        """Of convolutions and linear layers, in ``unit``."""
        return (2 if self.unit == "flops" else 1) * sum(one.macs for one in counted)

    @property
    def params_are(self) -> str:
        """What is counted as a parameter, in a few words."""
        return "trainable" if self.counting == "pytorch" else "BatchNorm’s statistics included"

    @property
    def params_heading(self) -> str:
        return "Parameters" if self.counting == "pytorch" else "Parameters, as Keras counts"

    @property
    def operations_name(self) -> str:
        return "multiply-adds" if self.unit == "macs" else "FLOPs"

    @property
    def operations_heading(self) -> str:
        return "Multiply-adds (MACs, batch 1)" if self.unit == "macs" else "FLOPs (batch 1)"

    @property
    def unit_name(self) -> str:
        return UNITS[self.unit]

    # addresses

    def to_query(self) -> dict[str, str]:
        """Only what differs from the default."""
        values = {one.name: str(getattr(self, one.name)) for one in fields(self)}
        return {name: value for name, value in values.items() if value != getattr(DEFAULT, name)}

    @property
    def suffix(self) -> str:
        """For a file's name: '_nchw_keras'; nothing for the default."""
        return "".join(f"_{value}" for value in self.to_query().values())

    def __str__(self) -> str:
        return f"{AXES[self.axes]} · {COUNTINGS[self.counting]} · {UNITS[self.unit]}"


DEFAULT = Conventions()
READERS: dict[str, Reader] = {
    name: one_of(tuple(allowed), getattr(DEFAULT, name)) for name, allowed in _ALLOWED.items()
}


def taken(values: dict[str, Any]) -> Conventions:
    """Take the conventions out of what was read from an address."""
    return Conventions(**{name: values.pop(name) for name in READERS})
