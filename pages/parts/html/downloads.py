"""Links to files: the API's addresses of exactly what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from pages.parts.html.part import Part
from pages.parts.html.templates import part


class Download(NamedTuple):
    """``what`` is the API's route; the file's name is ``slug`` and a format."""

    name: str
    what: str
    slug: str
    formats: Sequence[str]
    parameters: Mapping[str, str]

    @property
    def query(self) -> str:
        return urlencode(self.parameters)


def downloads(entries: Sequence[Download]) -> Part:
    return part("downloads", "downloads.html", downloads=entries)
