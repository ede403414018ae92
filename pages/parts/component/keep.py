"""The component that holds in the page what no address can carry, and hands it over to a session that knows nothing.

It comes with the first message of the new session: nothing is drawn before it is known (``keep.js``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from pages.parts.component.served import component


def keep(held: Mapping[str, object], files: Collection[str], taken: int) -> object:
    """What the page hands over, now that it is connected again; None in any other run. It can be anybody's.

    ``held``   what the page is to hold from now on
    ``files``  of which boxes a file is here: of another one that was here, it is forgotten there, too
    ``taken``  the number of what was handed over last: what a session says that has not taken it is not held
    """
    with st._event:  # where Streamlit puts what is never seen, and takes no room
        shown = component("keep")(
            key="keep", data={"held": held, "files": sorted(files), "taken": taken}, on_back_change=_nothing
        )
    return shown.back


def _nothing() -> None:
    pass
