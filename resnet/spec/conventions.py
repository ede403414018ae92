"""How shapes and counts are written, as one value: Keras and PyTorch say the same things differently.

    Conventions()                            56 × 56 × 256, PyTorch's parameters, multiply-adds
    Conventions(axes="nchw", unit="flops")   256 × 56 × 56; a multiply and an add are two operations
    Conventions(counting="keras")            convolutions have biases, and BatchNorm's statistics are parameters

A trace does not depend on them, but for the biases: Keras gives a convolution one, so ``built(spec)`` says which block
or network Keras would count. Shapes in code are (C, H, W), whatever is written.

Each way of writing is one row of ``AXES``, ``COUNTINGS`` or ``UNITS``; nothing else tells one from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from resnet.spec.parameters import OneOf, Parameter, by_name

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_S = TypeVar("_S", bound="DataclassInstance")  # a BlockSpec or a NetworkSpec


class Axes(NamedTuple):
    """The order of a shape. ``order``: where channels, height and width (0, 1, 2) stand in it."""

    key: str
    name: str
    order: tuple[int, int, int]


class Counting(NamedTuple):
    """Whose parameters.

    ``biases``      every convolution is given one
    ``statistics``  BatchNorm's means and variances are parameters
    ``counted``     what is a parameter, in a few words
    ``heading``, ``column``   over a number of parameters, on the page and in a table of plain numbers
    ``measured``    over a number of statistics, on the page;  ``measured_column`` in a table of plain numbers
    ``in_boxes``    what the numbers in a diagram are
    """

    key: str
    name: str
    biases: bool
    statistics: bool
    counted: str
    heading: str
    column: str
    measured: str
    measured_column: str
    in_boxes: str


class Unit(NamedTuple):
    """Of operations.

    ``of_one``   how many of them a multiply-add is
    ``plural``   in a sentence;  ``short``, ``long``, ``heading`` over a number of them
    ``means``    what the unit's name means;  ``done`` how a weight is used, at the end of a sentence
    """

    key: str
    name: str
    of_one: int
    plural: str
    short: str
    long: str
    heading: str
    means: str
    done: str


def _table(*rows: Any) -> dict[str, Any]:
    return {row.key: row for row in rows}


AXES: dict[str, Axes] = _table(Axes("nhwc", "N×H×W×C", (1, 2, 0)), Axes("nchw", "N×C×H×W", (0, 1, 2)))
COUNTINGS: dict[str, Counting] = _table(
    Counting(
        key="pytorch",
        name="PyTorch",
        biases=False,
        statistics=False,
        counted="trainable",
        heading="Parameters",
        column="parameters",
        measured="Buffers",
        measured_column="buffers",
        in_boxes="parameters",
    ),
    Counting(
        key="keras",
        name="Keras",
        biases=True,
        statistics=True,
        counted="BatchNorm’s statistics included",
        heading="Parameters, as Keras counts",
        column="parameters (Keras)",
        measured="Of these not trained",
        measured_column="parameters not trained",
        in_boxes="as Keras counts",
    ),
)
UNITS: dict[str, Unit] = _table(
    Unit(
        key="macs",
        name="MACs",
        of_one=1,
        plural="multiply-adds",
        short="Multiply-adds",
        long="Multiply-adds",
        heading="Multiply-adds (MACs, batch 1)",
        means="MACs are multiply-adds",
        done="",
    ),
    Unit(
        key="flops",
        name="FLOPs",
        of_one=2,
        plural="FLOPs",
        short="FLOPs",
        long="Floating-point operations",
        heading="FLOPs (batch 1)",
        means="FLOPs count a multiplication and an addition as two",
        done=", in a multiplication and an addition",
    ),
)


def _one_of(table: Mapping[str, Axes | Counting | Unit]) -> OneOf:
    return OneOf(lambda: {key: row.name for key, row in table.items()})


PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name="axes",
        takes=_one_of(AXES),
        default="nhwc",
        label="Shapes",
        words="N×H×W×C: Keras and the courses. N×C×H×W: PyTorch. N, the batch, is 1 and is not written.",
    ),
    Parameter(
        name="counting",
        takes=_one_of(COUNTINGS),
        default="pytorch",
        label="Parameters as counted by",
        words="PyTorch: what an optimiser trains. Keras: BatchNorm’s running means and variances too, and a bias for "
        "each convolution.",
    ),
    Parameter(
        name="unit",
        takes=_one_of(UNITS),
        default="macs",
        label="Operations",
        words="MACs, multiply-adds: a multiplication and an addition are one operation. FLOPs: they are two.",
    ),
)
_OF = by_name(PARAMETERS)


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
    """How shapes and counts are written.

    ``axes``      the order in which a shape is written; the batch N is 1 and left out
    ``counting``  whose parameters: ``pytorch``, what an optimiser trains; ``keras``, BatchNorm's means and variances
                  too, and a bias for each convolution
    ``unit``      ``macs``: a multiplication and an addition are one operation; ``flops``: they are two

    >>> Conventions(axes="nchw").shape((256, 56, 28))
    '256 × 56 × 28'
    """

    axes: str = _OF["axes"].default
    counting: str = _OF["counting"].default
    unit: str = _OF["unit"].default

    def __post_init__(self) -> None:
        for one in PARAMETERS:
            one.check(getattr(self, one.name))

    @property
    def counts(self) -> Counting:
        """The row that says whose parameters are counted."""
        return COUNTINGS[self.counting]

    @property
    def operation(self) -> Unit:
        """The row that says what one operation is."""
        return UNITS[self.unit]

    # shapes

    def ordered(self, shape: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        """(channels, height, width) in the order in which they are written."""
        first, second, third = AXES[self.axes].order
        return shape[first], shape[second], shape[third]

    def shape(self, shape: tuple[int, ...] | None) -> str:
        """(256, 56, 56) -> '56 × 56 × 256';  None -> 'no result'

        What is no map, such as a sequence, (50, 768), or a vector, (1000,), is written as it is; what has more axes
        (of a film: frames, height, width) has its channels where a map has them.
        """
        if shape is None:
            return "no result"
        if len(shape) < 3:
            return " × ".join(f"{size:,}" for size in shape)
        channels, space = f"{shape[0]:,}", [str(size) for size in shape[1:]]
        return " × ".join([channels, *space] if AXES[self.axes].order[0] == 0 else [*space, channels])

    @property
    def axis_names(self) -> str:
        """'height × width × channels'"""
        return " × ".join(self.ordered(("channels", "height", "width")))

    # counts

    def built(self, spec: _S) -> _S:
        """The block or the network that is counted: with biases for Keras."""
        return replace(spec, conv_bias=True) if self.counts.biases else spec

    def params(self, *counted: Countable) -> int:
        """Of operations, blocks or networks, as ``counting`` counts them."""
        return sum(one.params + (one.buffers if self.counts.statistics else 0) for one in counted)

    def operations(self, *counted: Countable) -> int:
        """Of convolutions and linear layers, in ``unit``."""
        return self.operation.of_one * sum(one.macs for one in counted)

    # addresses

    def to_query(self) -> dict[str, str]:
        """Only what differs from the default."""
        said = {one.name: getattr(self, one.name) for one in PARAMETERS}
        return {name: _OF[name].write(value) for name, value in said.items() if value != _OF[name].default}

    @property
    def suffix(self) -> str:
        """For a file's name: '_nchw_keras'; nothing for the default."""
        return "".join(f"_{value}" for value in self.to_query().values())

    def __str__(self) -> str:
        return f"{AXES[self.axes].name} · {self.counts.name} · {self.operation.name}"


DEFAULT = Conventions()


def taken(values: dict[str, Any]) -> Conventions:
    """Take the conventions out of what was read from an address."""
    return Conventions(**{one.name: values.pop(one.name) for one in PARAMETERS})
