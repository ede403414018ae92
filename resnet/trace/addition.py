"""Letting torch try the addition, and what it says when it refuses."""

from __future__ import annotations

import torch

from resnet.modules.layers import Shape
from resnet.trace.values import Problem


def problem_of(main: Shape, shortcut: Shape) -> Problem:
    """Why these two can't be a residual sum."""
    broadcasts = all(a == b or 1 in (a, b) for a, b in zip(main, shortcut, strict=True))
    return Problem(
        main_shape=main,
        shortcut_shape=shortcut,
        broadcasts=broadcasts,
        message=_broadcast_message(main, shortcut) if broadcasts else _real_message(main, shortcut),
    )


def try_to_add(main: Shape, shortcut: Shape) -> str | None:
    """Let torch add two tensors of these shapes on the CPU: its words if it refuses, else None.

    One stored number stands for each operand, whatever its size.
    """
    a, b = (torch.zeros(1).expand(1, *shape) for shape in (main, shortcut))
    try:
        a + b
    except RuntimeError as error:
        return str(error)
    return None


def _real_message(main: Shape, shortcut: Shape) -> str:
    message = try_to_add(main, shortcut)
    assert message, f"torch added {main} and {shortcut}"
    return message


def _broadcast_message(main: Shape, shortcut: Shape) -> str:
    """torch raises nothing here. Add the smallest tensors of the same kind, and say what it made of the two."""
    smallest = [torch.zeros(1, *(min(size, 2) for size in shape)) for shape in (main, shortcut)]
    accepted = smallest[0] + smallest[1]
    repeated = [i for i, tensor in enumerate(smallest) if tensor.shape != accepted.shape]
    result = [1, *(max(pair) for pair in zip(main, shortcut, strict=True))]
    who = " and ".join(("the main path's result", "the shortcut")[i] for i in repeated)
    return (
        f"torch raises no error: it broadcasts, repeating {who} until both are {result}. "
        "That adds the same numbers again and again, and is not x + F(x)."
    )
