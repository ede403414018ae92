"""A place on the page for what is made only when a reader reaches it: a chart, a long table.

The place keeps its height, so that nothing jumps. Plotly's bundle alone is 4.7 MB, and parsing it holds up whatever
else a browser has to draw: who never scrolls never loads it. What has scrolled far away is let go again, and costs a
change nothing. Printing reaches everything first (``place.js``).
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts.component.served import component


def place(key: str, height: int, draw: Callable[[], object]) -> None:
    """``draw`` is called in it while a reader is near; ``height`` in pixels is kept until then."""
    with st.container(key=f"{key}_place"):
        state = component("place")(key=f"{key}_reached", data={"height": height}, on_near_change=_nothing)
        if state.near:
            draw()


def _nothing() -> None:
    pass
