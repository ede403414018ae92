"""A diagram as TikZ, to be changed by hand and to stand in a paper: ``tikz(diagram, style)`` -> a .tex file.

It is made of the items that ``resnet.draw.svg`` draws. Nodes have names and styles, an arrow runs from one to the next,
and every colour, every kind of line and every kind of words is defined once, above the picture. The file compiles alone
and can be read into a document; its words are in the document's sans-serif typeface, as large as in our own files.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from resnet.draw.dress import PALETTES, SLIDE_POINTS, WORDS_IN_PRINT, Room, double_line, room
from resnet.draw.palette import LIGHT
from resnet.draw.style import PLAIN, Style
from resnet.draw.svg import Attributes, Group, Item
from resnet.draw.tex import tex

Point = tuple[float, float]
NEAR = 1.6  # points: an arrow's end that is so near to the middle of a side is at that side
PAD = 20.0  # of a box, left and right together
# our typeface is narrower than most sans-serifs: a document's words are so much smaller, to stay in their boxes
SMALLER = 0.94

_HEAD = r"""% @TITLE@
%
% Alone:          pdflatex, lualatex or xelatex
% In a document:  \usepackage{standalone}  \usepackage{tikz}  \usetikzlibrary{@LIBRARIES@}
%                 and \input this file where the figure stands.
\documentclass{standalone}
\usepackage{tikz}
\usetikzlibrary{@LIBRARIES@}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{\usepackage{fix-cm}}
\begin{document}
"""
_FOOT = "\\end{tikzpicture}%\n\\end{document}\n"
_NODES = {  # the class of a node in our SVG -> its style's name
    "main": "layer",
    "shortcut": "projection",
    "addition impossible": "impossible addition",
    "joined": "activation",
    "ghost": "unreached",
    "block convolutional": "convolutional block",
    "": "words",
}
_SIZES = {15: "Title", 13: "Name", 12: "Head", 11: "Body", 10: "Note"}


class Drawn(Protocol):
    """What ``resnet.draw.block`` and its neighbours make."""

    title: str
    items: list[Item]
    node_attr: dict[str, str]
    edge_attr: dict[str, str]

    def group(self) -> Group: ...


def tikz(graph: Drawn, style: Style = PLAIN) -> str:
    """The picture as a file. Raises nothing: what TeX can't set stands as its number."""
    return _Tikz(graph, style).written()


class _Run(NamedTuple):
    """Words of one look."""

    words: str
    size: float
    colour: str
    bold: bool


