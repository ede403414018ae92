"""A network in charts, as Plotly figures: by stage, by block, receptive field, and why totals differ."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from resnet import text
from resnet.draw.palette import LIGHT, Palette
from resnet.numbers.counting import Reconciliation, Rung
from resnet.numbers.quantities import QUANTITIES, QuantityKind
from resnet.spec.conventions import DEFAULT, UNITS, Conventions
from resnet.trace.network import NetworkTrace

PANEL = 190  # pixels for one of several panels
# heights of whole charts in pixels, known before there is one
RECEPTIVE_FIELD, WATERFALL, LADDER = 320, 340, 230


class _Panel(NamedTuple):
    """One quantity at several places: all of it, and the shortcuts' share."""

    quantity: QuantityKind
    places: list[str]
    wholes: list[int]
    shares: list[int]


def by_stage(t: NetworkTrace, palette: Palette = LIGHT, conventions: Conventions = DEFAULT) -> go.Figure:
    """A panel for each quantity that adds up, of stem, stages and head; the shortcuts' share of it."""
    places = ["Stem", *(f"Stage {number}" for number in t.stages), "Head"]
    stages = [t.stage(number) for number in t.stages]
    panels = []
    for quantity in QUANTITIES.values():
        if quantity.total:
            blocks = [sum(quantity.of(block, conventions) for block in stage) for stage in stages]
            wholes = [quantity.total(t.stem, conventions), *blocks, quantity.total(t.head, conventions)]
            shares = [0, *(sum(quantity.share(block, conventions) for block in stage) for stage in stages), 0]
            panels.append(_Panel(quantity, places, wholes, shares))
    return _stacked(panels, palette, "by stage", {}, conventions)


def by_block(t: NetworkTrace, palette: Palette = LIGHT, conventions: Conventions = DEFAULT) -> go.Figure:
    """A panel for each quantity that adds up, of each block; the shortcut's share of it."""
    places = [block.name for block in t.blocks]
    panels = []
    for quantity in QUANTITIES.values():
        if quantity.total:
            wholes = [quantity.of(block, conventions) for block in t.blocks]
            shares = [quantity.share(block, conventions) for block in t.blocks]
            panels.append(_Panel(quantity, places, wholes, shares))
    return _stacked(panels, palette, "by block", _stage_ticks(t), conventions)


def _stage_ticks(t: NetworkTrace) -> dict[str, Any]:
    """The blocks of a deep network are too many to name: name the stages, where they start."""
    names = [f"layer{number - 1}.0" for number in t.stages]
    return {"tickvals": names, "ticktext": [f"stage {number}" for number in t.stages], "tickangle": 0}


def height_by_place() -> int:
    """Of ``by_stage`` and ``by_block`` in pixels."""
    return 60 + PANEL * sum(1 for quantity in QUANTITIES.values() if quantity.total)


def _stacked(
    panels: list[_Panel], palette: Palette, name: str, ticks: dict[str, Any], conventions: Conventions
) -> go.Figure:
    height = PANEL * len(panels)
    layout = _layout(palette, height + 60) | {"barmode": "stack", "bargap": 0.25, "annotations": []}
    bars: list[dict[str, Any]] = []
    for i, (quantity, places, wholes, shares) in enumerate(panels):
        suffix = str(i + 1) if i else ""
        parts = (
            ("stem, main paths, head", [w - s for w, s in zip(wholes, shares, strict=True)], palette.muted, ""),
            ("shortcuts", shares, palette.accent, "/"),  # hatched: told apart in black and white too
        )
        for part, values, colour, pattern in parts:
            bars.append(
                {
                    "type": "bar", "name": part, "legendgroup": part, "showlegend": i == 0,
                    "x": places, "y": values, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}",
                    "customdata": [[quantity.amount(v), text.count(v)] for v in values],
                    "hovertemplate": f"%{{x}}, {part}: %{{customdata[0]}} (%{{customdata[1]}})<extra></extra>",
                    "marker": {"color": colour, "pattern": _pattern(pattern, palette)},
                }
            )  # fmt: skip
        top = 1 - i / len(panels)
        bottom = top - 1 / len(panels)
        layout[f"yaxis{suffix}"] = _axis(palette) | {"domain": [bottom + 46 / height, top - 30 / height]}
        layout[f"xaxis{suffix}"] = (
            _axis(palette) | {"anchor": f"y{suffix}", "showgrid": False, "type": "category"} | ticks
        )
        layout["annotations"].append(_heading(f"{quantity.heading(conventions)}, {name}", top, palette))
    return go.Figure({"data": bars, "layout": layout})


