"""The one Streamlit component: it shows parts of HTML, keeps those that did not change, and tells what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from pages.parts.html.part import Part
from resnet.draw.palette import LIGHT

_HERE = Path(__file__).parent


def style() -> str:
    """The style sheet, with a rule for each colour of a drawing: the theme's own in its place."""
    rules = [
        f'[{part}="{colour}"] {{ {part}: var(--{name.replace("_", "-")}); }}'
        for name, colour in LIGHT._asdict().items()
        for part in ("fill", "stroke")
    ]
    return "\n".join([(_HERE / "sheet.css").read_text(), *rules])


_component = st.components.v2.component("residual_block.sheet", css=style(), js=(_HERE / "sheet.js").read_text())


def show(key: str, parts: Sequence[Part], chosen: str = "", on_choice: Callable[[], None] | None = None) -> None:
    """``on_choice`` is called when a reader chooses something that has an ``op``."""
    data = {"parts": [part.as_data() for part in parts], "chosen": chosen}
    _component(key=key, data=data, on_chosen_change=on_choice or _nothing)


def _nothing() -> None:
    pass
