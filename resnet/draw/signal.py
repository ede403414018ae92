"""The two summands and their sum as maps: of one channel, large; of all channels, to choose from.

    W x       +      F(x)      =      sum          one channel, on one colour scale with zero in its middle
    ▦▦▦▦             ▦▦▦▦             ▦▦▦▦         all of them, or 256 around the one that is looked at

In a column of a paper the three stand below each other, each with its large map on the left and all of them beside it.
What has no partner is a broken outline. The cells of the groups ``cells-…`` can be chosen on a page.
"""

from __future__ import annotations

from typing import NamedTuple

from resnet import text
from resnet.draw import fonts
from resnet.draw.canvas import Canvas
from resnet.draw.palette import ABOVE, BELOW
from resnet.draw.palette import LIGHT as C
from resnet.draw.pixel import MOST, ROW  # as numbers are laid out, so are maps
from resnet.draw.spoken import Item, Spoken
from resnet.draw.tiles import Maps, one_map, tiles
from resnet.run.signal import UNIT, Signal
from resnet.trace.values import INPUT

SIDE, BETWEEN, EDGE = 222.0, 42.0, 8.0
APART = 20.0  # in a column, from the large map to all of them
PITCH = SIDE / ROW
WIDTH = 2 * EDGE + 3 * SIDE + 2 * BETWEEN
LEFT = tuple(EDGE + i * (SIDE + BETWEEN) for i in range(3))
TILE = 16  # pixels of a small map's file


class Column(NamedTuple):
    """``maps`` as far as there are any; of the ``of`` that there ought to be, the last ``padded`` are zeros."""

    key: str
    name: str
    colour: str
    maps: Maps | None
    of: int
    below: str
    padded: int = 0
    missing: str = ""


def window(channel: int, channels: int) -> range:
    """The channels that are drawn together with this one, all counted from 1."""
    first = (channel - 1) // MOST * MOST
    return range(first + 1, min(first + MOST, channels) + 1)


def summands(s: Signal, channel: int = 1, *, narrow: bool = False) -> str:
    """What the shortcut brings, F(x), and their sum, as a picture. ``channel`` is counted from 1.

    ``narrow``  for a column of a paper
    """
    if narrow:
        return _below_each_other(s, channel)
    canvas = Canvas(WIDTH)
    columns = _columns(s)
    drawn = window(channel, columns[1].of)
    for x, column in zip(LEFT, columns, strict=True):
        canvas.text(x, 18, column.name, 17, column.colour, bold=True, anchor="start")
        _large(canvas, x, 28, column, channel, s.scale)
        _grid(canvas, x, 28 + SIDE + 34, column, channel, drawn, s.scale)
    for i, sign in enumerate("+="):
        colour = C.alarm if not s.shares else C.ink
        for middle in (28 + SIDE / 2, 62 + SIDE * 1.5):
            canvas.text(LEFT[i + 1] - BETWEEN / 2, middle + 10, sign, 30, colour, bold=True)
    canvas.text(EDGE, 28 + SIDE + 22, _which(channel, drawn, columns[1].of), 14, C.muted, anchor="start")
    foot = 62 + SIDE + _height(drawn)
    for x, column in zip(LEFT, columns, strict=True):
        canvas.text(x, foot + 18, column.below, 14, C.muted, anchor="start")
    _legend(canvas, foot + 44, s.scale)
    return canvas.svg(foot + 56, words(s))


def _below_each_other(s: Signal, channel: int) -> str:
    columns = _columns(s)
    drawn = window(channel, columns[1].of)
    beside = EDGE + SIDE + APART
    canvas = Canvas(beside + SIDE + EDGE)
    top = 4.0
    for sign, column in zip(" +=", columns, strict=True):
        name = EDGE
        if sign.strip():
            canvas.text(EDGE, top + 20, sign, 26, C.ink if s.shares else C.alarm, bold=True, anchor="start")
            name += 26
        canvas.text(name, top + 19, column.name, 17, column.colour, bold=True, anchor="start")
        _large(canvas, EDGE, top + 28, column, channel, s.scale)
        _grid(canvas, beside, top + 28, column, channel, drawn, s.scale)
        canvas.text(beside, top + 28 + _height(drawn) + 18, column.below, 14, C.muted, anchor="start")
        top += 28 + SIDE + 34
    for line in fonts.wrapped(_which(channel, drawn, columns[1].of).replace("; below", "; beside"), 2 * SIDE, 14):
        canvas.text(EDGE, top + 14, line, 14, C.muted, anchor="start")
        top += 20
    _legend(canvas, top + 24, s.scale, 3.0)
    return canvas.svg(top + 36, words(s))


def words(s: Signal) -> str:
    """The picture in words."""
    here, there = (s.points[name].shape[0] for name in (s.summands[1], s.summands[0]))
    if not s.shares:
        return f"The shortcut brings {here} maps, the main path {there}: there is no sum"
    return f"The {here} maps of the shortcut, the {there} of the main path, and their sum"


def spoken_summands(s: Signal, channel: int = 1) -> Spoken:
    """The picture's words, one by one. What a map shows they can't say."""
    columns = _columns(s)
    drawn, of = window(channel, columns[1].of), columns[1].of
    items = [Item(_spoken_column(column, channel)) for column in columns]
    items.append(Item(_which(channel, drawn, of)))
    ends = f"{text.signed(-s.scale, 1)} to {text.signed(s.scale, 1)}"
    items.append(Item(f"Colours: {ends}, one scale for all; uncoloured is 0"))
    return Spoken(f"Both summands, channel {text.count(channel)}", f"{words(s)}.", tuple(items))


