"""A table as one value, from which every kind of file is written.

    Table(name="blocks", title=…, columns=(Column(label="parameters", …), …), rows=((75008, …), …))
      ─> table_csv.to_csv         every column, plain numbers
      ─> table_json.to_json       the same as rows, with the schema (Frictionless)
      ─> table_latex.to_latex     booktabs; the columns that fit on paper
      ─> table_markdown.to_markdown  the same columns, as GitHub shows them
      ─> table_html.to_html       the same, for a notebook

A name in a cell may come from somebody's file. ``one_line`` takes out what would steer a terminal or break a line, in
every format; ``inert`` keeps a spreadsheet from taking a cell for a formula, in CSV.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar

T = TypeVar("T")
Cell = str | int | float | bool | None  # None: there is nothing to say
Line = tuple[Cell, ...]
Kind = Literal["text", "name", "prose", "shape", "count", "place", "number", "yes or no"]

# JSON Table Schema's types. Source: https://specs.frictionlessdata.io/table-schema/#types-and-formats
TYPES: dict[Kind, str] = {
    "text": "string", "name": "string", "prose": "string", "shape": "string",
    "count": "integer", "place": "integer", "number": "number", "yes or no": "boolean",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Column:
    """``label``   over its cells, with the unit: "activation bytes", "jump (px)"
    ``words``    what it means, in a sentence
    ``kind``     ``text`` of ours · ``name`` of a module · ``prose``, a sentence or more · ``shape``, "56 x 56 x 256" ·
                 ``count``, how many of something · ``place``, a whole number that counts nothing, such as a stage ·
                 ``number``, any other · ``yes or no``
    ``unit``     of its numbers; empty for what is none
    ``of``       which of two it belongs to, where two stand beside each other: "left"
    ``digits``   decimals that are kept; None: as many as there are
    ``printed``  it stands in a table on paper, too, where there is room for a few
    """

    label: str
    words: str
    kind: Kind
    unit: str = ""
    of: str = ""
    digits: int | None = None
    printed: bool = True

    @property
    def name(self) -> str:
        """Its heading, unlike any other of the table."""
        return f"{self.of}: {self.label}" if self.of else self.label

    @property
    def type(self) -> str:
        """As JSON Table Schema says it: string, integer, number or boolean."""
        return TYPES[self.kind]

    @property
    def counts(self) -> bool:
        """Whether it says how many there are of something, so that it can be added up and wants separators."""
        return self.kind == "count"

    @property
    def numeric(self) -> bool:
        """Whether its cells stand to the right."""
        return self.type in ("integer", "number")


class Read(NamedTuple, Generic[T]):
    """A column, and how its cell is read from what a row is of."""

    column: Column
    read: Callable[[T], Cell]


@dataclass(frozen=True, kw_only=True)
class Table:
    """``name``    of its address, "blocks";  ``title``  what it shows, in a line
    ``rows``    as wide as there are columns;  ``totals``  lines of the same width that stand below them
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Line, ...]
    totals: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        names = [one.name for one in self.columns]
        assert len(set(names)) == len(names), f"two columns of {self.name} have one name"
        assert all(len(line) == len(names) for line in (*self.rows, *self.totals)), f"a row of {self.name} has a gap"

    @property
    def records(self) -> list[dict[str, Cell]]:
        """The rows without the totals, each as heading -> cell; shapes as a reader writes them."""
        return [
            {column.name: said(cell, column) for column, cell in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]

    def printed(self) -> Table:
        """The same with the columns that fit on paper."""
        kept = [i for i, one in enumerate(self.columns) if one.printed]

        def fewer(lines: Iterable[Sequence[Any]]) -> tuple[Line, ...]:
            return tuple(tuple(line[i] for i in kept) for line in lines)

        return Table(
            name=self.name,
            title=self.title,
            columns=tuple(self.columns[i] for i in kept),
            rows=fewer(self.rows),
            totals=fewer(self.totals),
        )


def table_of(name: str, title: str, things: Iterable[T], reads: Sequence[Read[T]]) -> Table:
    """A row for each thing."""
    rows = tuple(tuple(one.read(thing) for one in reads) for thing in things)
    return Table(name=name, title=title, columns=tuple(one.column for one in reads), rows=rows)


def said(cell: Cell, column: Column) -> Cell:
    """A cell for a reader: '56 × 56 × 2,048' for '56 x 56 x 2048'; numbers are left to whoever shows them."""
    if not isinstance(cell, str) or column.kind != "shape":
        return cell
    return " × ".join(f"{int(one):,}" if one.isdecimal() else one for one in cell.split(" x "))


def written(cell: Cell, column: Column) -> str:
    """A cell on paper: thousands separated, a number to six figures, a shape with a ×; empty for None.

    >>> written(25557032, Column(label="parameters", words="", kind="count"))
    '25,557,032'
    """
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}" if column.counts else str(cell)
    if isinstance(cell, float):
        return f"{cell:.{column.digits}f}" if column.digits is not None else f"{cell:.6g}"
    return one_line(str(said(cell, column)))


def one_line(words: str) -> str:
    """Without what breaks a line, steers a terminal, or turns the direction of writing."""
    return "".join(one if one.isprintable() else "�" for one in words)


# where a spreadsheet may begin a cell: at the beginning, and behind a semicolon, which separates them in many countries
_FORMULA = re.compile(r"(^|;)(?=[=+\-@＝＋－＠])")


def inert(words: str) -> str:
    """In one line, and nothing that a spreadsheet takes for a formula.

    >>> inert("=1+1"), inert("a;@b"), inert("a-b")
    ("'=1+1", "a;'@b", 'a-b')

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    return _FORMULA.sub(r"\1'", one_line(words))
