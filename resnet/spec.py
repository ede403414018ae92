"""What can be asked for: a residual block as a frozen, validated value, and where it stands in ResNet-50.

    SpecError(ValueError)   field, value, and what would work
    BlockSpec               one block and its input
    parse_query()           the page's and the API's query parameters -> BlockSpec, and what was dropped
    PRESETS                 the first and the later blocks of each stage of ResNet-50

Sources: He et al. 2015, arXiv 1512.03385, table 1 and §3.2 (shortcut options A, B, C); torchvision `models/resnet.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Literal, NamedTuple

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


class SpecError(ValueError):
    """A value that no block can be built from: names the field, the value, and what would work.

    ``str(error)`` is one sentence to show to a reader; ``field``, ``value`` and ``works`` are its parts.
    """

    def __init__(self, field: str, value: object, works: str) -> None:
        self.field = field
        self.value = _shown(value)
        self.works = works
        super().__init__(f"{field} is {self.value}, but it must be {works}.")


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # CPython refuses to print integers of more than 4,300 digits
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "…"


def check_whole(field: str, value: object, most: int) -> int:
    # True is an int to Python, but nobody means "stride True".
    if isinstance(value, bool) or not isinstance(value, Integral) or not 1 <= int(value) <= most:
        raise SpecError(field, value, f"a whole number from 1 to {most:,}")
    return int(value)


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


def check_one_of(field: str, value: object, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise SpecError(field, value, "one of " + ", ".join(repr(name) for name in allowed))
    return value


def _filters(field: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, (tuple, list)) or len(value) not in (2, 3):
        raise SpecError(field, value, "three numbers for a bottleneck, such as (64, 64, 256), or two for a basic block")
    return tuple(check_whole(f"{field}[{i}]", one, MAX_CHANNELS) for i, one in enumerate(value))


def check_flag(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SpecError(field, value, "True or False")
    return value


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


def number(text: str) -> object:
    """A query's text as a whole number, or the text itself if it is none."""
    # int() would also take "1_000", " 7 " and digits of other scripts
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text


def _truth(text: str) -> object:
    return {"true": True, "false": False}.get(text.lower(), text)


# query key -> (how its text is read, how its value is checked, its default)
_DEFAULT = BlockSpec()
_Reader = tuple[Callable[[str], object], Callable[[str, object], object], object]
_NUMBERS = ("in_channels", "kernel_size", "stride", "height", "width", "groups")
_QUERY: dict[str, _Reader] = {
    "block": (str, lambda key, value: check_one_of(key, value, ("bottleneck", "basic")), "bottleneck"),
    **{
        f"f{i}": (number, lambda key, value: check_whole(key, value, MAX_CHANNELS), n)
        for i, n in enumerate(_DEFAULT.filters, start=1)
    },
    **{name: (number, _CHECKS[name], getattr(_DEFAULT, name)) for name in _NUMBERS},
    **{name: (str, _CHECKS[name], getattr(_DEFAULT, name)) for name in ("stride_at", "shortcut")},
    **{name: (_truth, _CHECKS[name], getattr(_DEFAULT, name)) for name in ("conv_bias", "pre_activation")},
}
QUERY_KEYS: tuple[str, ...] = tuple(_QUERY)


def parse_query(query: Mapping[str, str]) -> ParsedQuery:
    """Read a block from query parameters (text); a missing one takes its default, a bad one too, and is reported.

    Keys that are not a block's (``QUERY_KEYS``) are left to the caller.
    """
    values: dict[str, object] = {}
    dropped: list[SpecError] = []
    for key, (read, check, default) in _QUERY.items():
        values[key] = default
        if key in query:
            try:
                values[key] = check(key, read(query[key]))
            except SpecError as error:
                dropped.append(error)
    basic = values.pop("block") == "basic"
    filters: tuple[int, ...] = tuple(values.pop(f"f{i}") for i in (1, 2, 3))  # type: ignore[misc]
    filters = filters[:2] if basic else filters
    try:
        _check_groups(values["groups"], filters)  # type: ignore[arg-type]
    except SpecError as error:
        values["groups"] = 1
        dropped.append(error)
    spec = BlockSpec(filters=filters, **values)  # type: ignore[arg-type]
    return ParsedQuery(spec, tuple(dropped))


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
        presets.append(Preset(f"First block of stage {stage} ({in_channels} → {out}, {why})", first))
        size //= stride
        later = BlockSpec(in_channels=out, filters=filters, height=size, width=size)
        presets.append(Preset(f"Later blocks of stage {stage} ({out} → {out})", later))
        in_channels = out
    return tuple(presets)


PRESETS: tuple[Preset, ...] = _resnet50_presets()
