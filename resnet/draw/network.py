"""A whole network as a picture: ``network_diagram(trace, "macs")`` -> ``graphviz.Digraph``.

    x 224 × 224 × 3         On the left the way of the tensor, with its shapes; beside each stage its blocks in order.
    ↓                       A block is a cell that fills up with a quantity: the fullest cell of the picture is full.
    [Stem]                  Over each cell its shortcut: a thin arc is the identity, a strong one a projection (and the
    ↓ 56 × 56 × 64          cell has a strong outline: a convolutional block), a dashed one has no parameters.
    [Stage 2]  ▂ ▃ ▃
    ↓ 56 × 56 × 256
    …

Positions are written into the graph, as in ``resnet.draw.block``.
"""

from __future__ import annotations

from collections.abc import Collection

from resnet.draw import fonts
from resnet.draw.block import Diagram, box, empty_graph, font, headline, num, spline, table, text_line
from resnet.draw.layout import BODY, HEAD, NOTE, TITLE, Point, rounded, straight
from resnet.draw.palette import LIGHT as C
from resnet.modules.layers import Shape
from resnet.numbers.quantities import QUANTITIES, Quantity
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.network import NetworkBlock, NetworkTrace
from resnet.trace.values import OpTrace
from resnet.trace.words import layer

LABEL_WIDTH, SHORT_LABEL, LABEL_HEIGHT = 186.0, 112.0, 42.0  # short: where a stage's sum is left out
ROOM = 700.0  # for a stage's cells
PITCH, GAP = 66.0, 6.0  # of cells, at most; between them
CELL, ARC = 44.0, 15.0  # heights
STEP = 35.0  # from one row to the next: an arrow and its shape
VALUE_FITS = 56.0  # a cell at least so wide has its number below it
HEADING = 46.0


def network_diagram(
    t: NetworkTrace,
    quantity: Quantity = "params",
    *,
    conventions: Conventions = DEFAULT,
    removed: Collection[str] = (),
    plain: bool = False,
    title: str = "",
    named: bool = False,
) -> Diagram:
    """The network from input to output, every block a cell that shows the quantity.

    ``removed``  blocks of which only the shortcut is left: their cells are empty, and dashed
    ``plain``    the same layers without any shortcut: no arc, and nothing is left of a removed block but its input
    ``title``    for a network whose name says little;  ``named``  each cell has its block's name below it, not a number
    """
    picture = _Picture(t, quantity, conventions, frozenset(removed), plain, title, named)
    picture.draw()
    return picture.graph


