"""Tables as CSV: the layers of two blocks side by side, and the blocks of a network."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from resnet import text
from resnet.compare import Comparison
from resnet.network_trace import NetworkBlock, NetworkTrace
from resnet.trace import BYTES_PER_ELEMENT, OpTrace, Shape

_COLUMNS: tuple[tuple[str, Callable[[OpTrace], object]], ...] = (
    ("reads", lambda op: " ".join(op.reads)),
    ("output (C x H x W)", lambda op: "" if op.out_shape is None else _shape(op.out_shape)),
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


BLOCK_COLUMNS: tuple[tuple[str, Callable[[NetworkBlock], object]], ...] = (
    ("block", lambda block: block.name),
    ("stage", lambda block: block.stage),
    ("kind", lambda block: block.kind),
    ("changes", lambda block: " + ".join(block.why)),
    ("shortcut", lambda block: block.trace.spec.shortcut),
    ("input (C x H x W)", lambda block: _shape(block.in_shape)),
    ("output (C x H x W)", lambda block: _shape(block.out_shape)),
    ("parameters", lambda block: block.params),
    ("of these in the shortcut", lambda block: block.shortcut_params),
    ("buffers", lambda block: block.buffers),
    ("multiply-adds", lambda block: block.macs),
    ("activation bytes", lambda block: block.activation_bytes),
    ("receptive field (px)", lambda block: block.receptive_field),
    ("jump (px)", lambda block: block.jump),
)


def block_rows(t: NetworkTrace) -> list[dict[str, object]]:
    """The blocks of a network as rows of a table, column by column as in the CSV."""
    return [{name: read(block) for name, read in BLOCK_COLUMNS} for block in t.blocks]


def blocks_to_csv(t: NetworkTrace) -> str:
    """One line for each block; numbers are plain."""
    out = io.StringIO()
    table = csv.DictWriter(out, [name for name, _ in BLOCK_COLUMNS], lineterminator="\n")
    table.writeheader()
    table.writerows(block_rows(t))
    return out.getvalue()


def _shape(shape: Shape) -> str:
    return " x ".join(map(str, shape))
