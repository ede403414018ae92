"""Tables as CSV: the layers of two blocks side by side, and the blocks of a network."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from resnet.modules.layers import Shape
from resnet.numbers.compare import Comparison
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.network import NetworkBlock, NetworkTrace
from resnet.trace.values import BYTES_PER_ELEMENT, OpTrace
from resnet.trace.words import layer

_T = TypeVar("_T")


class Column(NamedTuple, Generic[_T]):
    """A column of a table of plain numbers; ``counts`` if it holds numbers of something."""

    name: str
    read: Callable[[_T], object]
    counts: bool = False


def _columns(conventions: Conventions) -> tuple[Column[OpTrace], ...]:
    counts = conventions.counts
    return (
        Column("reads", lambda op: " ".join(op.reads)),
        Column(f"output ({_axes(conventions)})", lambda op: _shape(op.out_shape, conventions)),
        Column(counts.column, conventions.params, counts=True),
        Column("weights", lambda op: op.weights, counts=True),
        Column("biases", lambda op: op.biases, counts=True),
        Column("BatchNorm scale", lambda op: op.scale, counts=True),
        Column("BatchNorm shift", lambda op: op.shift, counts=True),
        Column(counts.measured_column, lambda op: op.buffers, counts=True),
        Column(conventions.operation.plural, conventions.operations, counts=True),
        Column("activation bytes", lambda op: op.out_elements * BYTES_PER_ELEMENT, counts=True),
    )


def to_csv(comparison: Comparison) -> str:
    """Numbers are plain (no thousands separators); an operation that a block does not have leaves its cells empty."""
    titles = [names.title(t.spec) for t in (comparison.left, comparison.right)]
    columns = _columns(comparison.conventions)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(
        ["path", "layer", "name"]
        + [f"{block}: {column}" for block in titles for column in (one.name for one in columns)]
    )
    for row in comparison.rows:
        op = row.op
        table.writerow([op.path, layer(op), op.name, *_cells(row.left, columns), *_cells(row.right, columns)])
    totals = [_totals(t.ops, columns) for t in (comparison.left, comparison.right)]
    table.writerow(["", "total", "", *totals[0], *totals[1]])
    return out.getvalue()


def _cells(op: OpTrace | None, columns: tuple[Column[OpTrace], ...]) -> list[object]:
    return [""] * len(columns) if op is None else [column.read(op) for column in columns]


def _totals(ops: tuple[OpTrace, ...], columns: tuple[Column[OpTrace], ...]) -> list[object]:
    return [sum(int(str(column.read(op))) for op in ops) if column.counts else "" for column in columns]


def block_columns(conventions: Conventions = DEFAULT) -> tuple[Column[NetworkBlock], ...]:
    """The columns of the table of a network's blocks."""
    counts, axes = conventions.counts, _axes(conventions)
    return (
        Column("block", lambda block: block.name),
        Column("stage", lambda block: block.stage),
        Column("kind", lambda block: block.kind),
        Column("changes", lambda block: " + ".join(block.why)),
        Column("shortcut", lambda block: block.trace.spec.shortcut),
        Column(f"input ({axes})", lambda block: _shape(block.in_shape, conventions)),
        Column(f"output ({axes})", lambda block: _shape(block.out_shape, conventions)),
        Column(counts.column, conventions.params, counts=True),
        Column("of these in the shortcut", lambda block: conventions.params(*block.trace.on("shortcut")), counts=True),
        Column(counts.measured_column, lambda block: block.buffers, counts=True),
        Column(conventions.operation.plural, conventions.operations, counts=True),
        Column("activation bytes", lambda block: block.activation_bytes, counts=True),
        Column("receptive field (px)", lambda block: block.receptive_field, counts=True),
        Column("jump (px)", lambda block: block.jump, counts=True),
    )


def block_rows(t: NetworkTrace, conventions: Conventions = DEFAULT) -> list[dict[str, object]]:
    """The blocks of a network as rows of a table, column by column as in the CSV."""
    columns = block_columns(conventions)
    return [{column.name: column.read(block) for column in columns} for block in t.blocks]


def blocks_to_csv(t: NetworkTrace, conventions: Conventions = DEFAULT) -> str:
    """One line for each block; numbers are plain."""
    rows = block_rows(t, conventions)
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def shares_to_csv(shares: Sequence[float]) -> str:
    """What the shortcut has of each channel's sum, channels counted from 1; no rows where there is no sum."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("channel", "shortcut_share"))
    table.writerows((i, f"{share:.6f}") for i, share in enumerate(shares, start=1))
    return out.getvalue()


def rows_to_csv(rows: Iterable[Sequence[object]]) -> str:
    """Rows that are a table already, a header first."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _axes(conventions: Conventions) -> str:
    return " x ".join(conventions.ordered(("C", "H", "W")))


def _shape(shape: Shape | None, conventions: Conventions) -> str:
    return "" if shape is None else " x ".join(map(str, conventions.ordered(shape)))
