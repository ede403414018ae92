r"""A table for LaTeX, with booktabs: a ``tabular`` to \input, or a ``longtable`` where a page is too short for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap

from resnet.draw.tex import tex
from resnet.export.table import Cell, Column, Line, Table, one_line, written

_ON_A_PAGE = 40  # rows
_HEADING = 14  # letters in a line
_ALIGNED = {"prose": r">{\raggedright\arraybackslash}p{45mm}"}


def to_latex(table: Table) -> str:
    r"""The columns that fit on paper. Numbers stand to the right, thousands separated; headings with their units.

    A comment at the top says which packages it takes. What belongs to one of two things stands below its name.
    """
    table = table.printed()
    long = len(table.rows) > _ON_A_PAGE
    packages = [
        "booktabs", *(["longtable"] if long else []), *(["array"] if any(map(_is_prose, table.columns)) else []),
    ]  # fmt: skip
    frame = "longtable" if long else "tabular"
    return "\n".join([
        f"% {one_line(table.title)}",
        f"% \\usepackage{{{','.join(packages)}}}",
        f"\\begin{{{frame}}}{{{''.join(map(_aligned, table.columns))}}}",
        r"\toprule",
        *_head(table.columns),
        r"\midrule" + (r"\endhead" if long else ""),
        *(_line(row, table.columns) for row in table.rows),
        *([r"\midrule"] if table.totals else []),
        *(_line(row, table.columns) for row in table.totals),
        r"\bottomrule",
        f"\\end{{{frame}}}",
        "",
    ])  # fmt: skip


def _is_prose(column: Column) -> bool:
    return column.kind == "prose"


def _aligned(column: Column) -> str:
    return _ALIGNED.get(column.kind, "r" if column.numeric else "l")


def _head(columns: tuple[Column, ...]) -> Iterator[str]:
    groups = [(of, len(list(some))) for of, some in groupby(columns, key=lambda one: one.of)]
    if any(of for of, _ in groups):
        yield " & ".join(f"\\multicolumn{{{many}}}{{c}}{{{tex(of)}}}" for of, many in groups) + r" \\"
        yield " ".join(_rules(groups))
    yield " & ".join(map(_heading, columns)) + r" \\"


def _heading(column: Column) -> str:
    """In several lines where it is long; what belongs together, such as a shape, stays so."""
    lines = wrap(re.sub(" (x|to) ", "\0\\1\0", column.label), _HEADING, break_long_words=False, break_on_hyphens=False)
    said = [tex(one.replace("\0", " ")) for one in lines]
    if len(said) == 1:
        return said[0]
    return f"\\shortstack[{'r' if column.numeric else 'l'}]{{" + r" \\ ".join(said) + "}"


def _rules(groups: list[tuple[str, int]]) -> Iterator[str]:
    """Below the name of each of the two."""
    at = 1
    for of, many in groups:
        if of:
            yield f"\\cmidrule(lr){{{at}-{at + many - 1}}}"
        at += many


def _line(cells: Line, columns: tuple[Column, ...]) -> str:
    return " & ".join(_cell(cell, column) for cell, column in zip(cells, columns, strict=True)) + r" \\"


def _cell(cell: Cell, column: Column) -> str:
    words = written(cell, column)
    if column.numeric:
        return _number(words)
    return f"\\texttt{{{tex(words)}}}" if column.kind == "name" and words else tex(words)


def _number(words: str) -> str:
    """'-1,024' -> '$-$1,024';  '1.2e-05' -> '$1.2 \\cdot 10^{-5}$'"""
    factor, e, power = words.partition("e")
    if e:
        return f"${factor} \\cdot 10^{{{int(power)}}}$"
    return f"$-${words[1:]}" if words.startswith("-") else words