class _Picture:
    def __init__(
        self,
        t: NetworkTrace,
        quantity: Quantity,
        conventions: Conventions,
        removed: frozenset[str],
        plain: bool,
        title: str,
        named: bool,
    ) -> None:
        self.removed, self.plain, self.named = removed, plain, named
        self.label_width = SHORT_LABEL if named else LABEL_WIDTH
        self.title = title or f"{names.network_title(t.spec)}, option {t.spec.shortcut_option}"
        self.graph = empty_graph("residual_network", title=self.title)
        self.t, self.quantity, self.conventions = t, QUANTITIES[quantity], conventions
        self.pitch = min(PITCH, ROOM / max(stage.blocks for stage in t.spec.stages))
        self.most = max(self._value(block) for block in t.blocks)
        self.width = self.label_width + 36 + max(stage.blocks for stage in t.spec.stages) * self.pitch

    def draw(self) -> None:
        t = self.t
        width = max(self.width, 400.0 if self.named else 520.0)
        totals = headline(t, self.conventions)
        heading = [text_line(width, self.title, TITLE, C.ink, bold=True), text_line(width, totals, BODY, C.muted)]
        self._text("title", width / 2, -HEADING / 2, heading)
        y = self._endpoint("x", t.in_shape, -HEADING - 10)
        y = self._row("stem", "Stem", self._part(t.stem), t.in_shape, y, "x")
        shape = _shape(t.stem)
        before = "stem"
        for number in t.stages:
            blocks = t.stage(number)
            name = f"stage{number}"
            y = self._row(name, f"Stage {number}", self._sum(blocks), shape, y, before)
            self._cells(blocks, y + LABEL_HEIGHT / 2)
            shape, before = blocks[-1].out_shape, name
        y = self._row("head", "Head", self._part(t.head), shape, y, before)
        self._edge(before="head", after="y", y=y, shape=t.out_shape, labelled=False)
        y = self._endpoint("y", t.out_shape, y - STEP - 10)
        fullest = self._with_unit(self.most)
        notes = [
            f"A cell is a block: how full it is shows its {self.quantity.name(self.conventions)} (fullest: {fullest})."
        ]
        if self.quantity.total and not self.plain:
            notes.append("Blue filling: the shortcut’s share of it.")
        if not self.plain:
            notes.append("Arcs are the shortcuts. Thin: identity. Strong: projection. Dashed: without parameters.")
        if self.removed:
            notes.append(f"Dashed cell: taken out, {'x goes on as it is' if self.plain else 'its shortcut is left'}.")
        for i, words in enumerate(notes):
            self._text(f"note {i}", width / 2, y - 26 - 14 * i, [text_line(width, words, NOTE, C.muted)])

    # the way of the tensor

    def _text(self, name: str, x: float, y: float, lines: list[str]) -> None:
        self.graph.node(name, pos=f"{num(x)},{num(y)}", label=table(lines), **{"class": name.partition(" ")[0]})

    def _endpoint(self, name: str, shape: Shape, y: float) -> float:
        """Returns where the next row starts."""
        size = f"{shape[0]:,} classes" if name == "y" else self.conventions.shape(shape)
        label = font(name, HEAD + 1, C.ink, bold=True) + font(f"\u00a0\u00a0\u00a0{size}", HEAD, C.muted)
        position = f"{num(self.label_width / 2)},{num(y)}"
        self.graph.node(name, pos=position, label=f"<{label}>", **{"class": "endpoint"})
        return y - 10

    def _row(self, name: str, title: str, below: str, shape: Shape, y: float, before: str) -> float:
        """A labelled box on the tensor's way; returns its lower edge."""
        self._edge(before, name, y, shape, labelled=before != "x")
        middle = y - STEP - LABEL_HEIGHT / 2
        lines = [
            text_line(self.label_width - 20, title, HEAD, C.ink, bold=True),
            text_line(self.label_width - 20, below, BODY, C.muted),
        ]
        look = box(self.label_width, LABEL_HEIGHT) | {"style": "rounded,filled", "fillcolor": C.card, "color": C.line}
        position = f"{num(self.label_width / 2)},{num(middle)}"
        self.graph.node(name, pos=position, label=table(lines), **look, **{"class": "part"})
        return middle - LABEL_HEIGHT / 2

    def _edge(self, before: str, after: str, y: float, shape: Shape, labelled: bool) -> None:
        x, tip = self.label_width / 2, y - STEP
        label = {}
        if labelled:
            words = self.conventions.shape(shape)
            label = {"label": words, "lp": f"{num(x + 12 + fonts.width(words, BODY) / 2)},{num(y - STEP / 2 + 2)}"}
        points = straight((x, y), (x, tip + 8))
        self.graph.edge(before, after, pos=spline(points, (x, tip)), penwidth="1.8", arrowsize="0.8", **label)

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

    # the blocks

    def _cells(self, blocks: tuple[NetworkBlock, ...], y: float) -> None:
        """A stage's blocks beside its label, whose middle is at ``y``."""
        wide = self.pitch - (GAP if self.pitch > 30 else 3)
        start = self.label_width + 26
        self._way((self.label_width, y), (start, y), blocks[0].name, f"stage{blocks[0].stage}", arrow=True)
        for i, block in enumerate(blocks):
            x = start + i * self.pitch + wide / 2
            if i:
                self._way((x - self.pitch + wide / 2, y), (x - wide / 2, y), block.name, blocks[i - 1].name)
            self._cell(block, x, y, wide)
            if not self.plain:
                self._arc(block, x, y + CELL / 2, wide)
            if wide >= VALUE_FITS and (self.named or block.name not in self.removed):
                words = block.name if self.named else self.quantity.amount(self._value(block))
                label = f"<{font(words, NOTE, C.muted)}>"
                position = f"{num(x)},{num(y - CELL / 2 - 8)}"
                self.graph.node(f"{block.name} number", pos=position, label=label, **{"class": "number"})

    def _way(self, start: Point, end: Point, after: str, before: str, arrow: bool = False) -> None:
        head = {"arrowsize": "0.6"} if arrow else {"arrowhead": "none"}
        tip = end if arrow else None
        points = straight(start, (end[0] - 6, end[1]) if arrow else end)
        self.graph.edge(before, after, pos=spline(points, tip), color=C.muted, penwidth="1", **head)

    def _cell(self, block: NetworkBlock, x: float, y: float, wide: float) -> None:
        look = {"fillcolor": C.card, "color": C.line, "class": "block"}
        if block.trace.spec.projects and not self.plain:
            look = {"fillcolor": C.accent_card, "color": C.accent, "penwidth": "1.8", "class": "block convolutional"}
        if block.name in self.removed:
            look |= {"fillcolor": C.paper, "color": C.muted, "style": "filled,dashed", "penwidth": "1.4"}
            look["class"] += " removed"
        look |= box(wide, CELL) | {"id": block.name, "label": ""}
        self.graph.node(block.name, pos=f"{num(x)},{num(y)}", **{"style": "filled"} | look)
        if block.name in self.removed:
            return
        inner, scale = wide - 5, (CELL - 5) / self.most
        share = self.quantity.share(block, self.conventions)
        floor = y - CELL / 2 + 2.5
        for name, part, colour in (
            ("main", self._value(block) - share, C.muted),
            ("shortcut", share, C.accent),
        ):
            if part:
                high = max(0.6, part * scale)
                look = box(inner, high) | {"style": "filled", "fillcolor": colour, "color": colour, "penwidth": "0"}
                position = f"{num(x)},{num(floor + high / 2)}"
                self.graph.node(f"{block.name} {name}", pos=position, label="", **look, **{"class": "filling"})
                floor += high

    def _arc(self, block: NetworkBlock, x: float, top: float, wide: float) -> None:
        """The shortcut, from in front of the cell to behind it."""
        reach = wide / 2 - 2
        corner = min(5.0, reach / 2)
        points = rounded(
            [(x - reach, top + 1), (x - reach, top + ARC - 5), (x + reach, top + ARC - 5), (x + reach, top + 4)], corner
        )
        look = {"color": C.muted, "penwidth": "1"}
        if block.trace.spec.projects:
            look = {"color": C.accent, "penwidth": "2.6"}
        elif block.trace.on("shortcut"):
            look = {"color": C.accent, "penwidth": "1.4", "style": "dashed"}
        size = "0.35" if wide < 30 else "0.5"
        self.graph.edge(
            block.name,
            block.name,
            pos=spline(points, (x + reach, top + 0.5)),
            arrowsize=size,
            **look,
            **{"class": "shortcut"},
        )


def _shape(ops: tuple[OpTrace, ...]) -> Shape:
    shape = ops[-1].out_shape
    assert shape is not None
    return shape
