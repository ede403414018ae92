"""The picture of a network, whatever it was read from: rows on the tensor's way, blocks as cells beside them.

    x 224 × 224 × 3         On the left the way of the tensor, with its shapes; beside each row its blocks in order.
    ↓                       A block is a cell that fills up with a quantity: the fullest cell of the picture is full.
    [Stem]                  Over each cell its shortcut: a thin arc is the identity, a strong one a projection (and the
    ↓ 56 × 56 × 64          cell has a strong outline: a convolutional block), a dashed one has no parameters.
    [Stage 2]  ▂ ▃ ▃
    ↓ 56 × 56 × 256
    …

``resnet.draw.network`` and ``resnet.draw.model`` say what stands in the rows. Positions are written into the graph, as
in ``resnet.draw.block``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from resnet.draw import fonts
from resnet.draw.graph import Diagram, box, empty_graph, font, num, spline, table, text_line
from resnet.draw.layout import BODY, HEAD, NOTE, TITLE, Point, rounded, straight
from resnet.draw.palette import LIGHT as C

Shortcut = Literal["none", "identity", "projection", "free"]  # the last: it changes x without parameters

LABEL_WIDTH, SHORT_LABEL, LABEL_HEIGHT = 186.0, 112.0, 42.0  # short: where a row's sum is left out
ROOM = 700.0  # for a row's cells
PITCH, GAP = 66.0, 6.0  # of cells, at most; between them
CELL, ARC = 44.0, 15.0  # heights
NARROW = 384.0  # all of it, in a column of a paper
PER_LINE, IN_COLUMN = 36, 12  # cells beside each other at most, and in a column
FEW, OF_FEW = 8, 4  # in a column, so few at most are in lines of four, which have room for their numbers
STEP = 35.0  # from one row to the next: an arrow and its shape
VALUE_FITS = 56.0  # a cell at least so wide has its number below it
HEADING = 46.0
LONGER = 11.0  # by how much an arc over others is higher
TURN = 19.0  # from the lower edge of a line of cells to the way that leads to the next
MARKS = 3  # ways to mark a cell


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A block.

    ``name``      unique in the picture, and the element's id;  ``title``  what it is called, if that is no name
    ``value``     how full it is, of which ``share`` is the shortcut's
    ``label``     below it, where it is wide enough;  ``says``  how full it is, in words
    ``shortcut``  the look of its arc
    ``removed``   it is taken out: empty, and dashed
    ``layers``    no block, and nothing to press: layers without a shortcut
    ``mark``      which of the ``MARKS`` underlines it, from 1; 0 for none
    """

    name: str
    value: int
    title: str = ""
    share: int = 0
    label: str = ""
    says: str = ""
    shortcut: Shortcut = "none"
    removed: bool = False
    layers: bool = False
    mark: int = 0


@dataclass(frozen=True, kw_only=True)
class Long:
    """A shortcut around several cells of a line. ``level``  1, or more where it lies over others that are long."""

    first: int
    last: int
    shortcut: Shortcut
    level: int = 1


