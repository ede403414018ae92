"""One residual block and the size of its input, as a frozen, checked value.

Sources: He et al. 2015, arXiv 1512.03385, table 1 and §3.2 (shortcut options A, B, C); torchvision `models/resnet.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from resnet.spec.errors import SpecError, check_whole
from resnet.spec.parameters import Flag, Odd, OneOf, Parameter, Whole, by_name, read_query
from resnet.spec.shortcuts import SHORTCUTS, Shortcut, shortcut_names

StrideAt = Literal["first", "middle"]

STRIDE_PLACES: tuple[StrideAt, ...] = ("first", "middle")
SHAPES = ("bottleneck", "basic")  # of a main path

# No request may make the process allocate or count without limit.
MAX_CHANNELS = 8192
MAX_KERNEL = 31
MAX_STRIDE = 4
MAX_SIZE = 4096


def _filter(i: int, default: int, of: str) -> Parameter:
    return Parameter(
        name=f"f{i}",
        takes=Whole(MAX_CHANNELS),
        default=default,
        label=f"Filters F{i}",
        words=f"Filters of the {of} convolution of the main path.",
        obvious=True,
    )


PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name="block",
        takes=OneOf(lambda: dict(zip(SHAPES, SHAPES, strict=True))),
        default="bottleneck",
        label="Block",
        words="bottleneck: 1×1, f×f, 1×1 (ResNet-50 and deeper); basic: f×f, f×f (ResNet-18 and 34), F3 is not used",
    ),
    Parameter(
        name="in_channels",
        takes=Whole(MAX_CHANNELS),
        default=64,
        label="Input channels",
        words="Channels of x.",
        obvious=True,
    ),
    _filter(1, 64, "first"),
    _filter(2, 64, "second"),
    _filter(3, 256, "third"),
    Parameter(
        name="kernel_size",
        takes=Odd(MAX_KERNEL),
        default=3,
        label="Kernel size f",
        words="f of the f×f convolutions; the padding is (f − 1)/2.",
        obvious=True,
    ),
    Parameter(
        name="stride",
        takes=Whole(MAX_STRIDE),
        default=1,
        label="Stride",
        words="Of the block, and so of its shortcut.",
        obvious=True,
    ),
    Parameter(
        name="stride_at",
        takes=OneOf(lambda: dict(zip(STRIDE_PLACES, STRIDE_PLACES, strict=True))),
        default="middle",
        label="Stride in the convolution that is",
        words="first: the paper, Keras and the courses; middle: torchvision. A basic block strides in its first one.",
    ),
    Parameter(
        name="height", takes=Whole(MAX_SIZE), default=56, label="Input height", words="Of x, in pixels.", obvious=True
    ),
    Parameter(
        name="width", takes=Whole(MAX_SIZE), default=56, label="Input width", words="Of x, in pixels.", obvious=True
    ),
    Parameter(
        name="conv_bias",
        takes=Flag(),
        default=False,
        label="Convolutions have a bias",
        words="Keras keeps a bias in front of BatchNorm, torchvision does not. Counted as Keras does, there is one.",
    ),
    Parameter(
        name="groups",
        takes=Whole(MAX_CHANNELS),
        default=1,
        label="Groups of the f×f",
        words="ResNeXt splits the middle convolution of a bottleneck into groups; they must divide F1 and F2.",
    ),
    Parameter(
        name="depthwise",
        takes=Flag(),
        default=False,
        label="Depthwise f×f",
        words="MobileNetV2: a bottleneck’s middle convolution has a group for each channel it reads; F1 divides F2.",
    ),
    Parameter(
        name="linear",
        takes=Flag(),
        default=False,
        label="Linear bottleneck",
        words="MobileNetV2: no ReLU behind the sum.",
    ),
    Parameter(
        name="pre_activation",
        takes=Flag(),
        default=False,
        label="Pre-activation",
        words="v2: BatchNorm and ReLU stand in front of each convolution, and nothing follows the addition.",
    ),
    Parameter(
        name="shortcut",
        takes=OneOf(shortcut_names),
        default="projection",
        label="Shortcut",
        words="What x goes through on its way to the addition. For one block alone: a pair has two.",
    ),
)
_OF = by_name(PARAMETERS)


def _filters(value: object) -> tuple[int, ...]:
    if not isinstance(value, (tuple, list)) or len(value) not in (2, 3):
        raise SpecError(
            "filters", value, "three numbers for a bottleneck, such as (64, 64, 256), or two for a basic block"
        )
    return tuple(check_whole(f"filters[{i}]", one, MAX_CHANNELS) for i, one in enumerate(value))


@dataclass(frozen=True, kw_only=True)
class BlockSpec:
    """One residual block and the size of its input.

    ``in_channels``  of x, 1 to 8,192;  ``height``, ``width``  of x, in pixels, 1 to 4,096
    ``filters``      three for a bottleneck (1×1, f×f, 1×1), two for a basic block (f×f, f×f)
    ``kernel_size``  f of the f×f convolutions, odd; the padding is (f − 1)/2
    ``stride``       of the block, and so of its shortcut
    ``shortcut``     ``identity``; ``projection``, a 1×1 convolution and BatchNorm (option B of the paper);
                     ``pool_projection``, an s×s average pool ahead of that convolution, which then has stride 1
                     (ResNet-D; the same as ``projection`` where s = 1);
                     ``zero_pad``, every stride-th pixel and new channels of zeros (option A);
                     ``max_pool``, a 1×1 max-pool of stride s (TF-slim and Keras V2)
    ``stride_at``    the convolution that strides: the ``first`` 1×1 (paper, Keras) or the ``middle`` f×f (torchvision).
                     A basic block has no middle: its first convolution strides either way.
    ``conv_bias``    whether convolutions have the biases that Keras gives them (torchvision: none, since BatchNorm
                     cancels it): all of them, but in a pre-activation block only those that no BatchNorm follows
    ``groups``       of the f×f convolution of a bottleneck (ResNeXt); divides F1 and F2
    ``depthwise``    that convolution has F1 groups, whatever ``groups`` says (MobileNetV2, Sandler et al. 2018,
                     arXiv 1801.04381); F1 divides F2
    ``linear``       no ReLU behind the addition (a linear bottleneck, ibid.)
    ``pre_activation``  BatchNorm and ReLU stand in front of each convolution, and nothing follows the addition (v2);
                     a projection then reads the activated input, and has no BatchNorm

    Raises SpecError for anything that can't be built. Defaults: the first block of ResNet-50's stage 2.

    >>> BlockSpec(filters=(64, 64)).bottleneck
    False
    >>> BlockSpec(stride=9)
    Traceback (most recent call last):
    resnet.spec.errors.SpecError: stride is 9, but it must be a whole number from 1 to 4.
    """

    in_channels: int = _OF["in_channels"].default
    filters: tuple[int, ...] = tuple(_OF[f"f{i}"].default for i in (1, 2, 3))
    kernel_size: int = _OF["kernel_size"].default
    stride: int = _OF["stride"].default
    shortcut: Shortcut = _OF["shortcut"].default
    stride_at: StrideAt = _OF["stride_at"].default
    height: int = _OF["height"].default
    width: int = _OF["width"].default
    conv_bias: bool = _OF["conv_bias"].default
    groups: int = _OF["groups"].default
    depthwise: bool = _OF["depthwise"].default
    linear: bool = _OF["linear"].default
    pre_activation: bool = _OF["pre_activation"].default

    def __post_init__(self) -> None:
        for field in self.__dataclass_fields__:
            value = getattr(self, field)
            checked = _filters(value) if field == "filters" else _OF[field].check(value)
            object.__setattr__(self, field, checked)
        _check_groups(self.groups, self.filters)
        _check_depthwise(self.depthwise, self.filters)

    @property
    def bottleneck(self) -> bool:
        """Whether it has three convolutions; a basic block has two."""
        return len(self.filters) == 3

    @property
    def middle_groups(self) -> int:
        """Groups of the f×f convolution of a bottleneck."""
        return self.filters[0] if self.depthwise else self.groups

    @property
    def out_channels(self) -> int:
        """Channels of the main path's result."""
        return self.filters[-1]

    @property
    def projects(self) -> bool:
        """Whether its shortcut is a projection, so that it is a convolutional block."""
        return SHORTCUTS[self.shortcut].projects

    def values(self) -> dict[str, Any]:
        """By parameter. A basic block has no ``f3``."""
        filters = {f"f{i}": n for i, n in enumerate(self.filters, start=1)}
        found = {"block": SHAPES[not self.bottleneck]} | filters
        return {
            one.name: found[one.name] if one.name in found else getattr(self, one.name)
            for one in PARAMETERS
            if one.name != "f3" or self.bottleneck
        }

    def to_query(self) -> dict[str, str]:
        """The query parameters that ``parse_query`` reads this spec from; every key, in a fixed order."""
        return {name: _OF[name].write(value) for name, value in self.values().items()}


