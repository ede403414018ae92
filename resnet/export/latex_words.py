"""Words for LaTeX: whatever they are, they are set as they read, and no command gets through."""

from __future__ import annotations

import re
import unicodedata

from resnet.export.table import one_line

_SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\textasciigrave{}",
    '"': r"\symbol{34}",  # babel makes it a command in some languages
    "[": "{[}", "]": "{]}", "*": "{*}",  # behind \\ they would be its arguments
    "’": "'{}", "‘": "`{}", "“": "``{}", "”": "''{}", "–": "--{}", "—": "---{}", "…": r"\ldots{}",
    "×": r"$\times$", "·": r"$\cdot$", "−": "$-$", "±": r"$\pm$", "→": r"$\rightarrow$", "≠": r"$\neq$",
    "≤": r"$\leq$", "≥": r"$\geq$", "≈": r"$\approx$", "⊕": r"$\oplus$", "∂": r"$\partial$", "‖": r"$\Vert$",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "σ": r"$\sigma$", "²": "$^2$", "³": "$^3$", "∞": r"$\infty$",
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}", "Ø": r"\O{}",
    "\ufffd": "?",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u030a": "r", "\u030c": "v",
    "\u0327": "c",
}  # fmt: skip


_TWINS = re.compile(r"([-,'])(?=\1)")  # two of them would become another sign


def escaped(words: str) -> str:
    r"""Words as LaTeX source in ASCII, the same for pdfLaTeX, XeLaTeX and LuaLaTeX, without a package.

    A letter that LaTeX's own fonts do not have is named by its number.

    >>> escaped("56 × 56, 100 %"), escaped(r"\input{x}"), escaped("é中")
    ('56 $\\times$ 56, 100 \\%', '\\textbackslash{}input\\{x\\}', "\\'{e}U+4E2D")
    """
    return "".join(_sign(one) for one in _TWINS.sub("\\1\0", one_line(words))).replace("\0", "{}")


def _sign(one: str) -> str:
    if one in _SIGNS:
        return _SIGNS[one]
    if one.isascii():
        return one
    letter, *accents = tuple(unicodedata.normalize("NFD", one))
    if letter.isascii() and letter.isalpha() and len(accents) == 1 and accents[0] in _ACCENTS:
        return f"\\{_ACCENTS[accents[0]]}{{{letter}}}"
    return f"U+{ord(one):04X}"
