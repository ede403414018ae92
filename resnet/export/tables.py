"""Tables as CSV: the layers of two blocks side by side, and the blocks of a network."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from resnet.numbers.compare import Comparison
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.block import BYTES_PER_ELEMENT, OpTrace, Shape
from resnet.trace.network import NetworkBlock, NetworkTrace
from resnet.trace.words import layer

_Column = tuple[str, Callable[[OpTrace], object]]


def _columns(conventions: Conventions) -> tuple[_Column, ...]:
    return (
        ("reads", lambda op: " ".join(op.reads)),
        (f"output ({_axes(conventions)})", lambda op: _shape(op.out_shape, conventions)),
        (_counted(conventions), conventions.params),
        ("weights", lambda op: op.weights),
        ("biases", lambda op: op.biases),
        ("BatchNorm scale", lambda op: op.scale),
        ("BatchNorm shift", lambda op: op.shift),
        (_statistics(conventions), lambda op: op.buffers),
        (conventions.operations_name, conventions.operations),
        ("activation bytes", lambda op: op.out_elements * BYTES_PER_ELEMENT),
    )


def _counted(conventions: Conventions) -> str:
    return "parameters" if conventions.counting == "pytorch" else "parameters (Keras)"


def _statistics(conventions: Conventions) -> str:
    return "buffers" if conventions.counting == "pytorch" else "of these not trained"


def to_csv(comparison: Comparison) -> str:
    """Numbers are plain (no thousands separators); an operation that a block does not have leaves its cells empty."""
    titles = [names.title(t.spec) for t in (comparison.left, comparison.right)]
    columns = _columns(comparison.conventions)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["path", "layer", "name"] + [f"{block}: {column}" for block in titles for column, _ in columns])
    for row in comparison.rows:
        op = row.op
        table.writerow([op.path, layer(op), op.name, *_cells(row.left, columns), *_cells(row.right, columns)])
    totals = [_totals(t.ops, columns) for t in (comparison.left, comparison.right)]
    table.writerow(["", "total", "", *totals[0], *totals[1]])
    return out.getvalue()


def _cells(op: OpTrace | None, columns: tuple[_Column, ...]) -> list[object]:
    return [""] * len(columns) if op is None else [read(op) for _, read in columns]


def _totals(ops: tuple[OpTrace, ...], columns: tuple[_Column, ...]) -> list[object]:
    cells: list[object] = []
    for _, read in columns:
        numbers = [value for value in map(read, ops) if isinstance(value, int)]
        cells.append(sum(numbers) if numbers else "")
    return cells


def _block_columns(conventions: Conventions) -> tuple[tuple[str, Callable[[NetworkBlock], object]], ...]:
    return (
        ("block", lambda block: block.name),
        ("stage", lambda block: block.stage),
        ("kind", lambda block: block.kind),
        ("changes", lambda block: " + ".join(block.why)),
        ("shortcut", lambda block: block.trace.spec.shortcut),
        (f"input ({_axes(conventions)})", lambda block: _shape(block.in_shape, conventions)),
        (f"output ({_axes(conventions)})", lambda block: _shape(block.out_shape, conventions)),
        (_counted(conventions), conventions.params),
        ("of these in the shortcut", lambda block: conventions.params(*block.trace.on("shortcut"))),
        (_statistics(conventions), lambda block: block.buffers),
        (conventions.operations_name, conventions.operations),
        ("activation bytes", lambda block: block.activation_bytes),
        ("receptive field (px)", lambda block: block.receptive_field),
        ("jump (px)", lambda block: block.jump),
    )


def block_rows(t: NetworkTrace, conventions: Conventions = DEFAULT) -> list[dict[str, object]]:
    """The blocks of a network as rows of a table, column by column as in the CSV."""
    columns = _block_columns(conventions)
    return [{name: read(block) for name, read in columns} for block in t.blocks]


def blocks_to_csv(t: NetworkTrace, conventions: Conventions = DEFAULT) -> str:
    """One line for each block; numbers are plain."""
    rows = block_rows(t, conventions)
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def _axes(conventions: Conventions) -> str:
    return " x ".join(conventions.ordered(("C", "H", "W")))


def _shape(shape: Shape | None, conventions: Conventions) -> str:
    return "" if shape is None else " x ".join(map(str, conventions.ordered(shape)))
