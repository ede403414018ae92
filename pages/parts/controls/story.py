"""The controls of the story: from step to step, and what a reader tries on the way."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.parts.controls.address import asked_for, go_to
from pages.parts.controls.conventions import chosen
from resnet.lessons.story import REPAIRS, STEPS, STORY_KEYS, StoryView, parse_story
from resnet.spec.checks import SpecError
from resnet.views.compare import KNOWN


def current_story() -> tuple[StoryView, tuple[SpecError, ...]]:
    """The step that is asked for. An address of the comparison, which once opened first, still opens the comparison."""
    query = asked_for("story")
    view, dropped = parse_story(query)
    if any(key in KNOWN and key not in STORY_KEYS for key in query):
        st.switch_page("compare.py", query_params=query)
    tried = {key: st.session_state[key] for key in ("repair", "channels", "strided") if key in st.session_state}
    view = replace(view, **tried)
    return replace(view, conventions=chosen(view.conventions)), dropped


def story_controls(view: StoryView) -> None:
    """What there is to try in this step."""
    if view.step == 3:
        said = "Add x and F(x)" if not view.tried else "Take it back"
        st.button(said, key="add", on_click=go_to, args=(replace(view, tried=not view.tried),))
    elif view.step == 4:
        st.segmented_control(
            "What to do about the shortcut", tuple(REPAIRS), default=view.repair, key="repair", required=True,
            format_func=lambda one: REPAIRS[one],
        )  # fmt: skip
    elif view.step == 5:
        with st.container(horizontal=True):
            st.toggle("Channels change", view.channels, key="channels")
            st.toggle("Stride greater than 1", view.strided, key="strided")


def story_steps(view: StoryView) -> None:
    """Back and on."""
    with st.container(horizontal=True):
        st.button("Back", key="back", on_click=go_to, args=(view.at(view.step - 1),), disabled=view.step == 1)
        if view.step < STEPS:
            st.button(
                "Next", key="next", icon=":material/arrow_forward:", on_click=go_to, args=(view.at(view.step + 1),)
            )
