"""Curves, rows of dots and published results, each with its words: what is drawn, with its numbers.

told_curves([Panel("after training", …)], "Accuracy by epoch", "words") -> a picture, and what it says

after training: right, of 600 test digits, %, by epoch
  plain: 11.2 at 0, 88.3 at 1, …
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from resnet.draw.curves import PLOT, Axis, Panel, Series, curves
from resnet.draw.dots import Dot, Experiment, dots
from resnet.draw.spoken import Item, Plate, Spoken, listed, many
from resnet.draw.spread import Line, Row, spread

MOST = 12  # points of a curve that are said one by one


def told_curves(panels: Sequence[Panel], title: str, words: str, *, plot: float = PLOT) -> Plate:
    """``resnet.draw.curves.curves``; ``words`` are its sentence."""
    return Plate(curves(panels, words, plot=plot), spoken_curves(panels, title, words))


def told_spread(
    rows: Sequence[Row],
    axis: Axis,
    words: str,
    *,
    title: str = "",
    line: Line | None = None,
    digits: int = 1,
    ring: str = "",
) -> Plate:
    """``resnet.draw.spread.spread``; ``words`` are its sentence."""
    items = [Item(f"{row.name}{_below(row)}: {', '.join(_runs(row, digits, ring))}") for row in rows]
    if line:
        items.append(Item(f"A line: {line.name}"))
    spoken = Spoken(title, _ended(words), (Item(f"Axis: {axis.label}"), *items))
    return Plate(spread(rows, axis, words, title=title, line=line, digits=digits, ring=ring), spoken)


def told_dots(experiments: Sequence[Experiment], title: str) -> Plate:
    """``resnet.draw.dots.dots``."""
    return Plate(dots(experiments), spoken_dots(experiments, title))


def spoken_curves(panels: Sequence[Panel], title: str, sentence: str) -> Spoken:
    """Of a curve with few points each; else where it begins and ends, and where it is lowest and highest."""
    items = (Item(_panel(one), tuple(_curves(one.series))) for one in panels)
    return Spoken(title, _ended(sentence), tuple(items))


def _panel(panel: Panel) -> str:
    heading = f"{panel.title}: " if panel.title else ""
    return f"{heading}{panel.y.label}, by {panel.x.label}"


def _curves(series: Sequence[Series]) -> Iterator[Item]:
    for one in series:
        if one.points:
            yield Item(f"{one.name or 'The curve'}: {_way(one.points)}{_band(one)}")


def _way(points: Sequence[tuple[float, float]]) -> str:
    if len(points) <= MOST:
        return ", ".join(_at(point) for point in points)
    low, high = (find(points, key=lambda point: point[1]) for find in (min, max))
    return f"{_at(points[0])}, {_at(points[-1])}; lowest {_at(low)}, highest {_at(high)}"


def _at(point: tuple[float, float]) -> str:
    return f"{number(point[1])} at {number(point[0])}"


def _band(one: Series) -> str:
    if not one.band:
        return ""
    x, low, high = one.band[-1]
    return f"; the band around it at {number(x)}: {number(low)} to {number(high)}"


def number(value: float) -> str:
    """Of a curve: four digits are more than anybody reads off.

    >>> number(0.03125), number(-12.5), number(3112790.0), number(50.0), number(0.000012344)
    ('0.03125', '−12.5', '3,113,000', '50', '1.234 · 10^−5')
    """
    digits, _, power = f"{value:.3e}".partition("e")
    if value and int(power) < -3:
        return f"{float(digits):g} · 10^{int(power)}".replace("-", "−")
    return f"{float(f'{value:.4g}'):,.10g}".replace("-", "−")


def _below(row: Row) -> str:
    return f" ({row.below})" if row.below else ""


def _runs(row: Row, digits: int, ring: str) -> Iterator[str]:
    yield _range(row.values, digits)
    if row.mean:
        yield f"mean {fmean(row.values):.{digits}f}"
    if row.chosen is not None:
        yield f"{ring or 'the chosen one'} with {row.chosen:.{digits}f}"
    if row.also:
        yield _range(row.also, digits, "hollow dot")


def _range(values: Sequence[float], digits: int, what: str = "dot") -> str:
    ends = (
        f"from {min(values):.{digits}f} to {max(values):.{digits}f}" if len(values) > 1 else f"{values[0]:.{digits}f}"
    )
    return f"{many(len(values), what)} {ends}"


def spoken_dots(experiments: Sequence[Experiment], title: str) -> Spoken:
    """Published results; each experiment has its own scale."""
    items = tuple(
        Item(
            f"{one.setting}: {one.measure}, %",
            tuple(Item(_result(dot)) for dot in one.dots),
        )
        for one in experiments
    )
    settings = listed([one.setting for one in experiments])
    return Spoken(
        title, f"{many(sum(len(one.dots) for one in experiments), 'result').capitalize()}: {settings}.", items
    )


def _result(dot: Dot) -> str:
    projects = ", with projections" if dot.accent and "projection" not in dot.name else ""
    return f"{dot.name}{projects}: {dot.value:.2f}" + (f", {dot.below}" if dot.below else "")


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence}."
