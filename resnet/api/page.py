"""The API's description as a page to read: one file without a script, in a reader's own light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from resnet.api.answers import Endpoint
from resnet.api.document import INTRODUCTION, REFUSALS
from resnet.api.examples import address, unit
from resnet.draw.palette import DARK, LIGHT
from resnet.export.form import Form
from resnet.spec import conventions
from resnet.spec.parameters import Odd, Parameter, Whole
from resnet.views.pages import PAGES


class Row(NamedTuple):
    """A parameter: what it takes, and in which unit."""

    name: str
    takes: str
    unit: str
    default: str
    words: str

    @classmethod
    def of(cls, one: Parameter) -> Row:
        default = "" if one.default in (None, "") else one.takes.write(one.default)
        measured = unit(one) if isinstance(one.takes, Whole | Odd) else ""
        return cls(one.name, one.takes.described, measured, default, one.words)


class Link(NamedTuple):
    """An address: how it ends, and an example of it; ``posted``: takes a file, too."""

    suffix: str
    words: str
    href: str
    posted: bool


class Told(NamedTuple):
    """One subject with all its forms. ``preview``: the address of an example figure, or empty."""

    what: str
    words: str
    links: tuple[Link, ...]
    preview: str


class Chapter(NamedTuple):
    """A page's subjects, and the parameters that all of them have."""

    name: str
    title: str
    subjects: tuple[Told, ...]
    parameters: tuple[Row, ...]


def page(endpoints: Sequence[Endpoint]) -> str:
    """HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    figure = next(one for one in endpoints if one.form.styled)
    common = conventions.PARAMETERS
    return environment.get_template("page.html").render(
        introduction=INTRODUCTION.split("\n\n"),
        chapters=_chapters(endpoints),
        figures=[Row.of(one) for one in figure.parameters if one not in figure.subject.view.PARAMETERS],
        common=[Row.of(one) for one in common],
        refusals=[(status, told[0]) for status, told in REFUSALS.items()],
        example=address(next(one for one in endpoints if one.form.schema is not None)),
        light=LIGHT._asdict(),
        dark=DARK._asdict(),
    )


def _chapters(endpoints: Sequence[Endpoint]) -> list[Chapter]:
    chapters = []
    for place in PAGES:
        mine = [one for one in endpoints if one.subject.view is place.view]
        if mine:
            rows = tuple(Row.of(one) for one in place.view.PARAMETERS if one not in conventions.PARAMETERS)
            chapters.append(Chapter(place.name, place.title, _subjects(mine), rows))
    return chapters


def _subjects(endpoints: Sequence[Endpoint]) -> tuple[Told, ...]:
    told = []
    for words, group in groupby(endpoints, key=lambda one: one.subject.words):
        ones = list(group)
        drawn = next((one for one in ones if _is_picture(one.form)), None)
        links = tuple(Link(one.form.suffix, one.form.words, address(one), bool(one.posted)) for one in ones)
        told.append(Told(ones[0].subject.what, words, links, address(drawn) if drawn else ""))
    return tuple(told)


def _is_picture(form: Form[object]) -> bool:
    return form.media.startswith("image/svg")
