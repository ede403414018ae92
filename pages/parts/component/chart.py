"""A Plotly chart in the reader's theme, or a long table, made when a reader reaches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.parts.component.place import place
from resnet.draw.palette import DARK, LIGHT, Palette

_AROUND = 16  # pixels that the page puts below a chart
_ALT = {  # what each shows, for who does not see it, and where the same numbers stand in words
    "chart": "Bars: parameters and multiply-adds of every layer of both blocks, as in the table Layer by layer",
    "fall": "Waterfall from PyTorch’s number of parameters to Keras’s, as in the list above it",
    "ladder": "Bars: the numbers of multiply-adds that people quote, as in the list above it",
    "by_stage": "Bars by stage: parameters and multiply-adds, and the shortcuts’ share; by block in the table below",
    "by_block": "Bars by block: parameters and multiply-adds, and the shortcut’s share, as in the table Every block",
    "receptive_field": "Line: the receptive field after each block, as in the table Every block",
    "sums": "Every residual sum: its shortcut, shapes, parameters, multiply-adds",
    "blocks": "Every block: shapes, parameters, multiply-adds, receptive field",
}


def chart(key: str, height: int, figure: Callable[[Palette], go.Figure]) -> None:
    """``height`` is the figure's own."""
    palette = DARK if st.context.theme.type == "dark" else LIGHT
    place(key, height + _AROUND, lambda: st.plotly_chart(figure(palette), key=key, alt=_ALT[key]))


def table(key: str, rows: Callable[[], object], columns: Mapping[str, Any]) -> None:
    """Rows that can be sorted and searched."""
    place(key, 400 + _AROUND, lambda: _dataframe(key, rows(), columns))


def _dataframe(key: str, rows: Any, columns: Mapping[str, Any]) -> None:
    st.dataframe(rows, key=key, hide_index=True, column_config=dict(columns), alt=_ALT[key])
