"""Lines of Python as a formatter leaves them: what does not fit into 120 characters is broken where black breaks it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 120
INDENT = "    "

Lines = list[str]


def call(head: str, arguments: Sequence[str], tail: str = ")") -> Lines:
    """``head(arguments)``, on one line if it fits, else on a line of their own, else a line for each.

    >>> call("print(", ["1", "2"])
    ['print(1, 2)']
    """
    whole = f"{head}{', '.join(arguments)}{tail}"
    start = head[: len(head) - len(head.lstrip())]
    if len(whole) <= WIDTH:
        return [whole]
    inside = f"{start}{INDENT}{', '.join(arguments)}"
    if len(inside) <= WIDTH:
        return [head, inside, start + tail]
    return [head, *(f"{start}{INDENT}{one}," for one in arguments), start + tail]


def indented(lines: Iterable[str], depth: int = 1) -> Lines:
    """Further in; an empty line stays empty."""
    return [INDENT * depth + line if line else "" for line in lines]


def docstring(*paragraphs: str, depth: int = 0) -> Lines:
    """One paragraph behind the other; a docstring of one line has its quotes on it."""
    room = WIDTH - len(INDENT) * depth
    if len(paragraphs) == 1 and len(paragraphs[0]) <= room - 6:
        return indented([f'"""{paragraphs[0]}"""'], depth)
    # one line that leaves no room for the quotes behind it would be joined with them all the same
    wrapped = [line for words in paragraphs for line in ("", *_wrapped(words, room - 6))][1:]
    return indented(['"""' + wrapped[0], *wrapped[1:], '"""'], depth)


def _wrapped(words: str, room: int) -> Lines:
    """A paragraph's own lines are kept; if it has several, one that is too long goes on further in."""
    further = INDENT if "\n" in words else ""
    return [part for line in words.splitlines() for part in _broken(line, room, further)]


def _broken(words: str, room: int, further: str = "") -> Lines:
    """Between words, but not inside a shape."""
    held = words.replace(" × ", "\0×\0")
    return [line.replace("\0", " ") for line in textwrap.wrap(held, room, subsequent_indent=further)]


def comment(words: str, depth: int) -> Lines:
    """Not yet further in, but as narrow as it has to be at this depth."""
    return ["# " + line for line in _broken(words, WIDTH - len(INDENT) * depth - 2)]


def shaped(line: str, shape: str, depth: int = 2) -> str:
    """With the result's shape at its end, unless there is none to tell, or no room at this depth."""
    told = f"{line}  # {shape}"
    return told if shape and len(told) <= WIDTH - len(INDENT) * depth else line


def times(sizes: Iterable[object]) -> str:
    """As code has numbers, without separators.

    >>> times((2048, 7, 7))
    '2048 × 7 × 7'
    """
    return " × ".join(map(str, sizes))


def module(*parts: Lines) -> str:
    """A file: two empty lines between what stands at its top level."""
    return "\n\n\n".join("\n".join(part) for part in parts if part) + "\n"
