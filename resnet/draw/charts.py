"""Where a block's parameters and multiply-adds sit, as a Plotly figure with both blocks on one axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import plotly.graph_objects as go

from resnet import text
from resnet.draw.palette import LIGHT, Palette
from resnet.numbers.compare import Comparison, Row
from resnet.spec import names
from resnet.spec.conventions import Conventions
from resnet.trace.values import OpTrace
from resnet.trace.words import layer

ROW, PANEL, LEGEND = 38, 64, 50  # pixels for a layer, for a panel's title and axis, and above them all


def where_it_sits(comparison: Comparison, palette: Palette = LIGHT) -> go.Figure:
    """Two panels, parameters over multiply-adds; in each a pair of horizontal bars for every layer that has any.

    The left block's bars are hollow and the right block's are filled, so that the two are told apart without colour;
    the shortcut's bars have the accent colour.
    """
    panels = _panels(comparison)
    height = height_of(comparison) - LEGEND
    bars: list[dict[str, Any]] = []
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
    for i, panel in enumerate(panels):
        suffix = "" if i == 0 else str(i + 1)
        bars += _bars(comparison, panel, suffix, palette)
        start, end = top - 30, top - 30 - ROW * len(panel.rows)
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
    return go.Figure({"data": bars, "layout": layout})  # at once: update_layout() takes ten times as long


def height_of(comparison: Comparison) -> int:
    """Of that chart in pixels, before there is one."""
    return LEGEND + sum(PANEL + ROW * len(panel.rows) for panel in _panels(comparison))


class _Panel(NamedTuple):
    heading: str
    rows: list[Row]
    values: list[tuple[int, int]]  # of each row, left and right


def _quantities(conventions: Conventions) -> tuple[tuple[str, Callable[[OpTrace], int]], ...]:
    return (
        (conventions.counts.heading, conventions.params),
        (conventions.operation.heading, conventions.operations),
    )


def _panels(comparison: Comparison) -> list[_Panel]:
    return [_panel(comparison, heading, of) for heading, of in _quantities(comparison.conventions)]


def _panel(comparison: Comparison, heading: str, of: Callable[[OpTrace], int]) -> _Panel:
    """The rows that have any of this quantity, on either side."""
    rows, values = [], []
    for row in comparison.rows:
        left, right = (0 if op is None else of(op) for op in row)
        if left or right:
            rows.append(row)
            values.append((left, right))
    return _Panel(heading, rows, values)


def _bars(comparison: Comparison, panel: _Panel, suffix: str, palette: Palette) -> list[dict[str, Any]]:
    colours = [palette.accent if row.op.path == "shortcut" else palette.muted for row in panel.rows]
    bars = []
    for side, t in enumerate((comparison.left, comparison.right)):
        values = [pair[side] for pair in panel.values]
        bars.append(
            {
                "type": "bar",
                "name": names.title(t.spec),
                "legendgroup": str(side),
                "showlegend": not suffix,
                "orientation": "h",
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
                "y": [_label(row) for row in panel.rows],
                "x": values,
                "customdata": [text.count(value) for value in values],
                "hovertemplate": f"%{{y}}: %{{customdata}}<extra>{names.title(t.spec)}</extra>",
                "marker": {"color": colours if side else palette.paper, "line": {"color": colours, "width": 1.5}},
            }
        )
    return bars


def _axis(palette: Palette) -> dict[str, Any]:
    return {"gridcolor": palette.line, "tickfont": {"color": palette.ink}, "zeroline": False}


def _label(row: Row) -> str:
    """Every label once: the axis would merge two layers of the same name."""
    where = "shortcut" if row.op.path == "shortcut" else row.op.name
    return f"{layer(row.op)} ({where})"
