"""A diagram as Mermaid, which GitHub, Quarto and Jupyter Book draw where it stands: ``mermaid(diagram)``.

It is made of the values that are drawn: a block's ``Figure``, or a network's ``Picture``. Mermaid lays out by itself,
and in its own colours, those of a dark page too: only what means something has a colour of ours. What Mermaid has no
means for is said in words: a failing sum, the kind of each block's shortcut, blocks that are alike.

Words can come from somebody's file. Whatever could mean something to Mermaid, to Markdown or to HTML is written by its
number, ``#60;``, and stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple, Protocol

from resnet.draw.layout import OUTPUT, Box, Figure, Line, shape_words
from resnet.draw.palette import LIGHT as C
from resnet.draw.rows import Cell, Picture, Row, Shortcut
from resnet.draw.spoken import Spoken
from resnet.spec.conventions import Conventions
from resnet.spec.errors import SpecError
from resnet.trace.values import INPUT

MOST_ARROWS, MOST_LETTERS = 500, 50_000  # that Mermaid draws, as it comes and on GitHub
LONGEST, SENTENCE = 100, 600  # letters of one line of words, and of a diagram's description
SIDES = ("left", "right")
MANY = 8  # cells of a row that stand one by one; of more, those that are alike are one

_CLASSES = {
    "shortcut": f"fill:{C.accent_card},stroke:{C.accent},stroke-width:2px,color:{C.ink}",
    "free": f"stroke:{C.accent},stroke-width:2px,stroke-dasharray:6 4",
    "impossible": f"fill:{C.alarm_card},stroke:{C.alarm},stroke-width:2px,stroke-dasharray:6 4,color:{C.alarm}",
    "unreached": "stroke-dasharray:6 4",
    "words": "fill:none,stroke:none",
}
_LINKS = {
    "shortcut": f"stroke:{C.accent},stroke-width:3px",
    "free": f"stroke:{C.accent},stroke-width:2px,stroke-dasharray:6 4",
    "impossible": f"stroke:{C.alarm},stroke-width:3px,stroke-dasharray:6 4",
}
_CELLS: dict[Shortcut, tuple[str, str]] = {  # a class of ours, and what is said of the shortcut
    "none": ("", ""),
    "identity": ("", "identity"),
    "projection": ("shortcut", "projection"),
    "free": ("free", "shortcut without parameters"),
}


class Drawn(Protocol):
    """What ``resnet.draw.block`` and its neighbours make: of blocks their figures, of a network its picture."""

    title: str
    figures: tuple[Figure, ...]
    picture: object
    conventions: Conventions
    spoken: Spoken | None


def mermaid(drawn: Drawn) -> str:
    """The .mmd file. Raises SpecError for a diagram that is larger than what Mermaid draws."""
    chart = _Chart()
    if isinstance(drawn.picture, Picture):
        chart.network(drawn.picture)
    else:
        sides = SIDES if len(drawn.figures) > 1 else ("",)
        for side, figure in zip(sides, drawn.figures, strict=True):
            chart.block(figure, drawn.conventions, side)
        chart.beside(*sides)
    text = chart.text(drawn)
    if len(chart.links) > MOST_ARROWS or len(text) > MOST_LETTERS:
        size = f"{len(chart.links):,} arrows, {len(text):,} letters"
        raise SpecError("the diagram", size, f"at most {MOST_ARROWS} and {MOST_LETTERS:,}, for Mermaid; SVG has room")
    return text


# what stays as it is where it can't begin a list, a link or an address; all else but letters and digits is a number
_PLAIN = r"(?<=\d)\.(?=\w)|(?<=[^\W\d])\.(?= |$)|(?<=\w)-(?=\w)|(?<=\w):(?= )"
# what means something to Mermaid after it has read numbers: its own signs for "&#" and ";", a new line, formulas, icons
_SIGNS = {
    "ﬂ": "fl",
    "¶(?=ß)": "¶ ",
    r"\\(?=n)": r"\\ ",
    r"\$(?=\$)": "$ ",
    r"(?<=fa):(?=fa-)|(?<=fa[bklrs]):(?=fa-)": ": ",
}
_STEERS = re.compile(rf"{_PLAIN}|([^\w ,=×·→…≠’–]|_)")


def written(words: str, most: int = LONGEST) -> str:
    """Words inside of Mermaid's quotes, and nothing but words.

    >>> written("1×1 conv, 64"), written('layer1.0 "end"]')
    ('1×1 conv, 64', 'layer1.0 #34;end#34;#93;')
    """
    said = " ".join("".join(one if one.isprintable() else " " for one in words).split())
    for sign, apart in _SIGNS.items():
        said = re.sub(sign, apart, said)
    if len(said) > most:
        said = f"{said[: most // 2]}…{said[-most // 2 :]}"
    return _STEERS.sub(lambda found: f"#{ord(found[1])};" if found[1] else found[0], said) or "–"


class _Link(NamedTuple):
    """An arrow. ``kind``  a row of ``_LINKS``, or nothing; ``way``  a line, dots where nothing comes, or unseen."""

    tail: str
    head: str
    words: str = ""
    kind: str = ""
    way: str = "-->"

    def __str__(self) -> str:
        label = f'|"{self.words}"|' if self.words else ""
        return f"{self.tail} {self.way}{label} {self.head}"


class _Chart:
    """Lines of a file, and the arrows in the order in which they stand: Mermaid counts them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.links: list[_Link] = []
        self.used: list[str] = []  # classes
        self.depth = 1

    def text(self, drawn: Drawn) -> str:
        kinds = {kind: [str(i) for i, link in enumerate(self.links) if link.kind == kind] for kind in _LINKS}
        return "\n".join(
            [
                f"flowchart {'LR' if len(drawn.figures) > 1 else 'TB'}",
                f"    accTitle: {written(drawn.title)}",
                *([f"    accDescr: {written(drawn.spoken.sentence, SENTENCE)}"] if drawn.spoken else []),
                *self.lines,
                *(f"    classDef {name} {_CLASSES[name]}" for name in _CLASSES if name in self.used),
                *(f"    linkStyle {','.join(which)} {_LINKS[kind]}" for kind, which in kinds.items() if which),
                "",
            ]
        )

    # what stands in it

    def _line(self, words: str) -> None:
        self.lines.append("    " * self.depth + words)

    def _open(self, name: str, title: str, *below: str, across: bool = False) -> str:
        """A part, and words in front of all that stands in it; returns their node."""
        self._line(f'subgraph {name}["{written(title)}"]')
        self.depth += 1
        self._line(f"direction {'LR' if across else 'TB'}")
        self._node(f"{name}_words", below, kind="words")
        return f"{name}_words"

    def _close(self) -> None:
        self.depth -= 1
        self._line("end")

    def _node(self, name: str, lines: Iterable[str | Line], shape: str = '["{}"]', kind: str = "") -> None:
        self.used.append(kind)
        self._line(name + shape.format(_label(lines)) + (f":::{kind}" if kind else ""))

    def _end(self, name: str, words: str, shape: str, kind: str = "") -> None:
        """x or y."""
        self._node(name, [f"{words}: {shape}"], '(["{}"])', kind)

    def _link(self, link: _Link) -> None:
        self.links.append(link)
        self._line(str(link))

    # a block

    def block(self, figure: Figure, conventions: Conventions, side: str) -> None:
        """``side``  keeps the names of two apart."""
        prefix = f"{side}_" if side else ""
        node_of = {INPUT: f"{prefix}{INPUT}", OUTPUT: f"{prefix}{OUTPUT}"}
        every = (*figure.main, *figure.side, *figure.joined)
        for box in every:
            name = prefix + _id(box.name)
            node_of |= dict.fromkeys((box.name, *box.results), name)
        words = self._open(side or "block", figure.title, *figure.totals.split(" · "), *_note(figure))
        self._end(node_of[INPUT], INPUT, shape_words(figure.in_shape, conventions))
        for box in every:
            self._box(figure, box, node_of[box.name], conventions)
        out = shape_words(figure.out_shape, conventions)
        self._end(node_of[OUTPUT], OUTPUT, out, "" if figure.out_shape is not None else "unreached")
        self._link(_Link(words, node_of[INPUT], way="~~~"))
        for box in every:
            for source in box.reads:
                self._link(_flow(figure, box, source, node_of, conventions))
        last = figure.joined[-1].results[-1]
        self._link(_Link(node_of[last], node_of[OUTPUT], way=_way(figure, last)))
        self._close()

    def beside(self, *names: str) -> None:
        """What stands in no other part, from left to right."""
        for one, other in pairwise(names):
            self._link(_Link(one, other, way="~~~"))

    def _box(self, figure: Figure, box: Box, name: str, conventions: Conventions) -> None:
        if not box.adds:
            reached = figure.shapes[box.results[-1]] is not None
            kind = "shortcut" if box in figure.side else "" if reached else "unreached"
            self._node(name, box.lines, kind=kind)
        elif figure.possible:
            self._node(name, ["+"], '(("{}"))')
        else:
            main, shortcut = (shape_words(shape, conventions) for shape in figure.summands)
            self._node(name, ["+ impossible", main, f"≠ {shortcut}"], '(["{}"])', "impossible")

    # a network

    def network(self, picture: Picture) -> None:
        words = self._open("network", picture.title, *picture.totals.split(" · "))
        self._end(INPUT, INPUT, picture.x)
        names = [f"{_id(row.name)}_{i}" for i, row in enumerate(picture.rows)]
        for name, row in zip(names, picture.rows, strict=True):
            self._row(name, row)
        self._end(OUTPUT, OUTPUT, picture.y)
        self._link(_Link(words, INPUT, way="~~~"))
        way = [INPUT, *names, OUTPUT]
        shapes = [*(row.shape for row in picture.rows), ""]
        for before, after, shape in zip(way, way[1:], shapes, strict=False):
            self._link(_Link(before, after, written(shape) if shape else ""))
        self._close()

    def _row(self, name: str, row: Row) -> None:
        if not row.lines:
            self._node(name, [row.title, row.below])
            return
        # a page is narrower than it is long, and a picture is made to fit
        one_by_one = any(line.longs for line in row.lines) or sum(len(line.cells) for line in row.lines) <= MANY
        runs = [list(_runs(line.cells, one_by_one)) for line in row.lines]
        words = self._open(name, row.title, *row.below.split(" · "), across=max(map(len, runs)) <= MANY)
        number, last = 0, ""
        for line, together in zip(row.lines, runs, strict=True):
            names = [f"{name}_{number + i}" for i in range(1, len(line.cells) + 1)]
            last = "" if line.begins else last
            for run in together:
                here = names[run[0]]
                self._cells([line.cells[i] for i in run], here)
                self._link(_Link(last, here) if last else _Link(words, here, way="~~~"))
                last = here
            for long in line.longs:
                kind, said = _CELLS[long.shortcut]
                self._link(_Link(names[long.first], names[long.last], written(said), kind or "shortcut"))
            number += len(line.cells)
        self._close()

    def _cells(self, cells: Sequence[Cell], name: str) -> None:
        """One, or several that are alike."""
        first, last = cells[0], cells[-1]
        kind, words = _CELLS[first.shortcut]
        ends = [] if first.layers else [one.title or one.name for one in (first, last)]
        if len(cells) > 1:
            called = [
                f"{len(cells)} alike",
                *(f"{before} {one}" for before, one in zip(("from", "to"), ends, strict=False)),
            ]
        else:
            called = ends[:1]
        self._node(name, [line for line in (*called, first.label, words) if line], kind=kind)


