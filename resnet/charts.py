"""Where a block's parameters and multiply-adds sit, as Plotly figures with both blocks on one axis."""

from __future__ import annotations

import plotly.graph_objects as go

from resnet import text
from resnet.compare import Comparison, Row
from resnet.palette import LIGHT, Palette
from resnet.trace import OpTrace

QUANTITIES = {"params": "Parameters", "macs": "Multiply-adds (MACs, batch 1)"}


def where_it_sits(comparison: Comparison, quantity: str, palette: Palette = LIGHT) -> go.Figure:
    """Horizontal bars, a pair for each layer that has any of the ``quantity`` (a key of ``QUANTITIES``).

    The left block's bars are hollow and the right block's are filled, so that the two are told apart without colour;
    the shortcut's bars have the accent colour.
    """
    rows = [row for row in comparison.rows if any(_value(op, quantity) for op in row)]
    colours = [palette.accent if row.op.path == "shortcut" else palette.muted for row in rows]
    bars = []
    for side, t in enumerate((comparison.left, comparison.right)):
        values = [_value(row[side], quantity) for row in rows]
        bars.append(
            {
                "type": "bar",
                "name": text.title(t.spec),
                "orientation": "h",
                "y": [_label(row) for row in rows],
                "x": values,
                "customdata": [text.count(value) for value in values],
                "hovertemplate": f"%{{y}}: %{{customdata}}<extra>{text.title(t.spec)}</extra>",
                "marker": {"color": palette.paper if side == 0 else colours, "line": {"color": colours, "width": 1.5}},
            }
        )
    layout = {
        "title": {"text": QUANTITIES[quantity], "font": {"size": 15}},
        "barmode": "group",
        "bargap": 0.35,
        "height": 130 + 44 * len(rows),
        "margin": {"l": 8, "r": 16, "t": 70, "b": 24},
        "font": {"color": palette.ink},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        "xaxis": {"rangemode": "tozero", "gridcolor": palette.line, "tickfont": {"color": palette.muted}},
        "yaxis": {"autorange": "reversed", "showgrid": False, "automargin": True, "tickfont": {"color": palette.ink}},
    }
    return go.Figure({"data": bars, "layout": layout})  # at once: update_layout() takes ten times as long


def _label(row: Row) -> str:
    """Every label once: the axis would merge two layers of the same name."""
    where = "shortcut" if row.op.path == "shortcut" else row.op.name
    return f"{text.layer(row.op)} ({where})"


def _value(op: OpTrace | None, quantity: str) -> int:
    return 0 if op is None else int(getattr(op, quantity))
