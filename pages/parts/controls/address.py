"""The address: read when a page opens, written when its view changed, remembered when a reader goes elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import streamlit as st

from resnet.spec.checks import SpecError
from resnet.spec.conventions import READERS, Conventions


class Addressed(Protocol):
    """A page's view."""

    @property
    def conventions(self) -> Conventions: ...
    def to_query(self) -> dict[str, str]: ...


def asked_for(page: str) -> dict[str, str]:
    """The address's query. A reader who comes back to a page by its name finds it as it was; the conventions are the
    same on all of them."""
    query: dict[str, str] = st.query_params.to_dict()
    came_from = st.session_state.get("page")
    st.session_state["page"] = page
    if came_from in (None, page) or not set(query) <= set(READERS):
        return query
    conventions = query or st.session_state.get("conventions", {})
    last: dict[str, str] = st.session_state.get(f"last {page}", {})
    return {key: value for key, value in last.items() if key not in READERS} | conventions


def keep_in_address(view: Addressed) -> None:
    """Write the view into the address.

    By hand and at once, not by Streamlit's ``bind=``: a bound box takes the address's value in a message of its own and
    in 1.67 loses it in about one load of ten, and two writers of one address undo each other under load.
    """
    wanted = view.to_query()
    st.session_state[f"last {st.session_state['page']}"] = wanted
    st.session_state["conventions"] = view.conventions.to_query()
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def go_to(view: Addressed) -> None:
    """For a button: the next run shows this view."""
    st.query_params.from_dict(view.to_query())


def say_what_was_dropped(dropped: Sequence[SpecError]) -> None:
    """What was asked for and can't be had. It leaves the address as soon as the view is written there."""
    if dropped:
        lines = [f"- `{str(error).replace('`', ' ')}`" for error in dropped]  # code: no markup takes effect in it
        st.warning("Not everything that was asked for could be used:\n" + "\n".join(lines))


def let_the_picture_out() -> None:
    """Wait until the browser has drawn what was sent so far. Called between the figures and everything else.

    The thread that sends shares the interpreter with this one, and the browser draws what arrives together only when it
    has laid out all of it: controls and charts would hold the figures up (bench/page.py has what it is worth).
    A change that comes meanwhile ends this run at the next element, so a slider that is dragged redraws figures alone.
    """
    time.sleep(0.08)
