"""A piece of the page: its HTML, and what the browser attaches to the elements of a drawing in it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Element(NamedTuple):
    """What an element of an SVG is, beside its drawing. The browser attaches it (``component/sheet.js``).

    ``id``     of the element
    ``label``  what it is called by a screen reader
    ``op``     it can be chosen, and this is what is chosen
    ``ops``    operations that it stands for: pointing at it elements them everywhere
    ``href``   it leads there;  ``tip``  what it says while it is pointed at
    ``at``     it is where a reader came from
    ``cells``  it is so many cells, of which one can be chosen: ``cell``, counted from 1
    """

    id: str
    label: str
    op: str = ""
    ops: str = ""
    href: str = ""
    tip: str = ""
    at: bool = False
    cells: int = 0
    cell: int = 0


class Part(NamedTuple):
    """``name`` is its CSS class and keeps its identity from one run to the next."""

    name: str
    html: str
    elements: tuple[Element, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """For the browser, without what is empty."""
        elements = [{key: value for key, value in one._asdict().items() if value} for one in self.elements]
        return {"name": self.name, "html": self.html, "elements": elements}
