"""Curves on one pair of axes, or on several, one above the other, so that each can be held against the next.

    curves([Panel("after training", [Series("plain", points, PLAIN)], Axis("epoch"), Axis("accuracy, %"))])

Each curve has its name at its end and no legend to look up; five are told apart by their dashes, without colour. What
leads to a name is thin, grey and whole, behind a gap, so that nobody takes it for data. A series can have a band around
it (what a share of the runs lies in) and single points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from resnet.draw import fonts
from resnet.draw.canvas import Canvas
from resnet.draw.palette import LIGHT as C
from resnet.draw.ticks import powers, ticks

WIDTH = 420.0
PLOT = 190.0  # height of one panel's axes
SIZE, SMALL = 12.5, 11.5  # fonts
GAP, STUB = 4.0, 22.0  # from the axes' end to what leads to a curve's name, and to the name
LINE = 15.0  # between two names, at least


class Look(NamedTuple):
    """How a curve is drawn. ``colour`` is one of the palette's, so that a page can put its own in its place."""

    colour: str
    dash: str = ""
    wide: float = 2.0


PLAIN = Look(C.muted, "2 3")
IDENTITY = Look(C.ink, "7 3")
PROJECTION = Look(C.accent, wide=2.6)
EVERYWHERE = Look(C.accent, "10 3 2 3")
BEHIND = Look(C.accent, "3 2", 1.6)
BEFORE = Look(C.ink)
LEADER = Look(C.muted, wide=0.7)
REFERENCE = Look(C.muted, wide=1.0)


class Series(NamedTuple):
    """``band`` is x, low, high for each point; ``dots`` stand alone. Two points at least make a line."""

    name: str
    points: Sequence[tuple[float, float]]
    look: Look = BEFORE
    band: Sequence[tuple[float, float, float]] = ()
    dots: Sequence[tuple[float, float]] = ()


class Axis(NamedTuple):
    """``label`` with its unit. Where ``low`` and ``high`` say nothing, round numbers around the data."""

    label: str
    low: float | None = None
    high: float | None = None
    log: bool = False


class Panel(NamedTuple):
    title: str
    series: Sequence[Series]
    x: Axis
    y: Axis


def curves(panels: Sequence[Panel], words: str, *, plot: float = PLOT) -> str:
    """An SVG; ``words`` say what it shows. ``plot`` is the height of a panel's axes."""
    canvas, top = Canvas(WIDTH), 4.0
    names = [one.name for panel in panels for one in panel.series]
    right = WIDTH - STUB - 8 - max(fonts.width(name, SIZE, bold=True) for name in names)
    for panel in panels:
        top = _panel(canvas, panel, top, right, plot)
    return canvas.svg(top, words)


class _Scale(NamedTuple):
    """``low`` stands at ``start`` in the picture, and ``high`` at ``end``."""

    marks: list[float]
    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        low, high, value = (math.log10(max(v, 1e-300)) if self.log else v for v in (self.low, self.high, value))
        return self.start + (self.end - self.start) * (value - low) / (high - low)


def _scale(axis: Axis, values: Sequence[float], start: float, end: float) -> _Scale:
    """It ends where the axis says, else at a round number."""
    if axis.log:
        values = [v for v in values if v > 0] or [1.0]
    low = min(values) if axis.low is None else axis.low
    high = max(values) if axis.high is None else axis.high
    marks = powers(low, high) if axis.log else ticks(low, high)
    low = marks[0] if axis.low is None else low
    high = marks[-1] if axis.high is None else high
    return _Scale([mark for mark in marks if low <= mark <= high], low, high, start, end, axis.log)


def _panel(canvas: Canvas, panel: Panel, top: float, right: float, plot: float) -> float:
    """Returns where it ends below."""
    xs = [x for one in panel.series for x, *_ in (*one.points, *one.band, *one.dots)]
    ys = [y for one in panel.series for _, *some in (*one.points, *one.band, *one.dots) for y in some]
    if panel.title:
        canvas.text(4, top + 12, panel.title, SIZE + 0.5, C.ink, bold=True, anchor="start")
        top += 20
    canvas.text(4, top + 11, panel.y.label, SMALL, C.muted, anchor="start")
    first = top + 22
    y = _scale(panel.y, ys, first + plot, first)
    left = 12 + max(_wide(mark, y) for mark in y.marks)
    x = _scale(panel.x, xs, left, right)
    _grid(canvas, x, y)
    canvas.text(right, first + plot + 29, panel.x.label, SMALL, C.muted, anchor="end")
    for one in panel.series:
        _band(canvas, one, x, y)
    for one in panel.series:
        _line(canvas, one, x, y)
    _names(canvas, panel.series, x, y, WIDTH)
    return first + plot + 40


