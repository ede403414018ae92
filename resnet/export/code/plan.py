"""What one class or one function has to do so that it is each of several blocks: for every framework alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

from resnet.spec.block import BlockSpec
from resnet.spec.shortcuts import SHORTCUTS, Layer, Shortcut


class Convolution(NamedTuple):
    """One of the main path's.

    ``number``   1 for the first
    ``strides``  it carries the block's stride, and some block has one
    ``groups``   1 unless it is grouped;  ``depthwise``  one for each channel that it reads
    ``bias``     whether it has one
    """

    number: int
    kernel: int
    strides: bool
    groups: int
    depthwise: bool
    bias: bool

    @property
    def padding(self) -> int:
        return self.kernel // 2


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Blocks that differ in nothing but their channels, their stride and their shortcut. ``blocks``: at least one."""

    blocks: tuple[BlockSpec, ...]

    @classmethod
    def of(cls, blocks: Iterable[BlockSpec]) -> Self:
        """Raises SpecError for a shortcut that no code is known for."""
        return cls(blocks=tuple(dict.fromkeys(blocks)))

    @property
    def one(self) -> BlockSpec:
        """Any of them, for what they share."""
        return self.blocks[0]

    @cached_property
    def strides(self) -> bool:
        return any(block.stride > 1 for block in self.blocks)

    @cached_property
    def channels_change(self) -> bool:
        return any(block.in_channels != block.out_channels for block in self.blocks)

    @cached_property
    def shortcuts(self) -> tuple[Shortcut, ...]:
        """The kinds among them, by what they do: a max-pool of stride 1 is the identity."""
        return tuple(sorted({kind_of(block) for block in self.blocks}))

    @property
    def always_projects(self) -> bool:
        return all(SHORTCUTS[kind].projects for kind in self.shortcuts)

    @cached_property
    def convolutions(self) -> tuple[Convolution, ...]:
        one = self.one
        kernels = (1, one.kernel_size, 1) if one.bottleneck else (one.kernel_size, one.kernel_size)
        striding = 2 if one.bottleneck and one.stride_at == "middle" else 1
        return tuple(
            Convolution(
                number=number,
                kernel=kernel,
                strides=self.strides and number == striding,
                groups=one.middle_groups if one.bottleneck and number == 2 else 1,
                depthwise=one.depthwise and number == 2,
                # as Keras has it: none where a BatchNorm of a pre-activation block follows
                bias=one.conv_bias and (not one.pre_activation or number == len(kernels)),
            )
            for number, kernel in enumerate(kernels, start=1)
        )


def layers_of(block: BlockSpec) -> tuple[Layer, ...]:
    """What stands on its shortcut."""
    return tuple(SHORTCUTS[block.shortcut].layers(block))


def kind_of(block: BlockSpec) -> Shortcut:
    """Its shortcut, by what it does in this block."""
    layers = layers_of(block)
    if not layers:
        return "identity"
    if block.shortcut == "pool_projection" and layers[0].kind != "avgpool":
        return "projection"
    return block.shortcut
