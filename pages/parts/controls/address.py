"""The address: read when a page opens, written when its view changed, remembered when a reader goes elsewhere.

``current()`` is the one way from an address and the controls to a view, for every page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.watch import TURNS
from resnet.spec import conventions
from resnet.spec.errors import SpecError
from resnet.views.address import Addressed, Parsed, V
from resnet.views.pages import OURS, PAGES, foreign, parse

_NOTATION = frozenset(one.name for one in conventions.PARAMETERS)
# what a session keeps beside its controls
_PAGE, _SAID, _LAST = "page shown last", "notation shown last", "address shown last on {}"
_DRAWN = "figures were drawn"


def is_query(said: object) -> bool:
    """Whether it has the form of an address's query; what it says is read as carefully as an address."""
    return isinstance(said, dict) and all(isinstance(one, str) and len(one) <= 2000 for one in (*said, *said.values()))


HELD: dict[str, Callable[[object], bool]] = dict.fromkeys([_SAID, *(_LAST.format(one.name) for one in PAGES)], is_query)


def key_of(view: type[Addressed], name: str) -> str:
    """The key of a parameter's control. The notation is the same on all pages; everything else is a page's own."""
    return name if name in _NOTATION else f"{view.PAGE}_{name}"


def current(view: type[V]) -> Parsed[V]:
    """What is asked for: by the controls, or by the address while there are none yet.

    It is known before any control is drawn, so that the figures can be sent ahead of the controls. A run that was cut
    short leaves some controls undrawn, and a box that is being edited can be empty: then the address speaks.
    """
    if _is_back_or_forward():
        parsed = parse(view, st.query_params.to_dict())
        _set_controls(parsed.view)
        st.session_state[_PAGE] = view.PAGE
        return parsed
    asked = _asked(view.PAGE)
    said = {}
    for one in view.PARAMETERS:
        value = st.session_state.get(key_of(view, one.name))
        if value is not None:
            said[one.name] = one.write(value)
            if said[one.name] != asked.get(one.name, one.write(one.default)):
                for outdated in view.OUTDATES.get(one.name, ()):
                    asked.pop(outdated, None)
    return parse(view, asked | said)


def _is_back_or_forward() -> bool:
    """Whether the browser's Back or Forward led here: then the address speaks, and the controls follow."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _set_controls(view: Addressed) -> None:
    values = view.values()
    for one in view.PARAMETERS:
        key = key_of(type(view), one.name)
        if key in st.session_state:
            st.session_state[key] = values.get(one.name, one.default)


def _asked(page: str) -> dict[str, str]:
    """The address's query. A reader who comes back to a page by its name finds it as it was; the notation is the same
    on all of them."""
    query: dict[str, str] = st.query_params.to_dict()
    came_from = st.session_state.get(_PAGE)
    st.session_state[_PAGE] = page
    if came_from in (None, page) or not set(query) & OURS <= _NOTATION:
        return query
    notation = {name: value for name, value in query.items() if name in _NOTATION} or st.session_state.get(_SAID, {})
    last: dict[str, str] = st.session_state.get(_LAST.format(page), {})
    return {name: value for name, value in last.items() if name not in _NOTATION} | notation


def keep_in_address(view: Addressed) -> None:
    """Write the view into the address; what in it is somebody else's stays.

    By hand and at once, not by Streamlit's ``bind=``: a bound box takes the address's value in a message of its own and
    in 1.67 loses it in about one load of ten, and two writers of one address undo each other under load.
    """
    wanted = view.to_query()
    st.session_state[_LAST.format(view.PAGE)] = wanted
    st.session_state[_SAID] = view.conventions.to_query()
    says = parse(type(view), st.query_params.to_dict())
    if says.view != view or says.dropped:  # what only spells out a default may stay: no entry for nothing
        _write(wanted)


def go_to(view: Addressed) -> None:
    """For a button: the next run shows this view."""
    _write(view.to_query())


def _write(wanted: dict[str, str]) -> None:
    now = st.query_params
    if {name: value for name, value in now.to_dict().items() if name in OURS} != wanted:
        now.from_dict(wanted | {name: now.get_all(name) for name in foreign(now.to_dict())})


def send_on(view: type[Addressed], other: type[Addressed]) -> None:
    """On this view's page, an address that only the other one's page can mean opens that page."""
    names = {one.name for one in other.PARAMETERS} - {one.name for one in view.PARAMETERS}
    query = st.query_params.to_dict()
    if not names.isdisjoint(query):
        st.switch_page(f"{other.PAGE}.py", query_params=query)


def say_what_was_dropped(dropped: Sequence[SpecError]) -> None:
    """What was asked for and can't be had. It leaves the address as soon as the view is written there."""
    if dropped:
        lines = [f"- `{str(error).replace('`', ' ')}`" for error in dropped]  # code: no markup takes effect in it
        st.warning("Not everything that was asked for could be used:\n" + "\n".join(lines))


def flush_figures() -> None:
    """Wait until the browser has drawn what was sent so far. Called between the figures and everything else.

    The thread that sends shares the interpreter with this one, and the browser draws what arrives together only when it
    has laid out all of it: controls and charts would hold the figures up (bench/page.py has what it is worth). A page
    that opens has code to load for its figures first, and the controls' code would be parsed ahead of them.
    A change that comes meanwhile ends this run at the next element, so a slider that is dragged redraws figures alone.
    """
    with TURNS.left():
        time.sleep(0.08 if st.session_state.get(_DRAWN) else 0.17)
    st.session_state[_DRAWN] = True