def _grid(canvas: Canvas, x: _Scale, y: _Scale) -> None:
    for mark in y.marks:
        strong = mark == y.marks[0] or (mark == 0 and not y.log)
        canvas.box(x.start, y.at(mark) - 0.5, x.end - x.start, 1, f'fill="{C.muted if strong else C.line}"')
        _write(canvas, mark, x.start - 6, y.at(mark) + 4, y)
    if y.marks[0] > y.low:  # the axis that the marks below stand on
        canvas.box(x.start, y.start - 0.5, x.end - x.start, 1, f'fill="{C.muted}"')
    for mark in x.marks:
        canvas.box(x.at(mark) - 0.5, y.start, 1, 4, f'fill="{C.muted}"')
        canvas.text(x.at(mark), y.start + 16, f"{mark:,g}".replace("-", "−"), SMALL, C.muted)


def _exponent(mark: float, scale: _Scale) -> int | None:
    """Of a mark that is written as a power of ten."""
    power = round(math.log10(mark)) if scale.log else 0
    return power if abs(power) > 1 else None


def _wide(mark: float, scale: _Scale) -> float:
    power = _exponent(mark, scale)
    if power is None:
        return fonts.width(f"{mark:,g}", SMALL)
    return fonts.width("10", SMALL) + 1 + fonts.width(f"{power}".replace("-", "−"), SMALL - 2.5)


def _write(canvas: Canvas, mark: float, right: float, base: float, scale: _Scale) -> None:
    """A mark's number; the typeface has no raised figures."""
    power = _exponent(mark, scale)
    if power is None:
        canvas.text(right, base, f"{mark:,g}".replace("-", "−"), SMALL, C.muted, anchor="end")
        return
    raised = f"{power}".replace("-", "−")
    canvas.text(right, base - 4, raised, SMALL - 2.5, C.muted, anchor="end")
    canvas.text(right - 1 - fonts.width(raised, SMALL - 2.5), base, "10", SMALL, C.muted, anchor="end")


def _band(canvas: Canvas, one: Series, x: _Scale, y: _Scale) -> None:
    if len(one.band) > 1:
        edge = [(x.at(a), y.at(low)) for a, low, _ in one.band] + [
            (x.at(a), y.at(high)) for a, _, high in one.band[::-1]
        ]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in edge)
        canvas.parts.append(f'<polygon points="{points}" fill="{one.look.colour}" fill-opacity="0.14"/>')


def _line(canvas: Canvas, one: Series, x: _Scale, y: _Scale) -> None:
    if len(one.points) > 1:
        _stroke(canvas, [(x.at(a), y.at(b)) for a, b in one.points], one.look)
    for a, b in one.dots if len(one.points) > 1 else (*one.points, *one.dots):
        canvas.circle(x.at(a), y.at(b), 2.6, one.look.colour)


def _stroke(canvas: Canvas, points: Sequence[tuple[float, float]], look: Look) -> None:
    way = "M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in points)
    paint = f'stroke="{look.colour}" stroke-width="{look.wide:g}"'
    dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
    canvas.parts.append(f'<path d="{way}" fill="none" {paint} stroke-linejoin="round"{dash}/>')


def _names(canvas: Canvas, series: Sequence[Series], x: _Scale, y: _Scale, right: float) -> None:
    """Each beside the end of its curve, or as near as the others leave room."""
    ends = [(y.at(one.points[-1][1]), one) for one in series if one.points and one.name]
    ends.sort(key=lambda end: end[0])
    heights = spread([height for height, _ in ends], LINE, y.end - 4, y.start + 4)
    for (height, one), level in zip(ends, heights, strict=True):
        _stroke(canvas, [(x.end + GAP, height), (x.end + STUB - 8, level), (x.end + STUB, level)], LEADER)
        canvas.text(x.end + STUB + 3, level + 4, one.name, SIZE, one.look.colour, bold=True, anchor="start")


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Rising numbers, as near to these as can be, each so far from the next, all from ``low`` to ``high`` if they fit.

    >>> spread([10, 12, 50], 15, 0, 100)
    [3.5, 18.5, 50.0]
    """
    groups: list[list[float]] = []  # how many stand together, and the middle of them
    for value in wanted:
        groups.append([1, value])
        while len(groups) > 1 and _touch(groups[-2], groups[-1], apart):
            n, middle = groups.pop()
            m, before = groups[-1]
            groups[-1] = [n + m, (n * middle + m * before) / (n + m)]
    found: list[float] = []
    for n, middle in groups:
        found += [middle + (i - (n - 1) / 2) * apart for i in range(int(n))]
    for i, value in enumerate(found):  # what left the room above pushes the rest down, and what left it below, up
        found[i] = max(value, low + i * apart, found[i - 1] + apart if i else low)
    for i in range(len(found) - 1, -1, -1):
        limit = high - (len(found) - 1 - i) * apart
        found[i] = min(found[i], max(limit, low + i * apart))
    return found


def _touch(above: list[float], below: list[float], apart: float) -> bool:
    return below[1] - above[1] < apart * (above[0] + below[0]) / 2
