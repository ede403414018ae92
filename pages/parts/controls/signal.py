"""The controls of the signal page: the picture, the network, the block, the channel."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from pages.parts.component.model import Words, unpacked
from pages.parts.controls.address import key_of
from pages.parts.controls.notation import notation_switch
from pages.parts.controls.own_file import Held, given, model_box, put_away
from pages.parts.controls.share import Own
from pages.parts.controls.widgets import control, folded, late, put
from pages.parts.html.signal import Seen, seen, seen_own
from resnet.draw.signal import window
from resnet.run.picture import MAX_BYTES, Picture, read_picture
from resnet.spec.errors import SpecError
from resnet.spec.parameters import by_name
from resnet.views.signal import AT, FIRST, SHORTCUT, SignalView, first_channel

_OWN, _SEEN, _REFUSED = "own picture", "own picture, seen", "picture refused"
BOX = "picture_file"
_WORDS = Words(
    "Drop a PNG or JPEG, or choose one.",
    "At most 5 MB and 4,096 pixels a side. It is not stored.",
    takes="picture",
    most=MAX_BYTES,
)


def signal_seen(view: SignalView) -> Seen:
    """What the page shows: of the reader's own picture where there is one."""
    own: Picture | None = st.session_state.get(_OWN)
    if own is None:
        return seen(view)
    key, last = st.session_state.get(_SEEN, (None, None))
    if key == view.asked:  # only the channel changed, or what is shown of it
        return Seen(view, last.signal, own, own=True)
    found = seen_own(view, own)
    st.session_state[_SEEN] = (view.asked, found)
    return found


def own_picture(view: SignalView) -> tuple[Own, ...]:
    """What no address can carry."""
    if st.session_state.get(_OWN) is None:
        return ()
    instead = by_name(view.PARAMETERS)["picture"].choices[view.picture]
    return (Own(f"Your own picture is in this tab alone: whoever opens the address sees “{instead}”."),)


def take_map(view: SignalView) -> Callable[[], None]:
    """What a reader points at: a small map, or a strip of the diagram."""

    def take() -> None:
        kind, _, which = str(st.session_state["summands"].chosen or "").partition(".")
        if kind == "channel":
            put(SignalView, {"channel": window(view.channel, view.channels)[int(which) - 1]})

    return take


def take_point() -> None:
    """A strip of the diagram: all of its maps are shown; once more, and they are not."""
    kind, _, op = str(st.session_state["flow"].chosen or "").partition(".")
    if kind == "point":
        key = key_of(SignalView, "point")
        put(SignalView, {"point": "" if st.session_state.get(key) == op else op})


def signal_controls(view: SignalView) -> None:
    """Which picture, through which block, and what of it is looked at."""
    _picture(view)
    control(view, "weights", on_change=_begin_again)
    if view.weights == "drawn":
        control(view, "network", on_change=_begin_again)
    at, channel = key_of(SignalView, "at"), key_of(SignalView, "channel")
    st.selectbox(AT.label, view.blocks, view.blocks.index(view.at), key=at, on_change=_other_block)
    late(at, view.at, _other_block)
    control(view, "shortcut")
    st.number_input("Channel", 1, view.channels, view.channel, key=channel)
    late(channel, view.channel)
    control(view, "zero_gamma")
    control(view, "unfolded")
    if view.weights == "drawn":
        control(view, "seed")
    st.session_state.setdefault(key_of(SignalView, "point"), view.point)
    notation_switch(view, wide=True)


def _picture(view: SignalView) -> None:
    own = st.session_state.get(_OWN) is not None
    control(view, "picture", disabled=own)
    if st.session_state.get(_REFUSED):
        st.warning(st.session_state.pop(_REFUSED))
    if own:
        st.button("Put my picture away", key="put_away", on_click=_put_away)
        return
    with folded("Your own picture", key="own_picture") as is_open:
        if is_open:
            model_box(BOX, _WORDS, _take_picture)


def _take_picture() -> None:
    """Decode it at once: the file itself is not kept here."""
    file = given(BOX)
    if file is None:
        return
    put_away(BOX)
    try:
        st.session_state[_OWN] = read_picture(file.content)
    except SpecError as error:
        st.session_state[_REFUSED] = str(error)


def _is_there(_: str) -> bool:
    return st.session_state.get(_OWN) is not None


def _take_again(_: str, sent: object) -> None:
    """A picture that was handed in before, in a session that has ended."""
    file = unpacked(sent, MAX_BYTES)
    with suppress(SpecError):
        if file is not None:
            st.session_state[_OWN] = read_picture(file.content)


FILE = Held(_is_there, _take_again)


def _put_away() -> None:
    for name in (_OWN, _SEEN):
        st.session_state.pop(name, None)


def _begin_again() -> None:
    """Another network has other blocks."""
    put(SignalView, {"at": FIRST})
    _other_block()


def _other_block() -> None:
    weights, at = (str(st.session_state[key_of(SignalView, name)]) for name in ("weights", "at"))
    put(SignalView, {"channel": first_channel(weights, at), "shortcut": SHORTCUT.default, "point": ""})
