"""What a chart says, for who does not see it: every number of every panel, place by place."""

from __future__ import annotations

from resnet import text
from resnet.draw.spoken import Item, Spoken
from resnet.numbers.charted import Amount, Chart, Panel, Series


def spoken(chart: Chart) -> Spoken:
    """The chart's own words, and an item for each panel."""
    items = [
        Item(panel.heading, tuple(Item(_place(chart, panel, i)) for i in _places(panel))) for panel in chart.panels
    ]
    if chart.line:
        items.append(Item(f"A dashed line: {chart.line.name}"))
    return Spoken(chart.title, chart.words, tuple(items))


def _places(panel: Panel) -> range:
    return range(len(panel.places))


def _place(chart: Chart, panel: Panel, i: int) -> str:
    place = panel.places[i]
    if chart.kind == "stacks":
        return f"{place}: {_stack(panel, i)}"
    every = (*panel.series, *panel.also)
    if len(every) == 1:
        return f"{place}: {_said(every[0].amounts[i])}"
    marked = ", a convolutional block" if chart.kind == "line" and panel.series[0].amounts[i].accent else ""
    return f"{place}{marked}: {', '.join(_named(one, i) for one in every)}"


def _stack(panel: Panel, i: int) -> str:
    """The whole, which the picture's columns are as high as, and the shortcuts' share of it."""
    rest, shortcuts = (one.amounts[i] for one in panel.series)
    whole = rest.value + shortcuts.value
    said = _said(Amount(whole, text.count(whole), panel.short(whole)))
    return f"{said}, of these {_said(shortcuts)} in shortcuts" if shortcuts.value else said


def _named(series: Series, i: int) -> str:
    return f"{series.name} {_said(series.amounts[i])}"


def _said(amount: Amount) -> str:
    """'231,211,008 (231.2 M)'"""
    return amount.said if amount.short in ("", amount.said) else f"{amount.said} ({amount.short})"
