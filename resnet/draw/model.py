"""Anybody's network as the picture that readers know: ``model_diagram(graph, "macs")`` -> ``graphviz.Digraph``.

``resnet.models.parts`` says what stands in which row, ``resnet.draw.rows`` draws it. Each residual block is a cell;
layers that stand between blocks of one stage are a cell without an arc.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from resnet import text
from resnet.draw.graph import Diagram
from resnet.draw.layout import totals
from resnet.draw.rows import MARKS, PER_LINE, Cell, Line, Long, Picture, Row, Shortcut, draw, per_line
from resnet.draw.rows_words import cell_words, spoken_network
from resnet.models.axes import channel_axes, channels_first
from resnet.models.graph import BYTES_PER_ELEMENT, Graph, elements, own_nodes
from resnet.models.node import Dims, Node
from resnet.models.parts import Part, Parts, Piece, Span, parts_of
from resnet.models.summary import sentence
from resnet.models.sums import ResidualSum
from resnet.numbers.quantities import QUANTITIES, Quantity
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.spec.errors import SpecError

MODEL_QUANTITIES = tuple(key for key, one in QUANTITIES.items() if one.total)  # a graph has a sum of these
NO_SHAPE = "shape not known"


def model_diagram(
    graph: Graph,
    quantity: Quantity = "params",
    *,
    conventions: Conventions = DEFAULT,
    marked: Mapping[str, str] | None = None,
    title: str = "",
    narrow: bool = False,
) -> Diagram:
    """The network from input to output, every residual block a cell that shows the quantity: one of MODEL_QUANTITIES.

    ``marked``  names of residual sums that are underlined, and what that means: ``{"layer1.0": "differs"}``
    ``title``   if it is not the graph's name;  ``narrow``  for a column of a paper

    The id of a cell is ``cell_id(sum)``. Raises SpecError for a quantity that no graph has.
    """
    if quantity not in MODEL_QUANTITIES:
        raise SpecError("quantity", quantity, "one of " + ", ".join(MODEL_QUANTITIES))
    picture = _Maker(graph, quantity, conventions, marked or {}, narrow).picture(title)
    drawn = draw(picture)
    drawn.spoken = spoken_network(picture, sentence(graph, conventions))
    return drawn


def cell_id(one: ResidualSum) -> str:
    """The id of a residual sum's cell: its name, with all but letters, digits and dots written as their code.

    No two names have the same id.
    """
    return re.sub(r"[^A-Za-z0-9.]", lambda found: "__" if found[0] == "_" else f"_{ord(found[0]):x}_", one.name)


def measure(nodes: Sequence[Node], quantity: Quantity, graph: Graph, conventions: Conventions = DEFAULT) -> int:
    """How much of a quantity these operations have, for one image."""
    if quantity == "params":
        return conventions.params(*nodes)
    if quantity == "macs":
        return graph.per_image(conventions.operations(*nodes))
    return BYTES_PER_ELEMENT * graph.per_image(sum(elements(node.out_shape) for node in nodes if node.out_shape))


class _Maker:
    def __init__(
        self, graph: Graph, quantity: Quantity, conventions: Conventions, marked: Mapping[str, str], narrow: bool
    ) -> None:
        self.graph, self.key, self.conventions, self.marked = graph, quantity, conventions, marked
        self.quantity = QUANTITIES[quantity]
        self.axes = channel_axes(graph)
        self.found: Parts = parts_of(graph)
        self.meanings = list(dict.fromkeys(marked.values()))
        self.narrow = narrow
        most = max((len(branch) for part in self.found.parts for branch in part.branches), default=0)
        longest = max((1 + span.last - span.first for span in self.found.spans), default=0)
        self.per_line = per_line(most, narrow)
        if longest <= PER_LINE:  # a shortcut around several cells is drawn in one line
            self.per_line = max(self.per_line, longest)

    def picture(self, title: str) -> Picture:
        graph = self.graph
        rows = tuple(self._row(i, part) for i, part in enumerate(self.found.parts))
        cells = [cell for row in rows for line in row.lines for cell in line.cells]
        return Picture(
            title=title or graph.name,
            totals=totals(graph, self.conventions),
            x=self._ends([one.name for one in graph.inputs]),
            y=self._ends(graph.outputs),
            rows=rows,
            notes=tuple(self._notes(cells)),
            marked=tuple(self._legends()),
            narrow=self.narrow,
        )

    # words

    def _ends(self, names: Sequence[str]) -> str:
        """Shapes of inputs or of outputs."""
        if not names:
            return NO_SHAPE
        more = f", and {len(names) - 1} more" if len(names) > 1 else ""
        return self._shape(names[0]) + more

    def _shape(self, name: str) -> str:
        shape = self.graph.shapes.get(name)
        return NO_SHAPE if shape is None else self._words(shape[1:], self.axes.get(name, 1))

    def _words(self, shape: Dims, axis: int) -> str:
        if not shape:
            return "one number"
        return self.conventions.shape(channels_first(shape, axis) if len(shape) > 2 else shape)

    def _amount(self, nodes: Sequence[Node]) -> int:
        return measure(nodes, self.key, self.graph, self.conventions)

    def _with_unit(self, value: int) -> str:
        return self.quantity.with_unit(value, self.conventions)

    def _notes(self, cells: Sequence[Cell]) -> Iterator[str]:
        blocks = [cell for cell in cells if not cell.layers]
        drawn = {cell.shortcut for cell in cells} | {_look(span.sum) for span in self.found.spans}
        if cells:
            fullest = self._with_unit(max(cell.value for cell in cells))
            what = "block" if blocks else "layer" if self._one_by_one else "few layers"
            name = self.quantity.name(self.conventions)
            yield f"A cell is a {what}: how full it is shows its {name} (fullest: {fullest})."
        if any(cell.share for cell in cells):
            yield "Blue filling: the shortcut’s share of it."
        if drawn - {"none"}:
            yield "Arcs are the shortcuts. Thin: identity. Strong: projection. Dashed: without parameters."
        if blocks and len(blocks) < len(cells):
            yield "A cell without an arc: layers without a shortcut."
        if any(part.kind == "transition" for part in self.found.parts):
            yield "Transition: what has no shortcut around it."
        if self.found.long:
            many = len(self.found.long)
            yield (
                "One more shortcut spans several rows." if many == 1 else f"{many} more shortcuts span several rows."
            )
        if not blocks:
            yield "No residual sum was found."

    @property
    def _one_by_one(self) -> bool:
        return all(len(branch) >= part.layers for part in self.found.parts for branch in part.branches)

    def _legends(self) -> Iterator[str]:
        for i, meaning in enumerate(self.meanings[:MARKS], start=1):
            yield meaning if i < MARKS or len(self.meanings) == MARKS else "differs otherwise"

    # rows

    def _row(self, number: int, part: Part) -> Row:
        return Row(
            name=f"stage{part.number}" if part.kind == "stage" else part.kind + (str(number) if part.number else ""),
            title=self._title(part),
            below=self._below(part),
            shape=self._shape(part.enters) if number else "",
            lines=tuple(self._lines(number, part)),
        )

    def _title(self, part: Part) -> str:
        if part.kind != "stage":
            return part.kind.capitalize()
        alone = sum(one.kind == "stage" for one in self.found.parts) == 1
        return "Blocks" if alone else f"Stage {part.number}"

    def _below(self, part: Part) -> str:
        amount = self._with_unit(self._amount(part.nodes))
        if part.kind in ("stem", "head"):
            return amount
        if part.kind == "stage":
            return f"{_many(part.blocks, 'block')} · {amount}"
        return f"{_many(part.layers, 'layer')} · {amount}"

    def _lines(self, number: int, part: Part) -> Iterator[Line]:
        several = len(part.branches) > 1
        for b, branch in enumerate(part.branches):
            spans = [span for span in self.found.spans if (span.part, span.branch) == (number, b)]
            cells = [self._cell(f"_layers.{number}.{b}.{i}", piece) for i, piece in enumerate(branch)]
            starts = _breaks(len(cells), spans, self.per_line)
            for start, end in zip(starts, [*starts[1:], len(cells)], strict=True):
                says = self._result(branch) if several and end == len(cells) else ""
                longs = tuple(_longs(spans, start, end))
                yield Line(cells=tuple(cells[start:end]), longs=longs, begins=start == 0, says=says)

    def _result(self, branch: Sequence[Piece]) -> str:
        last = next((piece.sum for piece in reversed(branch) if piece.sum), None)
        return self._shape(last.add) if last else ""

    def _cell(self, name: str, piece: Piece) -> Cell:
        one = piece.sum
        if one is None:
            value = self._amount(piece.nodes)
            words = self._with_unit(value)
            return Cell(name=name, value=value, label=self.quantity.amount(value), says=words, layers=True)
        value = self._amount(own_nodes(self.graph, one))
        share = self._amount([self.graph.by_name[each] for each in one.shortcut])
        meaning = self.marked.get(one.name)
        return Cell(
            name=cell_id(one),
            title=one.name,
            value=value,
            share=share,
            label=self.quantity.amount(value),
            says=cell_words(self._with_unit(value), self.quantity.amount(share) if share else ""),
            shortcut=_look(one),
            mark=0 if meaning is None else min(self.meanings.index(meaning) + 1, MARKS),
        )


def _many(count: int, of: str) -> str:
    return f"{text.count(count)} {of}{'' if count == 1 else 's'}"


def _look(one: ResidualSum) -> Shortcut:
    if one.projects:
        return "projection"
    return "identity" if one.kind == "identity" else "free"


def _breaks(cells: int, spans: Sequence[Span], per_line: int) -> list[int]:
    """Where lines of at most so many cells begin, about equally long; what a shortcut spans stays together."""
    held = {i for span in spans if span.last - span.first < per_line for i in range(span.first + 1, span.last + 1)}
    units = [i for i in range(cells) if i not in held]
    most = per_line if held else -(-cells // -(-cells // per_line))
    starts = [0]
    for unit, end in zip(units, [*units[1:], cells], strict=True):
        if end - starts[-1] > most and unit > starts[-1]:
            starts.append(unit)
    return starts


def _longs(spans: Sequence[Span], start: int, end: int) -> Iterator[Long]:
    """Of these, what lies in one line, each above those that it holds."""
    levels: list[tuple[Span, int]] = []
    for span in sorted(spans, key=lambda one: one.last - one.first):
        if start <= span.first and span.last < end:
            below = [level for one, level in levels if one.first <= span.last and span.first <= one.last]
            level = max(below, default=0) + 1
            levels.append((span, level))
            yield Long(first=span.first - start, last=span.last - start, shortcut=_look(span.sum), level=level)
