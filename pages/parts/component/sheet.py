"""The component that shows parts of HTML, keeps those that did not change, and tells what was chosen."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence

from pages.parts.component.served import component
from pages.parts.html.part import Part
from resnet.cache import remembered


def show(key: str, parts: Sequence[Part], chosen: str = "", on_choice: Callable[[], None] | None = None) -> None:
    """``on_choice`` is called when a reader chooses something that has an ``op``. Nothing to show is no sheet."""
    if not parts:
        return
    component("sheet")(key=key, data=packed(tuple(parts), chosen), on_chosen_change=on_choice or _nothing)


@remembered(megabytes=16)
def packed(parts: tuple[Part, ...], chosen: str) -> bytes:
    """For the browser, compressed: once for everybody, and not on every socket."""
    data = {"parts": [part.as_data() for part in parts], "chosen": chosen}
    return zlib.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


def _nothing() -> None:
    pass
