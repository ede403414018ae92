"""What a whole network does: every block in order, with its sizes, counts and receptive field, from real modules.

A network is traced from its *distinct* blocks, each of them once: ResNet-152 has 50 blocks, and 8 distinct ones.
Shapes are (C, H, W), batch 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from resnet.cache import remembered
from resnet.modules.layers import Shape
from resnet.modules.networks import head, stem
from resnet.spec.block import MAX_SIZE, BlockSpec
from resnet.spec.errors import SpecError
from resnet.spec.network import SHORTCUT_OPTIONS, NetworkSpec, StageSpec
from resnet.spec.shortcuts import SHORTCUTS, Shortcut
from resnet.trace.block import trace
from resnet.trace.follow import TooSmall, follow
from resnet.trace.receptive import Field, fields
from resnet.trace.values import BlockTrace, Counted, OpTrace, differences


@dataclass(frozen=True, kw_only=True)
class NetworkBlock(Counted):
    """One block where it stands.

    ``name``              torchvision's: ``layer1.0`` is the first block of stage 2
    ``stage``, ``index``  as the paper counts stages (the stem is stage 1), and from 0 in the stage
    ``trace``             the block itself
    ``why``               what changes from input to result: ``channels``, ``size``, both or neither
    ``receptive_field``   pixels along one side of the network's input that one position of the result sees
    ``jump``              pixels of the input from one position to the next
    """

    name: str
    stage: int
    index: int
    trace: BlockTrace
    why: tuple[str, ...]
    receptive_field: int
    jump: int

    @property
    def kind(self) -> str:
        """Which block it is, by its shortcut: ``identity``, ``convolutional``, ``zero-padding`` or ``max-pool``."""
        return SHORTCUTS[self.trace.spec.shortcut].block

    @property
    def needs_projection(self) -> bool:
        """Whether x and F(x) differ in shape, so that a bare identity would be impossible."""
        return bool(self.why)

    @property
    def in_shape(self) -> Shape:
        """Of x, (C, H, W)."""
        return self.trace.in_shape

    @property
    def out_shape(self) -> Shape:
        """Of the result, (C, H, W)."""
        assert self.trace.out_shape is not None
        return self.trace.out_shape

    @property
    def ops(self) -> tuple[OpTrace, ...]:
        """The block's operations, in the order in which they run."""
        return self.trace.ops

    @property
    def shortcut_params(self) -> int:
        """Trainable parameters of what stands on the shortcut."""
        return sum(op.params for op in self.trace.on("shortcut"))

    @property
    def shortcut_macs(self) -> int:
        """Multiply-adds of what stands on the shortcut, batch 1."""
        return sum(op.macs for op in self.trace.on("shortcut"))


@dataclass(frozen=True, kw_only=True)
class NetworkTrace(Counted):
    """A network as a value. Totals are sums over stem, blocks and head.

    ``spec``        what was asked for
    ``in_shape``    of the image, (C, H, W)
    ``stem``, ``blocks``, ``head``   in the order in which they run
    ``stem_field``  receptive field and jump behind the stem, in pixels of the image
    """

    spec: NetworkSpec
    in_shape: Shape
    stem: tuple[OpTrace, ...]
    stem_field: Field
    blocks: tuple[NetworkBlock, ...]
    head: tuple[OpTrace, ...]

    @property
    def ops(self) -> tuple[OpTrace, ...]:
        """Every operation, in order; names repeat from block to block."""
        return (*self.stem, *(op for block in self.blocks for op in block.trace.ops), *self.head)

    @property
    def out_shape(self) -> Shape:
        """Of the linear layer's result, (classes, 1, 1)."""
        shape = self.head[-1].out_shape
        assert shape is not None
        return shape

    @property
    def projections(self) -> tuple[NetworkBlock, ...]:
        """The convolutional blocks."""
        return tuple(block for block in self.blocks if block.trace.spec.projects)

    def stage(self, number: int) -> tuple[NetworkBlock, ...]:
        """The blocks of a stage, by the paper's number: 2 for the first."""
        return tuple(block for block in self.blocks if block.stage == number)

    @property
    def stages(self) -> tuple[int, ...]:
        """The paper's numbers of its stages: (2, 3, 4, 5) for a ResNet-50."""
        return tuple(range(2, 2 + len(self.spec.stages)))


class InputTooSmall(SpecError):
    """The image is too small for a window somewhere in the network."""


