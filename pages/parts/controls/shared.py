"""What controls of several pages are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st


def choice(
    label: str, options: Sequence[str], default: str, key: str, help_text: str, named: Callable[[str], str] = str
) -> str:
    chosen = st.segmented_control(
        label, options, default=default, key=key, help=help_text, required=True, format_func=named
    )
    return chosen or default


def following(name: str, value: object) -> str:
    """The key of a control that shows what others say, and can be used to choose as well.

    When another control has changed the value, it becomes a new control, with a new key: a message that the browser
    sent before it knew of the change would otherwise be taken for a choice of the old value, and undo the change.
    """
    counter = f"{name} renewed"
    key = f"{name}_{st.session_state.get(counter, 0)}"
    if st.session_state.get(key, value) != value:
        st.session_state[counter] = st.session_state.get(counter, 0) + 1
        key = f"{name}_{st.session_state[counter]}"
    st.session_state[key] = value
    return key
