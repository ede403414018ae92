"""A block's own diagram with what flows out of every box beside it: eight maps each, left of the main path, and right
of the shortcut. A box on a page can be pressed: its maps are then shown in full (``every_map``).
"""

from __future__ import annotations

import numpy as np

from resnet import text
from resnet.draw import fonts, layout
from resnet.draw.block import BlockDrawing
from resnet.draw.block_words import spoken_block
from resnet.draw.canvas import Canvas
from resnet.draw.graph import NBSP3, empty_graph
from resnet.draw.layout import HEAD, Card
from resnet.draw.palette import LIGHT as C
from resnet.draw.signal import ROW, window
from resnet.draw.spoken import Item, Spoken, spelled
from resnet.draw.tiles import Maps, tiles
from resnet.numbers.compare import verdict
from resnet.run.picture import Picture
from resnet.run.signal import Signal
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.block import trace
from resnet.trace.values import INPUT
from resnet.trace.words import layer

SHOWN, SIDE, GAP = 8, 34, 2  # maps in a strip, their side, and what is between them
AISLE, EDGE = 62.0, 2.0
PHOTO, TOP = 92.0, 62.0  # the photograph, and by how much it stands higher than the block


def flow(
    s: Signal,
    picture: Picture,
    *,
    channel: int = 1,
    unfolded: bool = False,
    conventions: Conventions = DEFAULT,
    narrow: bool = False,
) -> str:
    """The diagram; the photograph stands in front of x. ``narrow``: one map at each box, for a column of a paper."""
    return _Flow(s, picture, channel, unfolded, conventions, narrow).svg()


def spoken_flow(s: Signal, picture: Picture, *, unfolded: bool = False, conventions: Conventions = DEFAULT) -> Spoken:
    """The block in words, and how many maps stand at every box."""
    t = trace(conventions.built(s.asked.spec))
    block = spoken_block(layout.figure(t, unfolded, conventions), verdict(t, conventions), conventions)
    names = {op.name: spelled(layer(op)) for op in t.ops} | {INPUT: INPUT}

    def shown(op: str) -> str:
        maps = len(s.points[op].maps)
        return f"{min(SHOWN, maps)} of {text.count(maps)}"

    maps = [Item(f"{names[box]}: {shown(op)}") for box, op in strips(s, unfolded).items()]
    if s.asked.spec.shortcut == "identity":
        maps.append(Item(f"On the shortcut’s line, x: {shown(INPUT)}"))
    many = text.count(t.in_shape[0])
    start = Item(f"{picture.name} goes through the network up to {s.asked.at}: there it is {many} maps")
    beside = Item("Maps that flow out of each box, those that vary most", tuple(maps))
    return Spoken(f"{block.title}, and its maps", block.sentence, (start, *block.items, beside))


def strips(s: Signal, unfolded: bool) -> dict[str, str]:
    """What has a strip: the box or end that it stands beside -> the operation whose result it shows."""
    t = s.trace
    boxes: list[Card] = list(layout.boxes(t, unfolded))
    found = {INPUT: INPUT} | {card.name: card.ops[-1].name for card in boxes}
    return {box: op for box, op in found.items() if op in s.points}


