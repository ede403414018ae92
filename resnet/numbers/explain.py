"""The arithmetic behind each number of an operation: the formula, the formula with its numbers in it, the result.

The results are computed here by ``arithmetic``, from the operation's input and window alone; a test holds them against
the trace, which reads the real module.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from resnet.modules.layers import Shape, Window
from resnet.numbers import arithmetic
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.receptive import Field, fields
from resnet.trace.values import BYTES_PER_ELEMENT, BlockTrace, OpTrace
from resnet.trace.words import layer


class Formula(NamedTuple):
    """``numbers`` is ``formula`` with this operation's numbers in it; ``note`` says what a number alone does not.

    ``key``  what it is the formula of, for code: ``height``, ``weights`` …
    """

    key: str
    name: str
    formula: str
    numbers: str
    result: int
    unit: str = ""
    note: str = ""


class Explanation(NamedTuple):
    """Everything that the inspector says of one operation. ``window`` is what slides over the input, if anything."""

    op: OpTrace
    title: str
    formulas: tuple[Formula, ...]
    window: Window | None


def explain(t: BlockTrace, name: str, conventions: Conventions = DEFAULT) -> Explanation:
    """The arithmetic of one operation of a block, by its name. Raises KeyError for a name that it does not have.

    An addition that fails has no result, and so no arithmetic: ``t.problem`` says why.
    """
    ops = {op.name: op for op in t.ops}
    op = ops[name]
    formulas: list[Formula] = []
    if op.out_shape:
        counts = (*_parameters(op, conventions), *_operations(op, conventions))
        formulas = [*_shape(op), *counts, *_memory(op, conventions), *_field(t, op)]
    return Explanation(op, f"{layer(op)} ({op.name})", tuple(formulas), op.window)


def _shape(op: OpTrace) -> Iterator[Formula]:
    channels, height, width = op.in_shapes[0]
    for key, letter, n in (("height", "H", height), ("width", "W", width)):
        yield _side(op, key, letter, n)
    if op.kind == "conv" and op.out_shape is not None:
        yield Formula(
            "channels",
            "Output channels",
            "C_out = number of filters",
            f"{op.out_shape[0]:,}",
            op.out_shape[0],
            "channels",
        )
    elif op.kind == "zero_pad" and op.out_shape is not None:
        extra = op.out_shape[0] - channels
        numbers = f"{channels:,} + {extra:,}"
        yield Formula("channels", "Output channels", "C_in + channels of zeros", numbers, channels + extra, "channels")
    else:
        yield Formula("channels", "Output channels", "C_out = C_in", f"{channels:,}", channels, "channels")


def _side(op: OpTrace, key: str, letter: str, n: int) -> Formula:
    name = f"Output {key}"
    if op.window is None:
        note = "Each number is treated for itself."
        if op.kind == "add":
            note = "Both summands must have this shape; torch would repeat a side of 1, which is no residual sum."
        return Formula(key, name, f"{letter}_out = {letter}", f"{n}", n, "px", note)
    f, s, p, _ = op.window
    if op.kind in ("avgpool", "subsample"):
        return Formula(key, name, f"⌈{letter} / s⌉", f"⌈{n} / {s}⌉", arithmetic.pooled_size(n, s), "px")
    inside = n + 2 * p - f
    shown = f"⌊({n} + 2·{p} − {f}) / {s}⌋ + 1"
    if s > 1:
        shown += f" = ⌊{inside / s:g}⌋ + 1"
    formula = f"⌊({letter} + 2p − f) / s⌋ + 1"
    return Formula(key, name, formula, shown, arithmetic.output_size(n, f, s, p), "px", _unread(op.window, n, letter))


def _unread(window: Window, n: int, letter: str) -> str:
    f, s, p, _ = window
    rows = "rows" if letter == "H" else "columns"
    skipped = arithmetic.unread(n, f, s, p)
    over = (n + 2 * p - f) % s
    if skipped:
        first = ", ".join(map(str, skipped[:3])) + (" …" if len(skipped) > 3 else "")
        return f"{len(skipped)} of {n} {rows} are never read: {first}, counted from 0."
    if over:
        return (
            f"The floor: the windows stop {over} px before the padded end, and still every one of the {rows} is read."
        )
    return ""


def _parameters(op: OpTrace, conventions: Conventions) -> Iterator[Formula]:
    if op.kind == "conv" and op.window is not None and op.out_shape is not None:
        f, _, _, groups = op.window
        c_in, c_out = op.in_shapes[0][0], op.out_shape[0]
        weights = arithmetic.conv_weights(f, c_in, c_out, groups)
        split = " / groups" if groups > 1 else ""
        by = f" / {groups}" if groups > 1 else ""
        yield Formula(
            "weights",
            "Weights",
            f"f · f · C_in{split} · C_out",
            f"{f} · {f} · {c_in:,}{by} · {c_out:,}",
            weights,
            "weights",
        )
        if op.biases:
            yield Formula("biases", "Biases", "C_out", f"{c_out:,}", c_out, "biases")
    elif op.kind == "batchnorm":
        c = op.in_shapes[0][0]
        if conventions.counts.statistics:
            note = "A scale γ and a shift β a channel, and a running mean and variance that are measured, not trained."
            yield Formula(
                "params", "Parameters", "γ, β, mean and variance: 4 · C", f"4 · {c:,}", 4 * c, "parameters", note
            )
            return
        yield Formula(
            "params",
            "Parameters",
            "γ and β: 2 · C",
            f"2 · {c:,}",
            2 * c,
            "parameters",
            "A scale γ and a shift β a channel.",
        )
        note = "A running mean and variance a channel, measured and not trained: buffers in PyTorch."
        yield Formula("buffers", "Buffers", "mean and variance: 2 · C", f"2 · {c:,}", 2 * c, "buffers", note)


def _operations(op: OpTrace, conventions: Conventions) -> Iterator[Formula]:
    if op.kind == "conv" and op.window is not None and op.out_shape is not None:
        f, s, p, groups = op.window
        c_in, height, width = op.in_shapes[0]
        weights = arithmetic.conv_weights(f, c_in, op.out_shape[0], groups)
        high, wide = (arithmetic.output_size(n, f, s, p) for n in (height, width))
        numbers = f"{weights:,} · {high} · {wide}"
        unit = conventions.operation
        times = f"{unit.of_one} · " if unit.of_one > 1 else ""
        yield Formula(
            "operations",
            unit.short,
            f"{times}weights · H_out · W_out",
            f"{times}{numbers}",
            unit.of_one * weights * high * wide,
            unit.name,
            f"Every weight is used once for each output pixel{unit.done}.",
        )


def _memory(op: OpTrace, conventions: Conventions) -> Iterator[Formula]:
    if op.out_shape is not None:
        result = arithmetic.activation_bytes(op.out_shape)
        formula = f"4 · {_product(('C_out', 'H_out', 'W_out'), conventions)}"
        numbers = f"{BYTES_PER_ELEMENT} · {_product(op.out_shape, conventions)}"
        yield Formula("memory", "Activation memory", formula, numbers, result, "bytes", "float32, batch 1")


def _product(factors: tuple[object, object, object], conventions: Conventions) -> str:
    return " · ".join(f"{one:,}" if isinstance(one, int) else str(one) for one in conventions.ordered(factors))


def _field(t: BlockTrace, op: OpTrace) -> Iterator[Formula]:
    if op.out_shape is None:
        return
    known = fields(t.ops)
    before = max((known[source] for source in op.reads), key=lambda field: field.size)
    after = _after(op, before)
    f, s = (op.window.kernel_size, op.window.stride) if op.window else (1, 1)
    note = "Of the block’s own input: 1 px, jump 1, to begin with."
    if op.kind == "add":
        note = "Where the paths meet, the larger field counts."
    size = f"{before.size} + ({f} − 1) · {before.jump}"
    yield Formula("field", "Receptive field", "r + (f − 1) · j", size, after.size, "px", note)
    yield Formula("jump", "Jump", "j · s", f"{before.jump} · {s}", after.jump, "px")


def _after(op: OpTrace, before: Field) -> Field:
    f, s = (op.window.kernel_size, op.window.stride) if op.window else (1, 1)
    return Field(before.size + (f - 1) * before.jump, before.jump * s)


def tensor(shape: Shape, conventions: Conventions = DEFAULT) -> tuple[Formula, ...]:
    """What can be said of a tensor on its way: numbers in it, and bytes."""
    c, h, w = shape
    elements, memory = c * h * w, arithmetic.activation_bytes(shape)
    letters = _product(("C", "H", "W"), conventions)
    return (
        Formula("elements", "Numbers in it", letters, _product(shape, conventions), elements, "numbers"),
        Formula("memory", "Memory", f"4 · {letters}", f"{BYTES_PER_ELEMENT} · {elements:,}", memory, "bytes"),
    )
