"""A chart as SVG, without a browser: for files, and for paper.

    still(by_stage(trace_network(network("resnet50")))) -> Plate(svg, spoken)

It shows the numbers of the Plotly figure on the screen, both made of one ``Chart``. A file has no pointer to ask with,
so numbers stand where they fit. It is as wide as a curve's figure, so that it can be read in a paper's column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from resnet.draw import fonts
from resnet.draw.canvas import Canvas
from resnet.draw.curves import PLOT, SIZE, SMALL, WIDTH
from resnet.draw.dress import hatches
from resnet.draw.palette import LIGHT as C
from resnet.draw.spoken import Plate
from resnet.draw.still_words import spoken
from resnet.draw.ticks import ticks
from resnet.numbers.charted import Amount, Chart, Kind, Line, Panel

EDGE = 4.0
RIGHT = WIDTH - EDGE
STACK = 116.0  # height of the axes of one of several panels
BAR, RUNG = 11.0, 17.0  # how thick bars are that lie
HATCH = 5.0  # from one line of a hatch to the next, along an axis; lines, since a pattern would be lost in a PDF
ABOVE = 16.0  # room for a number above a bar
MARKS = 5  # marks of an axis, at the most
_UNITS = ((1e15, " P"), (1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k"), (1.0, ""))
_BYTES = ((2.0**40, " TiB"), (2.0**30, " GiB"), (2.0**20, " MiB"), (2.0**10, " KiB"), (1.0, " B"))


def still(chart: Chart) -> Plate:
    """An SVG in the light palette's colours, and what it says."""
    canvas = Canvas(WIDTH)
    top = 18.0
    for words in _wrapped(chart.title, RIGHT - EDGE, SIZE + 0.5):
        canvas.text(EDGE, top, words, SIZE + 0.5, C.ink, bold=True, anchor="start")
        top += 16
    return Plate(canvas.svg(_DRAWN[chart.kind](canvas, chart, top - 6), chart.words), spoken(chart))


# bars that lie: each with its name above it and its number at its end, so that no axis is needed


def _bars(canvas: Canvas, chart: Chart, top: float) -> float:
    """Returns where it ends below."""
    names = [(one.name, one.hollow) for one in chart.panels[0].series]
    top = _legend(canvas, [_Key(name, C.muted, hollow=hollow) for name, hollow in names], top)
    for panel in chart.panels:
        canvas.text(EDGE, top + 16, panel.heading, SIZE, C.ink, bold=True, anchor="start")
        top += 24
        for i, place in enumerate(panel.places):
            accent = panel.series[0].amounts[i].accent
            canvas.text(EDGE, top + 11, place, SMALL, C.accent if accent else C.ink, anchor="start")
            top += 16
            for one in panel.series:
                _bar(canvas, one.amounts[i], panel, top, BAR, hollow=one.hollow)
                top += BAR + 2
            top += 5
        top += 4
    return top


def _ladder(canvas: Canvas, chart: Chart, top: float) -> float:
    (panel,) = chart.panels
    canvas.text(EDGE, top + 14, panel.heading, SMALL, C.muted, anchor="start")
    top += 22
    for place, amount in zip(panel.places, panel.series[0].amounts, strict=True):
        canvas.text(EDGE, top + 12, place, SIZE, C.ink, anchor="start")
        canvas.text(RIGHT, top + 12, amount.said, SMALL, C.muted, anchor="end")
        _bar(canvas, amount, panel, top + 17, RUNG)
        top += 17 + RUNG + 8
    return top


def _bar(canvas: Canvas, amount: Amount, panel: Panel, top: float, high: float, hollow: bool = False) -> None:
    """A bar from the left edge, and its number behind it."""
    amounts = [one for series in panel.series for one in series.amounts]
    words = max((one.short or one.said for one in amounts), key=lambda said: fonts.width(said, SMALL))
    room = RIGHT - EDGE - fonts.width(words, SMALL) - 6
    wide = room * amount.value / max(one.value for one in amounts)
    colour = C.accent if amount.accent else C.muted
    if amount.value:
        _filled(canvas, _Box(EDGE, top, max(wide, 1.0), high), colour, hollow=hollow, hatched=amount.hatched)
    said = amount.short or amount.said
    canvas.text(EDGE + wide + 5, top + high / 2 + 4, said, SMALL, C.ink, anchor="start")


