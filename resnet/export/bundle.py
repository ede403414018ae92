"""Everything that a page gives, in one ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from resnet.draw.style import Style
from resnet.export.form import Form, Subject
from resnet.spec.errors import SpecError

_THEN = (1980, 1, 1, 0, 0, 0)  # the same files give the same bytes, whenever they are made


class Entry(NamedTuple):
    """What goes in: every form of it, in a folder of that name."""

    folder: str
    subject: Subject[Any]
    asked: Any


def bundle(title: str, entries: Sequence[Entry], style: Style) -> bytes:
    """A ZIP with a list of what is in it. What can't be made is told there, in a sentence."""
    out, listed = io.BytesIO(), []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            for form in _forms(entry.subject):
                name = f"{entry.folder}/{entry.subject.slug(entry.asked)}.{form.suffix}"
                try:
                    _write(archive, name, form.make(entry.asked, style))
                    listed.append(f"{name}\n    {entry.subject.title}: {form.words}")
                except SpecError as error:
                    listed.append(f"{name}\n    is not there: {error}")
        _write(archive, "README.txt", "\n".join([title, "", *listed, ""]).encode())
    return out.getvalue()


def _forms(subject: Subject[Any]) -> Iterator[Form[Any]]:
    """What is large is there one by one."""
    return (one for one in subject.forms if not one.large and one.suffix != "zip")


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _THEN), content, zipfile.ZIP_DEFLATED)
