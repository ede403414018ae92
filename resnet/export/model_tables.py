"""The tables of anybody's network: its residual sums, and what another network beside it does differently."""

from __future__ import annotations

from dataclasses import replace

from resnet.export.models import change_words, said_with, sum_shape
from resnet.export.table import Cell, Column, Kind, Line, Read, Table, table_of
from resnet.export.tables import axes, operations_column, params_column
from resnet.models.align import NetworkComparison, Row
from resnet.models.graph import Graph, own_nodes, residual_sums
from resnet.models.summary import KINDS, block_words, shape_words, shortcut_cost, verdict
from resnet.models.sums import ResidualSum
from resnet.models.units import Unit
from resnet.spec.conventions import DEFAULT, Conventions


def _where(conventions: Conventions) -> str:
    """Of a map, and of a sequence, which is always length x channels."""
    return f"{axes(conventions)} or L x C"


def _plain(shape: str) -> str:
    return shape.replace("×", "x").replace(",", "")


# residual sums


def _of_sums(graph: Graph, conventions: Conventions) -> tuple[Read[ResidualSum], ...]:
    around = {name: one.name for one in reversed(residual_sums(graph)) for name in one.inside}

    def text(label: str, words: str, kind: Kind = "text", printed: bool = True) -> Column:
        return Column(label=label, words=words, kind=kind, printed=printed)

    def dims(one: ResidualSum, shape: tuple[int, ...]) -> str:
        return _plain(sum_shape(graph, one, shape, conventions))

    where = _where(conventions)
    return (
        Read(text("block", "Its module, or what the file calls the sum.", "name"), lambda one: one.name),
        Read(text("kind", "Which block it is."), lambda one: block_words(one.block)),
        Read(text("shortcut", "What stands on it."), lambda one: KINDS[one.kind].one),
        Read(text("channels change", "From x to F(x).", "yes or no", False), lambda one: one.channels_change),
        Read(text("size changes", "From x to F(x).", "yes or no", False), lambda one: one.size_changes),
        Read(text("needed", "Whether a bare identity would be impossible.", "yes or no"), lambda one: one.needed),
        Read(text(f"input ({where})", "The shape of x, of one image.", "shape", False),
             lambda one: dims(one, one.in_shape)),
        Read(text(f"output ({where})", "The shape of the sum, of one image.", "shape"),
             lambda one: dims(one, one.out_shape)),
        Read(params_column(conventions, "Of the block"), lambda one: conventions.params(*own_nodes(graph, one))),
        Read(params_column(conventions, "Of the shortcut alone", where="in the shortcut"),
             lambda one: shortcut_cost(graph, one, conventions)),
        Read(operations_column(conventions, "Of convolutions, linear layers, matrix products and attention"),
             lambda one: conventions.operation.of_one * one.macs),
        Read(text("inside", "The residual sum on whose main path it stands; empty for most.", "name", False),
             lambda one: around.get(one.add, "")),
        Read(text("verdict", "What became of it, and what its shortcut costs.", "prose", False),
             lambda one: verdict(graph, one, conventions).sentence),
    )  # fmt: skip


def sums_table(graph: Graph, conventions: Conventions = DEFAULT) -> Table:
    """A row for each residual sum, in the order in which they run. What stands inside another has a row of its own."""
    title = f"The residual sums of {graph.name}"
    return table_of("sums", title, residual_sums(graph), _of_sums(graph, conventions))


def sum_rows(graph: Graph, conventions: Conventions = DEFAULT) -> list[dict[str, Cell]]:
    """The same, row by row, for the page."""
    return sums_table(graph, conventions).records


def sum_counts(conventions: Conventions = DEFAULT) -> tuple[str, ...]:
    """The columns of that table that hold numbers of something."""
    nothing = Graph(name="", source="", inputs=(), nodes=(), outputs=())
    return tuple(one.column.name for one in _of_sums(nothing, conventions) if one.column.counts)


# two networks

_ROW = Column(
    label="row", words="same, changed, only_left or only_right; total for the last.", kind="text", printed=False
)
_CHANGES = Column(label="changes", words="What the left one’s has become on the right.", kind="prose")


def _of_units(conventions: Conventions) -> tuple[Read[Unit], ...]:
    output = Column(
        label=f"output ({_where(conventions)})", words="The shape of its result, of one image.", kind="shape",
        printed=False,
    )  # fmt: skip
    return (
        Read(
            Column(label="name", words="Of the module, or what the file calls it.", kind="name"), lambda one: one.name
        ),
        Read(
            Column(label="what", words="A block or a layer, in a few words.", kind="text", printed=False),
            lambda one: one.what,
        ),
        Read(output, lambda one: _plain(shape_words(one.out_shape, conventions, one.axis))),
        Read(params_column(conventions, "Of the unit"), conventions.params),
        Read(replace(operations_column(conventions, "Of the unit"), printed=False), conventions.operations),
    )


def models_table(c: NetworkComparison, conventions: Conventions | None = None) -> Table:
    """A row for each unit, and the totals. What one network does not have leaves cells empty.

    ``conventions``  the comparison's own if they are left out
    """
    c = said_with(c, conventions)
    reads = _of_units(c.conventions)
    sides = [replace(one.column, of=side) for side in ("left", "right") for one in reads]
    left_over = [
        replace(one.column, of="difference", words=f"Right minus left: {one.column.words}")
        for one in reads
        if one.column.counts
    ]
    rows = tuple(
        (row.kind, *_cells(row.left, reads), *_cells(row.right, reads), *_differences(row, reads), _changes(row))
        for row in c.rows
    )
    return Table(
        name="models",
        title=f"{c.left.name} (left) and {c.right.name} (right), row by row",
        columns=(_ROW, *sides, *left_over, _CHANGES),
        rows=rows,
        totals=(_total(c),),
    )


def _cells(unit: Unit | None, reads: tuple[Read[Unit], ...]) -> Line:
    return tuple(None if unit is None else one.read(unit) for one in reads)


def _differences(row: Row, reads: tuple[Read[Unit], ...]) -> Line:
    return tuple(_count(one, row.right) - _count(one, row.left) for one in reads if one.column.counts)


def _count(one: Read[Unit], unit: Unit | None) -> int:
    cell = None if unit is None else one.read(unit)
    return cell if isinstance(cell, int) else 0


def _total(c: NetworkComparison) -> Line:
    params, operations = c.totals[:2]
    return (
        "total", None, None, None, params.left, operations.left, None, None, None, params.right, operations.right,
        params.difference, operations.difference, None,
    )  # fmt: skip


def _changes(row: Row) -> str:
    return "; ".join(change_words(one) for one in row.changes)
