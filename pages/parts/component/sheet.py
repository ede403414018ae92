"""The one Streamlit component: it shows parts of HTML, keeps those that did not change, and tells what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "residual_block.sheet", css=(_HERE / "sheet.css").read_text(), js=(_HERE / "sheet.js").read_text()
)


class Part(NamedTuple):
    """A piece of the page: ``name`` is its CSS class and keeps its identity from one run to the next."""

    name: str
    html: str


def show(key: str, parts: Sequence[Part], chosen: str = "", on_choice: Callable[[], None] | None = None) -> None:
    """``on_choice`` is called when a reader chooses something that has ``data-op``."""
    data = {"parts": [part._asdict() for part in parts], "chosen": chosen}
    _component(key=key, data=data, on_chosen_change=on_choice or _nothing)


def _nothing() -> None:
    pass
