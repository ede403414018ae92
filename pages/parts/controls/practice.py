"""The controls of the practice: predictions, and the way from block to block."""

from __future__ import annotations

import streamlit as st

from pages.parts.controls.address import go_to
from resnet.lessons.practice import MAX_SEED, QUESTIONS, WHERE, WHY, Given, projection_is
from resnet.spec.block import MAX_CHANNELS, MAX_SIZE
from resnet.views.practice import PracticeView


def predictions(view: PracticeView) -> Given | None:
    """What a reader says of this block; None until it is said."""
    of_this = f"{view.seed} {view.number}"
    with st.form(f"practice {of_this}"):
        st.markdown("**Shape of F(x)**, what the main path gives")
        fields = {"Channels": MAX_CHANNELS, "Height": MAX_SIZE, "Width": MAX_SIZE}
        said = {}
        with st.container(horizontal=True):
            for name in view.conventions.ordered(("Channels", "Height", "Width")):
                said[name] = st.number_input(name, 1, fields[name], None, key=f"{name} {of_this}", width=150)
        why = st.radio("Is a projection needed?", list(WHY), None, format_func=WHY.get, key=f"why {of_this}")
        label = f"Parameters of a projection there: {projection_is(view.conventions)}"
        params = st.number_input(label, 0, None, None, key=f"params {of_this}")
        label = "With an identity shortcut, where would torch stop with a shape error?"
        where = st.radio(label, list(WHERE), None, format_func=WHERE.get, key=f"where {of_this}")
        sent = st.form_submit_button("Check")
    prediction = (said["Height"], said["Width"], said["Channels"], why, params, where, view.conventions)
    first = f"first {of_this}"  # who has seen the answer can no longer predict
    if sent and first not in st.session_state:
        if None in prediction:
            st.info("Predict all of it first: a guess is enough.")
        else:
            st.session_state[first] = prediction
    return Given(*st.session_state[first]) if first in st.session_state else None


def next_question(view: PracticeView, right: bool) -> None:
    st.button("Next block" if view.number < QUESTIONS else "Summary", on_click=go_to, args=(view.next(right),))


def new_practice(view: PracticeView) -> None:
    other = PracticeView(seed=view.seed % MAX_SEED + 1, conventions=view.conventions)
    st.button("Ten other blocks", on_click=go_to, args=(other,))
