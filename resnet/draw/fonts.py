"""The one typeface of screen and file, and how wide a text is in it.

It is cut from the Source Sans that Streamlit serves (``tools/make_fonts.py``) and ships with the package, so that
every machine, one without any fonts too, measures and draws the same.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageFont

FAMILY = "Residual Sans"
# The page has it as "Source Sans". A part of a name that starts with a digit needs the quotes, or all of it is no CSS.
STACK = f"{FAMILY},Source Sans,'Source Sans 3',Helvetica,Arial,sans-serif"
FOLDER = Path(__file__).parent / "typeface"
REGULAR = FOLDER / "ResidualSans-Regular.ttf"
SEMIBOLD = FOLDER / "ResidualSans-SemiBold.ttf"


@lru_cache(maxsize=2)
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont  # where it is used: who only counts does not measure text

    return ImageFont.truetype(SEMIBOLD if bold else REGULAR, size=1000)


@lru_cache(maxsize=4096)
def width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line in points at ``size`` points."""
    line = text.replace("\n", " ")  # in somebody's name; Pillow refuses to measure it
    return _font(bold).getlength(line) * size / 1000


def wrapped(words: str, room: float, size: float) -> list[str]:
    """In lines that are no wider than the room, broken between words."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
