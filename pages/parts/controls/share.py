"""The Share button at the top of each page, and the end of a page that stands in another one's frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from pages.parts.component.share import show_share
from pages.parts.controls.widgets import settle
from pages.parts.html.share import shared, way_out
from resnet.views.address import Addressed


class Own(NamedTuple):
    """What of a page no address can carry: ``words`` say so; a file called ``name`` can be given along.

    ``label``  of the button that gives it: our own words, since Streamlit takes Markdown in them
    """

    words: str
    label: str = ""
    name: str = ""
    make: Callable[[], bytes] = bytes


def share_or_end(view: Addressed, own: Sequence[Own] = ()) -> None:
    """Offer to share the page. Embedded, it ends here: what a page calls below this line, it does without in a frame.

    ``own`` is what a reader has brought along.
    """
    if st.context.is_embedded:
        with st.container(key="embedded"):
            show_share("way_out", way_out(view))
        settle()
        st.stop()
    _button(view, tuple(own))


@st.fragment
def _button(view: Addressed, own: tuple[Own, ...]) -> None:
    """A fragment of its own: the page is not drawn anew for it."""
    if st.button("Share", key="share", icon=":material/share:"):
        _dialog(view, own)


@st.dialog("Share this page", width="large")
def _dialog(view: Addressed, own: tuple[Own, ...]) -> None:
    for one in own:
        st.text(one.words)
        if one.label:
            st.download_button(one.label, one.make, one.name, on_click="ignore", key=one.label)
    # its address as the reader's browser has it: nobody else knows what stands in front of this server
    show_share("shared", shared(view, st.context.url or "", own=bool(own)))
