"""A residual network and the size of its input, as a frozen, checked value; its variants and its shortcut options.

Sources: He et al. 2015, arXiv 1512.03385, table 1 and §4.2; Xie et al. 2016, arXiv 1611.05431; Zagoruyko & Komodakis
2016, arXiv 1605.07146; He et al. 2018, arXiv 1812.01187 (D); torchvision `models/resnet.py`; Keras
`applications/resnet.py` and `resnet_v2.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from resnet.spec.block import MAX_CHANNELS, MAX_SIZE, MAX_STRIDE, STRIDE_PLACES, StrideAt
from resnet.spec.errors import SpecError, check_flag, check_one_of, check_whole
from resnet.spec.shortcuts import Shortcut

Variant = Literal["v1", "v1.5", "d", "v2"]
ShortcutOption = Literal["A", "B", "C"]
BlockKind = Literal["bottleneck", "basic"]
StemConv = Literal["7x7", "3x3", "deep"]
StemPool = Literal["padded", "valid", "none"]
Head = Literal["global", "2x2"]


class VariantKind(NamedTuple):
    """A way to build the same network. ``words`` for bottlenecks, ``basic`` for basic blocks."""

    key: Variant
    name: str
    words: str
    basic: str


class OptionKind(NamedTuple):
    """What the paper calls a shortcut option.

    ``changed``     the shortcut where dimensions change
    ``everywhere``  every block has it
    """

    key: ShortcutOption
    words: str
    changed: Shortcut
    everywhere: bool


VARIANTS: dict[Variant, VariantKind] = {
    one.key: one
    for one in (
        VariantKind("v1", "v1", "stride in the first 1×1", "stride in the first 3×3"),
        VariantKind("v1.5", "v1.5", "stride in the 3×3", "the same, for basic blocks"),
        VariantKind("d", "D", *2 * ("v1.5, average pool in the projection, deep stem",)),
        VariantKind("v2", "v2", *2 * ("pre-activation",)),
    )
}
SHORTCUT_OPTIONS: dict[ShortcutOption, OptionKind] = {
    one.key: one
    for one in (
        OptionKind("A", "zero padding where dimensions change", "zero_pad", False),
        OptionKind("B", "projection where dimensions change", "projection", False),
        OptionKind("C", "projection in every block", "projection", True),
    )
}

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
    """Blocks with the same filters.

    ``blocks``  how many;  ``stride``  of the one that strides
    ``planes``  filters, as in the paper's table 1; a bottleneck's F3 is 4 × planes
    """

    blocks: int
    planes: int
    stride: int


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """A residual network and the size of its input.

    ``name``             the usual one: ``resnet50``
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
    ``stem``             what stands in front of the first block
    ``height``, ``width``   of the image, in pixels;  ``num_classes``  of the linear layer's result
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
        """Which of the four it is: ``v1``, ``v1.5``, ``d`` or ``v2``; see ``network``."""
        if self.pre_activation:
            return "v2"
        return "d" if self.pool_projection else "v1" if self.stride_at == "first" else "v1.5"
