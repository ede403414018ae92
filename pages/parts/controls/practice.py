"""The controls of the practice: predictions, and the way from block to block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from pages.parts.controls.address import go_to
from pages.parts.controls.widgets import control
from resnet.lessons.marking import Given
from resnet.lessons.practice import LEVELS, MAX_SEED, QUESTIONS, WHERE, WHY, Asks, projection_is
from resnet.spec.block import MAX_CHANNELS, MAX_SIZE
from resnet.views.practice import PracticeView


def given(view: PracticeView) -> Given | None:
    """What the reader said of this block; None until it is said."""
    said = st.session_state.get(_first(view))
    return None if said is None else Given(**said)


def predictions(view: PracticeView) -> None:
    """The form in which a reader says it; the numbers are those in the drawing."""
    of_this = f"{view.seed} {view.number}"
    with st.form(f"practice {of_this}"):
        for number, asks in enumerate(LEVELS[view.level].asks, start=1):
            _ASKED[asks](view, f"{number} · ", of_this)
        sent = st.form_submit_button("Check", on_click=_take, args=(view,))
    if sent and given(view) is None:
        st.info("Predict all of it first: a guess is enough.")


def _shape(view: PracticeView, number: str, of_this: str) -> None:
    st.markdown(f"{number}Shape of F(x), what the main path gives")
    most = {"Channels": MAX_CHANNELS, "Height": MAX_SIZE, "Width": MAX_SIZE}
    with st.container(horizontal=True):
        for name in view.conventions.ordered(("Channels", "Height", "Width")):
            st.number_input(name, 1, most[name], None, key=f"{name} {of_this}", width=150)


def _why(_: PracticeView, number: str, of_this: str) -> None:
    st.radio(f"{number}Is a projection needed?", list(WHY), None, format_func=WHY.get, key=f"why {of_this}")


def _params(view: PracticeView, number: str, of_this: str) -> None:
    label = f"{number}Parameters of a projection there: {projection_is(view.conventions)}"
    st.number_input(label, 0, None, None, key=f"params {of_this}")


def _where(_: PracticeView, number: str, of_this: str) -> None:
    label = f"{number}With an identity shortcut, where would torch stop with a shape error?"
    st.radio(label, list(WHERE), None, format_func=WHERE.get, key=f"where {of_this}")


_ASKED: dict[Asks, Callable[[PracticeView, str, str], None]] = {
    "shape": _shape, "why": _why, "params": _params, "where": _where,
}  # fmt: skip


def _take(view: PracticeView) -> None:
    """Keep what was said, before anything is drawn. Who has seen the answer can no longer predict."""
    of_this = f"{view.seed} {view.number}"
    asks = LEVELS[view.level].asks
    fields = ["Height", "Width", "Channels", *(one for one in asks if one != "shape")]
    said = {name.lower(): st.session_state[f"{name} {of_this}"] for name in fields}
    if None not in said.values():
        st.session_state.setdefault(_first(view), Given(**said, conventions=view.conventions)._asdict())


def _first(view: PracticeView) -> str:
    return f"first {view.seed} {view.number} {view.level}"


def next_question(view: PracticeView, right: bool) -> None:
    st.button("Next block" if view.number < QUESTIONS else "Summary", on_click=go_to, args=(view.next(right),))


def new_practice(view: PracticeView) -> None:
    other = replace(view, seed=view.seed % MAX_SEED + 1, number=1, score="")
    st.button("Ten other blocks", on_click=go_to, args=(other,))


def level(view: PracticeView) -> None:
    """How much is asked: what was predicted of these blocks at another level stays there."""
    control(view, "level")