def _id(name: str) -> str:
    """A node's: letters and digits, which are no word of Mermaid's."""
    return re.sub(r"[^A-Za-z0-9]", "_", name)


def _label(lines: Iterable[str | Line]) -> str:
    """Lines below each other; a card's lines have a number."""
    return "<br/>".join(_numbered(one) if isinstance(one, Line) else written(one) for one in lines)


def _numbered(line: Line) -> str:
    return ": ".join(map(written, (line.words, line.number) if line.number else (line.words,)))


def _flow(figure: Figure, box: Box, source: str, node_of: dict[str, str], conventions: Conventions) -> _Link:
    """What a box reads."""
    shape = figure.shapes[source]
    identity = box.adds and source == INPUT
    shortcut = identity or box in figure.side or any(source in one.results for one in figure.side)
    kind = ("shortcut" if figure.possible or not box.adds else "impossible") if shortcut else ""
    words = written(shape_words(shape, conventions)) if source != INPUT or identity else ""
    said = f"identity: {words}" if identity else words
    return _Link(node_of[source], node_of[box.name], said, kind, _way(figure, source))


def _note(figure: Figure) -> tuple[str, ...]:
    return f"In the boxes: {figure.counted}", "On the arrows:", figure.axes


def _way(figure: Figure, source: str) -> str:
    return "-.->" if figure.shapes[source] is None else "-->"


def _runs(cells: Sequence[Cell], one_by_one: bool) -> Iterator[list[int]]:
    """Numbers of cells that become one."""
    for _, run in groupby(range(len(cells)), lambda i: i if one_by_one else _alike(cells[i])):
        yield list(run)


def _alike(cell: Cell) -> tuple[object, ...]:
    return cell.value, cell.share, cell.shortcut, cell.layers
