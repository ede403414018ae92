"""A trace as a graph: ``diagram(trace)`` and ``diagram_pair(left, right)`` -> ``graphviz.Digraph``.

Nodes and edges are the trace's operations and what they read; ``layout`` says where they stand. The positions are
written into the graph and ``layout=nop2`` keeps them, so any Graphviz draws the same picture from the DOT file.

    main path          ink, solid, grey cards
    identity shortcut  accent, solid, nothing on it but its name
    projection         accent, solid, a tinted card with a strong outline
    failing ⊕          alarm, dashed, and a ≠ between the shapes that don't match
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from resnet.draw import fonts, layout
from resnet.draw.block_words import spoken_block, spoken_pair
from resnet.draw.graph import NBSP3, Diagram, box, empty_graph, font, num, spline, table, text_line
from resnet.draw.layout import AWAY, BODY, HEAD, NOTE, TITLE, Box, Figure, Grid, Point, Sizes
from resnet.draw.palette import LIGHT as C  # files are drawn on white paper; the page maps these colours to its theme
from resnet.numbers.compare import verdict
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.values import INPUT, BlockTrace

PAIR_GAP, BELOW_GAP = 64.0, 26.0  # between two blocks beside each other, and below each other
NOTE_BELOW = 28.0  # from the middle of the y label to the middle of the note
ABOVE = layout.HEADING  # what a narrow page may leave out, as it says the same beside the diagram: the heading
BELOW = NOTE_BELOW - layout.ENDPOINT / 2 + NOTE  # … and the note


def diagram(
    trace: BlockTrace,
    *,
    unfolded: bool = False,
    beside: BlockTrace | None = None,
    conventions: Conventions = DEFAULT,
) -> Diagram:
    """The block as a graph.

    ``trace``     the block;  ``conventions``  how shapes and counts are written in it
    ``unfolded``  every layer has its own box; else a convolution, its BatchNorm and its ReLU share one
    ``beside``    a block that will be shown next to this one: both then stand on the same grid
    """
    graph = empty_graph(title=names.title(trace.spec))
    traces = [trace] if beside is None else [trace, beside]
    drawing = BlockDrawing(graph, trace, layout.grid(traces, unfolded, conventions), unfolded, conventions)
    drawing.draw()
    graph.spoken = spoken_block(drawing.figure, verdict(trace, conventions), conventions)
    return graph


def diagram_pair(
    left: BlockTrace,
    right: BlockTrace,
    *,
    unfolded: bool = False,
    conventions: Conventions = DEFAULT,
    narrow: bool = False,
) -> Diagram:
    """Two blocks as one figure, level with each other.

    ``left``, ``right``   the blocks;  ``conventions``  how shapes and counts are written in it
    ``unfolded``  every layer has its own box;  ``narrow``  puts the right one below the left one
    """
    graph = empty_graph(title=f"{names.title(left.spec)}; {names.title(right.spec)}")
    grid = layout.grid([left, right], unfolded, conventions)
    x, second = grid.width + PAIR_GAP, grid
    if narrow:
        joined = len(layout.figure(left, unfolded, conventions).joined)
        x, second = 0.0, replace(grid, upper=grid.bottom(joined - 1) - layout.ENDPOINT / 2 - BELOW_GAP)
    sides = (
        BlockDrawing(graph, left, grid, unfolded, conventions, prefix="left "),
        BlockDrawing(graph, right, second, unfolded, conventions, prefix="right ", x=x),
    )
    for side in sides:
        side.draw()
    if narrow:  # both say the same below themselves
        graph.items = [one for one in graph.items if one.name != "left note"]
    verdicts = verdict(left, conventions), verdict(right, conventions)
    graph.spoken = spoken_pair(sides[0].figure, sides[1].figure, verdicts, conventions)
    return graph


class Drawing:
    """Draws one block into a graph, its left edge at ``x``; ``prefix`` keeps the names of two blocks apart."""

    def __init__(
        self, graph: Diagram, figure: Figure, grid: Grid, conventions: Conventions, prefix: str = "", x: float = 0.0
    ) -> None:
        self.conventions = conventions
        self.graph, self.figure, self.grid, self.prefix, self.x = graph, figure, grid, prefix, x
        self.main_x, self.side_x = x + grid.main_x, x + grid.side_x
        self.main, self.side, self.joined = figure.main, figure.side, figure.joined
        self.shapes = figure.shapes
        self.node_of: dict[str, str] = {}  # operation -> the node that shows it
        self.places: dict[str, tuple[float, float, float]] = {}  # node -> its middle, and half of its height

    def draw(self) -> None:
        grid = self.grid
        self.graph.figures, self.graph.conventions = (*self.graph.figures, self.figure), self.conventions
        self._text("title", grid.upper - layout.HEADING / 2, self._heading())
        self._endpoint(INPUT, grid.top)
        for i, card in enumerate(self.main):
            self._card(card, self.main_x, grid.row(i), grid.card_width, grid.heights[i], "main")
        for card, y in zip(self.side, grid.beside([card.height for card in self.side]), strict=True):
            self._card(card, self.side_x, y, grid.side_width, card.height, "shortcut")
        for i, card in enumerate(self.joined):
            if card.adds:
                self._addition(card)
            else:
                self._after(card, grid.after(i - 1))
        self._endpoint(layout.OUTPUT, grid.bottom(len(self.joined) - 1))
        note = text_line(grid.width, self._note(), NOTE, C.muted)
        self._text("note", grid.bottom(len(self.joined) - 1) - NOTE_BELOW, [note])
        for card in (*self.main, *self.side, *self.joined):
            for source in card.reads:
                self._edge(source, card)
        self._edge(self.joined[-1].results[-1], None)

    # nodes

    def _node(self, name: str, x: float, y: float, half: float, **attributes: str) -> None:
        self.node_of.setdefault(name, name)
        self.places[name] = (x, y, half)
        node = self.prefix + name
        self.graph.node(node, pos=f"{num(x)},{num(y)}", id=node.replace(" ", "-"), **attributes)

    def _text(self, name: str, y: float, lines: Sequence[str]) -> None:
        self._node(name, self.x + self.grid.width / 2, y, 0, label=table(lines), **{"class": name})

    def _heading(self) -> list[str]:
        width, f = self.grid.width, self.figure
        below = text_line(width, f.totals, BODY, C.muted if f.possible else C.alarm)
        return [text_line(width, f.title, TITLE, C.ink, bold=True), below]

    def _note(self) -> str:
        return self.figure.note

    def _endpoint_words(self, name: str) -> tuple[str, str]:
        """What stands beside x or y, and its colour."""
        shape = self.figure.in_shape if name == INPUT else self.figure.out_shape
        return layout.shape_words(shape, self.conventions), C.alarm if shape is None else C.muted

    def _endpoint(self, name: str, y: float) -> None:
        words, colour = self._endpoint_words(name)
        label = font(name, HEAD + 1, C.ink, bold=True) + font(NBSP3 + words, HEAD, colour)
        self._node(name, self.main_x, y, layout.ENDPOINT / 2, label=f"<{label}>", **{"class": "endpoint"})

    def _card(self, card: Box, x: float, y: float, width: float, height: float, path: str) -> None:
        for result in card.results:
            self.node_of[result] = card.name
        look = {"fillcolor": C.card, "color": C.line}
        if path == "shortcut":
            look = {"fillcolor": C.accent_card, "color": C.accent, "penwidth": "1.8"}
        head = C.accent if path == "shortcut" else C.ink
        lines = [
            text_line(
                width - 2 * layout.PAD, line.words, line.size, head if line.bold else C.muted, line.bold, line.number
            )
            for line in card.lines
        ]
        look |= box(width, height) | {"style": "rounded,filled", "class": path}
        self._node(card.name, x, y, height / 2, label=table(lines), **look)

    def _addition(self, card: Box) -> None:
        look = {"color": C.ink, "fillcolor": C.paper, "style": "filled", "class": "addition"}
        if not self.figure.possible:
            look = {"color": C.alarm, "fillcolor": C.alarm_card, "fontcolor": C.alarm, "style": "filled,dashed"}
            look |= {"class": "addition impossible"} | self._unequal()
        look |= box(layout.ADDITION, layout.ADDITION) | {"shape": "circle", "penwidth": "1.8", "fontsize": "19"}
        self._node(card.name, self.main_x, self.grid.addition, layout.ADDITION / 2, label="+", **look)

    def _unequal(self) -> dict[str, str]:
        main, shortcut = (layout.shape_width(shape, self.conventions) for shape in self.figure.summands)
        x = (self.main_x + main + self.side_x - shortcut) / 2
        label = f"<{font('≠', 17, C.alarm, bold=True)}>"
        return {"xlabel": label, "xlp": f"{num(x)},{num(self.grid.summands)}"}

    def _after(self, card: Box, y: float) -> None:
        look = {"fillcolor": C.card, "color": C.line, "style": "rounded,filled", "class": "joined"}
        if self.shapes[card.results[-1]] is None:
            look = {"color": C.line, "style": "rounded,dashed", "fontcolor": C.muted, "class": "ghost"}
        words = card.lines[0].words
        width = max(layout.RELU_WIDTH, fonts.width(words, BODY) + 2 * layout.PAD)
        look |= box(width, layout.RELU_HEIGHT)
        self._node(card.name, self.main_x, y, layout.RELU_HEIGHT / 2, label=words, **look)

    # edges

    def _edge(self, source: str, card: Box | None) -> None:
        """From an operation to the card that reads it; to the output if there is no card."""
        shape = self.shapes[source]
        tail, head = self.node_of[source], layout.OUTPUT if card is None else card.name
        adds = card is not None and card.adds
        # an edge belongs to the shortcut if it leads into it, out of it, or is all of it
        shortcut = self.side_x in (self.places[tail][0], self.places[head][0]) or (adds and source == INPUT)
        width = self._width(shape)
        arrow = 6.0 + 1.1 * width  # the arrowhead's length; it is 0.7 as wide
        points, tip = self._shortcut_route(tail, head, arrow) if shortcut else self._main_route(tail, head, arrow)
        look = {"class": "shortcut", "color": C.accent, "fontcolor": C.accent} if shortcut else {"class": "main"}
        if adds and not self.figure.possible:
            look |= {"fontcolor": C.alarm} | ({"color": C.alarm, "style": "dashed"} if shortcut else {})
        if shape is None:
            look = {"class": "ghost", "color": C.muted, "style": "dashed"}
        elif card is not None and (source != INPUT or adds):
            words, clear = layout.shape_words(shape, self.conventions), 0.35 * arrow + width / 2
            look |= self._shape_label(words, shortcut, adds, points[0][1], tip[1], clear)
        if shortcut and adds and source == INPUT:
            look |= self._name_label("identity", look["color"])
        self.graph.edge(
            self.prefix + tail,
            self.prefix + head,
            pos=spline(points, tip),
            id=self.prefix.replace(" ", "_") + layout.arrow_id(source, head),
            penwidth=num(width),
            arrowsize=num(arrow / 10),
            **look,
        )

    def _width(self, shape: Sizes | None) -> float:
        """A tensor's size is felt: its arrow is wider with the logarithm of its channels."""
        if not shape:
            return 1.0
        channels = shape[0] if len(shape) > 2 else shape[-1]
        return min(5.5, max(1.0, 0.75 * math.log2(channels) - 2.2))

    def _main_route(self, tail: str, head: str, arrow: float) -> tuple[list[Point], Point]:
        x, tail_y, tail_half = self.places[tail]
        _, head_y, head_half = self.places[head]
        tip = (x, head_y + head_half)
        return layout.straight((x, tail_y - tail_half), (x, tip[1] + arrow)), tip

    def _shortcut_route(self, tail: str, head: str, arrow: float) -> tuple[list[Point], Point]:
        """Out of x to the right, down the shortcut's column, and from the right into the ⊕."""
        _, tail_y, tail_half = self.places[tail]
        head_x, head_y, head_half = self.places[head]
        bends: list[Point] = [(self.side_x, tail_y - tail_half)]
        if tail == INPUT:
            size = NBSP3 + self._endpoint_words(INPUT)[0]
            label = fonts.width("x", HEAD + 1, bold=True) + fonts.width(size, HEAD)
            bends = [(self.main_x + label / 2 + 5, tail_y), (self.side_x, tail_y)]
        elif self.places[tail][0] == self.main_x:  # a projection that reads the activated input
            bends = [(self.main_x + self.grid.card_width / 2, tail_y), (self.side_x, tail_y)]
        if head_x == self.side_x:
            tip = (self.side_x, head_y + head_half)
            bends.append((self.side_x, tip[1] + arrow))
        else:
            tip = (head_x + head_half + 1, head_y)
            bends += [(self.side_x, head_y), (tip[0] + arrow, head_y)]
        return layout.rounded(bends), tip

    def _shape_label(
        self, words: str, shortcut: bool, adds: bool, start_y: float, end_y: float, clear: float
    ) -> dict[str, str]:
        half = fonts.width(words, BODY) / 2
        x = self.side_x - AWAY - clear - half if shortcut else self.main_x + AWAY + clear + half
        y = self.grid.summands if adds else (start_y + end_y) / 2 + 2
        return {"label": words, "lp": f"{num(x)},{num(y)}"}

    def _name_label(self, words: str, colour: str) -> dict[str, str]:
        x = self.side_x + AWAY + 2 + fonts.width(words, BODY) / 2
        return {"taillabel": words, "tail_lp": f"{num(x)},{num(self.grid.middle)}", "labelfontcolor": colour}


class BlockDrawing(Drawing):
    """Draws one of our own blocks, from its trace."""

    def __init__(
        self,
        graph: Diagram,
        t: BlockTrace,
        grid: Grid,
        unfolded: bool,
        conventions: Conventions,
        prefix: str = "",
        x: float = 0.0,
    ) -> None:
        self.t = t
        super().__init__(graph, layout.figure(t, unfolded, conventions), grid, conventions, prefix, x)