class _Flow:
    def __init__(
        self, s: Signal, picture: Picture, channel: int, unfolded: bool, conventions: Conventions, narrow: bool
    ) -> None:
        self.shown, self.aisle, self.edge, self.top = SHOWN, AISLE, EDGE, TOP
        if narrow:  # the photograph stands above the block
            self.shown, self.aisle, self.edge, self.top = 1, -3.0, 1.5, PHOTO + 8
        self.strip = self.shown * (SIDE + GAP) - GAP
        self.s, self.channel, self.unfolded, self.conventions = s, channel, unfolded, conventions
        self.picture = picture
        t = trace(conventions.built(s.asked.spec))
        self.t = t
        graph = empty_graph(title=names.title(t.spec))
        self.drawing = BlockDrawing(graph, t, layout.grid([t], unfolded, conventions), unfolded, conventions)
        self.drawing.draw()
        self.block = graph.group()
        # only there is the reader's channel the same one from box to box
        self.framed = {s.summands[0], *(op.name for op in (*t.on("shortcut"), *t.on("joined")))}
        self.canvas = Canvas(2 * (self.strip + self.aisle) + self.block.width)

    def svg(self) -> str:
        c = self.canvas
        left = self.strip + self.aisle
        c.parts.append(f'<g transform="translate({left:g} {self.top:g})">{self.block.markup}</g>')
        for box, op in strips(self.s, self.unfolded).items():
            self._strip(box, op)
        if self.s.asked.spec.shortcut == "identity":
            self._on_the_line()
        self._photograph()
        said = f"{names.title(self.t.spec)}, and the maps that flow out of each box"
        return c.svg(self.block.height + self.top, said)

    def _at(self, box: str) -> tuple[float, float]:
        """The middle of a box, on the canvas."""
        x, y, _ = self.drawing.places[box]
        return self.strip + self.aisle + x - self.block.left, self.top - y - self.block.top

    def _strip(self, box: str, op: str) -> None:
        x, y = self._at(box)
        to_the_right = self.drawing.places[box][0] == self.drawing.side_x
        left = self.canvas.width - self.strip - self.edge if to_the_right else self.edge
        start, end = (x, left) if to_the_right else (left + self.strip, x)
        half = self._half(box)
        clear = 4 if self.shown > 1 else 1
        a, b = (start + half, end - clear) if to_the_right else (start + clear, end - half)
        self.canvas.parts.append(
            f'<path d="M{a:.1f},{y:.1f}H{b:.1f}" stroke="{C.line}" stroke-width="1.2" fill="none"/>'
        )
        self._maps(left, y, op)

    def _half(self, box: str) -> float:
        """Of a box's width."""
        if box == INPUT:
            size = NBSP3 + self.conventions.shape(self.t.in_shape)
            return (fonts.width("x", HEAD + 1, bold=True) + fonts.width(size, HEAD)) / 2 + 4
        name = next((op for op in self.t.ops if op.name == box), None)
        if name is not None and name.path == "joined":
            return (layout.ADDITION if name.kind == "add" else layout.RELU_WIDTH) / 2
        side = name is not None and name.path == "shortcut"
        return (self.drawing.grid.side_width if side else self.drawing.grid.card_width) / 2

    def _maps(self, left: float, middle: float, op: str, again: bool = False) -> None:
        maps = self.s.points[op].maps
        framed = op in self.framed
        chosen = liveliest(maps, self.channel if framed else 0)[: self.shown]
        top = middle - SIDE / 2
        address = tiles(maps[chosen], self.shown, SIDE, GAP, reach(maps))
        wide = len(chosen) * (SIDE + GAP) - GAP
        self.canvas.parts.append("<g>" if again else f'<g id="maps-{op}">')
        self.canvas.box(left, top, wide, SIDE, f'fill="{C.paper}" stroke="{C.line}" stroke-width="0.8"')
        self.canvas.image(left, top, wide, SIDE, address)
        if framed and self.channel - 1 in chosen:
            at = left + chosen.index(self.channel - 1) * (SIDE + GAP)
            self.canvas.box(at - 1, top - 1, SIDE + 2, SIDE + 2, f'fill="none" stroke="{C.ink}" stroke-width="2"')
        of = f"{'x: ' if again else ''}{len(chosen)} of {text.count(len(maps))}"
        if self.shown > 1 and left > EDGE:
            self.canvas.text(left - 4, middle - 4, of, 12, C.muted, anchor="end")
        elif self.shown > 1:
            self.canvas.text(left + wide + 4, middle - 4, of, 12, C.muted, anchor="start")
        self.canvas.parts.append("</g>")

    def _on_the_line(self) -> None:
        """An identity shortcut is no box: what flows along it is x."""
        side = self.strip + self.aisle + self.drawing.side_x - self.block.left
        y = self.top - self.drawing.grid.row(0) - self.block.top
        left = self.canvas.width - self.strip - self.edge
        self.canvas.parts.append(
            f'<path d="M{side + 5:.1f},{y:.1f}H{left - 4:.1f}" stroke="{C.line}" stroke-width="1.2" fill="none"/>'
        )
        self._maps(left, y, INPUT, again=True)

    def _photograph(self) -> None:
        """At the upper left, and the way from there to x."""
        c = self.canvas
        c.image(0, 2, PHOTO, PHOTO, self.picture.address())
        c.text(PHOTO + 12, 22, self.picture.name, 14, C.ink, bold=True, anchor="start")
        c.text(PHOTO + 12, 42, "goes through the network", 12, C.muted, anchor="start")
        c.text(PHOTO + 12, 58, f"up to {self.s.asked.at}: there", 12, C.muted, anchor="start")
        c.text(PHOTO + 12, 74, f"it is {text.count(self.t.in_shape[0])} maps.", 12, C.muted, anchor="start")
        c.down(min(PHOTO, self.strip) / 2, PHOTO + 4, self._at(INPUT)[1] - SIDE / 2 - 2, C.ink)


def liveliest(maps: Maps, channel: int) -> list[int]:
    """The channel that is looked at, if there is one of that number, and those that vary most; counted from 0."""
    vary = np.asarray(maps, np.float32).std((1, 2))
    order = [int(i) for i in np.argsort(-vary, kind="stable") if i != channel - 1]
    first = [channel - 1] if 1 <= channel <= len(maps) else []
    return (first + order)[:SHOWN]


def reach(maps: Maps) -> float:
    """The size that 98 % of these numbers stay below: the end of their colour scale."""
    return float(np.quantile(np.abs(np.asarray(maps, np.float32)), 0.98)) or 1.0


def every_map(s: Signal, op: str, channel: int = 1) -> str:
    """All maps that flow out of an operation, or the 256 around the channel."""
    maps = s.points[op].maps
    drawn = window(min(channel, len(maps)), len(maps))
    own = maps[drawn[0] - 1 : drawn[-1]]
    side = 44
    columns = min(len(own), ROW)
    canvas = Canvas(ROW * (side + GAP) - GAP)
    rows = -(-len(own) // columns)
    wide, high = columns * (side + GAP) - GAP, rows * (side + GAP) - GAP
    canvas.image(0, 0, wide, high, tiles(own, columns, side, GAP, reach(maps)))
    return canvas.svg(high, f"{len(own)} maps that flow out of {op}")
