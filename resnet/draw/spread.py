"""Many runs as small dots, a row for each kind of run on one axis, so that their spread is seen and not only a mean.

    spread([Row("all ten blocks", values, marked=0.97), ...], Axis("accuracy on 600 test digits, %"))

Dots stand in a row where nothing else is, and over each other where they are many: they let each other show through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from resnet.draw.canvas import Canvas
from resnet.draw.curves import SMALL, WIDTH, Axis, ticks
from resnet.draw.palette import LIGHT as C

AXIS = (138.0, 366.0)  # from the first tick to the last
ROW, HIGHER, BELOW = 26.0, 33.0, 44.0  # a row is higher where words stand under its name


class Row(NamedTuple):
    """``marked`` is the run that a reader plays with, or the mean: it is drawn large, and its number stands beside it.

    ``also``  other runs in the same row, drawn above the row's own, hollow
    """

    name: str
    values: Sequence[float]
    marked: float | None = None
    accent: bool = True
    also: Sequence[float] = ()
    below: str = ""


class Line(NamedTuple):
    """A height that all can be held against, such as chance."""

    value: float
    name: str


def spread(
    rows: Sequence[Row], axis: Axis, words: str, *, title: str = "", line: Line | None = None, digits: int = 1
) -> str:
    """An SVG; ``words`` say what it shows."""
    canvas, top = Canvas(WIDTH), 6.0
    if title:
        canvas.text(4, top + 10, title, 13, C.ink, bold=True, anchor="start")
        top += 22
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
        if row.marked is not None:
            canvas.circle(at(row.marked), middle + (4 if row.also else 0), 5, C.accent if row.accent else C.ink)
            number = f"{row.marked:.{digits}f}"
            canvas.text(WIDTH - 4, middle + 4.5, number, 13, C.ink, bold=True, anchor="end")
    return canvas.svg(last + BELOW - 6, words)


def _dots(canvas: Canvas, row: Row, at: Callable[[float], float], middle: float) -> None:
    colour = C.accent if row.accent else C.ink
    below = 4 if row.also else 0
    for value in row.also:
        canvas.parts.append(
            f'<circle cx="{at(value):.1f}" cy="{middle - 5:.1f}" r="3" fill="{C.paper}" stroke="{C.ink}" '
            'stroke-width="1" fill-opacity="0.5"/>'
        )
    for value in row.values:
        canvas.parts.append(
            f'<circle cx="{at(value):.1f}" cy="{middle + below:.1f}" r="3.2" fill="{colour}" fill-opacity="0.45"/>'
        )
