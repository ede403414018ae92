"""Where a block's parameters and multiply-adds sit, as a Plotly figure with both blocks on one axis."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from resnet.draw.palette import LIGHT, Palette
from resnet.numbers import charted
from resnet.numbers.charted import Chart, Panel
from resnet.numbers.compare import Comparison

ROW, PANEL, LEGEND = 38, 64, 50  # pixels for a layer, for a panel's title and axis, and above them all


def where_it_sits(comparison: Comparison, palette: Palette = LIGHT) -> go.Figure:
    """Two panels, parameters over multiply-adds; in each a pair of horizontal bars for every layer that has any."""
    return bars(charted.where_it_sits(comparison), palette)


def height_of(comparison: Comparison) -> int:
    """Of that chart in pixels, before there is one."""
    return _height(charted.where_it_sits(comparison))


def bars(chart: Chart, palette: Palette) -> go.Figure:
    """The left block's bars are hollow and the right block's are filled, so that the two are told apart without colour;
    the shortcut's bars have the accent colour.
    """
    height = _height(chart) - LEGEND
    drawn: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "barmode": "group",
        "bargap": 0.3,
        "height": height + LEGEND,
        "margin": {"l": 8, "r": 16, "t": LEGEND, "b": 0},
        "font": {"color": palette.ink},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
        "annotations": [],
    }
    top = float(height)
    for i, panel in enumerate(chart.panels):
        suffix = "" if i == 0 else str(i + 1)
        drawn += _bars(panel, suffix, palette)
        start, end = top - 30, top - 30 - ROW * len(panel.places)
        layout |= {
            f"xaxis{suffix}": _axis(palette) | {"anchor": f"y{suffix}", "rangemode": "tozero"},
            f"yaxis{suffix}": _axis(palette)
            | {"anchor": f"x{suffix}", "domain": [end / height, start / height], "autorange": "reversed"}
            | {"showgrid": False, "automargin": True},
        }
        layout["annotations"].append(
            {"text": f"<b>{panel.heading}</b>", "showarrow": False, "xref": "paper", "yref": "paper"}
            | {"x": 0, "xanchor": "left", "y": (top - 4) / height, "yanchor": "top", "font": {"color": palette.ink}}
        )
        top = end - (PANEL - 30)
    return go.Figure({"data": drawn, "layout": layout})  # at once: update_layout() takes ten times as long


def _height(chart: Chart) -> int:
    return LEGEND + sum(PANEL + ROW * len(panel.places) for panel in chart.panels)


def _bars(panel: Panel, suffix: str, palette: Palette) -> list[dict[str, Any]]:
    drawn = []
    for side, series in enumerate(panel.series):
        colours = [palette.accent if amount.accent else palette.muted for amount in series.amounts]
        drawn.append(
            {
                "type": "bar",
                "name": series.name,
                "legendgroup": str(side),
                "showlegend": not suffix,
                "orientation": "h",
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
                "y": list(panel.places),
                "x": [amount.value for amount in series.amounts],
                "customdata": [amount.said for amount in series.amounts],
                "hovertemplate": f"%{{y}}: %{{customdata}}<extra>{series.name}</extra>",
                "marker": {
                    "color": palette.paper if series.hollow else colours,
                    "line": {"color": colours, "width": 1.5},
                },
            }
        )
    return drawn


def _axis(palette: Palette) -> dict[str, Any]:
    return {"gridcolor": palette.line, "tickfont": {"color": palette.ink}, "zeroline": False}