def _check_groups(groups: int, filters: tuple[int, ...]) -> None:
    if groups > 1 and len(filters) == 2:
        raise SpecError("groups", groups, "1: a basic block has no grouped convolution")
    if groups > 1 and (filters[0] % groups or filters[1] % groups):
        raise SpecError("groups", groups, f"a number that divides F1 = {filters[0]:,} and F2 = {filters[1]:,}")


def _check_depthwise(depthwise: bool, filters: tuple[int, ...]) -> None:
    if depthwise and len(filters) == 2:
        raise SpecError("depthwise", depthwise, "false: a basic block has no convolution in its middle")
    if depthwise and filters[1] % filters[0]:
        works = f"false, or F2 a multiple of F1: {filters[0]:,} does not divide {filters[1]:,}"
        raise SpecError("depthwise", depthwise, works)


class ParsedQuery(NamedTuple):
    """A valid spec, whatever the query said, and one SpecError for each parameter that had to be dropped."""

    spec: BlockSpec
    dropped: tuple[SpecError, ...]


def parse_query(query: Mapping[str, str]) -> ParsedQuery:
    """Read a block from query parameters (text); a missing one takes its default, a bad one too, and is reported.

    ``query``  names and values, as in an address

    What is no parameter of a block is left to the caller. Never raises: what can't be used is in ``dropped``.

    >>> parse_query({"stride": "2", "f1": "none"}).dropped[0].field
    'f1'
    """
    values, dropped = read_query(query, PARAMETERS)
    spec, more = block_of(values)
    return ParsedQuery(spec, (*dropped, *more))


def block_of(values: dict[str, Any]) -> ParsedQuery:
    """A block from a checked value for each parameter; what does not fit the filters is dropped."""
    basic = values["block"] == "basic"
    filters = tuple(values[f"f{i}"] for i in (1, 2, 3))[: 2 if basic else 3]
    fields = {name: values[name] for name in BlockSpec.__dataclass_fields__ if name != "filters"}
    dropped: list[SpecError] = []
    for name, check in (("groups", _check_groups), ("depthwise", _check_depthwise)):
        try:
            check(fields[name], filters)
        except SpecError as error:
            dropped.append(error)
            fields[name] = _OF[name].default
    return ParsedQuery(BlockSpec(filters=filters, **fields), tuple(dropped))
