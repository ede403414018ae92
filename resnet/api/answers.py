"""How a form of a subject is answered: an address is read once for all of them, and refused with sentences."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from resnet.api.version import fingerprint
from resnet.draw import style
from resnet.draw.style import PLAIN, Style
from resnet.export.form import Form, Subject
from resnet.spec.errors import SpecError
from resnet.spec.parameters import Parameter, misnamed, read_query
from resnet.views.address import Addressed
from resnet.views.pages import OURS

_STYLES = frozenset(one.name for one in style.PARAMETERS)


class Read(NamedTuple):
    """What an address asks for, and a SpecError for everything in it that can't be used."""

    view: Addressed
    style: Style
    dropped: tuple[SpecError, ...]


class Made(NamedTuple):
    """A file, and its name without a suffix."""

    content: bytes
    name: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint:
    """One address, ``/api/<what>.<suffix>``: a form of a subject.

    ``asked``   from a view, and what a request brought along, to what the form is made of
    ``posted``  what a request may bring along, in words; empty if it brings nothing
    """

    subject: Subject[Any]
    form: Form[Any]
    asked: Callable[[Any, bytes], Any] = lambda view, _: view
    posted: str = ""

    @property
    def path(self) -> str:
        return f"/api/{self.subject.what}.{self.form.suffix}"

    @property
    def methods(self) -> tuple[str, ...]:
        return ("GET", "HEAD", "OPTIONS", *(("POST",) if self.posted else ()))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the page, and of a figure its style."""
        return (*self.subject.view.PARAMETERS, *(style.PARAMETERS if self.form.styled else ()))

    def read(self, query: bytes) -> Read:
        """The text behind the question mark of an address."""
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        said, own = dict(pairs), [one.name for one in self.parameters]
        values, undressed = read_query(said, style.PARAMETERS) if self.form.styled else ({}, ())
        view, dropped = self.subject.view.read(said)
        names = misnamed(said, own, OURS | _STYLES)
        twice = _twice(pairs, own)
        fields = {error.field for error in twice}
        wrong = (*(error for error in (*dropped, *undressed) if error.field not in fields), *names)
        return Read(view, Style(**values), (*twice, *wrong))

    def make(self, view: Addressed, dressed: Style = PLAIN, sent: bytes = b"") -> Made:
        """The file. Raises SpecError for what can't be together, and for a file that can't be read."""
        asked = self.asked(view, sent)
        return Made(self.form.make(asked, dressed), self.subject.slug(asked) + dressed.suffix)

    def tag(self, view: Addressed, dressed: Style) -> str:
        """Says which figure it is: the same for the same parameters, in whatever order, as long as nothing is changed
        here. Weak: a server on another machine may draw the last bit of a number differently."""
        return weak_tag(f"{fingerprint()} {self.path} {view!r} {dressed!r}".encode())


def weak_tag(content: bytes) -> str:
    return f'W/"{hashlib.sha256(content).hexdigest()[:20]}"'


def _twice(pairs: Sequence[tuple[str, str]], own: Sequence[str]) -> tuple[SpecError, ...]:
    """A sentence for each of our names that is said more than once: nobody knows which one is meant."""
    many = Counter(name for name, _ in pairs if name in own)
    return tuple(
        SpecError(name, [value for said, value in pairs if said == name], "said once")
        for name, times in many.items()
        if times > 1
    )


def offered(
    subjects: Sequence[Subject[Any]], asked: Callable[[Any, bytes], Any] | None = None, posted: str = ""
) -> tuple[Endpoint, ...]:
    """An address for each form of these subjects."""
    pairs = [(subject, form) for subject in subjects for form in subject.forms]
    return tuple(
        Endpoint(subject=subject, form=form)
        if asked is None
        else Endpoint(subject=subject, form=form, asked=asked, posted=posted)
        for subject, form in pairs
    )