@remembered(megabytes=48)
def trace_network(spec: NetworkSpec) -> NetworkTrace:
    """Trace stem, distinct blocks and head.

    ``spec``  which network, and the size of its image

    Raises SpecError for a network whose option A would have to take channels away, and InputTooSmall, a SpecError, for
    an input that is too small: which layer fails first, and the smallest size that works.

    >>> from resnet.spec.catalogue import network
    >>> trace_network(network("resnet50")).params
    25557032
    """
    try:
        return _trace(spec)
    except TooSmall as error:
        raise _too_small(spec, error) from None


def _trace(spec: NetworkSpec) -> NetworkTrace:
    in_shape = (3, spec.height, spec.width)
    before = follow(stem(spec, "meta"), in_shape).ops
    shape = _result(before)
    stem_field = field = _after(Field(), before)
    blocks: list[NetworkBlock] = []
    for number, stage in enumerate(spec.stages, start=2):
        for index in range(stage.blocks):
            traced = _possible(block_spec(spec, stage, index, shape), f"layer{number - 1}.{index}", spec)
            field = _after(field, traced.ops)
            why = differences(traced.addition.in_shapes[0], shape)
            block = NetworkBlock(
                name=f"layer{number - 1}.{index}",
                stage=number,
                index=index,
                trace=traced,
                why=why,
                receptive_field=field.size,
                jump=field.jump,
            )
            blocks.append(block)
            shape = block.out_shape
    behind = follow(head(spec, shape, "meta"), shape).ops
    return NetworkTrace(
        spec=spec, in_shape=in_shape, stem=before, stem_field=stem_field, blocks=tuple(blocks), head=behind
    )


def _possible(block: BlockSpec, name: str, spec: NetworkSpec) -> BlockTrace:
    traced = trace(block)
    if not traced.possible:  # only zero padding can fail here: any other shortcut is chosen to fit
        cannot = SHORTCUTS[block.shortcut].cannot
        works = f"B or C: {cannot.lower()}, and {name} makes {block.out_channels:,} channels of {block.in_channels:,}"
        raise SpecError("shortcut_option", spec.shortcut_option, works)
    return traced


def block_spec(spec: NetworkSpec, stage: StageSpec, index: int, in_shape: Shape) -> BlockSpec:
    """The block that stands at this place, given the map that reaches it."""
    strides_here = index == (stage.blocks - 1 if spec.stride_in_last else 0)
    stride = stage.stride if strides_here else 1
    filters = spec.filters(stage)
    channels, height, width = in_shape
    return BlockSpec(
        in_channels=channels,
        filters=filters,
        stride=stride,
        shortcut=_shortcut(spec, channels != filters[-1], stride),
        stride_at=spec.stride_at,
        height=height,
        width=width,
        conv_bias=spec.conv_bias,
        groups=spec.groups,
        pre_activation=spec.pre_activation,
    )


def _shortcut(spec: NetworkSpec, channels_change: bool, stride: int) -> Shortcut:
    option = SHORTCUT_OPTIONS[spec.shortcut_option]
    # torchvision's rule: a block that strides counts as one that changes size, though a 1×1 map keeps its own
    if not (option.everywhere or channels_change or stride > 1):
        return "identity"
    if not SHORTCUTS[option.changed].projects:
        return option.changed
    if spec.stride_in_last and not (option.everywhere or channels_change):
        return "max_pool"
    return "pool_projection" if spec.pool_projection and stride > 1 else option.changed


def _result(ops: tuple[OpTrace, ...]) -> Shape:
    shape = ops[-1].out_shape
    assert shape is not None
    return shape


def _after(before: Field, ops: tuple[OpTrace, ...]) -> Field:
    return fields(ops, before)[ops[-1].name]


def _too_small(spec: NetworkSpec, error: TooSmall) -> SpecError:
    _, height, width = error.in_shape
    smallest = _smallest_side(spec)
    where = f"{error.name} ({'the pool' if 'pool' in error.kind else 'the convolution'} {_place(spec, error.name)})"
    works = (
        f"at least {smallest} × {smallest} for {spec.name}: {where} would get a map of {height} × {width}, "
        "smaller than its window"
    )
    return InputTooSmall("height × width", Size(spec.height, spec.width), works)


class Size(NamedTuple):
    height: int
    width: int

    def __repr__(self) -> str:
        return f"{self.height} × {self.width}"


def _place(spec: NetworkSpec, name: str) -> str:
    last = f"layer{len(spec.stages)}.{spec.stages[-1].blocks - 1}"
    return f"behind {last}" if name in ("avgpool", "norm", "fc") else "in the stem, in front of layer1.0"


def _smallest_side(spec: NetworkSpec) -> int:
    low, high = 1, MAX_SIZE  # the network fails at low − 1 and works at high
    while low < high:
        middle = (low + high) // 2
        try:
            _trace(replace(spec, height=middle, width=middle))
            high = middle
        except TooSmall:
            low = middle + 1
    return low
