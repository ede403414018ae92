"""The conventions switch: once for the whole application."""

from __future__ import annotations

import streamlit as st

from pages.parts.controls.shared import choice
from resnet.spec.conventions import AXES, COUNTINGS, READERS, UNITS, Conventions


def chosen(asked: Conventions) -> Conventions:
    """From the switch, or from the address while there is none yet."""
    return Conventions(**{name: st.session_state.get(name) or getattr(asked, name) for name in READERS})


def conventions_switch(conventions: Conventions, *, wide: bool = False) -> None:
    """A button that says how shapes and counts are written, and opens the choice."""
    with st.popover(f"Notation: {conventions}", key="conventions", width="stretch" if wide else "content"):
        choice("Shapes", tuple(AXES), conventions.axes, "axes", _AXES_HELP, lambda one: AXES[one])
        choice(
            "Parameters as counted by", tuple(COUNTINGS), conventions.counting, "counting", _COUNTING_HELP,
            lambda one: COUNTINGS[one],
        )  # fmt: skip
        choice("Operations", tuple(UNITS), conventions.unit, "unit", _UNIT_HELP, lambda one: UNITS[one])


_AXES_HELP = "N×H×W×C: Keras and the courses. N×C×H×W: PyTorch. N, the batch, is 1 and is not written."
_COUNTING_HELP = (
    "PyTorch: what an optimiser trains. Keras: BatchNorm’s running means and variances too, and a bias for each "
    "convolution."
)
_UNIT_HELP = "MACs, multiply-adds: a multiplication and an addition are one operation. FLOPs: they are two."
