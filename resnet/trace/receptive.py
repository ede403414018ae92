"""Receptive fields along a graph of operations: what one position of a result sees of an input."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from resnet.trace.values import INPUT, OpTrace


class Field(NamedTuple):
    """Along one side: pixels of the input that one position sees, and the jump from one position to the next."""

    size: int = 1
    jump: int = 1


def fields(ops: Iterable[OpTrace], before: Field | None = None) -> dict[str, Field]:
    """The field behind each operation, by its name; ``before`` is that of the input, one pixel if it is left out.

    Where paths meet, the larger one counts. Source: https://distill.pub/2019/computing-receptive-fields.
    """
    found = {INPUT: before or Field()}
    for op in ops:
        size = max(found[source].size for source in op.reads)
        jump = found[op.reads[0]].jump
        if op.window is not None:
            size, jump = size + (op.window.kernel_size - 1) * jump, jump * op.window.stride
        found[op.name] = Field(size, jump)
    return found
