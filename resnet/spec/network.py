"""Whole networks by their usual names: ``network("resnet50", variant="v1.5")`` -> NetworkSpec, a frozen value.

    torchvision   resnet18 … resnet152, resnext50_32x4d …, wide_resnet50_2 …
    the paper     cifar_resnet20, 32, 44, 56, 110
    Keras         keras_resnet50, 101, 152 and keras_resnet50v2 …
    a course      course_resnet50: 64 × 64 × 3, six classes

Sources: He et al. 2015, arXiv 1512.03385, table 1 and §4.2; Xie et al. 2016, arXiv 1611.05431; Zagoruyko & Komodakis
2016, arXiv 1605.07146; He et al. 2018, arXiv 1812.01187 (D); torchvision `models/resnet.py`; Keras
`applications/resnet.py` and `resnet_v2.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from resnet.spec.block import (
    MAX_CHANNELS,
    MAX_SIZE,
    MAX_STRIDE,
    STRIDE_PLACES,
    StrideAt,
)
from resnet.spec.checks import SpecError, check_flag, check_one_of, check_whole

Variant = Literal["v1", "v1.5", "d", "v2"]
ShortcutOption = Literal["A", "B", "C"]
BlockKind = Literal["bottleneck", "basic"]
StemConv = Literal["7x7", "3x3", "deep"]
StemPool = Literal["padded", "valid", "none"]
Head = Literal["global", "2x2"]

VARIANTS: tuple[Variant, ...] = ("v1", "v1.5", "d", "v2")
SHORTCUT_OPTIONS: tuple[ShortcutOption, ...] = ("A", "B", "C")

MAX_STAGES = 6
MAX_BLOCKS = 200  # in a stage
MAX_CLASSES = 100_000


class StemSpec(NamedTuple):
    """What stands in front of the first block.

    ``conv``      one ``7x7`` of stride 2; three 3×3, the first of stride 2 (``deep``); one ``3x3`` of stride 1 (CIFAR)
    ``channels``  that the blocks get
    ``pool``      a 3×3 max-pool of stride 2, ``padded`` or ``valid``, or ``none``
    ``explicit``  padding stands in front as a layer of zeros, as Keras writes it
    """

    conv: StemConv = "7x7"
    channels: int = 64
    pool: StemPool = "padded"
    explicit: bool = False


_STEM = StemSpec()


class StageSpec(NamedTuple):
    """Blocks with the same filters. ``planes``: of the paper's table; a bottleneck's F3 is 4 × planes."""

    blocks: int
    planes: int
    stride: int


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """A residual network and the size of its input.

    ``stages``           in order; the paper calls the first of them stage 2
    ``block``            ``bottleneck`` or ``basic``
    ``groups``, ``base_width``   of ResNeXt and Wide ResNet: F1 = F2 = ⌊planes · base_width / 64⌋ · groups
    ``stride_at``        the convolution that strides (see BlockSpec)
    ``stride_in_last``   the *last* block of a stage strides, with a max-pool shortcut (TF-slim, Keras V2)
    ``shortcut_option``  of the paper: ``A`` zero padding where dimensions change, ``B`` a projection there, ``C`` a
                         projection in every block
    ``pool_projection``  an average pool stands in front of a projection that strides (ResNet-D)
    ``pre_activation``   BatchNorm and ReLU in front of the convolutions, once more behind the last block (v2)
    ``conv_bias``        convolutions have the biases that Keras gives them
    ``head``             ``global`` average pool, or the course's ``2x2``; then a linear layer

    Raises SpecError for anything that can't be built. ``network()`` knows the usual ones.
    """

    name: str
    stages: tuple[StageSpec, ...]
    block: BlockKind = "bottleneck"
    stem: StemSpec = _STEM
    groups: int = 1
    base_width: int = 64
    stride_at: StrideAt = "middle"
    stride_in_last: bool = False
    shortcut_option: ShortcutOption = "B"
    pool_projection: bool = False
    pre_activation: bool = False
    conv_bias: bool = False
    head: Head = "global"
    height: int = 224
    width: int = 224
    num_classes: int = 1000

    def __post_init__(self) -> None:
        check_one_of("block", self.block, ("bottleneck", "basic"))
        check_one_of("stride_at", self.stride_at, STRIDE_PLACES)
        check_one_of("shortcut_option", self.shortcut_option, SHORTCUT_OPTIONS)
        check_one_of("head", self.head, ("global", "2x2"))
        check_one_of("stem.conv", self.stem.conv, ("7x7", "3x3", "deep"))
        check_one_of("stem.pool", self.stem.pool, ("padded", "valid", "none"))
        check_whole("stem.channels", self.stem.channels, MAX_CHANNELS)
        for field in ("height", "width"):
            check_whole(field, getattr(self, field), MAX_SIZE)
        check_whole("num_classes", self.num_classes, MAX_CLASSES)
        for field in ("stride_in_last", "pool_projection", "pre_activation", "conv_bias"):
            check_flag(field, getattr(self, field))
        for field in ("groups", "base_width"):
            check_whole(field, getattr(self, field), MAX_CHANNELS)
        if self.block == "basic" and (self.groups, self.base_width) != (1, 64):
            raise SpecError("groups and base_width", (self.groups, self.base_width), "(1, 64) for basic blocks")
        self._check_stages()

    def _check_stages(self) -> None:
        if not isinstance(self.stages, tuple) or not 1 <= len(self.stages) <= MAX_STAGES:
            raise SpecError("stages", self.stages, f"a tuple of one to {MAX_STAGES} StageSpecs")
        for i, stage in enumerate(self.stages):
            if not isinstance(stage, StageSpec):
                raise SpecError(f"stages[{i}]", stage, "a StageSpec(blocks, planes, stride)")
            check_whole(f"stages[{i}].blocks", stage.blocks, MAX_BLOCKS)
            check_whole(f"stages[{i}].planes", stage.planes, MAX_CHANNELS // 4)
            check_whole(f"stages[{i}].stride", stage.stride, MAX_STRIDE)

    def filters(self, stage: StageSpec) -> tuple[int, ...]:
        """Of every block in that stage."""
        if self.block == "basic":
            return (stage.planes, stage.planes)
        width = stage.planes * self.base_width // 64 * self.groups
        return (width, width, 4 * stage.planes)

    @property
    def variant(self) -> Variant:
        if self.pre_activation:
            return "v2"
        return "d" if self.pool_projection else "v1" if self.stride_at == "first" else "v1.5"


def _imagenet(name: str, blocks: tuple[int, ...], **more: Any) -> NetworkSpec:
    planes, strides = (64, 128, 256, 512), (1, 2, 2, 2)
    stages = tuple(map(StageSpec, blocks, planes, strides))
    return NetworkSpec(name=name, stages=stages, **more)


def _cifar(depth: int) -> NetworkSpec:
    n = (depth - 2) // 6
    return NetworkSpec(
        name=f"cifar_resnet{depth}",
        stages=(StageSpec(n, 16, 1), StageSpec(n, 32, 2), StageSpec(n, 64, 2)),
        block="basic",
        stem=StemSpec("3x3", 16, "none"),
        stride_at="first",
        shortcut_option="A",
        height=32,
        width=32,
        num_classes=10,
    )


def _keras(depth: int, blocks: tuple[int, ...]) -> NetworkSpec:
    stem = StemSpec(explicit=True)
    return _imagenet(f"keras_resnet{depth}", blocks, stem=stem, stride_at="first", conv_bias=True)


def _keras_v2(depth: int, blocks: tuple[int, ...]) -> NetworkSpec:
    first_three = _imagenet("", blocks).stages
    stages = tuple(stage._replace(stride=stride) for stage, stride in zip(first_three, (2, 2, 2, 1), strict=True))
    return NetworkSpec(
        name=f"keras_resnet{depth}v2",
        stages=stages,
        stem=StemSpec(explicit=True),
        stride_in_last=True,
        pre_activation=True,
        conv_bias=True,
    )


_50, _101, _152 = (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)

FAMILIES: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        _imagenet("resnet18", (2, 2, 2, 2), block="basic"),
        _imagenet("resnet34", (3, 4, 6, 3), block="basic"),
        _imagenet("resnet50", _50),
        _imagenet("resnet101", _101),
        _imagenet("resnet152", _152),
        _imagenet("resnext50_32x4d", _50, groups=32, base_width=4),
        _imagenet("resnext101_32x8d", _101, groups=32, base_width=8),
        _imagenet("resnext101_64x4d", _101, groups=64, base_width=4),
        _imagenet("wide_resnet50_2", _50, base_width=128),
        _imagenet("wide_resnet101_2", _101, base_width=128),
        *map(_cifar, (20, 32, 44, 56, 110)),
        *(_keras(depth, blocks) for depth, blocks in ((50, _50), (101, _101), (152, _152))),
        *(_keras_v2(depth, blocks) for depth, blocks in ((50, _50), (101, _101), (152, _152))),
        _imagenet(
            "course_resnet50", _50, stem=StemSpec(pool="valid", explicit=True), stride_at="first", conv_bias=True,
            head="2x2", height=64, width=64, num_classes=6,
        ),
    )
}  # fmt: skip


def network(
    name: str,
    *,
    height: int | None = None,
    width: int | None = None,
    num_classes: int | None = None,
    variant: str | None = None,
    shortcut_option: str | None = None,
) -> NetworkSpec:
    """A network by its usual name (a key of FAMILIES); what is None takes the family's own default.

    ``variant``          ``v1`` stride in the first 1×1 · ``v1.5`` in the 3×3 · ``d`` v1.5 with an average pool in the
                         projection and three 3×3 in the stem · ``v2`` pre-activation
    ``shortcut_option``  ``A``, ``B``, ``C`` of the paper
    """
    if not isinstance(name, str) or name not in FAMILIES:
        raise SpecError("name", name, "one of " + ", ".join(FAMILIES))
    spec = FAMILIES[name]
    if variant is not None:
        spec = _varied(spec, check_one_of("variant", variant, VARIANTS))
    given: dict[str, Any] = {"height": height, "width": width, "num_classes": num_classes}
    given["shortcut_option"] = shortcut_option
    return replace(spec, **{field: value for field, value in given.items() if value is not None})


def _varied(spec: NetworkSpec, variant: str) -> NetworkSpec:
    if variant == spec.variant:
        return spec
    stages = spec.stages
    if spec.stride_in_last:  # the strides of the last blocks belong to the first blocks of the stages after them
        strides = (1, *(stage.stride for stage in stages[:-1]))
        stages = tuple(stage._replace(stride=stride) for stage, stride in zip(stages, strides, strict=True))
    deep = variant == "d" and spec.stem.conv == "7x7"
    return replace(
        spec,
        stages=stages,
        stem=spec.stem._replace(conv="deep" if deep else spec.stem.conv),
        stride_at="first" if variant == "v1" else "middle",
        stride_in_last=False,
        pool_projection=variant == "d",
        pre_activation=variant == "v2",
    )


def rebuilt(spec: NetworkSpec, *, variant: str | None = None, shortcut_option: str | None = None) -> NetworkSpec:
    """The same network, at the same size and with as many classes, in another variant or with another option."""
    return network(
        spec.name,
        height=spec.height,
        width=spec.width,
        num_classes=spec.num_classes,
        variant=variant or spec.variant,
        shortcut_option=shortcut_option or spec.shortcut_option,
    )
