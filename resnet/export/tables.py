"""The layer table as CSV: one line for each operation, both blocks side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from resnet import text
from resnet.compare import Comparison
from resnet.trace import BYTES_PER_ELEMENT, OpTrace

_COLUMNS: tuple[tuple[str, Callable[[OpTrace], object]], ...] = (
    ("reads", lambda op: " ".join(op.reads)),
    ("output (C x H x W)", lambda op: "" if op.out_shape is None else " x ".join(map(str, op.out_shape))),
    ("parameters", lambda op: op.params),
    ("weights", lambda op: op.weights),
    ("biases", lambda op: op.biases),
    ("BatchNorm scale", lambda op: op.scale),
    ("BatchNorm shift", lambda op: op.shift),
    ("buffers", lambda op: op.buffers),
    ("multiply-adds", lambda op: op.macs),
    ("activation bytes", lambda op: op.out_elements * BYTES_PER_ELEMENT),
)


def to_csv(comparison: Comparison) -> str:
    """Numbers are plain (no thousands separators); an operation that a block does not have leaves its cells empty."""
    names = [text.title(t.spec) for t in (comparison.left, comparison.right)]
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["path", "layer", "name"] + [f"{block}: {column}" for block in names for column, _ in _COLUMNS])
    for row in comparison.rows:
        op = row.op
        table.writerow([op.path, text.layer(op), op.name, *_cells(row.left), *_cells(row.right)])
    totals = [_totals(t.ops) for t in (comparison.left, comparison.right)]
    table.writerow(["", "total", "", *totals[0], *totals[1]])
    return out.getvalue()


def _cells(op: OpTrace | None) -> list[object]:
    return [""] * len(_COLUMNS) if op is None else [read(op) for _, read in _COLUMNS]


def _totals(ops: tuple[OpTrace, ...]) -> list[object]:
    cells: list[object] = []
    for _, read in _COLUMNS:
        numbers = [value for value in map(read, ops) if isinstance(value, int)]
        cells.append(sum(numbers) if numbers else "")
    return cells
