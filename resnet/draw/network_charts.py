"""A network in charts, as Plotly figures: by stage, by block, receptive field, and why totals differ."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from resnet.draw.palette import LIGHT, Palette
from resnet.numbers import charted
from resnet.numbers.charted import Chart
from resnet.numbers.quantities import QUANTITIES
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.spec.network import NetworkSpec
from resnet.trace.network import NetworkTrace

PANEL = 190  # pixels for one of several panels
# heights of whole charts in pixels, known before there is one
RECEPTIVE_FIELD, WATERFALL, LADDER = 320, 340, 230


def by_stage(t: NetworkTrace, palette: Palette = LIGHT, conventions: Conventions = DEFAULT) -> go.Figure:
    """A panel for each quantity that adds up, of stem, stages and head; the shortcuts' share of it."""
    return stacks(charted.by_stage(t, conventions), palette)


def by_block(t: NetworkTrace, palette: Palette = LIGHT, conventions: Conventions = DEFAULT) -> go.Figure:
    """A panel for each quantity that adds up, of each block; the shortcut's share of it."""
    return stacks(charted.by_block(t, conventions), palette)


def receptive_field(t: NetworkTrace, palette: Palette = LIGHT) -> go.Figure:
    """Receptive field against depth, block by block, and the side of the input for comparison."""
    return line(charted.receptive_field(t), palette)


def waterfall(spec: NetworkSpec, palette: Palette = LIGHT) -> go.Figure:
    """From PyTorch's number to Keras's, term by term."""
    return fall(charted.waterfall(spec), palette)


def ladder(spec: NetworkSpec, palette: Palette = LIGHT) -> go.Figure:
    """The numbers that are given for the same network, from 0."""
    return rungs(charted.ladder(spec), palette)


def _ticks(chart: Chart) -> dict[str, Any]:
    if not chart.marks:
        return {}
    places, words = zip(*chart.marks, strict=True)
    return {"tickvals": list(places), "ticktext": list(words), "tickangle": 0}


def height_by_place() -> int:
    """Of ``by_stage`` and ``by_block`` in pixels."""
    return 60 + PANEL * sum(1 for quantity in QUANTITIES.values() if quantity.total)


def stacks(chart: Chart, palette: Palette) -> go.Figure:
    """A panel below the other, bars upwards, one series on the other."""
    height = PANEL * len(chart.panels)
    layout = _layout(palette, height + 60) | {"barmode": "stack", "bargap": 0.25, "annotations": []}
    bars: list[dict[str, Any]] = []
    for i, panel in enumerate(chart.panels):
        suffix = str(i + 1) if i else ""
        for series in panel.series:
            first = series.amounts[0]
            bars.append(
                {
                    "type": "bar", "name": series.name, "legendgroup": series.name, "showlegend": i == 0,
                    "x": list(panel.places), "y": [amount.value for amount in series.amounts],
                    "xaxis": f"x{suffix}", "yaxis": f"y{suffix}",
                    "customdata": [[amount.short, amount.said] for amount in series.amounts],
                    "hovertemplate": f"%{{x}}, {series.name}: %{{customdata[0]}} (%{{customdata[1]}})<extra></extra>",
                    "marker": {
                        "color": palette.accent if first.accent else palette.muted,
                        "pattern": _pattern(_hatch(first.hatched), palette),
                    },
                }
            )  # fmt: skip
        top = 1 - i / len(chart.panels)
        bottom = top - 1 / len(chart.panels)
        layout[f"yaxis{suffix}"] = _axis(palette) | {"domain": [bottom + 46 / height, top - 30 / height]}
        layout[f"xaxis{suffix}"] = (
            _axis(palette) | {"anchor": f"y{suffix}", "showgrid": False, "type": "category"} | _ticks(chart)
        )
        layout["annotations"].append(_heading(panel.heading, top, palette))
    return go.Figure({"data": bars, "layout": layout})


