"""A table as HTML, for a notebook or a page of one's own: the columns that fit on paper."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from resnet.export.table import Cell, Column, Line, Table, one_line, written


def to_html(table: Table) -> str:
    """A ``<table>`` with its title as the caption; what is in a cell is text, whatever it says."""
    table = table.printed()
    head = "".join(f"<tr>{line}</tr>" for line in _head(table.columns))
    rows = "".join(f"<tr>{_line(line, table.columns)}</tr>" for line in table.rows)
    foot = "".join(f"<tr>{_line(line, table.columns)}</tr>" for line in table.totals)
    return (
        f"<table><caption>{escape(one_line(table.title))}</caption><thead>{head}</thead><tbody>{rows}</tbody>"
        f"{f'<tfoot>{foot}</tfoot>' if foot else ''}</table>"
    )


def _head(columns: tuple[Column, ...]) -> Iterator[str]:
    """The headings; above them what several of them belong to."""
    groups = [(of, len(list(some))) for of, some in groupby(columns, key=lambda one: one.of)]
    if any(of for of, _ in groups):
        yield "".join(
            f'<th scope="colgroup" colspan="{many}">{escape(one_line(of))}</th>'
            if of
            else f'<td colspan="{many}"></td>'
            for of, many in groups
        )
    yield "".join(f'<th scope="col"{_right(one)}>{escape(one_line(one.label))}</th>' for one in columns)


def _line(cells: Line, columns: tuple[Column, ...]) -> str:
    return "".join(_cell(cell, column) for cell, column in zip(cells, columns, strict=True))


def _cell(cell: Cell, column: Column) -> str:
    words = escape(written(cell, column))
    return f"<td{_right(column)}>{f'<code>{words}</code>' if column.kind == 'name' and words else words}</td>"


def _right(column: Column) -> str:
    return f' style="text-align:{"right" if column.numeric else "left"}"'
