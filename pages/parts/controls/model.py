"""The controls of "Your network": which, beside which other, and the reader's own files."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from pages.parts.component import sheet
from pages.parts.component.model import Given, Words
from pages.parts.controls.address import key_of
from pages.parts.controls.notation import notation_switch
from pages.parts.controls.own_file import given, model_box, put_away
from pages.parts.controls.widgets import control, put
from pages.parts.html import model as html
from resnet.draw.model import model_diagram
from resnet.draw.model_block import sum_diagram
from resnet.draw.render import FORMATS, MEDIA_TYPES, render
from resnet.export.models import comparison_to_csv, model_to_data, sums_to_csv
from resnet.models.align import compare_networks
from resnet.models.graph import Graph
from resnet.models.opened import open_model
from resnet.models.stored import to_json
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


def model_files(shown: html.Shown) -> None:
    """The downloads: addresses for what everybody can have, and files from this session for what is a reader's own."""
    if shown.memory is None:
        sheet.show("downloads", html.files(shown))
        return
    st.header("Download", anchor=False)
    with st.container(horizontal=True):
        _own_files(shown)


def _own_files(shown: html.Shown) -> None:
    graph, view = shown.graph, shown.view

    def picture(file_format: Any) -> Any:
        return lambda: render(model_diagram(graph, view.measure, conventions=view.conventions), file_format)

    _file("The graph, as JSON", f"{graph.name}.json", "application/json", lambda: to_json(graph))
    data = partial(model_to_data, graph, view.conventions)
    _file("Everything, as data", f"{graph.name}_data.json", "application/json", lambda: json.dumps(data()))
    _file("Residual sums, as CSV", f"{graph.name}_sums.csv", "text/csv", lambda: sums_to_csv(graph))
    for one in FORMATS:
        _file(f"Picture, {one.upper()}", f"{graph.name}.{one}", MEDIA_TYPES[one], picture(one))
    chosen, other = shown.chosen, shown.other
    if chosen is not None:
        drawn = sum_diagram(graph, chosen, unfolded=view.unfolded, conventions=view.conventions)
        name = f"{graph.name}_sum-{view.sum}.svg"
        _file("The block, SVG", name, MEDIA_TYPES["svg"], lambda: render(drawn, "svg"))
    if other is not None:
        name = f"{graph.name}_and_{other.name}.csv"
        _file("Both, row by row, as CSV", name, "text/csv", lambda: comparison_to_csv(compare_networks(graph, other)))


def _file(label: str, name: str, media: str, make: Any) -> None:
    st.download_button(label, make, name, media, on_click="ignore", key=f"own_{label}")
