"""The controls of the practice: predictions, and the way from block to block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.parts.controls.address import go_to, is_query
from pages.parts.controls.widgets import control
from resnet.lessons.marking import Given
from resnet.lessons.practice import LEVELS, MAX_SEED, QUESTIONS, WHERE, WHY, Asks, Level, projection_is
from resnet.spec.block import MAX_CHANNELS, MAX_SIZE
from resnet.views.pages import parse
from resnet.views.practice import PracticeView

_SAID, _MOST = "predictions", 200  # of so many blocks, the newest


def given(view: PracticeView) -> Given | None:
    """What the reader said of this block; None until it is said."""
    said = st.session_state.get(_SAID, {}).get(_block(view))
    if said is None:
        return None
    return Given(**said | {"conventions": parse(PracticeView, said["conventions"]).view.conventions})


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
    said = {name: st.session_state[f"{_NAMES.get(name, name)} {of_this}"] for name in _fields(view.level)}
    if None not in said.values():
        all_said = {_block(view): said | {"conventions": view.conventions.to_query()}} | st.session_state.get(_SAID, {})
        st.session_state[_SAID] = dict(list(all_said.items())[:_MOST])


_NAMES = {"height": "Height", "width": "Width", "channels": "Channels"}


def _fields(level: Level) -> list[str]:
    return [*_NAMES, *(one for one in LEVELS[level].asks if one != "shape")]


def _block(view: PracticeView) -> str:
    return f"{view.seed} {view.number} {view.level}"


def _are_predictions(said: object) -> bool:
    """Whether a page that hands them over can have had them from here."""
    return isinstance(said, dict) and len(said) <= _MOST and all(_is_one(*one) for one in said.items())


def _is_one(block: object, said: Any) -> bool:
    level = str(block).rpartition(" ")[2]
    if level not in LEVELS or not isinstance(said, dict) or set(said) != {*_fields(level), "conventions"}:
        return False
    return is_query(said["conventions"]) and all(_CAN_BE.get(name, _is_number)(said[name]) for name in _fields(level))


def _is_number(said: object) -> bool:
    return isinstance(said, int) and 0 <= said < 10**15


_CAN_BE: dict[str, Callable[[object], bool]] = {"why": list(WHY).__contains__, "where": list(WHERE).__contains__}
HELD = {_SAID: _are_predictions}


def next_question(view: PracticeView, right: bool) -> None:
    st.button("Next block" if view.number < QUESTIONS else "Summary", on_click=go_to, args=(view.next(right),))


def new_practice(view: PracticeView) -> None:
    other = replace(view, seed=view.seed % MAX_SEED + 1, number=1, score="")
    st.button("Ten other blocks", on_click=go_to, args=(other,))


def level(view: PracticeView) -> None:
    """How much is asked: what was predicted of these blocks at another level stays there."""
    control(view, "level")
