"""A Plotly chart in the reader's theme, or a long table, made when a reader reaches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.parts.component.place import place
from resnet.draw.palette import DARK, LIGHT, Palette

_AROUND = 16  # pixels that the page puts below a chart


def chart(key: str, height: int, figure: Callable[[Palette], go.Figure]) -> None:
    """``height`` is the figure's own."""
    palette = DARK if st.context.theme.type == "dark" else LIGHT
    place(key, height + _AROUND, lambda: st.plotly_chart(figure(palette), key=key))


def table(key: str, rows: Callable[[], object], columns: Mapping[str, Any]) -> None:
    """Rows that can be sorted and searched."""
    place(key, 400 + _AROUND, lambda: st.dataframe(rows(), key=key, hide_index=True, column_config=dict(columns)))
