"""The notation switch: once for the whole application."""

from __future__ import annotations

import streamlit as st

from pages.parts.controls.widgets import control, folded
from resnet.spec import conventions
from resnet.views.address import Addressed


def notation_switch(view: Addressed, *, wide: bool = False) -> None:
    """A button that opens the choice of how shapes and counts are written, and what is chosen.

    The button's words stay the same: others would make it another button to Streamlit, a closed one.
    """
    with folded("Notation", over=True, key="notation", width="stretch" if wide else "content") as is_open:
        if is_open:
            for one in conventions.PARAMETERS:
                control(view, one.name)
    st.text(str(view.conventions))
