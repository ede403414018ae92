"""A box for a file: of an ONNX file the weights are left out in the browser, and only the graph comes here.

It comes once, as a trigger: no later message carries it again, but for one to a process that never had it (``keep``).
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from typing import Literal, NamedTuple

from pages.parts.component.served import component
from resnet.models.onnx_limits import MAX_STRIPPED

_MAX_NAME = 200


class Words(NamedTuple):
    """What the box says before anything is dropped, what it takes, and how many bytes of it."""

    label: str = "Drop an ONNX file, or choose one."
    promise: str = "Its weights stay on this machine: only the graph is sent."
    takes: Literal["model", "picture"] = "model"
    most: int = MAX_STRIPPED


WORDS = Words()


class Given(NamedTuple):
    """What a reader dropped.

    ``name``     of the file; a reader's own text
    ``content``  a ModelProto without weights; of a ``.json`` file or a picture all of it
    ``size``     bytes of the whole file, as the browser says
    ``kept``     bytes that were sent, unpacked
    """

    name: str
    content: bytes
    size: int
    kept: int


def show_box(key: str, words: Words, now: Given | None, refused: str, on_model_change: Callable[[], None]) -> None:
    """``now`` is what was dropped last, ``refused`` why something was not taken."""
    data = {
        "label": words.label,
        "promise": words.promise,
        "takes": words.takes,
        "most": words.most,
        "box": key,
        "given": now and {"name": now.name, "size": now.size, "kept": now.kept},
        "refused": refused,
    }
    component("model")(key=key, data=data, on_model_change=on_model_change)


def unpacked(sent: object, most: int = MAX_STRIPPED) -> Given | None:
    """What the browser packed, of at most so many bytes; None if it did not: a message can be anybody's."""
    match sent:
        case {"name": str(name), "size": int(size), "packed": str(packed)} if size >= 0 and size is not True:
            content = _inflated(packed, most)
            return None if content is None else Given(name[:_MAX_NAME], content, size, len(content))
    return None


def _inflated(packed: str, most: int) -> bytes | None:
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(base64.b64decode(packed, validate=True), most + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return content if stream.eof and len(content) <= most else None
