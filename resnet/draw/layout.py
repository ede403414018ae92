"""Where the parts of a diagram stand: the main path in one column, the shortcut in a second, equal layers level.

x ───────────────╮  top         Cards hold a convolution with its BatchNorm and ReLU (or one layer each, unfolded).
│                │              A Grid is shared by all blocks of a figure, so that the eye finds the one
[ card ]         │  row(0)      difference: what stands on the shortcut.
│            [ card ]
[ card ]         │  row(1)      Units: points; y grows upwards as in Graphviz, the origin is the top left corner.
│                │
⊕ ◀──────────────╯  addition
main_x         side_x
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from resnet import text
from resnet.draw import fonts
from resnet.modules.layers import Shape
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, Conventions, Countable
from resnet.trace.values import INPUT, BlockTrace, Kind, OpTrace
from resnet.trace.words import layer

TITLE, HEAD, BODY, NOTE = 15, 12, 11, 10  # font sizes: whole numbers, Graphviz cuts fractions off
PAD, PAD_Y = 10.0, 5.0  # inside a card
HEADING = 52.0  # title and totals
ENDPOINT = 20.0  # height of the x and y labels
GAP = 34.0  # between cards: room for an arrow and the shape beside it
SHORT_GAP = 23.0  # around the last ReLU
ADDITION = 28.0  # diameter of the ⊕
RELU_HEIGHT, RELU_WIDTH = 22.0, 64.0
RADIUS = 14.0  # of the shortcut's corners
AWAY = 4.0  # from an arrow to its shape
UNEQUAL = 26.0  # room for the ≠
MIN_CARD, MIN_SIDE, AISLE = 160.0, 140.0, 28.0

OUTPUT = "y"  # the name of what comes out

Point = tuple[float, float]
Sizes = tuple[int, ...]  # a shape: of a map (C, H, W), of a sequence (length, channels); () where it is not known


class Line(NamedTuple):
    """One line of a card: what it is, and its parameters."""

    words: str
    number: str
    size: int
    bold: bool


class Box(Protocol):
    """What is drawn as one box.

    ``results``  names of the operations that it shows, the last one's result flows out
    ``reads``    what it reads from outside itself;  ``adds``  it is the ⊕
    """

    @property
    def name(self) -> str: ...
    @property
    def results(self) -> tuple[str, ...]: ...
    @property
    def reads(self) -> tuple[str, ...]: ...
    @property
    def adds(self) -> bool: ...
    @property
    def lines(self) -> tuple[Line, ...]: ...
    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What of a block is drawn: its boxes in two columns and below the ⊕, and what flows between them.

    ``joined``   the ⊕ first;  ``shapes``  of every result that a box reads, None where there is none
    ``totals``   below the title;  ``counted``  what the numbers in the boxes are;  ``axes``  of the shapes
    """

    title: str
    totals: str
    counted: str
    axes: str
    in_shape: Sizes
    out_shape: Sizes | None
    main: tuple[Box, ...]
    side: tuple[Box, ...]
    joined: tuple[Box, ...]
    shapes: Mapping[str, Sizes | None]
    possible: bool = True

    @property
    def note(self) -> str:
        """Below the block."""
        return f"In the boxes: {self.counted}. On the arrows: {self.axes}."

    @property
    def summands(self) -> tuple[Sizes, ...]:
        """Shapes of what is added."""
        return tuple(self.shapes[name] or () for name in self.joined[0].reads)


@dataclass(frozen=True)
class Card:
    """Operations drawn as one box."""

    ops: tuple[OpTrace, ...]
    conventions: Conventions = DEFAULT

    @property
    def name(self) -> str:
        return self.ops[0].name

    @property
    def results(self) -> tuple[str, ...]:
        return tuple(op.name for op in self.ops)

    @property
    def adds(self) -> bool:
        return self.ops[0].kind == "add"

    @property
    def reads(self) -> tuple[str, ...]:
        """What the box reads from outside itself."""
        own = {op.name for op in self.ops}
        return tuple(source for op in self.ops for source in op.reads if source not in own)

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(
            Line(layer(op), text.count(n) if n else "", BODY if i else HEAD, i == 0)
            for i, (op, n) in enumerate((op, self.conventions.params(op)) for op in self.ops)
        )

    @property
    def width(self) -> float:
        return card_width(self.lines)

    @property
    def height(self) -> float:
        return card_height(self.lines)


def card_width(lines: Sequence[Line]) -> float:
    """Of a box with these lines."""
    return 2 * PAD + max(
        fonts.width(line.words, line.size, line.bold)
        + (16 + fonts.width(line.number, line.size, line.bold) if line.number else 0)
        for line in lines
    )


