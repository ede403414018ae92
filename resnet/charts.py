"""Where a block's parameters and multiply-adds sit, as a Plotly figure of both blocks on one axis."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet import text
from resnet.compare import Comparison, Row
from resnet.palette import LIGHT, Palette
from resnet.trace import OpTrace

_QUANTITIES = (("params", "Parameters"), ("macs", "Multiply-adds (MACs, batch 1)"))


def where_it_sits(comparison: Comparison, palette: Palette = LIGHT) -> go.Figure:
    """Horizontal bars, a pair for each layer that has parameters; the shortcut's bars have the accent colour.

    The left block's bars are hollow and the right block's are filled, so the two are told apart without colour.
    """
    rows = [row for row in comparison.rows if any(op and (op.params or op.macs) for op in row)]
    figure = make_subplots(
        rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.04, subplot_titles=[name for _, name in _QUANTITIES]
    )
    labels = [_label(row) for row in rows]
    colours = [palette.accent if row.op.path == "shortcut" else palette.muted for row in rows]
    for column, (quantity, unit) in enumerate(_QUANTITIES, start=1):
        for side, t in ((0, comparison.left), (1, comparison.right)):
            values = [_value(row[side], quantity) for row in rows]
            figure.add_trace(
                go.Bar(
                    name=text.title(t.spec),
                    legendgroup=str(side),
                    showlegend=column == 1,
                    orientation="h",
                    y=labels,
                    x=values,
                    customdata=[text.count(value) for value in values],
                    hovertemplate=f"%{{y}}: %{{customdata}} {unit.lower()}<extra>{text.title(t.spec)}</extra>",
                    marker={
                        "color": ["rgba(0,0,0,0)"] * len(rows) if side == 0 else colours,
                        "line": {"color": colours, "width": 1.5},
                    },
                ),
                row=1,
                col=column,
            )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(rangemode="tozero", zeroline=True)
    figure.update_layout(
        barmode="group",
        bargap=0.3,
        height=90 + 44 * len(rows),
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "yref": "container", "x": 0, "traceorder": "normal"},
    )
    return figure


def _label(row: Row) -> str:
    """Every label once: the axis would merge two layers of the same name."""
    where = "shortcut" if row.op.path == "shortcut" else row.op.name
    return f"{text.layer(row.op)} ({where})"


def _value(op: OpTrace | None, quantity: str) -> int:
    return 0 if op is None else int(getattr(op, quantity))
