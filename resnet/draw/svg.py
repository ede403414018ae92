"""A graph whose nodes and edges carry their own positions, as SVG: what Graphviz's ``nop2`` would draw.

Only what our pictures use is understood: nodes that are a box, a circle or words; edges as Bézier points with an
arrowhead; labels as words, as lines of ``FONT`` and ``BR``, or as the tables of ``resnet.draw.graph``. Graphviz is the
oracle in the tests. It would need a lock and three times as long, and it keeps a kilobyte for each drawing whose labels
have tables.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from resnet.draw import fonts

Attributes = Mapping[str, str]
DASHES = "5,2"
BASELINE = 0.33  # of a font's size below the middle of a line: half of a capital's height
ARROW = 0.35  # half of an arrowhead's width, of its length
LINE = 1.2  # font sizes from line to line, where a label breaks


class Item(NamedTuple):
    """A node, or an edge if it has a ``head``; with Graphviz's attributes, those that all have in common included."""

    name: str
    head: str
    attributes: Attributes


class _Run(NamedTuple):
    """Words of one look. ``x`` from the middle of the label, or None: they follow the run before them."""

    words: str
    size: float
    colour: str
    bold: bool
    x: float | None = None


class _Text(NamedTuple):
    x: float
    y: float
    anchor: str
    run: _Run


class _Label(NamedTuple):
    """All texts of a label, and the box that they fill."""

    texts: list[_Text]
    reach: tuple[float, float, float, float]  # left, top, right, bottom


class Group(NamedTuple):
    """Markup, its left upper corner at 0, 0. There ``left`` and ``top`` are in Graphviz's coordinates, y downwards."""

    markup: str
    width: int
    height: int
    left: float
    top: float


def svg(items: Sequence[Item], pad: float, paper: str, family: str = "", title: str = "") -> str:
    """``family`` is the typeface; a page has one of its own."""
    face = f' font-family="{escape(family)}"' if family else ""
    said = f"<title>{escape(title)}</title>" if title else ""
    drawn = group(items, pad, paper)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawn.width}pt" height="{drawn.height}pt" '
        f'viewBox="0 0 {drawn.width} {drawn.height}"{face}>{said}{drawn.markup}</svg>'
    )


def group(items: Sequence[Item], pad: float, paper: str) -> Group:
    """To stand in a larger picture. Edges first, as they lie below."""
    drawn = [_edge(item) for item in items if item.head] + [_node(item) for item in items if not item.head]
    reaches = [reach for one in drawn for reach in one.reaches]
    left, top = (min(reach[i] for reach in reaches) - pad for i in (0, 1))
    right, bottom = (max(reach[i] for reach in reaches) + pad for i in (2, 3))
    width, height = math.ceil(right - left), math.ceil(bottom - top)
    ground = f'<rect x="{left:.2f}" y="{top:.2f}" width="{width}" height="{height}" fill="{paper}"/>'
    markup = (
        f'<g class="graph" transform="translate({-left:.2f} {-top:.2f})">'
        f"{ground}{''.join(one.markup for one in drawn)}</g>"
    )
    return Group(markup, width, height, left, top)


class _Drawn(NamedTuple):
    markup: str
    reaches: list[tuple[float, float, float, float]]


def _group(kind: str, item: Item, parts: Sequence[str], labels: Sequence[_Label]) -> str:
    own = f' id="{escape(item.attributes["id"])}"' if "id" in item.attributes else ""
    kinds = f"{kind} {item.attributes['class']}" if "class" in item.attributes else kind
    words = "".join(_words(text) for label in labels for text in label.texts)
    return f'<g{own} class="{kinds}">{"".join(parts)}{words}</g>'


def _words(text: _Text) -> str:
    run = text.run
    weight = ' font-weight="bold"' if run.bold else ""
    return (
        f'<text text-anchor="{text.anchor}" x="{_n(text.x)}" y="{_n(text.y)}"{weight} font-size="{_n(run.size)}" '
        f'fill="{run.colour}">{escape(run.words)}</text>'
    )


def _node(item: Item) -> _Drawn:
    look = item.attributes
    x, y = _point(look["pos"])
    style = look.get("style", "").split(",")
    half = tuple(72 * float(look.get(side, "0")) / 2 for side in ("width", "height"))
    parts = [] if "invis" in style or not half[0] else [_outline(look, style, x, y, *half)]
    labels = [_label(look.get("label", item.name), x, y, look, look["fontcolor"])]
    if "xlabel" in look:
        labels.append(_label(look["xlabel"], *_point(look["xlp"]), look, look["fontcolor"]))
    reaches = [label.reach for label in labels] + [(x - half[0], y - half[1], x + half[0], y + half[1])]
    return _Drawn(_group("node", item, parts, labels), reaches)