def line(chart: Chart, palette: Palette) -> go.Figure:
    """A line from place to place, and one to hold it against."""
    (panel,), beside = chart.panels, chart.line
    (sizes,), (jumps,) = panel.series, panel.also
    assert beside is not None
    drawn = {
        "type": "scatter", "mode": "lines+markers", "name": sizes.name, "x": list(panel.places),
        "y": [amount.value for amount in sizes.amounts],
        "customdata": [amount.value for amount in jumps.amounts],
        "hovertemplate": "%{x}: %{y} px, jump %{customdata} px<extra></extra>",
        "line": {"color": palette.muted, "width": 2},
        "marker": {
            "color": [palette.accent if one.accent else palette.muted for one in sizes.amounts],
            "symbol": ["diamond" if one.accent else "circle" for one in sizes.amounts],
            "size": [11 if one.accent else 6 for one in sizes.amounts],
            "opacity": 1,
        },
    }  # fmt: skip
    layout = _layout(palette, RECEPTIVE_FIELD) | {
        "showlegend": False,
        "xaxis": _axis(palette) | {"showgrid": False, "type": "category"} | _ticks(chart),
        "yaxis": _axis(palette) | {"rangemode": "tozero", "title": {"text": "pixels along one side"}},
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": beside.value, "y1": beside.value}
            | {"line": {"color": palette.muted, "dash": "dash", "width": 1}}
        ],
        "annotations": [
            {"text": beside.name, "showarrow": False, "xref": "paper", "x": 0, "xanchor": "left"}
            | {"y": beside.value, "yanchor": "bottom", "font": {"color": palette.ink}}
        ],
    }
    return go.Figure({"data": [drawn], "layout": layout})


def fall(chart: Chart, palette: Palette) -> go.Figure:
    """From the first number to the last, by the terms between. The axis does not start at 0: the terms are small."""
    (panel,) = chart.panels
    amounts = panel.series[0].amounts
    start, *terms, end = (amount.value for amount in amounts)
    room = max(1, end - start)
    bars = {
        "type": "waterfall",
        "x": list(panel.places),
        "y": [amount.value for amount in amounts],
        "measure": ["absolute", *("relative" for _ in terms), "total"],
        "text": [amount.said for amount in amounts],
        "textposition": "outside",
        "textfont": {"color": palette.ink},
        "hovertemplate": "%{x}: %{text}<extra></extra>",
        "connector": {"line": {"color": palette.line}},
        "increasing": {"marker": {"color": palette.accent}},
        "totals": {"marker": {"color": palette.muted}},
    }
    layout = _layout(palette, WATERFALL) | {
        "showlegend": False,
        "xaxis": _axis(palette) | {"showgrid": False, "type": "category"},
        "yaxis": _axis(palette) | {"tickformat": ",", "range": [start - 0.5 * room, end + 0.3 * room]},
    }
    return go.Figure({"data": [bars], "layout": layout})


def rungs(chart: Chart, palette: Palette) -> go.Figure:
    """Bars from 0, each with its number."""
    (panel,) = chart.panels
    amounts = panel.series[0].amounts
    bars = {
        "type": "bar", "orientation": "h", "y": list(panel.places), "x": [amount.value for amount in amounts],
        "text": [amount.short for amount in amounts], "textposition": "outside",
        "textfont": {"color": palette.ink}, "cliponaxis": False,
        "customdata": [amount.said for amount in amounts],
        "hovertemplate": "%{y}: %{customdata}<extra></extra>",
        "marker": {
            "color": palette.muted,
            "pattern": _pattern([_hatch(amount.hatched) for amount in amounts], palette),
        },
    }  # fmt: skip
    layout = _layout(palette, LADDER) | {
        "showlegend": False,
        "xaxis": _axis(palette) | {"range": [0, 1.12 * max(amount.value for amount in amounts)]},
        "yaxis": _axis(palette) | {"autorange": "reversed", "showgrid": False, "automargin": True},
    }
    return go.Figure({"data": [bars], "layout": layout})


def _hatch(hatched: bool) -> str:
    return "/" if hatched else ""


def _layout(palette: Palette, height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 36, "b": 0},
        "font": {"color": palette.ink},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
    }


def _pattern(shape: str | list[str], palette: Palette) -> dict[str, Any]:
    return {"shape": shape, "fillmode": "overlay", "fgcolor": palette.paper, "fgopacity": 0.7, "size": 6}


def _axis(palette: Palette) -> dict[str, Any]:
    return {
        "gridcolor": palette.line,
        "tickfont": {"color": palette.ink},
        "zeroline": False,
        "automargin": True,
        "tickformat": "~s",
    }


def _heading(words: str, top: float, palette: Palette) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "y": top, "yanchor": "top"}
    return place | {"text": f"<b>{words}</b>", "showarrow": False, "font": {"color": palette.ink}}
