"""The component that shows what a page is shared with, and in an embedded page the way out of its frame.

Its code is fetched when a reader asks for it: a page that opens does not wait for it.
"""

from __future__ import annotations

from pages.parts.component.served import component
from pages.parts.html.part import Part


def show_share(key: str, shown: Part) -> None:
    component("share")(key=key, data={"html": shown.html})