def _outline(look: Attributes, style: Sequence[str], x: float, y: float, wide: float, high: float) -> str:
    """A box or a circle; ``wide`` and ``high`` are halves."""
    paint = f'fill="{look.get("fillcolor", "none") if "filled" in style else "none"}"'
    if look.get("penwidth") != "0":
        paint += f' stroke="{look["color"]}"' + (f' stroke-width="{look["penwidth"]}"' if "penwidth" in look else "")
    if "dashed" in style:
        paint += f' stroke-dasharray="{DASHES}"'
    if look["shape"] == "circle":
        return f'<ellipse cx="{_n(x)}" cy="{_n(y)}" rx="{_n(wide)}" ry="{_n(high)}" {paint}/>'
    if "rounded" not in style:
        corners = ((x - wide, y - high), (x + wide, y - high), (x + wide, y + high), (x - wide, y + high))
        return f'<polygon points="{_points(corners)}" {paint}/>'
    r = min(12.0, 2 * high / 3)
    arc = f"a{_n(r)},{_n(r)} 0 0 1"
    across, down = _n(2 * (wide - r)), _n(2 * (high - r))
    outline = (
        f"M{_n(x - wide + r)},{_n(y - high)}h{across}{arc} {_n(r)},{_n(r)}v{down}{arc} {_n(-r)},{_n(r)}"
        f"h-{across}{arc} {_n(-r)},{_n(-r)}v-{down}{arc} {_n(r)},{_n(-r)}z"
    )
    return f'<path d="{outline}" {paint}/>'


def _edge(item: Item) -> _Drawn:
    look = item.attributes
    *tip, first = look["pos"].split(" ", 1) if look["pos"].startswith("e,") else (look["pos"],)
    points = [_point(one) for one in first.split(" ")]
    paint = f'stroke="{look["color"]}"' + (f' stroke-width="{look["penwidth"]}"' if "penwidth" in look else "")
    dashes = f' stroke-dasharray="{DASHES}"' if look.get("style") == "dashed" else ""
    curve = f"M{_points(points[:1])}C{_points(points[1:])}"
    parts = [f'<path fill="none" {paint}{dashes} d="{curve}"/>']
    reaches = [(x, y, x, y) for x, y in points]
    if tip:
        pen = float(look.get("penwidth", "1"))
        head = _arrowhead(points[-1], _point(tip[0][2:]), 10 * float(look.get("arrowsize", "1")), pen)
        parts.append(f'<polygon fill="{look["color"]}" {paint} points="{_points(head)}"/>')
        reaches += [(x, y, x, y) for x, y in head]
    labels = [
        _label(look[words], *_point(look[place]), look, look[colour])
        for words, place, colour in (("label", "lp", "fontcolor"), ("taillabel", "tail_lp", "labelfontcolor"))
        if words in look
    ]
    reaches += [label.reach for label in labels]
    return _Drawn(_group("edge", item, parts, labels), reaches)


def _arrowhead(
    start: tuple[float, float], tip: tuple[float, float], length: float, pen: float
) -> list[tuple[float, float]]:
    """Its outline is ``pen`` wide; the outline's own point, and not the triangle's, is at the tip."""
    dx, dy = tip[0] - start[0], tip[1] - start[1]
    far = math.hypot(dx, dy) or 1.0
    ux, uy = dx / far, dy / far
    back = pen / 2 / math.sin(math.atan(ARROW))
    tip = (tip[0] - ux * back, tip[1] - uy * back)
    base, half = (tip[0] - ux * length, tip[1] - uy * length), ARROW * length
    return [(base[0] - uy * half, base[1] + ux * half), tip, (base[0] + uy * half, base[1] - ux * half)]


def _label(label: str, x: float, y: float, look: Attributes, colour: str) -> _Label:
    """The label's words, its middle at x, y."""
    size = float(look["fontsize"])
    if not label.startswith("<"):
        run = _Run(label, size, colour, bold=False)
        texts = [_Text(x, y + BASELINE * size, "middle", run)] if label else []
        return _Label(texts, _around(x, y, _wide([run]), LINE * size if label else 0))
    root = ET.fromstring(f"<LABEL>{label[1:-1]}</LABEL>")
    lines = list(_rows(root[0])) if len(root) and root[0].tag == "TABLE" else list(_lines(root))
    top, texts = y - sum(line.high for line in lines) / 2, []
    for line in lines:
        at = x - line.wide / 2
        for run in line.runs:
            left = at if run.x is None else x + run.x
            texts.append(_Text(left, top + line.high / 2 + BASELINE * line.runs[0].size, "start", run))
            at += _wide([run])
        top += line.high
    return _Label(texts, _around(x, y, max(line.wide for line in lines), sum(line.high for line in lines)))


def _around(x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _wide(runs: Sequence[_Run]) -> float:
    return sum(fonts.width(run.words, run.size, run.bold) for run in runs)


class _Line(NamedTuple):
    wide: float
    high: float
    runs: list[_Run]


def _rows(table: ET.Element) -> Iterator[_Line]:
    """A table's rows: each is a table of one row, whose cells are as wide and as high as they say."""
    for row in table:
        cells = list(row[0][0][0])
        widths = [float(cell.get("WIDTH", "0")) for cell in cells]
        at, runs = -sum(widths) / 2, []
        for cell, wide in zip(cells, widths, strict=True):
            runs += [_run(font)._replace(x=at) for font in cell]
            at += wide
        yield _Line(sum(widths), max(float(cell.get("HEIGHT", "0")) for cell in cells), runs)


def _lines(root: ET.Element) -> Iterator[_Line]:
    """Runs, broken where it says so."""
    line: list[_Run] = []
    for one in (*root, ET.Element("BR")):
        if one.tag != "BR":
            line.append(_run(one))
        elif line:
            yield _Line(_wide(line), LINE * max(run.size for run in line), line)
            line = []


def _run(font: ET.Element) -> _Run:
    bold = len(font) > 0
    words = (font[0].text if bold else font.text) or ""
    return _Run(words, float(font.attrib["POINT-SIZE"]), font.attrib["COLOR"], bold)


def _point(written: str) -> tuple[float, float]:
    """Graphviz's y grows upwards."""
    x, y = written.split(",")
    return float(x), -float(y)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"
