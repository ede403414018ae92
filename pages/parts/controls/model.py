"""The controls of "Your network": which, beside which other, and the reader's own files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from pages.parts.component import sheet
from pages.parts.component.model import Given, Words
from pages.parts.controls.address import key_of
from pages.parts.controls.notation import notation_switch
from pages.parts.controls.own_file import given, model_box, put_away
from pages.parts.controls.share import Own
from pages.parts.controls.widgets import control, put
from pages.parts.html import model as html
from pages.parts.watch import TURNS
from resnet.draw import style
from resnet.draw.style import PLAIN, Style
from resnet.export.subjects.model import GRAPH, Asked
from resnet.models.graph import Graph
from resnet.models.opened import open_model
from resnet.spec.errors import SpecError
from resnet.views.model import ModelView

OWN, OTHER = "own_model", "other_model"  # the boxes
WORDS = Words("Drop an ONNX file, or choose one. A graph that was saved here opens, too.")
_READ, _MADE = "{}, read", "made of own models"


def model_shown(view: ModelView) -> html.Shown:
    """What the page shows: the reader's own files where there are some."""
    own, other = (_read(box, view) for box in (OWN, OTHER))
    if own is None and other is None:
        return html.shown_of(view)
    known = html.shown_of(view)
    key = (own, other, view.model, view.against)
    last, memory = st.session_state.get(_MADE, (None, {}))
    if last is None or any(a is not b and a != b for a, b in zip(last, key, strict=True)):
        memory = {}
    st.session_state[_MADE] = (key, memory)
    return html.Shown(view, own or known.graph, other or known.other, memory)


def _read(box: str, view: ModelView) -> Graph | None:
    """What was dropped in this box, read once; a sentence where it can't be."""
    file = given(box)
    if file is None:
        return None
    read: _Read | None = st.session_state.get(_READ.format(box))
    if read is None or read.file is not file or (read.open and read.size != view.size):
        with TURNS.left():  # it is read in a process of its own
            read = st.session_state[_READ.format(box)] = _opened(file, view.size)
    if isinstance(read.found, SpecError):
        st.error(str(read.found))
    return read.found if isinstance(read.found, Graph) else None


class _Read(NamedTuple):
    """``open``  it leaves height and width open: then ``size`` counts"""

    file: Given
    size: tuple[int, int]
    open: bool
    found: Graph | SpecError


def _opened(file: Given, size: tuple[int, int]) -> _Read:
    is_open = False
    try:
        return _Read(file, size, is_open, open_model(file.content, file.name))
    except SpecError as error:
        is_open = error.field == "size"
        if not is_open:
            return _Read(file, size, is_open, error)
    try:
        return _Read(file, size, is_open, open_model(file.content, file.name, size=size))
    except SpecError as error:
        return _Read(file, size, is_open, error)


def own_file(box: str) -> None:
    """Where a reader drops a file; and, once there is one, where it is put away."""
    file = model_box(box, WORDS, on_model_change=_begin_again)
    if file is not None:
        st.button("Put my file away", key=f"{box}_away", on_click=_put_away, args=(box,))


def _put_away(box: str) -> None:
    put_away(box)
    st.session_state.pop(_READ.format(box), None)
    _begin_again()


def _begin_again() -> None:
    """Another network has other blocks."""
    put(ModelView, {"sum": None, "theirs": None})


def model_controls(view: ModelView) -> None:
    """Which network, beside which, and what of it is looked at."""
    if given(OWN) is None:
        control(view, "model", on_change=_begin_again)
    if given(OTHER) is None:
        control(view, "against", on_change=_other)
    with st.expander("Compare with a file of yours", key="other_file", on_change="rerun") as fold:
        if fold.open or given(OTHER):
            own_file(OTHER)
    control(view, "measure")
    reads = [st.session_state.get(_READ.format(box)) for box in (OWN, OTHER) if given(box)]
    if any(read and read.open for read in reads):
        with st.container(horizontal=True):
            for name in ("height", "width"):
                control(view, name, width=110)
    control(view, "unfolded", disabled=view.sum is None and view.theirs is None)
    for name in ("sum", "theirs"):
        st.session_state.setdefault(key_of(ModelView, name), getattr(view, name))
    notation_switch(view, wide=True)


def _other() -> None:
    put(ModelView, {"theirs": None})


def take_sum(sheet: str) -> Callable[[], None]:
    """For the sheet with this key: what a reader chooses is opened."""

    def take() -> None:
        side, _, number = str(st.session_state[sheet].chosen or "").partition(".")
        if number.isdigit():
            put(ModelView, {"sum": int(number), "theirs": None} if side == "left" else {"theirs": int(number)})

    return take


def own_graphs(shown: html.Shown) -> tuple[Own, ...]:
    """What no address can carry."""
    found = []
    for box, graph, label in ((OWN, shown.graph, "The graph"), (OTHER, shown.other, "The other graph")):
        if graph is not None and given(box) is not None:
            asked = Asked(shown.view, graph)
            words = f"{graph.name} is your own file: no address can carry it. Give its graph along, which opens here."
            make = partial(GRAPH.form("graph").make, asked, PLAIN)
            found.append(Own(words, f"{label}, to open again", f"{GRAPH.slug(asked)}.json", make))
    return tuple(found)


def model_files(shown: html.Shown) -> None:
    """The downloads: addresses for what everybody can have, and files from this session for what is a reader's own."""
    if shown.memory is None:
        sheet.show("downloads", html.files(shown))
        return
    st.header("Download", anchor=False)
    asked = Asked(shown.view, shown.graph, shown.other)
    listed = html.subjects(shown.view, compares=shown.other is not None)
    offers = {f"{one.title}: {form.words}": (one, form) for one in listed for form in one.forms}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        subject, form = offers[st.selectbox("What", list(offers), key="own_what", width=360)]
        dressed = _dressed() if form.styled else PLAIN
        name = f"{subject.slug(asked)}.{form.suffix}"
        st.download_button(
            "Download", lambda: form.make(asked, dressed), name, form.media, on_click="ignore", key="own_file"
        )


def _dressed() -> Style:
    """What a figure is dressed in."""
    said: dict[str, Any] = {
        one.name: st.selectbox(
            one.label, list(one.choices), format_func=one.choices.__getitem__, key=f"own_{one.name}", width=180
        )
        for one in style.PARAMETERS
    }
    return Style(**said)
