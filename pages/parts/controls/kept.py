"""What no address can carry, kept alive beyond the process in which a session lives.

A session's state is gone with its process. What it knows comes again in one of three ways, and a test holds each name
that any page puts into the state against them:

    in the address        what every control of a view says (``address``)
    sent by the browser   the values of Streamlit's own controls, with every message: what is open, what is typed
    held by the page      ``HELD``, small values, and ``FILES``, a reader's own; handed over to the new process with
                          the first message (``component/keep.js``), before anything is drawn

What is in none of them is made anew, or is of one run: ``MADE``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.parts.component.keep import keep as shown
from pages.parts.controls import address, answers, compare, experiments, model, own_file, practice, signal
from pages.parts.controls.widgets import begin, settle

HELD: dict[str, Callable[[object], bool]] = (
    address.HELD | answers.HELD | compare.HELD | experiments.HELD | practice.HELD
)
__all__ = ["FILES", "HELD", "MADE", "keep", "settle"]

FILES = {model.OWN: own_file.FILE, model.OTHER: own_file.FILE, signal.BOX: signal.FILE}
MADE = {
    "{run}": "that a run is watched",
    "page shown last": "which page is open",
    "figures were drawn": "how long to wait for figures",
    "{}, refused": "why a file was not taken, until another comes",
    "{}, read": "of a reader's file",
    "made of own models": "of a reader's files",
    "own picture, seen": "of a reader's picture",
    "picture refused": "said once",
    "why a run was not taken": "said once",
    "who asks for runs": "whose turn it is in the queue: a new session is another reader",
    "handed over": "the number of what a page handed over last",
    "the first run": "whether it is",
    "changed before": "a change that came ahead of its control, for one run",
}
_TAKEN = "handed over"


def keep() -> None:
    """Called ahead of each page: the page holds what is known here, and this session learns what the page holds."""
    begin()
    held = {name: st.session_state[name] for name in HELD if st.session_state.get(name)}
    files = [box for box, file in FILES.items() if file.is_there(box)]
    _take(shown(held, files, st.session_state.get(_TAKEN, 0)))


def _take(back: Any) -> None:
    """What a page handed over: it can be anybody's, so that each of it is looked at. What is known here stays."""
    match back:
        case {"number": int(number), "held": dict(held), "files": dict(files)}:
            st.session_state[_TAKEN] = number
            for name, can_be in HELD.items():
                if name not in st.session_state and name in held and can_be(held[name]):
                    st.session_state[name] = held[name]
            for box, file in FILES.items():
                if box in files and not file.is_there(box):
                    file.take(box, files[box])
