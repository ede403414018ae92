"""The controls of the signal page: the picture, the network, the block, the channel."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts.controls.address import key_of
from pages.parts.controls.notation import notation_switch
from pages.parts.controls.share import Own
from pages.parts.controls.widgets import control, folded, put
from pages.parts.html.signal import Seen, seen, seen_own
from resnet.draw.signal import window
from resnet.run.picture import MAX_BYTES, Picture, read_picture
from resnet.spec.errors import SpecError
from resnet.spec.parameters import by_name
from resnet.views.signal import AT, FIRST, SHORTCUT, SignalView, first_channel

_OWN, _SEEN, _REFUSED, _UPLOADS = "own picture", "own picture, seen", "picture refused", "pictures handed in"


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
    st.selectbox(
        AT.label, view.blocks, view.blocks.index(view.at), key=key_of(SignalView, "at"), on_change=_other_block
    )
    control(view, "shortcut")
    st.number_input("Channel", 1, view.channels, view.channel, key=key_of(SignalView, "channel"))
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
            key = f"picture_{st.session_state.get(_UPLOADS, 0)}"
            st.file_uploader(
                "A PNG or JPEG, at most 5 MB and 4,096 pixels a side. It is not stored.",
                ["png", "jpg", "jpeg"],
                key=key,
                on_change=_take_picture,
                args=(key,),
                max_upload_size=MAX_BYTES // 1_000_000,
            )


def _take_picture(key: str) -> None:
    """Decode it at once. The box that took it is a new one afterwards, and the file is gone with the old."""
    given = st.session_state.get(key)
    if given is None:
        return
    try:
        st.session_state[_OWN] = read_picture(given.getvalue())
    except SpecError as error:
        st.session_state[_REFUSED] = str(error)
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1


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
