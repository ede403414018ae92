"""What must live at once when a block runs once: the peak of inference."""

from __future__ import annotations

from resnet.trace.values import BYTES_PER_ELEMENT, INPUT, BlockTrace


def peak_bytes(t: BlockTrace) -> int:
    """Bytes of all maps that are alive while the block runs, at the worst moment: float32, batch 1.

    A map is alive from the operation that makes it to the last one that reads it; an operation needs what it reads and
    what it gives at once (nothing is computed in place). The input counts too. An impossible block runs up to its
    addition.

    >>> from resnet import BlockSpec, trace
    >>> peak_bytes(trace(BlockSpec())) == 4 * (3 * 256) * 56 * 56  # W x, F(x) and their sum
    True
    """
    last_read = {name: i for i, op in enumerate(t.ops) for name in op.reads}
    size = {INPUT: _elements(t.in_shape)} | {op.name: op.out_elements for op in t.ops}
    alive, peak = {INPUT}, 0
    for i, op in enumerate(t.ops):
        alive.add(op.name)
        peak = max(peak, sum(size[name] for name in alive))
        alive = {name for name in alive if last_read.get(name, -1) > i}
    return BYTES_PER_ELEMENT * peak


def _elements(shape: tuple[int, int, int]) -> int:
    channels, height, width = shape
    return channels * height * width
