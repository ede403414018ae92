"""The controls of the answers: what is looked for."""

from __future__ import annotations

import streamlit as st

_WORDS, _MOST = "words", 100


def _are_words(said: object) -> bool:
    return isinstance(said, str) and len(said) <= _MOST


HELD = {_WORDS: _are_words}


def searched() -> str:
    """What the reader has typed; known before the box is drawn, so that the answers can be sent ahead of it."""
    return str(st.session_state.get(_WORDS) or "")


def search_box(found: int, of: int) -> None:
    """``found`` of so many answers fit what is typed."""
    words = st.text_input("Find a question", key=_WORDS, max_chars=_MOST, width=420)
    said = f"{found} of {of} questions" if found else "No question has these words. Try others, or fewer."
    st.text(said if words else "Type a word to find a question.")