# bars that stand, one on the other, in panels


def _stacks(canvas: Canvas, chart: Chart, top: float) -> float:
    keys = [
        _Key(one.name, C.accent if one.amounts[0].accent else C.muted, hatched=one.amounts[0].hatched)
        for one in chart.panels[0].series
    ]
    top = _legend(canvas, keys, top)
    scales = [_units(panel, [sum(values) for values in _columns(panel)]) for panel in chart.panels]
    left = max(_axis_width(scale) for scale in scales)
    for panel, scale in zip(chart.panels, scales, strict=True):
        canvas.text(EDGE, top + 16, panel.heading, SIZE, C.ink, bold=True, anchor="start")
        first = top + 24 + ABOVE
        axis = _Upright(left, first + STACK, STACK, scale)
        _grid(canvas, axis)
        _stand(canvas, panel, axis)
        _below(canvas, chart, panel, axis)
        top = first + STACK + 26
    return top


def _columns(panel: Panel) -> list[tuple[int, ...]]:
    """The numbers at each place."""
    return list(zip(*([amount.value for amount in one.amounts] for one in panel.series), strict=True))


def _stand(canvas: Canvas, panel: Panel, axis: _Upright) -> None:
    step = axis.wide / len(panel.places)
    wide = 0.75 * step
    columns = _columns(panel)
    said = [panel.short(sum(values)) for values in columns]
    fits = max(fonts.width(one, SMALL) for one in said) < step - 3
    for i, values in enumerate(columns):
        x, bottom = axis.left + step * (i + 0.5) - wide / 2, 0
        for one, value in zip(panel.series, values, strict=True):
            amount = one.amounts[i]
            low, high = axis.at(bottom), axis.at(bottom + value)
            if value:
                colour = C.accent if amount.accent else C.muted
                _filled(canvas, _Box(x, high, wide, max(low - high, 0.6)), colour, hatched=amount.hatched)
            bottom += value
        if fits:
            _number(canvas, x + wide / 2, axis.at(bottom) - 4, said[i])


def _below(canvas: Canvas, chart: Chart, panel: Panel, axis: _Upright) -> None:
    """Names below the axis: every place's, or those that are marked."""
    step = axis.wide / len(panel.places)
    named = chart.marks or [(place, place) for place in panel.places]
    xs = [axis.left + step * (panel.places.index(place) + 0.5) for place, _ in named]
    words = [one for _, one in named]
    apart = min((b - a for a, b in pairwise(xs)), default=axis.wide)
    if chart.marks and apart < 4 + max(fonts.width(one, SMALL) for one in words):
        first, words = words[0].split(" ")[0], [one.split(" ")[-1] for one in words]  # "stage" once, and numbers
        canvas.text(axis.left - 6, axis.bottom + 16, first, SMALL, C.muted, anchor="end")
    for x, one in zip(xs, words, strict=True):
        if chart.marks:
            canvas.box(x - 0.5, axis.bottom, 1, 4, f'fill="{C.muted}"')
        canvas.text(x, axis.bottom + 16, one, SMALL, C.muted)


# a line from place to place


