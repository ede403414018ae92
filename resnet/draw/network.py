"""A whole network as a picture: ``network_diagram(trace, "macs")`` -> ``graphviz.Digraph``.

Every stage is a row, and every block a cell that fills up with a quantity; see ``resnet.draw.rows``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from resnet.draw.graph import Diagram
from resnet.draw.layout import totals
from resnet.draw.rows import Cell, Line, Picture, Row, Shortcut, draw, in_lines, per_line
from resnet.draw.rows_words import cell_words, spoken_network
from resnet.modules.layers import Shape
from resnet.numbers.quantities import QUANTITIES, Quantity
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.network import NetworkBlock, NetworkTrace
from resnet.trace.values import OpTrace
from resnet.trace.words import layer


def network_diagram(
    t: NetworkTrace,
    quantity: Quantity = "params",
    *,
    conventions: Conventions = DEFAULT,
    removed: Collection[str] = (),
    plain: bool = False,
    title: str = "",
    named: bool = False,
    narrow: bool = False,
) -> Diagram:
    """The network from input to output, every block a cell that shows the quantity.

    ``removed``  blocks of which only the shortcut is left: their cells are empty, and dashed
    ``plain``    the same layers without any shortcut: no arc, and nothing is left of a removed block but its input
    ``title``    for a network whose name says little;  ``named``  each cell has its block's name below it, not a number
    ``narrow``   for a column of a paper: blocks in several lines
    """
    picture = _Maker(t, quantity, conventions, frozenset(removed), plain, named, narrow).picture(title)
    graph = draw(picture)
    graph.spoken = spoken_network(picture)
    return graph


class _Maker:
    def __init__(
        self,
        t: NetworkTrace,
        quantity: Quantity,
        conventions: Conventions,
        removed: frozenset[str],
        plain: bool,
        named: bool,
        narrow: bool,
    ) -> None:
        self.removed, self.plain, self.named, self.narrow = removed, plain, named, narrow
        self.t, self.quantity, self.conventions = t, QUANTITIES[quantity], conventions

    def picture(self, title: str) -> Picture:
        t = self.t
        return Picture(
            title=title or f"{names.network_title(t.spec)}, option {t.spec.shortcut_option}",
            totals=totals(t, self.conventions),
            x=self.conventions.shape(t.in_shape),
            y=f"{t.out_shape[0]:,} classes",
            rows=tuple(self._rows()),
            notes=tuple(self._notes()),
            short=self.named,
            narrow=self.narrow,
        )

    def _rows(self) -> Iterator[Row]:
        t = self.t
        yield Row(name="stem", title="Stem", below=self._part(t.stem), shape="")
        shape = _shape(t.stem)
        for number in t.stages:
            blocks = t.stage(number)
            yield Row(
                name=f"stage{number}",
                title=f"Stage {number}",
                below=self._sum(blocks),
                shape=self.conventions.shape(shape),
                lines=self._lines([self._cell(block) for block in blocks]),
            )
            shape = blocks[-1].out_shape
        yield Row(name="head", title="Head", below=self._part(t.head), shape=self.conventions.shape(shape))

    def _lines(self, cells: list[Cell]) -> tuple[Line, ...]:
        most = max(len(self.t.stage(number)) for number in self.t.stages)
        return in_lines(cells, per_line(most, narrow=True) if self.narrow else len(cells))

    def _cell(self, block: NetworkBlock) -> Cell:
        removed = block.name in self.removed
        share = self.quantity.share(block, self.conventions)
        amount = "" if removed else self.quantity.amount(self._value(block))
        return Cell(
            name=block.name,
            value=self._value(block),
            share=share,
            label=block.name if self.named else amount,
            says=cell_words(self._with_unit(self._value(block)), self.quantity.amount(share) if share else ""),
            shortcut="none" if self.plain else _look(block),
            removed=removed,
        )

    def _notes(self) -> Iterator[str]:
        fullest = self._with_unit(max(self._value(block) for block in self.t.blocks))
        name = self.quantity.name(self.conventions)
        yield f"A cell is a block: how full it is shows its {name} (fullest: {fullest})."
        if self.quantity.total and not self.plain:
            yield "Blue filling: the shortcut’s share of it."
        if not self.plain:
            yield "Arcs are the shortcuts. Thin: identity. Strong: projection. Dashed: without parameters."
        if self.removed:
            yield f"Dashed cell: taken out, {'x goes on as it is' if self.plain else 'its shortcut is left'}."

    def _part(self, ops: tuple[OpTrace, ...]) -> str:
        if self.quantity.total is None:
            return layer(ops[-1]) if ops is self.t.head else self._with_unit(self.t.stem_field.size)
        return self._with_unit(self.quantity.total(ops, self.conventions))

    def _value(self, block: NetworkBlock) -> int:
        return self.quantity.of(block, self.conventions)

    def _with_unit(self, value: int) -> str:
        return self.quantity.with_unit(value, self.conventions)

    def _sum(self, blocks: tuple[NetworkBlock, ...]) -> str:
        values = [self._value(block) for block in blocks]
        total = sum(values) if self.quantity.total else max(values)
        many = f"{len(blocks)} {'blocks' if len(blocks) > 1 else 'block'}"
        return many if self.named else f"{many} · {self._with_unit(total)}"


def _look(block: NetworkBlock) -> Shortcut:
    if block.trace.spec.projects:
        return "projection"
    return "free" if block.trace.on("shortcut") else "identity"


def _shape(ops: tuple[OpTrace, ...]) -> Shape:
    shape = ops[-1].out_shape
    assert shape is not None
    return shape
