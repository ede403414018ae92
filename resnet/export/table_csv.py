"""A table as CSV: every column, numbers plain, nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import math

from resnet.export.table import Cell, Column, Table, inert


def to_csv(table: Table) -> str:
    """Headings, rows, totals. Empty is what there is nothing to say of; a negative number stays a number.

    A tab, a carriage return or a line break in a name is a �, so that a line of the file is a row of the table.
    """
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(inert(column.name) for column in table.columns)
    for line in (*table.rows, *table.totals):
        lines.writerow(_plain(cell, column) for cell, column in zip(line, table.columns, strict=True))
    return out.getvalue()


def _plain(cell: Cell, column: Column) -> object:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and column.digits is not None:
        return f"{cell:.{column.digits}f}"
    return inert(cell) if isinstance(cell, str) else cell
