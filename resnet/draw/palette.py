"""The colours, once: ink for the main path, one accent for the shortcut, one alarm for what can't be added.

Accent and alarm are blue and vermillion of Okabe & Ito's colour-blind-safe set (https://jfly.uni-koeln.de/color/),
darkened or lightened until text in them reads on its ground.
"""

from __future__ import annotations

from typing import NamedTuple

# Numbers around zero: bluish green above it, reddish purple below, of the same set, on light and dark paper alike. The
# larger a number, the more of its colour covers the paper.
ABOVE, BELOW = "#009e73", "#cc4f92"


class Palette(NamedTuple):
    paper: str
    ink: str
    muted: str
    line: str  # outlines that carry no meaning
    card: str
    accent: str
    accent_card: str
    alarm: str
    alarm_card: str


LIGHT = Palette(
    paper="#ffffff",
    ink="#1f2933",
    muted="#56616d",
    line="#cfd6dd",
    card="#f3f5f7",
    accent="#006ba6",
    accent_card="#e3f0f9",
    alarm="#b84a00",
    alarm_card="#fdeee3",
)
DARK = Palette(
    paper="#0f141b",
    ink="#e8ecf1",
    muted="#a7b2be",
    line="#3b4754",
    card="#1a222c",
    accent="#62b8ea",
    accent_card="#10293b",
    alarm="#ff9a55",
    alarm_card="#38200f",
)
# For a printer without colours: what a colour says elsewhere, a line or a pattern says (``resnet.draw.dress``).
PRINT = Palette(
    paper="#ffffff",
    ink="#000000",
    muted="#4a4a4a",
    line="#9a9a9a",
    card="#ededed",
    accent="#000000",
    accent_card="#ffffff",
    alarm="#000000",
    alarm_card="#dcdcdc",
)
# Numbers around zero in print: grey is zero, and what is larger is darker, as ink on paper is.
ZERO_PRINT, ABOVE_PRINT, BELOW_PRINT = "#b4b4b4", "#000000", "#ffffff"


def rgb(colour: str) -> tuple[int, ...]:
    """'#ff8000' as (255, 128, 0)."""
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def mixed(start: str, end: str, share: float) -> str:
    """A colour between two: the second one's share of it is from 0 to 1."""
    parts = (round(a + (b - a) * share) for a, b in zip(rgb(start), rgb(end), strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)