def _spoken_column(column: Column, channel: int) -> str:
    if column.maps is None:
        return f"{column.name}: {column.missing}"
    if channel > len(column.maps):
        return f"{column.name}: {column.below}; channel {text.count(channel)} has {column.missing}"
    zeros = "; this channel is zeros" if channel > len(column.maps) - column.padded else ""
    lacking = f"; what is missing has {column.missing}" if len(column.maps) < column.of else ""
    return f"{column.name}: {column.below}{zeros}{lacking}"


def brought(s: Signal) -> str:
    """What the shortcut brings, in a word."""
    if not s.asked.spec.projects:
        return "x"
    return "BN(W x)" if s.trace.on("shortcut")[-1].kind == "batchnorm" else "W x"


def _columns(s: Signal) -> tuple[Column, Column, Column]:
    main, shortcut = s.summands
    of, read = s.points[main].shape[0], s.points[INPUT].shape[0]
    first, padded = s.points[shortcut].maps, 0
    below = f"{text.count(len(first))} maps"
    if s.asked.spec.shortcut == "zero_pad":
        padded = max(0, len(first) - read)
        below = f"{text.count(read)} maps of x, {text.count(padded)} zeros" if padded else below
    elif not s.shares:
        below = f"{text.count(len(first))} maps, {text.count(of - len(first))} missing"
    total = s.points[s.total].maps if s.shares else None
    unit = ", W = I" if s.asked.shortcut == UNIT else ", the shortcut"
    name, accent = brought(s), C.accent if s.asked.spec.shortcut != "identity" else C.ink
    return (
        Column("shortcut", f"{name}{unit}", accent, first, of, below, padded, "no partner"),
        Column("main", "F(x), the main path", C.ink, s.points[main].maps, of, f"{text.count(of)} maps"),
        Column("total", f"{name} + F(x)", C.ink, total, of, f"{text.count(of)} maps" if s.shares else "", 0, "no sum"),
    )


def _which(channel: int, drawn: range, of: int) -> str:
    some = f"; below, {text.count(drawn[0])} to {text.count(drawn[-1])} of {text.count(of)}" if len(drawn) < of else ""
    return f"Channel {text.count(channel)}, large{some}. Press a small map to see another channel."


def _height(drawn: range) -> float:
    return -(-len(drawn) // ROW) * PITCH


def _large(canvas: Canvas, x: float, y: float, column: Column, channel: int, scale: float) -> None:
    there = column.maps is not None and channel <= len(column.maps)
    if column.maps is None or not there:
        canvas.missing(x, y, SIDE, SIDE, column.missing, 17)
        return
    padded = channel > len(column.maps) - column.padded
    look = f'fill="{C.accent_card if padded else C.paper}" stroke="{C.line}" stroke-width="1"'
    canvas.box(x, y, SIDE, SIDE, look)
    if padded:
        canvas.text(x + SIDE / 2, y + SIDE / 2 + 6, "zeros", 17, C.accent, bold=True)
    else:
        canvas.image(x, y, SIDE, SIDE, one_map(column.maps[channel - 1], scale))


def _grid(canvas: Canvas, x: float, y: float, column: Column, channel: int, drawn: range, scale: float) -> None:
    high = _height(drawn)
    if column.maps is None:
        canvas.missing(x, y, SIDE, high, column.missing, 17)
        return
    own = column.maps[: len(column.maps) - column.padded][drawn[0] - 1 : drawn[-1]]
    canvas.parts.append(f'<g id="cells-{column.key}" data-cells="{x:g} {y:g} {PITCH:g} {ROW} {len(drawn)} {drawn[0]}">')
    rows = -(-len(own) // ROW)
    if column.padded:
        _tinted(canvas, x, y, len(column.maps) - column.padded - drawn[0] + 1, len(drawn))
    if rows:
        wide = min(len(own), ROW) * PITCH
        canvas.image(x, y, wide, rows * PITCH, tiles(own, min(len(own), ROW), TILE, 1, scale))
    canvas.parts.append("</g>")
    if len(own) + column.padded < len(drawn):
        canvas.missing(x, y + rows * PITCH, SIDE, high - rows * PITCH, column.missing, 17)
    at = channel - drawn[0]
    row, place = divmod(at, ROW)
    canvas.box(
        x + place * PITCH - 1,
        y + row * PITCH - 1,
        PITCH + 1,
        PITCH + 1,
        f'fill="none" stroke="{C.ink}" stroke-width="2"',
    )


def _tinted(canvas: Canvas, x: float, y: float, start: int, count: int) -> None:
    """Where zeros were padded."""
    corners = [(x + i % ROW * PITCH, y + i // ROW * PITCH) for i in range(max(0, start), count)]
    if corners:
        canvas.cells(corners, PITCH - 1, f'fill="{C.accent_card}"')


def _legend(canvas: Canvas, y: float, scale: float, wide: float = 5.0) -> None:
    """Below zero, zero, above zero; ``wide`` is one step of it."""
    steps = 24
    for i in range(-steps, steps + 1):
        look = f'fill="{ABOVE if i > 0 else BELOW}" fill-opacity="{abs(i) / steps:.2f}" shape-rendering="crispEdges"'
        canvas.box(EDGE + 60 + (i + steps) * wide, y - 11, wide, 12, look)
    end = EDGE + 60 + (2 * steps + 1) * wide
    canvas.text(EDGE + 54, y, text.signed(-scale, 1), 14, C.muted, anchor="end")
    canvas.text(
        end + 6, y, f"{text.signed(scale, 1)}   one scale for all; uncoloured is 0", 14, C.muted, anchor="start"
    )
