"""The controls of the practice: predictions, and the way from block to block."""

from __future__ import annotations

import streamlit as st

from pages.parts.controls.address import go_to
from resnet.lessons.practice import MAX_SEED, QUESTIONS, WHERE, WHY, Given, projection_is
from resnet.spec.block import MAX_CHANNELS, MAX_SIZE
from resnet.views.practice import PracticeView


def given(view: PracticeView) -> Given | None:
    """What the reader said of this block; None until it is said."""
    said = st.session_state.get(_first(view))
    return None if said is None else Given(*said)


def predictions(view: PracticeView) -> None:
    """The form in which a reader says it."""
    of_this = f"{view.seed} {view.number}"
    with st.form(f"practice {of_this}"):
        st.markdown("**Shape of F(x)**, what the main path gives")
        most = {"Channels": MAX_CHANNELS, "Height": MAX_SIZE, "Width": MAX_SIZE}
        with st.container(horizontal=True):
            for name in view.conventions.ordered(("Channels", "Height", "Width")):
                st.number_input(name, 1, most[name], None, key=f"{name} {of_this}", width=150)
        st.radio("Is a projection needed?", list(WHY), None, format_func=WHY.get, key=f"why {of_this}")
        label = f"Parameters of a projection there: {projection_is(view.conventions)}"
        st.number_input(label, 0, None, None, key=f"params {of_this}")
        label = "With an identity shortcut, where would torch stop with a shape error?"
        st.radio(label, list(WHERE), None, format_func=WHERE.get, key=f"where {of_this}")
        sent = st.form_submit_button("Check", on_click=_take, args=(view,))
    if sent and given(view) is None:
        st.info("Predict all of it first: a guess is enough.")


def _take(view: PracticeView) -> None:
    """Keep what was said, before anything is drawn. Who has seen the answer can no longer predict."""
    fields = ("Height", "Width", "Channels", "why", "params", "where")
    said = [st.session_state[f"{name} {view.seed} {view.number}"] for name in fields]
    if None not in said:
        st.session_state.setdefault(_first(view), (*said, view.conventions))


def _first(view: PracticeView) -> str:
    return f"first {view.seed} {view.number}"


def next_question(view: PracticeView, right: bool) -> None:
    st.button("Next block" if view.number < QUESTIONS else "Summary", on_click=go_to, args=(view.next(right),))


def new_practice(view: PracticeView) -> None:
    other = PracticeView(seed=view.seed % MAX_SEED + 1, conventions=view.conventions)
    st.button("Ten other blocks", on_click=go_to, args=(other,))
