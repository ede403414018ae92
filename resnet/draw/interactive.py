"""A chart that answers the pointer: its Plotly figure, and what shows it without a server."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from resnet.draw import fonts
from resnet.draw.charts import bars
from resnet.draw.network_charts import fall, line, rungs, stacks
from resnet.draw.palette import Palette
from resnet.numbers.charted import Chart, Kind

_FIGURES: dict[Kind, Callable[[Chart, Palette], go.Figure]] = {
    "bars": bars,
    "stacks": stacks,
    "line": line,
    "fall": fall,
    "ladder": rungs,
}


def figure_json(chart: Chart, palette: Palette) -> str:
    """The figure on the palette's paper, in the typeface of every file, as Plotly's JSON."""
    figure = _FIGURES[chart.kind](chart, palette)
    figure.layout.template = None
    figure.layout.font.family = figure.layout.hoverlabel.font.family = fonts.STACK
    figure.update_yaxes(title_standoff=12)  # Plotly's own template, which is 7 kB, has it too
    figure.layout.paper_bgcolor = figure.layout.plot_bgcolor = palette.paper
    content: str = figure.to_json()
    return content


def plotly_js() -> str:
    """plotly.js, which draws the figure: 4.8 MB, read from Plotly's own folder each time rather than kept."""
    content: str = get_plotlyjs()
    return content


@lru_cache(maxsize=1)
def plotly_js_hash() -> str:
    return script_hash(plotly_js())


def script_hash(script: str) -> str:
    """By which a content security policy lets this very script run, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