def _line(canvas: Canvas, chart: Chart, top: float) -> float:
    (panel,), beside = chart.panels, chart.line
    assert beside is not None
    amounts = panel.series[0].amounts
    if any(one.accent for one in amounts):
        top = _legend(canvas, [_Key("convolutional block", C.accent, diamond=True)], top)
    canvas.text(EDGE, top + 14, panel.heading, SMALL, C.muted, anchor="start")
    marks = ticks(0, max(beside.value, *(one.value for one in amounts)), MARKS)
    scale = _Scale(marks, [f"{mark:,.0f}" for mark in marks])  # pixels: more than thousands there never are
    axis = _Upright(_axis_width(scale), top + 26 + PLOT, PLOT, scale)
    _grid(canvas, axis)
    step = axis.wide / len(amounts)
    points = [(axis.left + step * (i + 0.5), axis.at(one.value)) for i, one in enumerate(amounts)]
    _beside(canvas, beside, axis, points)
    way = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    canvas.parts.append(f'<path d="{way}" fill="none" stroke="{C.muted}" stroke-width="2" stroke-linejoin="round"/>')
    for (x, y), one in zip(points, amounts, strict=True):
        if one.accent:
            _diamond(canvas, x, y)
        else:
            canvas.circle(x, y, 3, C.muted)
    (x, y), last = points[-1], amounts[-1]
    canvas.text(min(x, RIGHT), y - 9, last.said, SMALL, C.ink, bold=True, anchor="end")
    _below(canvas, chart, panel, axis)
    return axis.bottom + 26


def _beside(canvas: Canvas, beside: Line, axis: _Upright, points: Sequence[tuple[float, float]]) -> None:
    """The line to hold against, named where the other line is not: at the left above it, or at the right below it."""
    y = axis.at(beside.value)
    canvas.parts.append(
        f'<path d="M{axis.left:.1f},{y:.1f}H{RIGHT:.1f}" fill="none" stroke="{C.muted}" stroke-dasharray="5 4"/>'
    )
    wide = fonts.width(beside.name, SMALL)
    crosses = any(x < axis.left + wide + 8 and height < y + 6 for x, height in points)
    if crosses:
        canvas.text(RIGHT, y + 13 if y + 18 < axis.bottom else y - 5, beside.name, SMALL, C.ink, anchor="end")
    else:
        canvas.text(axis.left + 4, y - 5, beside.name, SMALL, C.ink, anchor="start")


def _diamond(canvas: Canvas, x: float, y: float) -> None:
    corners = ((x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y))
    canvas.polygon(corners, f'fill="{C.accent}" stroke="{C.paper}"')


# from one number to another, term by term


def _fall(canvas: Canvas, chart: Chart, top: float) -> float:
    (panel,) = chart.panels
    amounts = panel.series[0].amounts
    start, end = amounts[0].value, amounts[-1].value
    room = max(1, end - start)
    marks = [mark for mark in ticks(start - 0.5 * room, end, MARKS) if mark >= 0 and mark == int(mark)]
    scale = _Scale(marks, [f"{mark:,.0f}" for mark in marks])
    said = f"{panel.heading}; the axis does not start at 0" if marks[0] else panel.heading
    canvas.text(EDGE, top + 14, said, SMALL, C.muted, anchor="start")
    axis = _Upright(_axis_width(scale), top + 26 + ABOVE + PLOT, PLOT, scale)
    _grid(canvas, axis)
    step = axis.wide / len(amounts)
    wide, level = 0.7 * step, 0
    for i, (place, amount) in enumerate(zip(panel.places, amounts, strict=True)):
        x = axis.left + step * (i + 0.5)
        low = level if amount.accent else int(marks[0])
        level = level + amount.value if amount.accent else amount.value
        y = axis.at(level)
        box = _Box(x - wide / 2, y, wide, max(axis.at(low) - y, 1.0))
        _filled(canvas, box, C.accent if amount.accent else C.muted)
        if i + 1 < len(amounts):
            canvas.box(x + wide / 2, y - 0.5, step - wide, 1, f'fill="{C.muted}"')
        _number(canvas, x, y - 5, amount.said)
        for row, words in enumerate(_wrapped(place, step - 2, SMALL)):
            canvas.text(x, axis.bottom + 16 + 13 * row, words, SMALL, C.muted)
    return axis.bottom + 40


# what they have in common


class _Box(NamedTuple):
    x: float
    y: float
    wide: float
    high: float


class _Scale(NamedTuple):
    """Round numbers from the lowest to the highest, and how they are written."""

    marks: list[float]
    words: list[str]


