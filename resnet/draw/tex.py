"""Anybody's words as TeX that sets them, and does nothing else: ``tex("50 % of α")`` -> ``50 \\% of $\\alpha$``.

What comes out is printable ASCII, so that pdflatex, lualatex and xelatex read it alike, with any input encoding. A name
may come from somebody's file: no character of it reaches TeX with a meaning of its own, and what TeX has no letter for
stands as its number, such as U+4E2D.
"""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # behind a line break it would be an argument
    "]": "{]}",
    "*": "{*}",
}
_LETTERS = {
    "\u00a0": "~",
    "\u202f": r"\,",
    "×": r"$\times$",
    "−": "$-$",
    "·": r"\textperiodcentered{}",
    "⊕": r"$\oplus$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "∂": r"$\partial$",
    "‖": r"$\Vert$",
    "∞": r"$\infty$",
    "²": "$^2$",
    "³": "$^3$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "±": r"$\pm$",
    "→": r"$\to$",
    "⌈": r"$\lceil$",
    "⌉": r"$\rceil$",
    "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "µ": r"$\mu$",
    "μ": r"$\mu$",
    "σ": r"$\sigma$",
    "…": r"\ldots{}",
    "–": "--{}",
    "—": "---{}",
    "‘": "`{}",
    "’": "'{}",
    "“": "``{}",
    "”": "''{}",
    "ß": r"\ss{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
} | {chr(0x2080 + i): f"$_{i}$" for i in range(10)}
_ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u030a": "r", "\u030c": "v",
            "\u0327": "c"}  # fmt: skip
_ODD = re.compile(r"([^ -~]|[" + re.escape("".join(_SPECIAL)) + "])")
_JOINED = re.compile(r"(?<=[-,'!?])(?=[-,'!?])")  # two of these would be set as another letter


def tex(words: str) -> str:
    """As TeX, in text and not in mathematics."""
    plain, *rest = _ODD.split(words)
    pieces = [_JOINED.sub("{}", plain)]
    for letter, plain in zip(rest[::2], rest[1::2], strict=True):
        pieces += [_letter(letter), _JOINED.sub("{}", plain)]
    return "".join(pieces)


def _letter(letter: str) -> str:
    if letter in _SPECIAL or letter in _LETTERS:
        return _SPECIAL.get(letter) or _LETTERS[letter]
    parts = unicodedata.normalize("NFD", letter)
    if len(parts) == 2 and parts[1] in _ACCENTS and parts[0].isascii() and parts[0].isalpha():
        return f"\\{_ACCENTS[parts[1]]}{{{parts[0]}}}"
    return f"U+{ord(letter):04X}"