def card_height(lines: Sequence[Line]) -> float:
    """Of a box with these lines."""
    return 2 * PAD_Y + sum(line_height(line.size) for line in lines)


_JOINS: dict[Kind, tuple[Kind, ...]] = {"conv": ("batchnorm", "relu"), "batchnorm": ("relu",)}


def cards(ops: Sequence[OpTrace], unfolded: bool, conventions: Conventions = DEFAULT) -> tuple[Card, ...]:
    """Each convolution opens a card and its BatchNorm and ReLU join it; unfolded, every operation has its own.

    The BatchNorm and ReLU in front of a pre-activation block, from which its projection reads, are a card too.
    """
    groups: list[list[OpTrace]] = []
    for op in ops:
        if groups and not unfolded and op.kind in _JOINS.get(groups[-1][0].kind, ()):
            groups[-1].append(op)
        else:
            groups.append([op])
    return tuple(Card(tuple(group), conventions) for group in groups)


class Arrow(NamedTuple):
    """What flows from an operation to a box: ``id`` is the arrow's in the drawing, ``shape`` None if nothing comes."""

    id: str
    source: str
    shape: Shape | None


def arrows(t: BlockTrace, unfolded: bool) -> tuple[Arrow, ...]:
    """Every arrow of a block's diagram, the last one to its output."""
    shapes = {INPUT: t.in_shape} | {op.name: op.out_shape for op in t.ops}
    drawn = (*cards(t.on("main"), unfolded), *cards(t.on("shortcut"), unfolded))
    joined = cards(t.on("joined") + t.unreached, unfolded=True)
    ends = [(source, card.name) for card in (*drawn, *joined) for source in card.reads]
    ends.append((joined[-1].ops[-1].name, OUTPUT))
    return tuple(Arrow(arrow_id(source, head), source, shapes.get(source)) for source, head in ends)


def arrow_id(source: str, head: str) -> str:
    """An element's id; not with a hyphen, which Graphviz would write as &#45;"""
    return f"{source}_to_{head}"


def boxes(t: BlockTrace, unfolded: bool) -> tuple[Card, ...]:
    """Every box of a block's diagram that has a result or fails to have one: main path, shortcut, what follows."""
    return (*cards(t.on("main"), unfolded), *cards(t.on("shortcut"), unfolded), *cards(t.on("joined"), unfolded=True))


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The lines on which a figure's blocks stand.

    ``heights``  of the main path's cards, from the first row to the last
    ``slack``    room below the last of them, where the shortcut's cards need more than the main path's
    ``upper``    the upper edge of the heading: below 0 where a block stands below another
    """

    card_width: float
    heights: tuple[float, ...]
    side_x: float
    side_width: float
    slack: float = 0.0
    upper: float = 0.0

    @property
    def main_x(self) -> float:
        return self.card_width / 2

    @property
    def width(self) -> float:
        return self.side_x + self.side_width / 2

    @property
    def top(self) -> float:
        """Middle of the x label."""
        return self.upper - HEADING - ENDPOINT / 2

    @property
    def _first(self) -> float:
        """Upper edge of the first card."""
        return self.top - ENDPOINT / 2 - SHORT_GAP

    @property
    def _last(self) -> float:
        """Lower edge of the last card."""
        return self._first - sum(self.heights) - (len(self.heights) - 1) * GAP - self.slack

    def row(self, i: int) -> float:
        """Middle of the main path's i-th card."""
        return self._first - sum(self.heights[:i]) - i * GAP - self.heights[i] / 2

    @property
    def middle(self) -> float:
        """Half-way down the main path, where the shortcut's cards stand."""
        return (self._first + self._last) / 2

    def beside(self, heights: Sequence[float]) -> tuple[float, ...]:
        """Middles of the shortcut's cards: the one in the middle, or the gap there, is half-way down."""
        half = len(heights) // 2
        tops = [self.middle + (heights[half] / 2 if len(heights) % 2 else -GAP / 2)] if heights else []
        for height in heights[half:-1]:
            tops.append(tops[-1] - height - GAP)
        for height in reversed(heights[:half]):
            tops.insert(0, tops[0] + height + GAP)
        return tuple(top - height / 2 for top, height in zip(tops, heights, strict=True))

    @property
    def summands(self) -> float:
        """Where the shapes of the two summands stand, above the ⊕."""
        return self.addition + ADDITION / 2 + GAP / 2 + 2

    @property
    def addition(self) -> float:
        """Middle of the ⊕."""
        return self._last - GAP - ADDITION / 2

    def after(self, i: int) -> float:
        """Middle of the i-th operation that follows the ⊕."""
        step = SHORT_GAP + RELU_HEIGHT
        return self.addition - ADDITION / 2 - SHORT_GAP - RELU_HEIGHT / 2 - i * step

    def bottom(self, following: int) -> float:
        """Middle of the y label, if so many operations follow the ⊕."""
        return self.after(following) + RELU_HEIGHT / 2 - ENDPOINT / 2


