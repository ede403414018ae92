"""A control for each parameter: its label, its bounds and its help are the declaration's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from pages.parts.controls.address import key_of
from resnet.spec.parameters import Flag, Odd, OneOf, Parameter, Whole, by_name
from resnet.views.address import Addressed

SLIDES = 10  # values through which one slides
_EARLY, _LATE = "the first run", "changed before"


def control(view: Addressed, name: str, *, slides: int = SLIDES, **how: Any) -> None:
    """The control of one parameter of a page's view. ``how`` is passed on to Streamlit.

    ``slides``  a number of at most so many values is a slider, else a box
    """
    one = by_name(view.PARAMETERS)[name]
    value = view.values().get(name, one.default)
    how = {"key": key_of(type(view), name), "help": None if one.obvious else one.words} | how
    if isinstance(one.takes, Flag):
        st.toggle(one.label, value, **how)
    elif isinstance(one.takes, OneOf):
        _choice(one, one.choices, value, how)
    elif isinstance(one.takes, Odd):
        st.select_slider(one.label, range(1, one.takes.most + 1, 2), value, **how)
    elif isinstance(one.takes, Whole):
        draw = st.slider if one.takes.most <= slides else st.number_input
        draw(one.label, 1, one.takes.most, value, **how)
    else:
        raise TypeError(f"{name} has no control: it is only in the address")
    late(how["key"], value, how.get("on_change"), how.get("args", ()))


def _choice(one: Parameter, names: Any, value: object, how: dict[str, Any]) -> None:
    """A few short names side by side; a list for more, or for long ones."""
    if len(names) <= 4 and sum(map(len, names.values())) <= 40:
        st.segmented_control(
            one.label, list(names), default=value, required=True, format_func=lambda key: names[key], **how
        )
    else:
        st.selectbox(one.label, list(names), list(names).index(str(value)), format_func=names.get, **how)


def late(key: str, shown: object, on_change: Callable[..., object] | None = None, args: Sequence[Any] = ()) -> None:
    """Called where a control was drawn: a value that a session's first message brought is no change to Streamlit.

    It is one when the process that was told of it died before it could show it. The address still says what is shown.
    """
    now = st.session_state.get(key)
    if st.session_state.get(_EARLY) and now is not None and str(now) != str(shown):
        st.session_state.setdefault(_LATE, []).append((on_change, args))


def begin() -> None:
    """Ahead of every control: what a change brings that came ahead of its control."""
    st.session_state[_EARLY] = _EARLY not in st.session_state
    for act, args in st.session_state.pop(_LATE, []):
        if act is not None:
            act(*args)


def settle() -> None:
    """At the end of a page: once more, if something had been changed before its controls were there."""
    if _LATE in st.session_state:
        st.rerun()


@contextmanager
def folded(label: str, *, over: bool = False, **how: Any) -> Iterator[bool]:
    """A button that opens a choice, and whether it is open: what is folded away is not even made.

    While it is closed, the address speaks for its controls. It opens in its place; ``over`` the page, what is short: at
    the foot of a small screen little room is left there, and a list of its own finds none.
    """
    fold = st.popover if over else st.expander
    place = fold(label, on_change="rerun", **how)
    with place:
        yield bool(place.open)


def put(view: type[Addressed], values: dict[str, Any]) -> None:
    """Set controls from a callback of another one."""
    for name, value in values.items():
        st.session_state[key_of(view, name)] = value


def renewed_key(name: str, value: object) -> str:
    """The key of a control that shows what others say, and can be used to choose as well.

    When another control has changed the value, it becomes a new control, with a new key: a message that the browser
    sent before it knew of the change would otherwise be taken for a choice of the old value, and undo the change.
    In a session's first run the value is the control's default.
    """
    key = _key_now(name)
    if st.session_state.get(_EARLY):
        return key  # what the browser has of it may be newer: see ``late``
    if st.session_state.get(key, value) != value:
        st.session_state[_counter(name)] = st.session_state.get(_counter(name), 0) + 1
        key = _key_now(name)
    st.session_state[key] = value
    return key


def renewals(*names: str) -> dict[str, Callable[[object], bool]]:
    """For ``kept.HELD``: which key is the newest. A new session makes no others of them, and finds what was chosen."""
    return dict.fromkeys(map(_counter, names), lambda said: type(said) is int and said >= 0)


def chosen_now(name: str, key: str) -> object:
    """For the callback of such a control: what was chosen; None if the control has been renewed since.

    A late message still brings the old control's value, and Streamlit takes it for a change, since it has forgotten it.
    """
    return st.session_state[key] if key == _key_now(name) else None


def _counter(name: str) -> str:
    return f"{name} renewed"


def _key_now(name: str) -> str:
    return f"{name}_{st.session_state.get(_counter(name), 0)}"
