"""Our own tables: the layers of two blocks side by side, the blocks of a network, each channel's share of a sum.

Each is a ``Table``, which ``table_csv`` and its neighbours write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from resnet.export.table import Cell, Column, Line, Read, Table, table_of
from resnet.modules.layers import Shape
from resnet.numbers.compare import Comparison
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.network import NetworkBlock, NetworkTrace
from resnet.trace.values import BYTES_PER_ELEMENT, BlockTrace, OpTrace
from resnet.trace.words import layer

_BYTES = "Of the results, each kept once as training does: float32, batch 1."


def axes(conventions: Conventions) -> str:
    """'H x W x C'"""
    return " x ".join(conventions.ordered(("C", "H", "W")))


def params_column(conventions: Conventions, words: str, *, where: str = "") -> Column:
    """How many parameters; ``where`` they are, if not everywhere."""
    label = f"{conventions.counts.column} {where}".strip()
    said = f"{words}: {conventions.counts.counted}."
    return Column(label=label, words=said, kind="count", unit="parameters")


def operations_column(conventions: Conventions, words: str) -> Column:
    operation = conventions.operation
    said = f"{words}, batch 1; {operation.means}."
    return Column(label=operation.plural, words=said, kind="count", unit=operation.plural)


# the layers of two blocks

_ROW = (
    Column(label="path", words="main, shortcut, or joined from the addition on.", kind="text", printed=False),
    Column(label="layer", words="What the operation is.", kind="text"),
    Column(label="name", words="The module’s name in PyTorch’s state dict.", kind="name", printed=False),
)


def _of_operations(conventions: Conventions) -> tuple[Read[OpTrace], ...]:
    counts = conventions.counts
    plain = [
        ("weights", lambda op: op.weights, "Of a convolution.", "parameters"),
        ("biases", lambda op: op.biases, "Of a convolution.", "parameters"),
        ("BatchNorm scale", lambda op: op.scale, "Elements of γ.", "parameters"),
        ("BatchNorm shift", lambda op: op.shift, "Elements of β.", "parameters"),
        (counts.measured_column, lambda op: op.buffers, "Elements of the running mean and variance.", "elements"),
    ]  # fmt: skip
    return (
        Read(
            Column(label="reads", words="The operations whose results it takes; x is the block’s input.", kind="name",
                   printed=False),
            lambda op: " ".join(op.reads),
        ),
        Read(
            Column(label=f"output ({axes(conventions)})", words="The shape of its result, batch 1.", kind="shape"),
            lambda op: shape(op.out_shape, conventions),
        ),
        Read(params_column(conventions, "Of the operation"), conventions.params),
        *(Read(Column(label=label, words=words, kind="count", unit=unit, printed=False), read)
          for label, read, words, unit in plain),
        Read(operations_column(conventions, "Of convolutions and linear layers"), conventions.operations),
        Read(
            Column(label="activation bytes", words=_BYTES, kind="count", unit="bytes", printed=False),
            lambda op: op.out_elements * BYTES_PER_ELEMENT,
        ),
    )  # fmt: skip


def block_table(block: BlockTrace, conventions: Conventions = DEFAULT) -> Table:
    """One block operation by operation, and what it comes to."""
    reads = _of_operations(conventions)
    rows = tuple((op.path, layer(op), op.name, *_cells(op, reads)) for op in block.ops)
    total = ("", "total", "", *_total(block, reads))
    columns = (*_ROW, *(one.column for one in reads))
    return Table(name="block", title=names.title(block.spec), columns=columns, rows=rows, totals=(total,))


def layers_table(comparison: Comparison) -> Table:
    """Two blocks operation by operation, and what each comes to. What a block does not have leaves its cells empty."""
    reads = _of_operations(comparison.conventions)
    blocks = (comparison.left, comparison.right)
    titles = _told_apart(*(names.title(block.spec) for block in blocks))
    beside = tuple(replace(one.column, of=title) for title in titles for one in reads)
    rows = tuple(
        (row.op.path, layer(row.op), row.op.name, *_cells(row.left, reads), *_cells(row.right, reads))
        for row in comparison.rows
    )
    total = ("", "total", "", *_total(blocks[0], reads), *_total(blocks[1], reads))
    title = f"Layer by layer: {titles[0]}, and {titles[1]}"
    return Table(name="layers", title=title, columns=(*_ROW, *beside), rows=rows, totals=(total,))


def _told_apart(left: str, right: str) -> tuple[str, str]:
    return (left, right) if left != right else (f"{left} (left)", f"{right} (right)")


def _cells(op: OpTrace | None, reads: Sequence[Read[OpTrace]]) -> Line:
    return tuple(None if op is None else one.read(op) for one in reads)


def _total(block: BlockTrace, reads: Sequence[Read[OpTrace]]) -> Line:
    return tuple(_sum(one, block.ops) if one.column.counts else None for one in reads)


def _sum(column: Read[OpTrace], ops: Sequence[OpTrace]) -> int:
    return sum(cell for cell in map(column.read, ops) if isinstance(cell, int))


# the blocks of a network


def _of_blocks(conventions: Conventions) -> tuple[Read[NetworkBlock], ...]:
    where, pixels = axes(conventions), "pixels"
    return (
        Read(Column(label="block", words="As torchvision names it.", kind="name"), lambda block: block.name),
        Read(
            Column(label="stage", words="As the paper counts them: the stem is stage 1.", kind="place", printed=False),
            lambda block: block.stage,
        ),
        Read(
            Column(label="kind", words="Which block it is, by its shortcut.", kind="text", printed=False),
            lambda block: block.kind,
        ),
        Read(
            Column(label="changes", words="What F(x) has unlike x: channels, size, both, or nothing.", kind="text"),
            lambda block: " + ".join(block.why),
        ),
        Read(Column(label="shortcut", words="Its kind.", kind="name"), lambda block: block.trace.spec.shortcut),
        Read(
            Column(label=f"input ({where})", words="The shape of x, batch 1.", kind="shape", printed=False),
            lambda block: shape(block.in_shape, conventions),
        ),
        Read(
            Column(label=f"output ({where})", words="The shape of the result, batch 1.", kind="shape"),
            lambda block: shape(block.out_shape, conventions),
        ),
        Read(params_column(conventions, "Of the block"), conventions.params),
        Read(
            params_column(conventions, "Of the shortcut alone", where="in the shortcut"),
            lambda block: conventions.params(*block.trace.on("shortcut")),
        ),
        Read(
            Column(label=conventions.counts.measured_column, words="Elements of the running means and variances.",
                   kind="count", unit="elements", printed=False),
            lambda block: block.buffers,
        ),
        Read(operations_column(conventions, "Of the block’s convolutions"), conventions.operations),
        Read(
            Column(label="activation bytes", words=_BYTES, kind="count", unit="bytes", printed=False),
            lambda block: block.activation_bytes,
        ),
        Read(
            Column(label="receptive field (px)", words="Along one side of the network’s input, what one position sees.",
                   kind="count", unit=pixels),
            lambda block: block.receptive_field,
        ),
        Read(
            Column(label="jump (px)", words="Of the network’s input, from one position to the next.", kind="count",
                   unit=pixels, printed=False),
            lambda block: block.jump,
        ),
    )  # fmt: skip


def block_columns(conventions: Conventions = DEFAULT) -> tuple[Column, ...]:
    """The columns of the table of a network's blocks."""
    return tuple(one.column for one in _of_blocks(conventions))


