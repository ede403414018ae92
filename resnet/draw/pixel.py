"""One pixel as a picture: each channel is a cell, sixteen to a row.

    one_pixel(BlockSpec(), channel=18)    what the shortcut brings there, beside F(x), and their sum
    mixing(mixed(BlockSpec(), "conv3"))   what a 1×1 convolution does there

Channels are counted from 1.

    x        w           The chosen channel's weights over the numbers that are read, and what their products add up to.
    ▦    ×   ▦  = 0.22   Cells are coloured around zero: one colour for what is above it, one for what is below.
    ↓
    ▦    +   ▦   =  ▦    What is missing is a broken outline, a zero that was padded an empty cell.
    W x     F(x)   sum

The cells of the group ``cells`` can be chosen on a page. Its ``data-cells`` says where they are: left, top, from one to
the next, how many to a row, how many in all.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from resnet import text
from resnet.draw.canvas import Canvas
from resnet.draw.palette import ABOVE, BELOW
from resnet.draw.palette import LIGHT as C
from resnet.draw.spoken import Item, Spoken
from resnet.run.pixel import Mixing, pixel
from resnet.spec.block import BlockSpec
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.block import trace

WIDTH = 360.0
ROW = 16  # cells
MOST = 256  # channels that are drawn
CELL, PITCH = 5.5, 6.0
SIDE = ROW * PITCH
LEFT = (4.0, 132.0, 260.0)  # of the three grids
LINE = 16.0
SHARES = 8  # strengths of a colour
STRONGEST = 2.5  # so many times the usual size, and more, has the full colour


class Grid(NamedTuple):
    """Numbers to be drawn as cells. ``of`` is how many there ought to be; the last ``padded`` of them are zeros."""

    values: Sequence[float]
    of: int
    padded: int = 0

    @property
    def numbers(self) -> Sequence[float]:
        """Without the zeros that were padded."""
        return self.values[: len(self.values) - self.padded]


def one_pixel(spec: BlockSpec, conventions: Conventions = DEFAULT, *, channel: int = 1, tried: bool = True) -> str:
    """``channel`` of its projection, if it has one, is looked at; ``tried`` whether the sum was tried already.

    Raises SpecError for more channels than can be run while a reader waits.
    """
    return _Sum(spec, conventions, channel, tried).svg()


def mixing(m: Mixing, name: str = "", *, channel: int = 1, given: str = "numbers") -> str:
    """A 1×1 convolution alone; ``name`` is what its result is called, ``given`` what the numbers are that it reads.

    A channel beyond those that are drawn is the last one of them.
    """
    picture = _Cells(channel, len(m.gives))
    top = picture.mixing(4.0, m, C.ink, _usual(m.read), given) + LINE / 2
    foot = picture.grid(LEFT[0], top, Grid(m.gives, len(m.gives)), _usual(m.gives), choose=True)
    beside = LEFT[0] + SIDE + 14
    picture.canvas.text(beside, top + LINE, name, 13, C.ink, bold=True, anchor="start")
    picture.canvas.text(beside, top + 2 * LINE, picture.count(m.gives), 12, C.muted, anchor="start")
    for i, (look, means) in enumerate(((ABOVE, "above 0"), (BELOW, "below 0; the larger, the stronger"))):
        y = top + (3.2 + i) * LINE
        picture.canvas.box(beside, y - 9, 10, 10, f'fill="{look}"')
        picture.canvas.text(beside + 16, y, means, 12, C.muted, anchor="start")
    picture.canvas.text(beside, top + 5.6 * LINE, "drawn at random, from a seed", 12, C.muted, anchor="start")
    words = f"One pixel: a 1×1 convolution makes {len(m.gives)} numbers of {len(m.read)}"
    return picture.canvas.svg(foot + 4, words)


def spoken_pixel(
    spec: BlockSpec, conventions: Conventions = DEFAULT, *, channel: int = 1, tried: bool = True
) -> Spoken:
    """What ``one_pixel`` draws, in words."""
    return _Sum(spec, conventions, channel, tried).spoken()


def spoken_mixing(m: Mixing, name: str = "", *, channel: int = 1, given: str = "numbers") -> Spoken:
    """What ``mixing`` draws, in words."""
    picture = _Cells(channel, len(m.gives))
    items = (
        *picture.spoken_mixing(m, given),
        Item(f"{name}: {picture.count(m.gives)}" if name else picture.count(m.gives)),
        Item("A number is a cell, in two colours: above 0, and below 0; the larger, the stronger"),
        Item("The numbers are drawn at random, from a seed"),
    )
    words = f"One pixel: a 1×1 convolution makes {text.count(len(m.gives))} numbers of {text.count(len(m.read))}."
    return Spoken("A 1×1 convolution at one pixel", words, items)


def drawn(channels: int) -> int:
    """How many of them have a cell."""
    return min(channels, MOST)


class _Cells:
    """Grids of numbers."""

    def __init__(self, channel: int | None, channels: int) -> None:
        """``channel`` is the one that is looked at, counted from 1, if one is."""
        self.channel = None if channel is None else min(channel, drawn(channels)) - 1
        self.channels = channels
        self.canvas = Canvas(WIDTH)

    def mixing(self, top: float, m: Mixing, colour: str, usual: float, given: str) -> float:
        """What is read, the chosen channel's weights, and their sum; then the arrow down to all of them."""
        c = self.canvas
        c.text(LEFT[0], top + 10, self.count(m.read, given), 12, C.ink, bold=True, anchor="start")
        foot = self.grid(LEFT[0], top + LINE, Grid(m.read, len(m.read)), usual)
        if self.channel is not None:
            weights = m.weights(self.channel)
            with c.step(1):
                said = f"× {text.count(len(weights))} weights"
                c.text(LEFT[1], top + 10, said, 12, colour, bold=True, anchor="start")
                self.grid(LEFT[1], top + LINE, Grid(weights, len(weights)), _usual(weights))
            with c.step(2):
                number = text.signed(m.gives[self.channel])
                c.text(LEFT[2], top + 10, f"= channel {self.channel + 1}", 12, C.ink, bold=True, anchor="start")
                c.text(LEFT[2], top + LINE + 17, number, 17, C.ink, bold=True, anchor="start")
        c.down(LEFT[0] + SIDE / 2, foot + 3, foot + 27, colour)
        said = f"1×1 convolution: {text.count(len(m.gives))} such sums"
        c.text(LEFT[0] + SIDE / 2 + 12, foot + 19, said, 12, colour, anchor="start")
        return foot + 28

    def spoken_mixing(self, m: Mixing, given: str) -> tuple[Item, ...]:
        """``mixing`` in words."""
        which = "" if given == "numbers" else f" {given}"
        items = [Item(f"It reads {self.count(m.read)}{which}")]
        if self.channel is not None:
            weights, number = len(m.weights(self.channel)), text.signed(m.gives[self.channel])
            said = f"Channel {self.channel + 1}: these × its {text.count(weights)} weights, added up, = {number}"
            items.append(Item(said))
        return (*items, Item(f"1×1 convolution: {text.count(len(m.gives))} such sums"))

    def count(self, values: Sequence[float], what: str = "numbers") -> str:
        shown = "" if len(values) <= MOST else f"the first {MOST} of "
        return f"{shown}{text.count(len(values))} {what}"

    def grid(self, x: float, top: float, grid: Grid, usual: float, choose: bool = False) -> float:
        """Returns where it ends below."""
        all_of_it = drawn(grid.of)
        corners = [(x + i % ROW * PITCH, top + i // ROW * PITCH) for i in range(all_of_it)]
        foot = top + -(-all_of_it // ROW) * PITCH
        looks: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for corner, value in zip(corners, grid.numbers, strict=False):
            looks[_look(value, usual)].append(corner)
        n = len(grid.numbers)
        if grid.padded:
            looks[f'fill="{C.accent_card}"'] = corners[n:]
        if choose:
            self.canvas.parts.append(f'<g id="cells" data-cells="{x:g} {top:g} {PITCH:g} {ROW} {all_of_it}">')
        for look, found in looks.items():
            self.canvas.cells(found, CELL, look)
        if choose:
            self.canvas.parts.append("</g>")
        if len(grid.values) < all_of_it:
            words = f"{text.count(all_of_it - n)} missing"
            self.canvas.missing(x, corners[n][1] + 0.5, SIDE - 0.5, foot - corners[n][1] - 1, words, 13)
        if self.channel is not None and grid.of == self.channels and self.channel < all_of_it:
            cx, cy = corners[self.channel]
            self.canvas.box(
                cx - 0.8, cy - 0.8, CELL + 1.6, CELL + 1.6, f'fill="none" stroke="{C.ink}" stroke-width="1.6"'
            )
        return foot


class _Sum(_Cells):
    """What the shortcut brings, F(x), and the two added."""

    def __init__(self, spec: BlockSpec, conventions: Conventions, channel: int, tried: bool) -> None:
        p, t = pixel(spec), trace(conventions.built(spec))
        super().__init__(channel if p.projection else None, len(p.main))
        main, brought = t.addition.in_shapes
        self.shapes = [conventions.shape(one) for one in (brought, main, t.addition.out_shape) if one]
        self.p, self.tried = p, tried or not p.message
        self.padded = 0 if p.projection else len(p.brought) - len(p.x)
        self.accent = C.accent if p.projection or self.padded else C.ink
        self.usual = _usual(p.main)  # one scale for everything, whatever is on the shortcut

    def svg(self) -> str:
        p = self.p
        top = 4.0 if p.projection is None else self.mixing(4.0, p.projection, C.accent, self.usual, "of x") + LINE / 2
        of = len(p.main)
        brought = "W x" if p.projection else "x"
        foot = max(
            self.grid(LEFT[0], top, Grid(p.brought, of, self.padded), self.usual, choose=bool(p.projection)),
            self.grid(LEFT[1], top, Grid(p.main, of), self.usual),
        )
        with self.canvas.step(2):
            if p.total:
                self.grid(LEFT[2], top, Grid(p.total, of), self.usual)
            else:
                self._no_sum(LEFT[2], top, foot)
        for sign, x in zip("+=", LEFT[1:], strict=True):
            colour = C.alarm if p.message and self.tried else C.ink
            self.canvas.text(x - 16, (top + foot) / 2 + 8, sign, 22, colour, bold=True)
        names = (brought, self.accent), ("F(x)", C.ink), (f"{brought} + F(x)", C.ink)
        for x, (name, colour), below in zip(LEFT, names, self._captions(), strict=True):
            self.canvas.text(x + SIDE / 2, foot + LINE, name, 13, colour, bold=True)
            self.canvas.text(x + SIDE / 2, foot + 2 * LINE, below, 12, C.muted)
        for x, shape in zip(LEFT, self.shapes, strict=False):  # a sum that does not exist has none
            self.canvas.text(x + SIDE / 2, foot + 3 * LINE, f"of {shape}", 12, C.muted)
        return self.canvas.svg(foot + 3.6 * LINE, self.words())

    def _captions(self) -> tuple[str, str, str]:
        p = self.p
        first = self.count(p.brought)
        if self.padded:
            first = f"{text.count(len(p.x))}, then {text.count(self.padded)} zeros"
        last = ("does not exist" if self.tried else "") if not p.total else self.count(p.total)
        return first, self.count(p.main), last

    def words(self) -> str:
        """The picture in words."""
        p = self.p
        n, m = len(p.x), len(p.main)
        if p.message and not self.tried:
            return f"One pixel: {n} numbers of x, and {m} of F(x)"
        if p.message:
            return f"One pixel: of the {m} numbers of F(x), {m - n} have no partner among the {n} of x: no sum"
        if self.padded:
            return f"One pixel: {n} numbers of x and {self.padded} zeros, added to the {m} of F(x)"
        if p.projection:
            return f"One pixel: a 1×1 convolution makes {m} numbers of {n}; they are added to the {m} of F(x)"
        return f"One pixel: the {n} numbers of x, added to the {m} of F(x)"

    def spoken(self) -> Spoken:
        p, of = self.p, len(self.p.main)
        items = () if p.projection is None else (Item("On the shortcut", self.spoken_mixing(p.projection, "of x")),)
        brought = "W x" if p.projection else "x"
        first, second, last = self._captions()
        lacking = drawn(of) - drawn(len(p.brought))
        missing = f"; {text.count(lacking)} missing" if lacking else ""
        shapes = [f", of {shape}" for shape in self.shapes]
        total = f"{last}{shapes[2]}" if p.total else "no sum, it does not exist" if self.tried else "?"
        said = (f"{brought}: {first}{shapes[0]}{missing}", f"F(x): {second}{shapes[1]}", f"{brought} + F(x): {total}")
        return Spoken("One pixel", f"{self.words()}.", (*items, *(Item(words) for words in said)))

    def _no_sum(self, x: float, top: float, foot: float) -> None:
        """Where it would stand."""
        look = f'fill="none" stroke="{C.line}" stroke-width="1" stroke-dasharray="4 3"'
        self.canvas.box(x + 0.5, top + 0.5, SIDE - 1.5, foot - top - 1.5, look)
        words, colour = ("no sum", C.alarm) if self.tried else ("?", C.muted)
        self.canvas.text(x + SIDE / 2, (top + foot) / 2 + 6, words, 16, colour, bold=True)


def _usual(values: Sequence[float]) -> float:
    """The size of these numbers: the root of their mean square."""
    return math.sqrt(sum(value * value for value in values) / len(values)) or 1.0


def _look(value: float, usual: float) -> str:
    """The larger the number, the stronger its colour."""
    share = round(SHARES * min(1.0, abs(value) / (STRONGEST * usual))) / SHARES
    if not share:
        return f'fill="{C.card}"'
    return f'fill="{ABOVE if value > 0 else BELOW}" fill-opacity="{share:g}"'
