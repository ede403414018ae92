"""A block of a network in a few lines: what it is, where it stands, what it costs."""

from __future__ import annotations

from resnet import text
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.spec.shortcuts import SHORTCUTS
from resnet.trace.network import NetworkBlock

_WHY = {
    (): "x and F(x) have the same shape",
    ("channels",): "channels change",
    ("size",): "the size changes",
    ("channels", "size"): "channels and size change",
}


def describe(block: NetworkBlock, conventions: Conventions = DEFAULT) -> str:
    """A block's numbers, one a line."""
    counted = f"{text.count(conventions.params(block))} parameters"
    if not conventions.counts.statistics:
        counted += f", {text.count(block.buffers)} buffers"
    operations = f"{text.million(conventions.operations(block))} {conventions.operation.plural}"
    return "\n".join(
        [
            f"{block.name}, {block.kind} block of stage {block.stage}",
            f"{conventions.shape(block.in_shape)} → {conventions.shape(block.out_shape)}",
            f"{_WHY[block.why]}: {_shortcut(block, conventions)}",
            counted,
            f"{operations}, {text.memory(block.activation_bytes)} of activations",
            f"receptive field {block.receptive_field:,} px, jump {block.jump} px",
        ]
    )


def _shortcut(block: NetworkBlock, conventions: Conventions) -> str:
    words = SHORTCUTS[block.trace.spec.shortcut].words
    ops = block.trace.on("shortcut")
    if not ops:
        return words
    cost = conventions.params(*ops)
    return f"{words}, {text.count(cost) if cost else 'no'} parameters"
