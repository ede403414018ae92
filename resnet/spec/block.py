"""What can be asked for: a residual block as a frozen, validated value, and where it stands in ResNet-50.

    BlockSpec               one block and its input
    parse_query()           the page's and the API's query parameters -> BlockSpec, and what was dropped
    PRESETS                 the first and the later blocks of each stage of ResNet-50

Sources: He et al. 2015, arXiv 1512.03385, table 1 and §3.2 (shortcut options A, B, C); torchvision `models/resnet.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Literal, NamedTuple

from resnet.spec.checks import (
    Reader,
    SpecError,
    check_flag,
    check_one_of,
    check_whole,
    number,
    one_of,
    read_query,
    truth,
    whole,
)

Shortcut = Literal["identity", "projection", "pool_projection", "zero_pad", "max_pool"]
StrideAt = Literal["first", "middle"]

SHORTCUTS: tuple[Shortcut, ...] = ("identity", "projection", "pool_projection", "zero_pad", "max_pool")
PROJECTIONS: tuple[Shortcut, ...] = ("projection", "pool_projection")
STRIDE_PLACES: tuple[StrideAt, ...] = ("first", "middle")

# No request may make the process allocate or count without limit.
MAX_CHANNELS = 8192
MAX_KERNEL = 31
MAX_STRIDE = 4
MAX_SIZE = 4096


def _kernel(field: str, value: object) -> int:
    works = f"an odd whole number from 1 to {MAX_KERNEL}, so that padding (f − 1)/2 keeps the size at stride 1"
    if (
        isinstance(value, bool)
        or not isinstance(value, Integral)
        or not 1 <= int(value) <= MAX_KERNEL
        or value % 2 == 0
    ):
        raise SpecError(field, value, works)
    return int(value)


def _filters(field: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, (tuple, list)) or len(value) not in (2, 3):
        raise SpecError(field, value, "three numbers for a bottleneck, such as (64, 64, 256), or two for a basic block")
    return tuple(check_whole(f"{field}[{i}]", one, MAX_CHANNELS) for i, one in enumerate(value))


@dataclass(frozen=True, kw_only=True)
class BlockSpec:
    """One residual block and the size of its input.

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
    ``pre_activation``  BatchNorm and ReLU stand in front of each convolution, and nothing follows the addition (v2);
                     a projection then reads the activated input, and has no BatchNorm

    Raises SpecError for anything that can't be built. Defaults: the first block of ResNet-50's stage 2.
    """

    in_channels: int = 64
    filters: tuple[int, ...] = (64, 64, 256)
    kernel_size: int = 3
    stride: int = 1
    shortcut: Shortcut = "projection"
    stride_at: StrideAt = "middle"
    height: int = 56
    width: int = 56
    conv_bias: bool = False
    groups: int = 1
    pre_activation: bool = False

    def __post_init__(self) -> None:
        for field, check in _CHECKS.items():
            object.__setattr__(self, field, check(field, getattr(self, field)))
        _check_groups(self.groups, self.filters)

    @property
    def bottleneck(self) -> bool:
        return len(self.filters) == 3

    @property
    def out_channels(self) -> int:
        """Channels of the main path's result."""
        return self.filters[-1]

    def to_query(self) -> dict[str, str]:
        """The query parameters that ``parse_query`` reads this spec from; every key, in a fixed order."""
        query = {"block": "bottleneck" if self.bottleneck else "basic", "in_channels": str(self.in_channels)}
        query |= {f"f{i}": str(n) for i, n in enumerate(self.filters, start=1)}
        query |= {name: str(getattr(self, name)) for name in ("kernel_size", "stride", "stride_at", "height", "width")}
        query |= {name: str(getattr(self, name)).lower() for name in ("conv_bias", "groups", "pre_activation")}
        return query | {"shortcut": self.shortcut}


def _check_groups(groups: int, filters: tuple[int, ...]) -> None:
    if groups > 1 and len(filters) == 2:
        raise SpecError("groups", groups, "1: a basic block has no grouped convolution")
    if groups > 1 and (filters[0] % groups or filters[1] % groups):
        raise SpecError("groups", groups, f"a number that divides F1 = {filters[0]:,} and F2 = {filters[1]:,}")


_CHECKS: dict[str, Callable[[str, object], object]] = {
    "in_channels": lambda field, value: check_whole(field, value, MAX_CHANNELS),
    "filters": _filters,
    "kernel_size": _kernel,
    "stride": lambda field, value: check_whole(field, value, MAX_STRIDE),
    "shortcut": lambda field, value: check_one_of(field, value, SHORTCUTS),
    "stride_at": lambda field, value: check_one_of(field, value, STRIDE_PLACES),
    "height": lambda field, value: check_whole(field, value, MAX_SIZE),
    "width": lambda field, value: check_whole(field, value, MAX_SIZE),
    "conv_bias": check_flag,
    "groups": lambda field, value: check_whole(field, value, MAX_CHANNELS),
    "pre_activation": check_flag,
}


class ParsedQuery(NamedTuple):
    """A valid spec, whatever the query said, and one SpecError for each parameter that had to be dropped."""

    spec: BlockSpec
    dropped: tuple[SpecError, ...]


_DEFAULT = BlockSpec()
_QUERY: dict[str, Reader] = {
    "block": one_of(("bottleneck", "basic"), "bottleneck"),
    **{f"f{i}": whole(MAX_CHANNELS, n) for i, n in enumerate(_DEFAULT.filters, start=1)},
    **{
        name: Reader(read, _CHECKS[name], getattr(_DEFAULT, name))
        for read, names in (
            (number, ("in_channels", "kernel_size", "stride", "height", "width", "groups")),
            (str, ("stride_at", "shortcut")),
            (truth, ("conv_bias", "pre_activation")),
        )
        for name in names
    },
}
QUERY_KEYS: tuple[str, ...] = tuple(_QUERY)


def parse_query(query: Mapping[str, str]) -> ParsedQuery:
    """Read a block from query parameters (text); a missing one takes its default, a bad one too, and is reported.

    Keys that are not a block's (``QUERY_KEYS``) are left to the caller.
    """
    values, dropped = read_query(query, _QUERY)
    basic = values.pop("block") == "basic"
    filters = tuple(values.pop(f"f{i}") for i in (1, 2, 3))[: 2 if basic else 3]
    try:
        _check_groups(values["groups"], filters)
    except SpecError as error:
        values["groups"] = 1
        dropped.append(error)
    return ParsedQuery(BlockSpec(filters=filters, **values), tuple(dropped))


class Preset(NamedTuple):
    """A block that readers know, by what it is."""

    name: str
    spec: BlockSpec


def _resnet50_presets() -> tuple[Preset, ...]:
    presets = []
    in_channels, size = 64, 56
    for stage, width in enumerate((64, 128, 256, 512), start=2):
        stride = 1 if stage == 2 else 2  # the max-pool has already halved the map in front of stage 2
        out = 4 * width
        filters = (width, width, out)
        why = "the question" if stage == 2 else "stride 2"
        first = BlockSpec(in_channels=in_channels, filters=filters, stride=stride, height=size, width=size)
        presets.append(Preset(f"First of stage {stage} ({in_channels} → {out}, {why})", first))
        size //= stride
        later = BlockSpec(in_channels=out, filters=filters, height=size, width=size)
        presets.append(Preset(f"Later in stage {stage} ({out} → {out})", later))
        in_channels = out
    return tuple(presets)


PRESETS: tuple[Preset, ...] = _resnet50_presets()