class _Tikz:
    def __init__(self, graph: Drawn, style: Style) -> None:
        self.graph, self.style = graph, style
        own = graph.group()
        wide, high = own.width, own.height
        place = room(style.fit, wide, high)
        if style.fit == "slide":  # a slide's unit is a pixel: here it is a point
            to_points = SLIDE_POINTS[0] / place.width
            place = Room(*(part * to_points for part in place))
        self.place, self.own = place, own
        self.colours = {light: name.replace("_", " ") for name, light in LIGHT._asdict().items()}
        self.styles: dict[str, str] = {}  # its name -> its options
        self.words: dict[_Run, str] = {}  # how words look, without the words -> the macro's name
        self.names: dict[str, str] = {}  # a node -> its name in TikZ
        self.sides: dict[str, tuple[Point, Point]] = {}  # a node with an outline -> its middle, half of its size

    def written(self) -> str:
        items = [item._replace(attributes={**self._common(item), **item.attributes}) for item in self.graph.items]
        body = [self._node(item) for item in items if not item.head]
        body += [self._edge(item) for item in items if item.head]
        libraries = (
            "arrows.meta, patterns" if any("pattern color=" in one for one in self.styles.values()) else "arrows.meta"
        )
        head = _HEAD.replace("@TITLE@", tex(self.graph.title)).replace("@LIBRARIES@", libraries)
        return head + "\n".join([*self._definitions(), *body]) + "\n" + _FOOT

    def _common(self, item: Item) -> Mapping[str, str]:
        return self.graph.edge_attr if item.head else self.graph.node_attr

    # what is defined once

    def _definitions(self) -> Iterator[str]:
        options = [
            "x=1bp, y=1bp, line width=1bp, line cap=butt",
            f"every node/.style={{inner sep=0pt, align=left, font=\\sffamily\\fontsize{{{self._size(11)}}}"
            f"{{{self._long(15.5)}bp}}\\selectfont}}",
            "box/.style 2 args={minimum width=#1bp, minimum height=#2bp, text width=#1bp-"
            f"{self._long(PAD)}bp}}, cell/.style 2 args={{minimum width=#1bp, minimum height=#2bp}}",
            "arrow/.style 2 args={line width=#1bp, -{Triangle[length=#2bp, width=0.7*#2bp]}}",
            *(f"{name}/.style={{{said}}}" for name, said in self.styles.items()),
        ]
        yield "\\begin{tikzpicture}[\n  " + ",\n  ".join(options) + ",\n]"
        palette = PALETTES[self.style.look]._asdict()
        for name, colour in palette.items():
            yield f"\\definecolor{{{name.replace('_', ' ')}}}{{HTML}}{{{colour[1:].upper()}}}"
        yield "\\def\\Words#1#2{\\fontsize{#1}{#2}\\selectfont\\frenchspacing\\spaceskip=0.22em\\relax}"
        for look, name in self.words.items():
            bold = "\\bfseries" if look.bold else ""
            size = f"\\Words{{{self._size(look.size)}}}{{{self._long(1.4 * look.size)}bp}}"
            yield f"\\def\\{name}#1{{{{{size}{bold}\\color{{{self._colour(look.colour)}}}#1}}}}"
        left, top = self._at(self.own.left, -self.own.top)
        left, top = left - self.place.x, top + self.place.y
        corners = f"({_n(left)},{_n(top - self.place.height)}) rectangle ({_n(left + self.place.width)},{_n(top)})"
        yield f"\\path[use as bounding box] {corners};"
        if self.style.look == "dark":
            yield f"\\fill[paper] {corners};"

    def _size(self, size: float) -> str:
        return f"{_n(SMALLER * size * self.place.scale)}bp"

    def _long(self, length: float) -> str:
        return _n(length * self.place.scale)

    def _at(self, x: float, y: float) -> Point:
        return x * self.place.scale, y * self.place.scale

    def _colour(self, light: str) -> str:
        return self.colours.get(light, "ink")

    def _style(self, name: str, options: Sequence[str]) -> str:
        """The name under which these options are defined: another one, if the name has others already."""
        said, free, i = ", ".join(options), name, 2
        while self.styles.setdefault(free, said) != said:
            free, i = f"{name} {i}", i + 1
        return free

    # words

    def _set(self, run: _Run) -> str:
        words = run.words
        if self.style.look == "print":
            for said, instead in WORDS_IN_PRINT.items():
                words = words.replace(said, instead)
        look = run._replace(words="")
        if look not in self.words:
            name = _SIZES.get(int(run.size), "Sign") + ("Bold" if run.bold and int(run.size) not in (15, 12) else "")
            name += self._colour(run.colour).title().replace(" ", "") if run.colour != LIGHT.ink else ""
            while name in self.words.values():
                name += "Other"
            self.words[look] = name
        return f"\\{self.words[look]}{{{tex(words)}}}"

    def _label(self, label: str, look: Attributes, colour: str) -> tuple[str, float]:
        """The label in TeX, and how wide its table is; 0 if it is none."""
        if not label.startswith("<"):
            return (self._set(_Run(label, float(look["fontsize"]), colour, False)) if label else ""), 0.0
        root = ET.fromstring(f"<LABEL>{label[1:-1]}</LABEL>")
        if len(root) and root[0].tag == "TABLE":
            rows = [list(row[0][0][0]) for row in root[0]]
            wide = max(sum(float(cell.get("WIDTH", "0")) for cell in cells) for cells in rows)
            lines = [" \\hfill ".join(self._set(_run(font)) for cell in cells for font in cell) for cells in rows]
            return " \\\\ ".join(lines), wide
        lines = [""]
        for one in root:
            if one.tag == "BR":
                lines.append("")
            else:
                lines[-1] += self._set(_run(one))
        return " \\\\ ".join(lines), 0.0

    # nodes

    def _node(self, item: Item) -> str:
        look = item.attributes
        x, y = _point(look["pos"])
        half = tuple(_points(look.get(side, "0")) / 2 for side in ("width", "height"))
        label, wide = self._label(look.get("label", item.name), look, look["fontcolor"])
        outlined = half[0] > 0 and "invis" not in look.get("style", "")
        options = [self._node_style(look, outlined)]
        if outlined:
            self.sides[item.name] = (x, y), (half[0], half[1])
            kind = "box" if wide else "cell"
            options.append(f"{kind}={{{self._long(2 * half[0])}}}{{{self._long(2 * half[1])}}}")
        elif wide:
            options.append("anchor=west")
            x -= wide / 2 - 4  # as far from the edge as a table's first cell is wide
        written = f"\\node[{', '.join(options)}] ({self._name(item.name)}) at {self._point((x, y))} {{{label}}};"
        if "xlabel" in look:
            extra, _ = self._label(look["xlabel"], look, look["fontcolor"])
            written += f"\n\\node at {self._point(_point(look['xlp']))} {{{extra}}};"
        return written

    def _node_style(self, look: Attributes, outlined: bool) -> str:
        own = look.get("class", "")
        name = _NODES.get(own, own)
        if own == "filling" and look["fillcolor"] == LIGHT.accent:
            name = "share"
            if self.style.look == "print":
                pattern = ["draw=ink", f"line width={self._long(0.7)}bp", "pattern=north east lines"]
                return self._style(name, [*pattern, "pattern color=ink"])
        return self._style(name, list(self._outline(look)) if outlined else ["align=left"])

    def _outline(self, look: Attributes) -> Iterator[str]:
        style = look.get("style", "").split(",")
        if look["shape"] == "circle":
            yield "circle, align=center"
        elif "rounded" in style:
            yield f"rounded corners={self._long(min(12.0, _points(look['height']) / 3))}bp"
        if not look.get("label", "").startswith("<") and look["shape"] != "circle":
            yield "align=center"
        if "filled" in style and "fillcolor" in look:
            yield f"fill={self._colour(look['fillcolor'])}"
        if look.get("penwidth") != "0":
            yield f"draw={self._colour(look['color'])}"
            yield f"line width={self._long(float(look.get('penwidth', '1')))}bp"
        if "dashed" in style:
            yield self._dashes

    @property
    def _dashes(self) -> str:
        return f"dash pattern=on {self._long(5)}bp off {self._long(2)}bp"

    def _name(self, node: str) -> str:
        """A node's name, of letters, digits and hyphens; no two nodes have the same."""
        if node not in self.names:
            name = start = re.sub(r"[^A-Za-z0-9]+", "-", node).strip("-") or "node"
            i = 2
            while name in self.names.values():
                name, i = f"{start}-{i}", i + 1
            self.names[node] = name
        return self.names[node]

    # edges

    def _edge(self, item: Item) -> str:
        look = item.attributes
        *tip, route = look["pos"].split(" ", 1) if look["pos"].startswith("e,") else (look["pos"],)
        corners, radius = _polyline([_point(one) for one in route.split(" ")])
        if tip:
            corners[-1] = _point(tip[0][2:])
        options = [self._edge_style(look), *self._pen(look, bool(tip))]
        if radius:
            options.append(f"rounded corners={self._long(radius)}bp")
        ends = [self._end(corners[0], item.name), *map(self._point, corners[1:-1]), self._end(corners[-1], item.head)]
        written = f"\\draw[{', '.join(options)}] {' -- '.join(ends)}"
        for words, place, colour in (("label", "lp", "fontcolor"), ("taillabel", "tail_lp", "labelfontcolor")):
            if words in look:
                said, _ = self._label(look[words], look, look[colour])
                written += f"\n  node at {self._point(_point(look[place]))} {{{said}}}"
        return written + ";"

    def _edge_style(self, look: Attributes) -> str:
        kind, dashed = look.get("class", ""), look.get("style") == "dashed"
        name = {"main": "main", "ghost": "unreached flow"}.get(kind, "way")
        if kind == "shortcut":
            name = "shortcut"
            if look["color"] == LIGHT.alarm:
                name = "impossible"
            elif dashed:
                name = "shortcut without parameters"
            elif look["color"] == LIGHT.muted:
                name = "identity"
        options = [f"draw={self._colour(look['color'])}"]
        if self._double(look):
            options.append("double=paper")
        return self._style(name, [*options, self._dashes] if dashed else options)

    def _double(self, look: Attributes) -> bool:
        return self.style.look == "print" and look["color"] == LIGHT.accent and look.get("style") != "dashed"

    def _pen(self, look: Attributes, arrow: bool) -> Iterator[str]:
        wide = float(look.get("penwidth", "1"))
        long = 10 * float(look.get("arrowsize", "1")) + 2 * wide  # ours has an outline around it, which ends in a point
        if self._double(look):
            outer, inner = double_line(wide)
            yield f"double distance={self._long(inner)}bp"
            wide = (outer - inner) / 2
        yield f"arrow={{{self._long(wide)}}}{{{self._long(long)}}}" if arrow else f"line width={self._long(wide)}bp"

    def _end(self, point: Point, node: str) -> str:
        """The side of the node in whose middle the point is, or where it is."""
        (x, y), (wide, high) = self.sides.get(node, ((0.0, 0.0), (0.0, 0.0)))
        sides = {"south": (x, y - high), "north": (x, y + high), "east": (x + wide, y), "west": (x - wide, y)}
        for side, place in sides.items():
            if node in self.sides and max(abs(place[0] - point[0]), abs(place[1] - point[1])) < NEAR:
                return f"({self._name(node)}.{side})"
        return self._point(point)

    def _point(self, point: Point) -> str:
        x, y = self._at(*point)
        return f"({_n(x)},{_n(y)})"


