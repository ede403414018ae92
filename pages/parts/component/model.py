"""A box for an ONNX file: its weights are left out in the browser, and only the graph comes here.

It comes once, as a trigger, and is unpacked at once: no later message carries it again. What came is kept for the
reader's session, until something else comes or it is put away.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from pages.parts.component.served import component
from resnet.models.onnx_limits import MAX_STRIPPED

_MAX_NAME = 200


class Words(NamedTuple):
    """What the box says before anything is dropped."""

    label: str = "Drop an ONNX file, or choose one."
    promise: str = "Its weights stay on this machine: only the graph is sent."


_WORDS = Words()


class Given(NamedTuple):
    """What a reader dropped.

    ``name``     of the file; a reader's own text
    ``content``  a ModelProto without weights; of a ``.json`` file all of it
    ``size``     bytes of the whole file, as the browser says
    ``kept``     bytes that were sent, unpacked
    """

    name: str
    content: bytes
    size: int
    kept: int


def model_box(key: str, words: Words = _WORDS, on_model_change: Callable[[], None] | None = None) -> Given | None:
    """The box, and what was dropped in it; ``on_model_change`` is called when something new was, ahead of the page."""

    def take() -> None:
        _take(key)
        if on_model_change is not None:
            on_model_change()

    now = given(key)
    data = {
        "label": words.label,
        "promise": words.promise,
        "most": MAX_STRIPPED,
        "given": now and {"name": now.name, "size": now.size, "kept": now.kept},
        "refused": st.session_state.get(_refused(key), ""),
    }
    component("model")(key=key, data=data, on_model_change=take)
    return now


def given(key: str) -> Given | None:
    """What was dropped in the box of this key."""
    found: Given | None = st.session_state.get(_given(key))
    return found


def put_away(key: str) -> None:
    """Forget what was dropped."""
    for name in (_given(key), _refused(key)):
        st.session_state.pop(name, None)


def unpacked(sent: object) -> Given | None:
    """What the browser packed; None if it did not: a message can be anybody's."""
    match sent:
        case {"name": str(name), "size": int(size), "packed": str(packed)} if size > 0 and size is not True:
            content = _inflated(packed)
            return None if content is None else Given(name[:_MAX_NAME], content, size, len(content))
    return None


def _inflated(packed: str) -> bytes | None:
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(base64.b64decode(packed, validate=True), MAX_STRIPPED + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return content if stream.eof and len(content) <= MAX_STRIPPED else None


def _take(key: str) -> None:
    found = unpacked(st.session_state[key].model)
    put_away(key)
    if found is None:
        st.session_state[_refused(key)] = "The file did not arrive whole: drop it once more."
    else:
        st.session_state[_given(key)] = found


def _given(key: str) -> str:
    return f"{key}, dropped"


def _refused(key: str) -> str:
    return f"{key}, refused"
