"""Published results as dots: every experiment on its own scale, whose axis is shown.

    dots([Experiment("ResNet-34", "top-1 error", [Dot("option A", 25.03, "21.28 M parameters"), ...])])

Two experiments on one scale would hide the differences inside each; bars would have to begin at 0, and hide them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from resnet.draw.canvas import Canvas
from resnet.draw.palette import LIGHT as C
from resnet.draw.ticks import ticks

WIDTH = 360.0
AXIS = (196.0, 300.0)  # from its first tick to its last
ROW, HEAD, TICKS, BETWEEN = 28.0, 17.0, 25.0, 8.0
MOST_TICKS = 4


class Dot(NamedTuple):
    """``below`` stands under its name, small; ``accent`` marks what has projections."""

    name: str
    value: float
    below: str = ""
    accent: bool = False


class Experiment(NamedTuple):
    """Results that can be held against each other; ``measure`` is what its axis measures, in per cent."""

    setting: str
    measure: str
    dots: Sequence[Dot]


def dots(experiments: Sequence[Experiment]) -> str:
    canvas, y = Canvas(WIDTH), 4.0
    for one in experiments:
        y = _experiment(canvas, one, y) + BETWEEN
    said = "; ".join(
        f"{one.setting}, {one.measure}: " + ", ".join(f"{dot.name} {dot.value:.2f} %" for dot in one.dots)
        for one in experiments
    )
    return canvas.svg(y - BETWEEN + 2, said)


def _experiment(canvas: Canvas, experiment: Experiment, top: float) -> float:
    """Returns where it ends below."""
    canvas.text(4, top + 11, experiment.setting, 13, C.ink, bold=True, anchor="start")
    values = [dot.value for dot in experiment.dots]
    marks = ticks(min(values), max(values), MOST_TICKS)
    first, last = top + HEAD, top + HEAD + ROW * len(experiment.dots)

    def at(value: float) -> float:
        return AXIS[0] + (AXIS[1] - AXIS[0]) * (value - marks[0]) / (marks[-1] - marks[0])

    for mark in marks:
        canvas.box(at(mark) - 0.5, first, 1, last - first, f'fill="{C.line}"')
        canvas.text(at(mark), last + 13, f"{mark:g}", 11.5, C.muted)
    canvas.text(WIDTH - 4, last + 13, "%", 11.5, C.muted, anchor="end")
    canvas.text(4, last + 13, experiment.measure, 11.5, C.muted, anchor="start")
    for i, dot in enumerate(experiment.dots):
        y = first + ROW * i
        middle = y + ROW / 2
        canvas.text(4, y + (13 if dot.below else 19), dot.name, 12.5, C.ink, anchor="start")
        if dot.below:
            canvas.text(4, y + 25.5, dot.below, 11, C.muted, anchor="start")
        canvas.circle(at(dot.value), middle, 5, C.accent if dot.accent else C.ink)
        canvas.text(WIDTH - 4, middle + 4.5, f"{dot.value:.2f}", 13, C.ink, bold=True, anchor="end")
    return last + TICKS - 10
