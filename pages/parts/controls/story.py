"""The controls of the story: from step to step, and what a reader tries on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from pages.parts.controls.address import go_to
from pages.parts.controls.widgets import control, put
from resnet.lessons.story import STEPS
from resnet.views.story import StoryView


def take_cell(view: StoryView) -> Callable[[], None]:
    """What a reader points at in the figure: a channel, or one of the four blocks."""

    def take() -> None:
        kind, _, which = str(st.session_state["figure"].chosen or "").partition(".")
        if kind == "channel":
            go_to(replace(view, channel=int(which)))
        elif kind == "corner":
            put(StoryView, {"channels": which[0] == "1", "strided": which[1] == "1"})

    return take


def story_controls(view: StoryView) -> None:
    """What there is to try in this step."""
    if view.step == 3:
        said = "Add x and F(x)" if not view.tried else "Take it back"
        st.button(said, key="add", on_click=go_to, args=(replace(view, tried=not view.tried),))
    elif view.step == 4:
        control(view, "repair")
    elif view.step == 5:
        with st.container(horizontal=True):
            control(view, "channels")
            control(view, "strided")


def story_steps(view: StoryView) -> None:
    """Back and on."""
    with st.container(horizontal=True):
        st.button("Back", key="back", on_click=go_to, args=(view.at(view.step - 1),), disabled=view.step == 1)
        if view.step < STEPS:
            st.button(
                "Next", key="next", icon=":material/arrow_forward:", on_click=go_to, args=(view.at(view.step + 1),)
            )
