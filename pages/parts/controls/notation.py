"""The notation switch: once for the whole application."""

from __future__ import annotations

import streamlit as st

from pages.parts.controls.widgets import control
from resnet.spec import conventions
from resnet.views.address import Addressed


def notation_switch(view: Addressed, *, wide: bool = False) -> None:
    """A button that says how shapes and counts are written, and opens the choice."""
    with st.popover(f"Notation: {view.conventions}", key="notation", width="stretch" if wide else "content"):
        for one in conventions.PARAMETERS:
            control(view, one.name)
