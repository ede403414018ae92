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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from resnet import text
from resnet.draw import fonts
from resnet.modules.layers import Shape
from resnet.spec.conventions import DEFAULT, Conventions
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


class Line(NamedTuple):
    """One line of a card: what it is, and its parameters."""

    words: str
    number: str
    size: int
    bold: bool


@dataclass(frozen=True)
class Card:
    """Operations drawn as one box."""

    ops: tuple[OpTrace, ...]
    conventions: Conventions = DEFAULT

    @property
    def name(self) -> str:
        return self.ops[0].name

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
        return 2 * PAD + max(
            fonts.width(line.words, line.size, line.bold)
            + (16 + fonts.width(line.number, line.size, line.bold) if line.number else 0)
            for line in self.lines
        )

    @property
    def height(self) -> float:
        return 2 * PAD_Y + sum(line_height(line.size) for line in self.lines)


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
    """The lines on which a figure's blocks stand."""

    card_width: float
    card_height: float
    side_x: float
    side_width: float
    rows: int

    @property
    def main_x(self) -> float:
        return self.card_width / 2

    @property
    def width(self) -> float:
        return self.side_x + self.side_width / 2

    @property
    def top(self) -> float:
        """Middle of the x label."""
        return -HEADING - ENDPOINT / 2

    def row(self, i: float) -> float:
        """Middle of the main path's i-th card."""
        return self.top - ENDPOINT / 2 - SHORT_GAP - self.card_height / 2 - i * (self.card_height + GAP)

    @property
    def middle(self) -> float:
        """Half-way down the main path, where the shortcut's cards stand."""
        return self.row((self.rows - 1) / 2)

    @property
    def summands(self) -> float:
        """Where the shapes of the two summands stand, above the ⊕."""
        return self.addition + ADDITION / 2 + GAP / 2 + 2

    @property
    def addition(self) -> float:
        """Middle of the ⊕."""
        return self.row(self.rows - 1) - self.card_height / 2 - GAP - ADDITION / 2

    def after(self, i: int) -> float:
        """Middle of the i-th operation that follows the ⊕."""
        step = SHORT_GAP + RELU_HEIGHT
        return self.addition - ADDITION / 2 - SHORT_GAP - RELU_HEIGHT / 2 - i * step

    def bottom(self, following: int) -> float:
        """Middle of the y label, if so many operations follow the ⊕."""
        return self.after(following) + RELU_HEIGHT / 2 - ENDPOINT / 2


def grid(traces: Sequence[BlockTrace], unfolded: bool, conventions: Conventions = DEFAULT) -> Grid:
    """One grid on which all these blocks fit."""
    main = [cards(t.on("main"), unfolded, conventions) for t in traces]
    side = [card for t in traces for card in cards(t.on("shortcut"), unfolded, conventions)]
    card_width = math.ceil(max([MIN_CARD, *(card.width for column in main for card in column)]))
    side_width = math.ceil(max([MIN_SIDE, *(card.width for card in side)]))
    summand = max(shape_width(shape, conventions) for t in traces for shape in t.addition.in_shapes)
    return Grid(
        card_width=card_width,
        card_height=max(card.height for column in main for card in column),
        side_x=math.ceil(
            max(card_width + AISLE + side_width / 2, card_width / 2 + 2 * summand + 2 * (AWAY + 8) + UNEQUAL)
        ),
        side_width=side_width,
        rows=max(len(column) for column in main),
    )


def line_height(size: int) -> int:
    return math.ceil(1.45 * size)


def shape_width(shape: Shape, conventions: Conventions) -> float:
    return fonts.width(conventions.shape(shape), BODY)


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