def _run(font: ET.Element) -> _Run:
    bold = len(font) > 0
    words = (font[0].text if bold else font.text) or ""
    return _Run(words, float(font.attrib["POINT-SIZE"]), font.attrib["COLOR"], bold)


def _point(written: str) -> Point:
    x, y = written.split(",")
    return float(x), float(y)


def _points(inches: str) -> float:
    """Of a length as Graphviz has it, which is cut off behind the second digit: whole ones, if it is not small."""
    found = 72 * float(inches)
    return round(found) if found > 12 else found


def _polyline(points: Sequence[Point]) -> tuple[list[Point], float]:
    """The corners of a route that is written as Bézier points, its ends included, and how far a corner is rounded."""
    corners, radius = [points[0]], 0.0
    for start, one, two, end in zip(points[::3], points[1::3], points[2::3], points[3::3], strict=False):
        (ax, ay), (bx, by) = (one[0] - start[0], one[1] - start[1]), (end[0] - two[0], end[1] - two[1])
        cross = ax * by - ay * bx
        if abs(cross) > 1e-6:  # it turns: where the lines through both ends meet
            t = ((end[0] - start[0]) * by - (end[1] - start[1]) * bx) / cross
            corners.append((start[0] + t * ax, start[1] + t * ay))
            radius = max(radius, abs(t * ax), abs(t * ay))
    return [*corners, points[-1]], round(radius, 1)


def _n(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
