"""What a block does, read from the module itself.

    BlockSpec -> module on meta -> fx graph -> one OpTrace for each operation -> BlockTrace

No module or tensor leaves ``trace()``. Shapes are (C, H, W), batch 1.
"""

from __future__ import annotations

from resnet.cache import remembered
from resnet.modules.blocks import build
from resnet.spec.block import BlockSpec
from resnet.trace.follow import follow, forget_layers
from resnet.trace.values import BlockTrace


@remembered(megabytes=16)
def trace(spec: BlockSpec) -> BlockTrace:
    """Build the block without memory, follow its graph, and read every operation from it.

    ``spec``  which block, and the size of its input

    An impossible block is a result, not an exception: ``problem`` says where the shapes differ.

    >>> trace(BlockSpec()).params, trace(BlockSpec(shortcut="identity")).possible
    (75008, False)
    """
    in_shape = (spec.in_channels, spec.height, spec.width)
    ops, unreached, problem = follow(build(spec, device="meta"), in_shape)
    return BlockTrace(spec=spec, in_shape=in_shape, ops=ops, unreached=unreached, problem=problem)


def forget() -> None:
    """Drop everything that is cached, for measuring what a trace costs from nothing."""
    trace.cache_clear()
    forget_layers()
