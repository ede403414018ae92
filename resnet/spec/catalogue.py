"""What has a name: the known networks, and the blocks of ResNet-50.

    network("resnet50", variant="v1.5")   a NetworkSpec;  FAMILIES  all of them by name
    rebuilt(spec, shortcut_option="C")    the same network built otherwise, whatever it is called
    PRESETS                               the first and the later blocks of each stage of ResNet-50

torchvision has resnet18 … resnet152, resnext50_32x4d …, wide_resnet50_2 …; the paper cifar_resnet20, 32, 44, 56, 110;
Keras keras_resnet50, 101, 152 and keras_resnet50v2 …; a course course_resnet50, 64 × 64 × 3 and six classes.
Sources: as for ``resnet.spec.network``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from resnet.spec.block import MAX_SIZE, BlockSpec
from resnet.spec.errors import SpecError
from resnet.spec.names import known_as
from resnet.spec.network import (
    MAX_CLASSES,
    SHORTCUT_OPTIONS,
    VARIANTS,
    NetworkSpec,
    ShortcutOption,
    StageSpec,
    StemSpec,
)
from resnet.spec.parameters import OneOf, Parameter, Whole, by_name


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
"""Every network that is known by a name: 22 of torchvision's, the paper's, Keras's and the course's."""


DEFAULT_NETWORK = "resnet50"

PARAMETERS: tuple[Parameter, ...] = (  # None: the family's own
    Parameter(
        name="network",
        takes=OneOf(lambda: {name: known_as(name) for name in FAMILIES}),
        default=DEFAULT_NETWORK,
        label="Network",
        words="By its usual name. What else is left out takes this network’s own default.",
        obvious=True,
    ),
    Parameter(
        name="variant",
        takes=OneOf(lambda: {key: one.name for key, one in VARIANTS.items()}),
        default=None,
        label="Variant",
        words="v1: stride in the first 1×1 (paper, Keras). v1.5: in the 3×3 (torchvision). "
        "D: v1.5 with an average pool in the projection and a deep stem. v2: pre-activation.",
    ),
    Parameter(
        name="shortcut_option",
        takes=OneOf(lambda: dict(zip(SHORTCUT_OPTIONS, SHORTCUT_OPTIONS, strict=True))),
        default=None,
        label="Shortcut option",
        words="Where dimensions change — A: zero padding; B: projection. C: a projection in every block. "
        "(He et al. 2015, §4.1)",
    ),
    Parameter(
        name="height",
        takes=Whole(MAX_SIZE),
        default=None,
        label="Input height",
        words="Of the image, in pixels.",
        obvious=True,
    ),
    Parameter(
        name="width",
        takes=Whole(MAX_SIZE),
        default=None,
        label="Input width",
        words="Of the image, in pixels.",
        obvious=True,
    ),
    Parameter(
        name="num_classes",
        takes=Whole(MAX_CLASSES),
        default=None,
        label="Classes",
        words="Of the linear layer’s result.",
        obvious=True,
    ),
)
_OF = by_name(PARAMETERS)


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

    Raises SpecError for a name that is not known, and for a size, a number of classes, a variant or an option that
    can't be.

    >>> network("resnet50", num_classes=10).stages[0]
    StageSpec(blocks=3, planes=64, stride=1)

    ``variant``          ``v1`` stride in the first 1×1 · ``v1.5`` in the 3×3 · ``d`` v1.5 with an average pool in the
                         projection and three 3×3 in the stem · ``v2`` pre-activation
    ``shortcut_option``  ``A``, ``B``, ``C`` of the paper (He et al. 2015, arXiv 1512.03385, §4.1)
    ``height``, ``width``   of the image, in pixels;  ``num_classes``  of the linear layer's result
    """
    if not isinstance(name, str) or name not in FAMILIES:
        raise SpecError("name", name, "one of " + ", ".join(FAMILIES))
    spec = FAMILIES[name]
    if variant is not None:
        spec = _varied(spec, _OF["variant"].check(variant))
    given: dict[str, Any] = {"height": height, "width": width, "num_classes": num_classes}
    given["shortcut_option"] = shortcut_option
    return replace(spec, **{field: value for field, value in given.items() if value is not None})


def _varied(spec: NetworkSpec, variant: str) -> NetworkSpec:
    """Every variant has the others' stages; a deep stem and strides in last blocks come and go with theirs."""
    if variant == spec.variant:
        return spec
    stages = spec.stages
    if spec.stride_in_last:  # the strides of the last blocks belong to the first blocks of the stages after them
        strides = (1, *(stage.stride for stage in stages[:-1]))
        stages = tuple(stage._replace(stride=stride) for stage, stride in zip(stages, strides, strict=True))
    stem = spec.stem
    if variant == "d" and stem.conv == "7x7":
        stem = stem._replace(conv="deep")
    elif spec.variant == "d" and stem.conv == "deep":
        stem = stem._replace(conv="7x7")
    return replace(
        spec,
        stages=stages,
        stem=stem,
        stride_at="first" if variant == "v1" else "middle",
        stride_in_last=False,
        pool_projection=variant == "d",
        pre_activation=variant == "v2",
    )


def rebuilt(
    spec: NetworkSpec, *, variant: str | None = None, shortcut_option: ShortcutOption | None = None
) -> NetworkSpec:
    """The same network, with its own stages, size and classes, in another variant or with another option.

    A network that is exactly one of FAMILIES, but for what ``network()`` can set, goes back to that one's own way of
    being built: Keras's V2 strides in the last block of a stage, which no variant says.
    """
    varied = _varied(_own(spec), variant or spec.variant)
    return replace(varied, shortcut_option=shortcut_option or spec.shortcut_option)


def _own(spec: NetworkSpec) -> NetworkSpec:
    """The network of that name at this size, if this is what ``spec`` is; else ``spec``."""
    settings = {name: getattr(spec, name) for name in ("height", "width", "num_classes", "shortcut_option")}
    if spec.name in FAMILIES and spec == network(spec.name, variant=spec.variant, **settings):
        return network(spec.name, **settings)
    return spec


class Preset(NamedTuple):
    """A block that readers know.

    ``name``  what it is, in a few words;  ``spec``  the block
    """

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
"""The first and the later block of each stage of ResNet-50."""
