"""What can leave, declared once: a subject, and the forms in which it leaves.

    PAIR = Subject(what="pair", …, forms=(*figures(_drawn), *code(_spec), …))

From these rows follow the API's addresses (``/api/<what>.<suffix>``), the command line's ``--format <key>``, the pages'
lists of downloads, and the README's table. The same function makes the bytes for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from resnet.draw.style import Style
from resnet.views.address import Addressed

T = TypeVar("T")
Group = Literal["figure", "code", "table", "words", "data", "document"]

# by the last part of a file's name
MEDIA = {
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "png": "image/png",
    "dot": "text/vnd.graphviz",
    "mmd": "text/vnd.mermaid",
    "onnx": "application/octet-stream",
    "py": "text/x-python; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "tex": "application/x-tex",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "zip": "application/zip",
}


class Form(NamedTuple, Generic[T]):
    """One form of a subject.

    ``key``     its word on the command line, behind ``--format``: "csv", "tikz"
    ``suffix``  of its file's name and its address: "csv", "tex", "keras.py"
    ``words``   its name in a list of downloads: "CSV", "TikZ"
    ``make``    the file; a figure takes its colours and its size from the style, anything else takes no notice of it
    ``schema``  of JSON: what its fields are (``resnet.export.schemas``)
    """

    key: str
    suffix: str
    group: Group
    words: str
    make: Callable[[T, Style], bytes]
    schema: Mapping[str, Any] | None = None

    @property
    def media(self) -> str:
        return MEDIA[self.suffix.rpartition(".")[2]]

    @property
    def large(self) -> bool:
        """Whether it has many megabytes: those of Plotly, or a network's weights."""
        return self.key in ("interactive", "onnx-weights")

    @property
    def styled(self) -> bool:
        """Whether it is drawn, and so can be dressed: DOT and Mermaid are drawn by somebody else."""
        return self.group == "figure" and self.suffix in ("svg", "pdf", "png", "tex")


@dataclass(frozen=True, kw_only=True)
class Subject(Generic[T]):
    """What leaves.

    ``what``   its name in an address: "pair"
    ``words``  what it is: "both blocks of the page as one figure"
    ``view``   which page's parameters it has
    ``slug``   its file's name, without a suffix
    ``title``  in a list of downloads
    ``needs``  parameters that have no default here
    """

    what: str
    words: str
    title: str
    view: type[Addressed]
    slug: Callable[[T], str]
    forms: tuple[Form[T], ...]
    needs: tuple[str, ...] = ()

    def form(self, key: str) -> Form[T]:
        """Raises StopIteration for a key that is no form's."""
        return next(one for one in self.forms if one.key == key)


def json_form(data: Callable[[T], dict[str, Any]], schema: Mapping[str, Any] | None = None) -> Form[T]:
    """Everything, as data."""

    def make(asked: T, _: Style) -> bytes:
        return json.dumps(data(asked), ensure_ascii=False, separators=(",", ":")).encode()

    return Form("json", "json", "data", "JSON", make, schema)