@dataclass(frozen=True, kw_only=True)
class Line:
    """Cells beside each other.

    ``begins``  its tensor comes from the row itself: the first line, and every branch; else from the line above
    ``says``    behind its last cell
    """

    cells: tuple[Cell, ...]
    longs: tuple[Long, ...] = ()
    begins: bool = True
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A labelled box on the tensor's way, and what stands beside it. ``shape``  of the tensor that enters it."""

    name: str
    title: str
    below: str
    shape: str
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A network as it is drawn.

    ``x``, ``y``   what stands beside the input and the output
    ``notes``      below it;  ``marked``  what each mark means, below them
    ``short``      the labels have no sums, and a narrower picture will do
    ``narrow``     for a column of a paper: ``NARROW`` wide, whose makers keep to ``per_line``
    """

    title: str
    totals: str
    x: str
    y: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    marked: tuple[str, ...] = ()
    short: bool = False
    narrow: bool = False


def per_line(most: int, narrow: bool) -> int:
    """How many cells stand beside each other at most, where one row has ``most``."""
    if not narrow:
        return PER_LINE
    return OF_FEW if most <= FEW else IN_COLUMN


def in_lines(cells: Sequence[Cell], most: int) -> tuple[Line, ...]:
    """Cells without a shortcut around several of them, in lines that are about equally long."""
    lines = max(1, -(-len(cells) // most))
    size = -(-len(cells) // lines)
    return tuple(Line(cells=tuple(cells[i : i + size]), begins=i == 0) for i in range(0, len(cells), size))


def draw(picture: Picture) -> Diagram:
    """The picture as a graph."""
    drawing = _Drawing(picture)
    drawing.draw()
    return drawing.graph


class _Drawing:
    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.graph = empty_graph("residual_network", title=picture.title)
        self.graph.picture = picture
        self.label_width = SHORT_LABEL if picture.short else LABEL_WIDTH
        lines = [line for row in picture.rows for line in row.lines]
        most = max((len(line.cells) for line in lines), default=0)
        room = NARROW - self.label_width - 36 if picture.narrow else ROOM
        self.pitch = min(PITCH, room / max(most, 1))
        self.most = max((cell.value for line in lines for cell in line.cells), default=0)
        least = NARROW if picture.narrow else 400.0 if picture.short else 520.0
        self.width = max(self.label_width + 36 + most * self.pitch, least)

    def draw(self) -> None:
        p = self.picture
        width = self.width
        heading = [text_line(width, p.title, TITLE, C.ink, bold=True), text_line(width, p.totals, BODY, C.muted)]
        self._text("title", width / 2, -HEADING / 2, heading)
        y = self._endpoint("x", p.x, -HEADING - 10)
        before, floor = "x", y
        for row in p.rows:
            y, floor = self._row(row, y, floor, before)
            before = row.name
        self._edge(before, "y", y, min(floor, y) - STEP, "")
        y = self._endpoint("y", p.y, min(floor, y) - STEP - 10)
        notes = [line for words in p.notes for line in fonts.wrapped(words, width, NOTE)] if p.narrow else p.notes
        for i, words in enumerate(notes):
            self._text(f"note {i}", width / 2, y - 26 - 14 * i, [text_line(width, words, NOTE, C.muted)])
        for i, words in enumerate(p.marked, start=1):
            self._legend(i, words, y - 26 - 14 * (len(notes) + i - 1))

    # the way of the tensor

    def _text(self, name: str, x: float, y: float, lines: list[str]) -> None:
        self.graph.node(name, pos=f"{num(x)},{num(y)}", label=table(lines), **{"class": name.partition(" ")[0]})

    def _endpoint(self, name: str, says: str, y: float) -> float:
        """Returns where the next row starts."""
        label = font(name, HEAD + 1, C.ink, bold=True) + font(f"\u00a0\u00a0\u00a0{says}", HEAD, C.muted)
        position = f"{num(self.label_width / 2)},{num(y)}"
        self.graph.node(name, pos=position, label=f"<{label}>", **{"class": "endpoint"})
        return y - 10

    def _row(self, row: Row, y: float, floor: float, before: str) -> tuple[float, float]:
        """A labelled box on the tensor's way, and its cells; returns its lower edge, and that of its last line.

        ``y``  lower edge of the box before it;  ``floor``  below which its first line has to stay
        """
        top = min(y, floor) - STEP - (_over(row.lines[0]) if row.lines else 0)
        self._edge(before, row.name, y, top, row.shape)
        middle = top - LABEL_HEIGHT / 2
        lines = [
            text_line(self.label_width - 20, row.title, HEAD, C.ink, bold=True),
            text_line(self.label_width - 20, row.below, BODY, C.muted),
        ]
        look = box(self.label_width, LABEL_HEIGHT) | {"style": "rounded,filled", "fillcolor": C.card, "color": C.line}
        position = f"{num(self.label_width / 2)},{num(middle)}"
        self.graph.node(row.name, pos=position, label=table(lines), **look, **{"class": "part"})
        bottom = middle - LABEL_HEIGHT / 2
        at = bottom + LABEL_HEIGHT / 2
        for i, line in enumerate(row.lines):
            if i:
                at -= LABEL_HEIGHT + STEP + _over(line)
            self._line(row, i, at)
        return bottom, min(bottom, at - LABEL_HEIGHT / 2)

    def _edge(self, before: str, after: str, y: float, tip: float, words: str) -> None:
        x = self.label_width / 2
        label = {}
        if words:
            label = {"label": words, "lp": f"{num(x + 12 + fonts.width(words, BODY) / 2)},{num((y + tip) / 2 + 2)}"}
        points = straight((x, y), (x, tip + 8))
        self.graph.edge(before, after, pos=spline(points, (x, tip)), penwidth="1.8", arrowsize="0.8", **label)

    # the blocks

    def _line(self, row: Row, number: int, y: float) -> None:
        """A line of cells beside the label; their middle is at ``y``."""
        line = row.lines[number]
        wide = self.pitch - (GAP if self.pitch > 30 else 3)
        start = self.label_width + 26
        if number == 0:
            self._way((self.label_width, y), (start, y), line.cells[0].name, row.name, arrow=True)
        elif line.begins:
            self._branch(row, line, y, start)
        else:
            self._turn(row, number, y, wide)
        for i, cell in enumerate(line.cells):
            x = start + i * self.pitch + wide / 2
            if i:
                self._way((x - self.pitch + wide / 2, y), (x - wide / 2, y), cell.name, line.cells[i - 1].name)
            self._cell(cell, x, y, wide)
            if cell.shortcut != "none":
                self._arc(cell, x, y + CELL / 2, wide)
            if cell.label and (wide >= VALUE_FITS or (self.picture.narrow and fonts.width(cell.label, NOTE) <= wide)):
                label = f"<{font(cell.label, NOTE, C.muted)}>"
                position = f"{num(x)},{num(y - CELL / 2 - (10.5 if cell.mark else 8))}"
                self.graph.node(f"{cell.name} number", pos=position, label=label, **{"class": "number"})
        for long in line.longs:
            left, right = (start + i * self.pitch + wide / 2 for i in (long.first, long.last))
            self._long(line, long, left, right, y + CELL / 2, wide)
        if line.says:
            x = start + len(line.cells) * self.pitch + 8 + fonts.width(line.says, BODY) / 2
            label = f"<{font(line.says, BODY, C.muted)}>"
            name = f"{line.cells[-1].name} says"
            self.graph.node(name, pos=f"{num(x)},{num(y)}", label=label, **{"class": "number"})

    def _way(self, start: Point, end: Point, after: str, before: str, arrow: bool = False) -> None:
        head = {"arrowsize": "0.6"} if arrow else {"arrowhead": "none"}
        tip = end if arrow else None
        points = straight(start, (end[0] - 6, end[1]) if arrow else end)
        self.graph.edge(before, after, pos=spline(points, tip), color=C.muted, penwidth="1", **head)

    def _bent(self, bends: Sequence[Point], after: str, before: str) -> None:
        """A thin way with corners, into a cell."""
        *rest, tip = bends
        points = rounded([*rest, (tip[0] - 6, tip[1])], 5.0)
        self.graph.edge(before, after, pos=spline(points, tip), color=C.muted, penwidth="1", arrowsize="0.6")

    def _branch(self, row: Row, line: Line, y: float, start: float) -> None:
        """From the way into the first line down to this one."""
        first = sum(LABEL_HEIGHT + STEP + _over(one) for one in row.lines[1 : row.lines.index(line) + 1])
        x = self.label_width + 9
        self._bent([(x, y + first), (x, y), (start, y)], line.cells[0].name, row.name)

    def _turn(self, row: Row, number: int, y: float, wide: float) -> None:
        """From the end of the line above to the start of this one, between both."""
        above, line = row.lines[number - 1], row.lines[number]
        start, end = self.label_width + 26, self.label_width + 26 + (len(above.cells) - 1) * self.pitch + wide
        before = y + LABEL_HEIGHT + STEP + _over(line)
        between = before - CELL / 2 - TURN
        bends = [(end, before), (end + 9, before), (end + 9, between), (start - 15, between), (start - 15, y)]
        self._bent([*bends, (start, y)], line.cells[0].name, above.cells[-1].name)

    def _cell(self, cell: Cell, x: float, y: float, wide: float) -> None:
        look = {"fillcolor": C.card, "color": C.line, "class": "layers" if cell.layers else "block"}
        if cell.shortcut == "projection":
            look = {"fillcolor": C.accent_card, "color": C.accent, "penwidth": "1.8", "class": "block convolutional"}
        if cell.removed:
            look |= {"fillcolor": C.paper, "color": C.muted, "style": "filled,dashed", "penwidth": "1.4"}
            look["class"] += " removed"
        look |= box(wide, CELL) | {"id": cell.name, "label": ""}
        self.graph.node(cell.name, pos=f"{num(x)},{num(y)}", **{"style": "filled"} | look)
        if cell.mark:
            self._mark(f"{cell.name} mark", cell.mark, x, y - CELL / 2 - 2.4, wide)
        if cell.removed or not self.most:
            return
        inner, scale = wide - 5, (CELL - 5) / self.most
        floor = y - CELL / 2 + 2.5
        for name, part, colour in (
            ("main", cell.value - cell.share, C.muted),
            ("shortcut", cell.share, C.accent),
        ):
            if part:
                high = max(0.6, part * scale)
                look = box(inner, high) | {"style": "filled", "fillcolor": colour, "color": colour, "penwidth": "0"}
                position = f"{num(x)},{num(floor + high / 2)}"
                self.graph.node(f"{cell.name} {name}", pos=position, label="", **look, **{"class": "filling"})
                floor += high

    def _arc(self, cell: Cell, x: float, top: float, wide: float) -> None:
        """The shortcut, from in front of the cell to behind it."""
        reach = wide / 2 - 2
        self._over_cells(cell.name, cell.name, cell.shortcut, (x - reach, x + reach), top, ARC - 5, wide)

    def _long(self, line: Line, long: Long, left: float, right: float, top: float, wide: float) -> None:
        """A shortcut from in front of its first cell to behind its last: outside of their own arcs."""
        reach = wide / 2 + (1.5 if self.pitch > 30 else 0.5)
        ends = line.cells[long.first].name, line.cells[long.last].name
        high = ARC - 5 + LONGER * long.level
        self._over_cells(*ends, long.shortcut, (left - reach, right + reach), top, high, wide)

    def _over_cells(
        self, first: str, last: str, shortcut: Shortcut, ends: tuple[float, float], top: float, high: float, wide: float
    ) -> None:
        left, right = ends
        corner = min(5.0, (right - left) / 4)
        points = rounded([(left, top + 1), (left, top + high), (right, top + high), (right, top + 4)], corner)
        look = {"color": C.muted, "penwidth": "1"}
        if shortcut == "projection":
            look = {"color": C.accent, "penwidth": "2.6"}
        elif shortcut == "free":
            look = {"color": C.accent, "penwidth": "1.4", "style": "dashed"}
        size = "0.35" if wide < 30 else "0.5"
        self.graph.edge(
            first,
            last,
            pos=spline(points, (right, top + 0.5)),
            arrowsize=size,
            **look,
            **{"class": "shortcut"},
        )

    # marks

    def _mark(self, name: str, kind: int, x: float, y: float, wide: float) -> None:
        """A line in so many pieces, which needs no colour."""
        gap = min(4.0, wide / 8)
        piece = (wide - gap * (kind - 1)) / kind
        for i in range(kind):
            at = x - wide / 2 + piece / 2 + i * (piece + gap)
            look = box(piece, 2.4) | {"style": "filled", "fillcolor": C.ink, "color": C.ink, "penwidth": "0"}
            self.graph.node(f"{name} {i}", pos=f"{num(at)},{num(y)}", label="", **look, **{"class": "mark"})

    def _legend(self, kind: int, words: str, y: float) -> None:
        self._mark(f"legend {kind}", kind, 15, y, 22)
        width = self.width - 34
        self._text(f"note mark {kind}", 34 + width / 2, y, [text_line(width, words, NOTE, C.muted)])


def _over(line: Line) -> float:
    """Room above a line's cells that its long shortcuts take."""
    return LONGER * max((long.level for long in line.longs), default=0)