def blocks_table(t: NetworkTrace, conventions: Conventions = DEFAULT) -> Table:
    """A row for each block. Stem and head are no blocks: the columns do not add up to the network."""
    return table_of("blocks", f"The blocks of {names.network_title(t.spec)}", t.blocks, _of_blocks(conventions))


def block_rows(t: NetworkTrace, conventions: Conventions = DEFAULT) -> list[dict[str, Cell]]:
    """The same, row by row, for the page."""
    return blocks_table(t, conventions).records


# the channels of a sum

_OF_SHARES: tuple[Read[tuple[int, float]], ...] = (
    Read(
        Column(label="channel", words="Of the block’s result, counted from 1.", kind="place"),
        lambda channel: channel[0],
    ),
    Read(
        Column(
            label="shortcut share (0 to 1)",
            words="Σ|shortcut| / (Σ|shortcut| + Σ|F(x)|): 0 nothing, 1 all of it.",
            kind="number",
            unit="share",
            digits=6,
        ),
        lambda channel: channel[1],
    ),
)


def shares_table(shares: Sequence[float]) -> Table:
    """What the shortcut has of each channel's sum; no rows where there is no sum."""
    title = "The shortcut’s share of the sum, channel by channel"
    return table_of("signal_shares", title, enumerate(shares, start=1), _OF_SHARES)


def shape(dims: Shape | None, conventions: Conventions) -> str | None:
    """'56 x 56 x 256';  None where there is no result"""
    return None if dims is None else " x ".join(map(str, conventions.ordered(dims)))
