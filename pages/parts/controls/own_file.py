"""A reader's own file: what was dropped in a box is kept for the session, until it is put away or another comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from pages.parts.component.model import WORDS, Given, Words, show_box, unpacked


def model_box(key: str, words: Words = WORDS, on_model_change: Callable[[], None] | None = None) -> Given | None:
    """The box, and what was dropped in it; ``on_model_change`` is called when something new was, ahead of the page."""

    def take() -> None:
        _take(key, words.most)
        if on_model_change is not None:
            on_model_change()

    now = given(key)
    show_box(key, words, now, st.session_state.get(_refused(key), ""), take)
    return now


def given(key: str) -> Given | None:
    """What was dropped in the box of this key."""
    found: Given | None = st.session_state.get(_given(key))
    return found


def put_away(key: str) -> None:
    """Forget what was dropped."""
    for name in (_given(key), _refused(key)):
        st.session_state.pop(name, None)


def is_there(key: str) -> bool:
    return given(key) is not None


def take_again(key: str, sent: object) -> None:
    """What was dropped in the box of this key before, in a session that has ended."""
    if (found := unpacked(sent)) is not None:
        st.session_state[_given(key)] = found


class Held(NamedTuple):
    """How a file comes back from the page: whether it is here, and what takes what the page has of it."""

    is_there: Callable[[str], bool]
    take: Callable[[str, object], None]


FILE = Held(is_there, take_again)


def _take(key: str, most: int) -> None:
    found = unpacked(st.session_state[key].model, most)
    put_away(key)
    if found is None:
        st.session_state[_refused(key)] = "The file did not arrive whole: drop it once more."
    else:
        st.session_state[_given(key)] = found


def _given(key: str) -> str:
    return f"{key}, dropped"


def _refused(key: str) -> str:
    return f"{key}, refused"
