"""A table for Markdown, as GitHub and most others show it: the columns that fit on paper."""

from __future__ import annotations

import re

from resnet.export.table import Cell, Column, Line, Table, one_line, written

_SPECIAL = re.compile(r"([\\`*_\[\]<>&~$|@]|:(?=//)|(?<=www)\.)")  # emphasis, links, HTML, mathematics, mentions
_FENCES = re.compile("`+")


def to_markdown(table: Table) -> str:
    """Numbers stand to the right, thousands separated; names of modules are code, in which nothing is interpreted.

    Columns are as wide as their widest cell, so that the source can be read, too. Totals are the last rows.

    Source: https://github.github.com/gfm/#tables-extension-
    """
    table = table.printed()
    lines = [[_escaped(one.name) for one in table.columns]]
    lines += [_cells(line, table.columns) for line in (*table.rows, *table.totals)]
    widths = [max(3, *(len(line[i]) for line in lines)) for i in range(len(table.columns))]
    rule = [
        f"{'-' * (width - 1)}:" if one.numeric else "-" * width
        for one, width in zip(table.columns, widths, strict=True)
    ]
    aligned = [[_aligned(*one) for one in zip(line, table.columns, widths, strict=True)] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in (aligned[0], rule, *aligned[1:]))


def _cells(line: Line, columns: tuple[Column, ...]) -> list[str]:
    return [_cell(cell, column) for cell, column in zip(line, columns, strict=True)]


def _cell(cell: Cell, column: Column) -> str:
    words = written(cell, column)
    return _code(words) if column.kind == "name" and words.strip() else _escaped(words)


def _aligned(cell: str, column: Column, width: int) -> str:
    return cell.rjust(width) if column.numeric else cell.ljust(width)


def _escaped(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", one_line(words))


def _code(words: str) -> str:
    """Between as many backticks as the words have nowhere; a pipe would end the cell even there."""
    runs = [len(one) for one in _FENCES.findall(words)]
    fence = "`" * next(many for many in range(1, len(words) + 2) if many not in runs)
    space = " " if words[0] in "` " or words[-1] in "` " else ""
    return f"{fence}{space}{words}{space}{fence}".replace("|", "\\|")