def grid(traces: Sequence[BlockTrace], unfolded: bool, conventions: Conventions = DEFAULT) -> Grid:
    """One grid on which all these blocks fit."""
    return grid_of([figure(t, unfolded, conventions) for t in traces], conventions)


def figure(t: BlockTrace, unfolded: bool, conventions: Conventions = DEFAULT) -> Figure:
    """What of a trace is drawn."""
    return Figure(
        title=names.title(t.spec),
        totals=totals(t, conventions) if t.possible else "impossible: the two summands differ in shape",
        counted=conventions.counts.in_boxes,
        axes=conventions.axis_names,
        in_shape=t.in_shape,
        out_shape=t.out_shape,
        main=cards(t.on("main"), unfolded, conventions),
        side=cards(t.on("shortcut"), unfolded, conventions),
        joined=cards(t.on("joined") + t.unreached, unfolded=True),
        shapes={INPUT: t.in_shape} | {op.name: op.out_shape for op in t.ops + t.unreached},
        possible=t.possible,
    )


def totals(counted: Countable, conventions: Conventions) -> str:
    """'75,008 parameters · 231.2 M multiply-adds'"""
    operations = text.million(conventions.operations(counted))
    return f"{text.count(conventions.params(counted))} parameters · {operations} {conventions.operation.plural}"


def grid_of(figures: Sequence[Figure], conventions: Conventions = DEFAULT) -> Grid:
    """One grid on which all of them fit: cards of one height, but for those with more lines than a layer has."""
    card_width = math.ceil(max([MIN_CARD, *(card.width for one in figures for card in one.main)]))
    side_width = math.ceil(max([MIN_SIDE, *(card.width for one in figures for card in one.side)]))
    summand = max(shape_width(shape, conventions) for one in figures for shape in one.summands)
    heights = _heights(figures)
    room = sum(heights) + GAP * (len(heights) - 1)
    needed = max(sum(card.height for card in one.side) + GAP * (len(one.side) - 1) for one in figures)
    return Grid(
        card_width=card_width,
        heights=heights,
        side_x=math.ceil(
            max(card_width + AISLE + side_width / 2, card_width / 2 + 2 * summand + 2 * (AWAY + 8) + UNEQUAL)
        ),
        side_width=side_width,
        slack=max(0.0, needed - room),
    )


def _heights(figures: Sequence[Figure]) -> tuple[float, ...]:
    rows = range(max(len(one.main) for one in figures))
    needed = [max(one.main[i].height for one in figures if i < len(one.main)) for i in rows]
    a_layer = 2 * PAD_Y + line_height(HEAD) + 2 * line_height(BODY)  # with its norm and activation
    usual = max((height for height in needed if height <= a_layer), default=0.0)
    return tuple(max(height, usual) for height in needed)


def line_height(size: int) -> int:
    return math.ceil(1.45 * size)


def shape_width(shape: Sizes, conventions: Conventions) -> float:
    return fonts.width(shape_words(shape, conventions), BODY)


def shape_words(shape: Sizes | None, conventions: Conventions) -> str:
    """As it is written on an arrow."""
    return "shape not known" if shape == () else conventions.shape(shape)


def straight(a: Point, b: Point) -> list[Point]:
    """A straight line as Bézier points."""
    third = ((b[0] - a[0]) / 3, (b[1] - a[1]) / 3)
    return [a, (a[0] + third[0], a[1] + third[1]), (b[0] - third[0], b[1] - third[1]), b]


def rounded(points: Sequence[Point], radius: float = RADIUS) -> list[Point]:
    """A line through these points, as Bézier points, with rounded corners."""
    curve = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        curve = curve + straight(curve[-1], _towards(corner, before, radius))[1:]
        inner = 0.45 * radius
        curve += [_towards(corner, before, inner), _towards(corner, after, inner), _towards(corner, after, radius)]
    return curve + straight(curve[-1], points[-1])[1:]


def _towards(corner: Point, point: Point, distance: float) -> Point:
    dx, dy = point[0] - corner[0], point[1] - corner[1]
    reach = distance / math.hypot(dx, dy)
    return (corner[0] + dx * reach, corner[1] + dy * reach)
