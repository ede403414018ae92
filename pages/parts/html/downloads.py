"""Links to files: the API's addresses of exactly what is shown, in every form that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from pages.parts.html.part import Part
from pages.parts.html.templates import part
from resnet.draw import style
from resnet.export.form import Form, Group, Subject

_HEADINGS: Mapping[tuple[Group, ...], str] = {
    ("figure",): "Figures",
    ("document",): "Everything together",
    ("code",): "Code",
    ("table", "data"): "Tables and data",
    ("words",): "The figures in words",
}


class Download(NamedTuple):
    """What of a page leaves: ``asked`` is what its forms are made of, ``parameters`` the address of the same."""

    name: str
    subject: Subject[Any]
    asked: Any
    parameters: Mapping[str, str]

    @property
    def query(self) -> str:
        return urlencode(self.parameters)

    @property
    def slug(self) -> str:
        return self.subject.slug(self.asked)

    def forms(self, groups: Sequence[Group]) -> list[Form[Any]]:
        return [one for one in self.subject.forms if one.group in groups]


def downloads(entries: Sequence[Download]) -> Part:
    """A list for each kind of file; figures with a choice of their colours and their room."""
    offers = [
        (heading, [(one, forms) for one in entries if (forms := one.forms(groups))])
        for groups, heading in _HEADINGS.items()
    ]
    return part(
        "downloads",
        "downloads.html",
        offers=[(heading, rows) for heading, rows in offers if rows],
        styles=[(one.name, one.label, one.takes.names()) for one in style.PARAMETERS],  # type: ignore[attr-defined]
    )