def receptive_field(t: NetworkTrace, palette: Palette = LIGHT) -> go.Figure:
    """Receptive field against depth, block by block, and the side of the input for comparison."""
    names = ["stem", *(block.name for block in t.blocks)]
    sizes = [t.stem_field.size, *(block.receptive_field for block in t.blocks)]
    jumps = [t.stem_field.jump, *(block.jump for block in t.blocks)]
    convolutional = [False, *(block.trace.spec.projects for block in t.blocks)]
    line = {
        "type": "scatter", "mode": "lines+markers", "name": "receptive field", "x": names, "y": sizes,
        "customdata": jumps, "hovertemplate": "%{x}: %{y} px, jump %{customdata} px<extra></extra>",
        "line": {"color": palette.muted, "width": 2},
        "marker": {
            "color": [palette.accent if one else palette.muted for one in convolutional],
            "symbol": ["diamond" if one else "circle" for one in convolutional],
            "size": [11 if one else 6 for one in convolutional],
        },
    }  # fmt: skip
    side = min(t.spec.height, t.spec.width)
    layout = _layout(palette, RECEPTIVE_FIELD) | {
        "showlegend": False,
        "xaxis": _axis(palette) | {"showgrid": False, "type": "category"} | _stage_ticks(t),
        "yaxis": _axis(palette) | {"rangemode": "tozero", "title": {"text": "pixels along one side"}},
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": side, "y1": side}
            | {"line": {"color": palette.muted, "dash": "dash", "width": 1}}
        ],
        "annotations": [
            {"text": f"the input’s side, {side} px", "showarrow": False, "xref": "paper", "x": 0, "xanchor": "left"}
            | {"y": side, "yanchor": "bottom", "font": {"color": palette.ink}}
        ],
    }
    return go.Figure({"data": [line], "layout": layout})


def waterfall(reconciliation: Reconciliation, end: str, palette: Palette = LIGHT) -> go.Figure:
    """From PyTorch's number to Keras's, term by term. The axis does not start at 0: the terms are small."""
    steps = (reconciliation.start, *reconciliation.terms)
    values = [*(step.amount for step in steps), reconciliation.end]
    words = [
        text.count(values[0]),
        *(text.difference(value) for value in values[1:-1]),
        text.count(values[-1]),
    ]
    room = max(1, reconciliation.end - values[0])
    bars = {
        "type": "waterfall",
        "x": [step.name for step in steps] + [end],
        "y": values,
        "measure": ["absolute", *("relative" for _ in reconciliation.terms), "total"],
        "text": words,
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
        "yaxis": _axis(palette)
        | {"tickformat": ",", "range": [values[0] - 0.5 * room, reconciliation.end + 0.3 * room]},
    }
    return go.Figure({"data": [bars], "layout": layout})


def ladder(rungs: tuple[Rung, ...], palette: Palette = LIGHT) -> go.Figure:
    """The numbers that are given for the same network, from 0."""
    names = [f"{rung.name} ({UNITS[rung.unit].name})" for rung in rungs]
    bars = {
        "type": "bar", "orientation": "h", "y": names, "x": [rung.amount for rung in rungs],
        "text": [text.giga(rung.amount) for rung in rungs], "textposition": "outside",
        "textfont": {"color": palette.ink}, "cliponaxis": False,
        "customdata": [text.count(rung.amount) for rung in rungs],
        "hovertemplate": "%{y}: %{customdata}<extra></extra>",
        "marker": {
            "color": palette.muted,
            "pattern": _pattern(["/" if UNITS[rung.unit].of_one > 1 else "" for rung in rungs], palette),
        },
    }  # fmt: skip
    layout = _layout(palette, LADDER) | {
        "showlegend": False,
        "xaxis": _axis(palette) | {"range": [0, 1.12 * max(rung.amount for rung in rungs)]},
        "yaxis": _axis(palette) | {"autorange": "reversed", "showgrid": False, "automargin": True},
    }
    return go.Figure({"data": [bars], "layout": layout})


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
