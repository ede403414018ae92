"""A figure that can be read without eyes: a sentence, and a nested list that says what the picture says.

    Spoken("Identity block, stride 1", "x, 56 × 56 × 256, becomes y …", (Item("Main path, from x to F(x)", (…)), …))

It is made of the same value that is drawn, in the same conventions, by ``block_words`` (blocks, pairs, any residual
sum), ``rows_words`` (networks), and beside each picture of the story, the signal and the experiments. It leaves as text
and Markdown, as ``<title>`` and ``<desc>`` of an SVG, as a PDF's subject, and stands below the figure on a page.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", _SVG)
_WRITTEN = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class Item(NamedTuple):
    """A line of the list, and what belongs to it."""

    words: str
    items: tuple[Item, ...] = ()


class Spoken(NamedTuple):
    """``title`` and ``sentence`` are what a figure says in one breath; ``items`` are everything that it shows."""

    title: str
    sentence: str
    items: tuple[Item, ...] = ()


class Plate(NamedTuple):
    """A picture that is no graph: its SVG, and what it says."""

    svg: str
    spoken: Spoken


# words


def spelled(words: str) -> str:
    """What a diagram writes short, as one says it.

    >>> spelled("3×3 conv, 1,024, 32 groups, s=2"), spelled("1×1 conv, s=2")
    ('3×3 convolution, 1,024 filters, 32 groups, stride 2', '1×1 convolution, stride 2')
    """
    said = re.sub(r"(?<=\d )conv(, [\d,]*\d(?=,|$))?", _convolution, words)
    return re.sub(r"\bs=(?=\d)", "stride ", said)


def _convolution(found: re.Match[str]) -> str:
    return f"convolution{found[1]} filters" if found[1] else "convolution"


def many(count: int, of: str) -> str:
    """'three blocks';  'one block';  '36 blocks'"""
    number = _WRITTEN[count] if count < len(_WRITTEN) else f"{count:,}"
    return f"{number} {of}{'' if count == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """'a, b and c'"""
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), *words[-1:]])


# files


def as_text(spoken: Spoken) -> str:
    """Title, sentence, and the list with two spaces for each level."""
    lines = [_line(spoken.title), "", _line(spoken.sentence), ""]
    lines += [f"{'  ' * level}- {_line(words)}" for level, words in _flat(spoken.items)]
    return "\n".join(lines) + "\n"


def as_markdown(spoken: Spoken) -> str:
    """The same; names that come from somebody's file are escaped, and stay what they are."""
    lines = [f"## {_escaped(spoken.title)}", "", _escaped(spoken.sentence), ""]
    lines += [f"{'  ' * level}- {_escaped(words)}" for level, words in _flat(spoken.items)]
    return "\n".join(lines) + "\n"


def _flat(items: Sequence[Item], level: int = 0) -> Iterator[tuple[int, str]]:
    for item in items:
        yield level, item.words
        yield from _flat(item.items, level + 1)


def _line(words: str) -> str:
    """On one line, without characters that steer a terminal."""
    return " ".join("".join(one if one.isprintable() else " " for one in words).split())


def _escaped(words: str) -> str:
    said = re.sub(r"([\\`*_\[\]<>#|~&$])", r"\\\1", _line(words))
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", re.sub(r"^([-+=])", r"\\\1", said))  # what would begin a list


def desc(spoken: Spoken) -> str:
    """For an SVG's ``<desc>``: everything but the title."""
    return as_text(spoken).partition("\n\n")[2].strip()


def key(spoken: Spoken) -> str:
    """For an id: of its own for whatever is said."""
    return hashlib.sha256(repr(spoken).encode()).hexdigest()[:8]


def described(svg: str, spoken: Spoken) -> str:
    """An SVG with its title and its description, ahead of everything else.

    Their ids come from their words: of two figures in one page each finds its own.
    """
    root = ET.fromstring(svg)
    for child in [one for one in root if one.tag in (f"{{{_SVG}}}title", f"{{{_SVG}}}desc")]:
        root.remove(child)
    own = key(spoken)
    for place, (tag, words) in enumerate((("title", _line(spoken.title)), ("desc", desc(spoken)))):
        element = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{tag}-{own}"})
        element.text = words
        root.insert(place, element)
    root.attrib.pop("aria-label", None)
    root.attrib |= {"role": "img", "aria-labelledby": f"title-{own}", "aria-describedby": f"desc-{own}"}
    return ET.tostring(root, encoding="unicode")
