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

    def forms(self, groups: Sequence[Group]) -> list[Form[Any]]:
        return [one for one in self.subject.forms if one.group in groups]


class _Row(NamedTuple):
    """A download as the template takes it: what all its links have in common is written once."""

    name: str
    what: str
    slug: str
    query: str


def downloads(entries: Sequence[Download]) -> Part:
    """A list for each kind of file; figures with a choice of their colours and their room."""
    rows = [_Row(one.name, one.subject.what, one.subject.slug(one.asked), urlencode(one.parameters)) for one in entries]
    offers = [
        (heading, [(row, forms) for row, one in zip(rows, entries, strict=True) if (forms := one.forms(groups))])
        for groups, heading in _HEADINGS.items()
    ]
    return part(
        "downloads",
        "downloads.html",
        offers=[(heading, rows) for heading, rows in offers if rows],
        styles=[(one.name, one.label, one.choices) for one in style.PARAMETERS],
    )