class _Upright(NamedTuple):
    """An axis that stands: the lowest mark at ``bottom``, the highest ``high`` above it."""

    left: float
    bottom: float
    high: float
    scale: _Scale

    @property
    def wide(self) -> float:
        return RIGHT - self.left

    def at(self, value: float) -> float:
        low, top = self.scale.marks[0], self.scale.marks[-1]
        return self.bottom - self.high * (value - low) / (top - low)


def _units(panel: Panel, values: Sequence[int]) -> _Scale:
    """From 0, in the unit that is large enough."""
    most = max(values)
    size, unit = next((one for one in (_BYTES if panel.binary else _UNITS) if most >= one[0]), (1.0, ""))
    marks = ticks(0, most / size, MARKS)
    return _Scale([mark * size for mark in marks], [f"{mark:,g}{unit if mark else ''}" for mark in marks])


def _axis_width(scale: _Scale) -> float:
    return EDGE + 8 + max(fonts.width(words, SMALL) for words in scale.words)


def _grid(canvas: Canvas, axis: _Upright) -> None:
    for mark, words in zip(*axis.scale, strict=True):
        y = axis.at(mark)
        canvas.box(axis.left, y - 0.5, axis.wide, 1, f'fill="{C.line if mark > axis.scale.marks[0] else C.muted}"')
        canvas.text(axis.left - 6, y + 4, words, SMALL, C.muted, anchor="end")


def _number(canvas: Canvas, x: float, base: float, words: str) -> None:
    """Over a bar, and on paper: no line of the grid runs through it."""
    wide = fonts.width(words, SMALL)
    canvas.box(x - wide / 2 - 1, base - 9, wide + 2, 11, f'fill="{C.paper}"')
    canvas.text(x, base, words, SMALL, C.ink)


def _filled(
    canvas: Canvas, box: _Box, colour: str, hollow: bool = False, hatched: bool = False, kind: str = "bar"
) -> None:
    if hollow:  # its outline inside of where a filled one would end
        inside = _Box(box.x + 0.75, box.y + 0.75, max(box.wide - 1.5, 0.1), box.high - 1.5)
        canvas.box(*inside, f'class="{kind}" fill="{C.paper}" stroke="{colour}" stroke-width="1.5"')
        return
    canvas.box(*box, f'class="{kind}" fill="{colour}"')
    if hatched and box.wide + box.high > HATCH:
        lines = "".join(f"M{a:.1f},{b:.1f}L{c:.1f},{d:.1f}" for a, b, c, d in hatches(*box, HATCH))
        canvas.parts.append(f'<path d="{lines}" fill="none" stroke="{C.paper}" stroke-width="1.3"/>')


class _Key(NamedTuple):
    """A line of a legend."""

    words: str
    colour: str
    hollow: bool = False
    hatched: bool = False
    diamond: bool = False


def _legend(canvas: Canvas, keys: Sequence[_Key], top: float) -> float:
    """Beside each other where they fit. Returns where it ends below."""
    x = EDGE
    for key in keys:
        wide = 18 + fonts.width(key.words, SMALL)
        if x > EDGE and x + wide > RIGHT:
            x, top = EDGE, top + 17
        if key.diamond:
            _diamond(canvas, x + 6, top + 11)
        else:
            _filled(canvas, _Box(x, top + 6, 12, 10), key.colour, key.hollow, key.hatched, kind="key")
        canvas.text(x + 18, top + 15, key.words, SMALL, C.ink, anchor="start")
        x += wide + 18
    return top + 22


def _wrapped(words: str, wide: float, size: float) -> list[str]:
    """In lines that are no wider, where a space allows it."""
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and fonts.width(longer, size, bold=size > SIZE) > wide:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


_DRAWN: dict[Kind, Callable[[Canvas, Chart, float], float]] = {
    "bars": _bars,
    "stacks": _stacks,
    "line": _line,
    "fall": _fall,
    "ladder": _ladder,
}
