"""A table as JSON: rows by the columns' names, and the schema that says what each column is.

The form is a Tabular Data Resource, https://specs.frictionlessdata.io/tabular-data-resource/, whose schema is a Table
Schema, https://specs.frictionlessdata.io/table-schema/. ``pandas.read_json(…, orient="table")`` reads it with
its types.
"""

from __future__ import annotations

import json
import math
from typing import Any

from resnet.export.table import TYPES, Cell, Column, Line, Table

_MISSING_ALLOWED = {"integer": "Int64", "boolean": "boolean"}  # pandas' types that can have gaps, which its plain can't


_ROW = {
    "type": "object",
    "description": "Heading to cell, as the schema's fields say.",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}
_FIELD = {
    "type": "object",
    "required": ["name", "type", "description"],
    "properties": {
        "name": {"type": "string", "description": "The heading, with its unit."},
        "type": {"type": "string", "enum": sorted(set(TYPES.values()))},
        "description": {"type": "string", "description": "What is in the column."},
        "unit": {"type": "string", "description": "Of its numbers."},
        "extDtype": {"type": "string", "enum": sorted(_MISSING_ALLOWED.values()), "description": "For pandas."},
    },
    "additionalProperties": False,
}
# what every table's JSON looks like, as a JSON Schema; what its columns are is in itself, under ``schema``
SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A Tabular Data Resource: the rows, and a Table Schema that says what each column is.",
    "required": ["profile", "name", "title", "schema", "data", "totals"],
    "properties": {
        "profile": {"type": "string", "const": "tabular-data-resource"},
        "name": {"type": "string"},
        "title": {"type": "string"},
        "schema": {
            "type": "object",
            "required": ["fields"],
            "properties": {"fields": {"type": "array", "items": _FIELD}},
            "additionalProperties": False,
        },
        "data": {"type": "array", "items": _ROW},
        "totals": {"type": "array", "items": _ROW, "description": "Lines that stand below the rows."},
    },
    "additionalProperties": False,
}


def to_json(table: Table) -> str:
    """Numbers are numbers, yes and no are true and false, null is what there is nothing to say of.

    ``totals`` stand beside ``data``, so that adding up the rows counts nothing twice.
    """
    content = {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title,
        "schema": {"fields": [field(one) for one in table.columns]},
        "data": [_row(table, line) for line in table.rows],
        "totals": [_row(table, line) for line in table.totals],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def field(column: Column) -> dict[str, str]:
    """What a column is, as a field of a Table Schema."""
    said = {"name": column.name, "type": column.type, "description": column.words}
    if column.unit:
        said["unit"] = column.unit
    if column.type in _MISSING_ALLOWED:
        said["extDtype"] = _MISSING_ALLOWED[column.type]
    return said


def _row(table: Table, line: Line) -> dict[str, Any]:
    return {column.name: _plain(cell, column) for cell, column in zip(line, table.columns, strict=True)}


def _plain(cell: Cell, column: Column) -> Cell:
    """As it is: JSON knows numbers from text, and escapes what is in a name."""
    if isinstance(cell, float):
        return None if not math.isfinite(cell) else cell if column.digits is None else round(cell, column.digits)
    return cell
