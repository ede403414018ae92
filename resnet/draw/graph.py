"""A graph whose nodes and edges carry their own places, and how its labels are written.

``block``, ``rows`` and ``model_block`` draw into one; it is a ``graphviz.Digraph``, and shows itself as our own SVG.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import graphviz

from resnet.draw import fonts, layout
from resnet.draw.layout import BODY, Figure, Point
from resnet.draw.palette import LIGHT as C  # files are drawn on white paper; the page maps these colours to its theme
from resnet.draw.spoken import Spoken
from resnet.draw.svg import Group, Item, group, svg
from resnet.spec.conventions import DEFAULT, Conventions

MARGIN = 8.0
SLACK = 4  # points by which another machine may measure a number wider than we do
NBSP3 = "\u00a0" * 3  # plain spaces would collapse inside an HTML page


class Diagram(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
    """A ``graphviz.Digraph`` with a title, that shows itself in a notebook without a system-wide Graphviz.

    ``spoken``   what it says, in words; None for a sketch
    ``figures``  that are drawn in it, of blocks;  ``picture``  of a network, a ``rows.Picture``
    ``conventions``  in which they are

    What it holds is kept in ``items`` as well, and written as DOT when somebody asks for it.
    """

    title = ""
    spoken: Spoken | None = None
    figures: tuple[Figure, ...] = ()
    picture: object = None
    conventions: Conventions = DEFAULT

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.items: list[Item] = []
        self._written = 0

    def node(self, name: str, label: str | None = None, **attributes: str) -> None:
        own = attributes if label is None else attributes | {"label": label}
        self.items.append(Item(name, "", own))

    def edge(self, tail: str, head: str, **attributes: str) -> None:
        self.items.append(Item(tail, head, attributes))

    def __iter__(self) -> Iterator[str]:
        for item in self.items[self._written :]:
            if item.head:
                super().edge(item.name, item.head, **item.attributes)
            else:
                super().node(item.name, **item.attributes)
        self._written = len(self.items)
        return iter(super().__iter__())

    def svg(self, *, for_page: bool = False) -> str:
        """``for_page``: to stand in a page, which has the typeface and a name for it already."""
        if for_page:
            return svg(self._complete, MARGIN, C.paper)
        return svg(self._complete, MARGIN, C.paper, fonts.STACK, self.title)

    def group(self) -> Group:
        """To stand in a larger SVG."""
        return group(self._complete, MARGIN, C.paper)

    @property
    def _complete(self) -> list[Item]:
        return [one._replace(attributes={**self._common(one), **one.attributes}) for one in self.items]

    def _common(self, item: Item) -> dict[str, str]:
        common: dict[str, str] = self.edge_attr if item.head else self.node_attr
        return common

    def _repr_mimebundle_(self, *_: object, **__: object) -> dict[str, str]:
        from resnet.draw.render import render  # it brings the libraries that write files

        return {"image/svg+xml": render(self, "svg").decode()}


def empty_graph(name: str = "residual_block", *, title: str) -> Diagram:
    """A graph with our typeface and colours, whose nodes and edges carry their own positions."""
    typeface = {"fontname": fonts.STACK, "fontsize": num(BODY)}
    graph = Diagram(
        name,
        graph_attr={"layout": "nop2", "bgcolor": C.paper, "pad": num(MARGIN / 72), "outputorder": "edgesfirst"},
        node_attr={"fontcolor": C.ink, "shape": "plain"} | typeface,
        edge_attr={"fontcolor": C.muted, "color": C.ink} | typeface,
    )
    graph.title = title
    return graph


def num(value: float) -> str:
    """Two decimals at most, and no '-0': the same text on every machine."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def spline(points: Sequence[Point], tip: Point | None) -> str:
    """A route as Graphviz writes it, and where its arrow points if it has one."""
    arrow = "" if tip is None else f"e,{num(tip[0])},{num(tip[1])} "
    return arrow + " ".join(f"{num(x)},{num(y)}" for x, y in points)


def box(width: float, height: float) -> dict[str, str]:
    size = {"width": num(width / 72), "height": num(height / 72)}
    return {"shape": "box", "fixedsize": "true", "margin": "0"} | size


def font(words: str, size: int, colour: str, bold: bool = False) -> str:
    words = escape(words)
    return f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{f"<B>{words}</B>" if bold else words}</FONT>'


_TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'


def table(lines: Sequence[str]) -> str:
    return f"<{_TABLE}" + "".join(f"<TR><TD>{line}</TD></TR>" for line in lines) + "</TABLE>>"


def text_line(width: float, words: str, size: int, colour: str, bold: bool = False, number: str = "") -> str:
    """Words at the left end of a line ``width`` wide, a number at its right end.

    The cells are as wide as our own measure says, so the number stands right whatever font Graphviz measures with.
    """
    room = math.ceil(fonts.width(number, size, bold)) if number else 0
    attributes: dict[str, Any] = {"ALIGN": "LEFT", "FIXEDSIZE": "TRUE", "HEIGHT": layout.line_height(size)}
    cells = [(words, round(width) - room + (0 if number else SLACK), colour)]
    if number:
        cells.append((number, room + SLACK, C.ink if bold else C.muted))
    row = f'<TD WIDTH="{SLACK}"></TD>'
    for content, wide, ink in cells:
        written = " ".join(f'{key}="{value}"' for key, value in (attributes | {"WIDTH": wide}).items())
        row += f"<TD {written}>{font(content, size, ink, bold)}</TD>"
    return f"{_TABLE}<TR>{row}</TR></TABLE>"
