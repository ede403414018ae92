"""Many runs as small dots, a row for each kind of run on one axis, so that their spread is seen and not only a mean.

    spread([Row("all ten blocks", values, chosen=0.97, mean=True), ...], Axis("accuracy, %"), "words", ring="seed 3")

Dots stand in a row where nothing else is, and over each other where they are many: they let each other show through. A
large dot is a mean, and nothing else; the run that a reader has chosen has a ring around it. A line below says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import NamedTuple

from resnet.draw import fonts
from resnet.draw.canvas import Canvas
from resnet.draw.curves import SMALL, WIDTH, Axis
from resnet.draw.palette import LIGHT as C
from resnet.draw.ticks import ticks

AXIS = (138.0, 366.0)  # from the first tick to the last
ROW, HIGHER, BELOW = 26.0, 33.0, 44.0  # a row is higher where words stand under its name
SMALL_DOT, LARGE_DOT, RING = 3.2, 5.0, 7.2  # radii: a ring is seen around a mean that lies below it, too


class Row(NamedTuple):
    """``mean``  that of the values is drawn large, and its number stands beside it

    ``chosen``  one of the values, which gets a ring;  ``also``  other runs in the same row, drawn above its own, hollow
    """

    name: str
    values: Sequence[float]
    chosen: float | None = None
    accent: bool = True
    also: Sequence[float] = ()
    below: str = ""
    mean: bool = False


class Line(NamedTuple):
    """A height that all can be held against, such as chance."""

    value: float
    name: str


def spread(
    rows: Sequence[Row],
    axis: Axis,
    words: str,
    *,
    title: str = "",
    line: Line | None = None,
    digits: int = 1,
    ring: str = "",
) -> str:
    """An SVG; ``words`` say what it shows, ``ring`` which run has one."""
    canvas, top = Canvas(WIDTH), 6.0
    means = any(row.mean for row in rows)
    if title:
        canvas.text(4, top + 10, title, 13, C.ink, bold=True, anchor="start")
        top += 22
    if means:
        canvas.text(WIDTH - 4, top - (12 if title else -8), "mean", SMALL, C.muted, anchor="end")
        top += 0 if title else 12
    high = HIGHER if any(row.below for row in rows) else ROW
    first, last = top, top + high * len(rows)
    values = [value for row in rows for value in (*row.values, *row.also)]
    marks = ticks(min(values) if axis.low is None else axis.low, max(values) if axis.high is None else axis.high)

    def at(value: float) -> float:
        return AXIS[0] + (AXIS[1] - AXIS[0]) * (value - marks[0]) / (marks[-1] - marks[0])

    for mark in marks:
        canvas.box(at(mark) - 0.5, first, 1, last - first, f'fill="{C.line}"')
        canvas.text(at(mark), last + 14, f"{mark:g}", SMALL, C.muted)
    canvas.text(AXIS[1], last + 30, axis.label, SMALL, C.muted, anchor="end")
    if line:
        canvas.box(at(line.value) - 0.75, first, 1.5, last - first, f'fill="{C.alarm}"')
        canvas.text(4, last + 30, f"line: {line.name}", SMALL, C.alarm, anchor="start")
    for i, row in enumerate(rows):
        middle = first + high * i + high / 2
        canvas.text(4, middle + (-1.5 if row.below else 4.5), row.name, 12.5, C.ink, anchor="start")
        if row.below:
            canvas.text(4, middle + 10.5, row.below, 10.5, C.muted, anchor="start")
        _dots(canvas, row, at, middle)
        if row.mean:
            number = f"{fmean(row.values):.{digits}f}"
            canvas.text(WIDTH - 4, middle + 4.5, number, 13, C.ink, bold=True, anchor="end")
    if not means:
        return canvas.svg(last + BELOW - 6, words)
    _legend(canvas, last + BELOW + 5, ring, rows[0].accent)
    return canvas.svg(last + BELOW + 15, words)


def _dots(canvas: Canvas, row: Row, at: Callable[[float], float], middle: float) -> None:
    colour = C.accent if row.accent else C.ink
    height = middle + (4 if row.also else 0)
    for value in row.also:
        canvas.parts.append(
            f'<circle cx="{at(value):.1f}" cy="{middle - 5:.1f}" r="3" fill="{C.paper}" stroke="{C.ink}" '
            'stroke-width="1" fill-opacity="0.5"/>'
        )
    for value in row.values:
        _small(canvas, at(value), height, colour)
    if row.mean:
        canvas.circle(at(fmean(row.values)), height, LARGE_DOT, colour)
    if row.chosen is not None:
        _ring(canvas, at(row.chosen), height)


def _small(canvas: Canvas, x: float, y: float, colour: str) -> None:
    canvas.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{SMALL_DOT}" fill="{colour}" fill-opacity="0.45"/>')


def _ring(canvas: Canvas, x: float, y: float) -> None:
    canvas.parts.append(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RING}" fill="none" stroke="{C.ink}" stroke-width="1.6"/>'
    )


def _legend(canvas: Canvas, base: float, ring: str, accent: bool) -> None:
    """What the marks mean, in a line."""
    x, y, colour = AXIS[0] + SMALL_DOT, base - 4, C.accent if accent else C.ink
    _small(canvas, x, y, colour)
    x = _named(canvas, x, base, "a seed")
    canvas.circle(x, y, LARGE_DOT, colour)
    x = _named(canvas, x, base, "their mean")
    if ring:
        _ring(canvas, x, y)
        _named(canvas, x, base, ring)


def _named(canvas: Canvas, x: float, base: float, words: str) -> float:
    """Returns where the next mark stands."""
    canvas.text(x + 11, base, words, SMALL, C.muted, anchor="start")
    return x + 11 + fonts.width(words, SMALL) + 18
