"""Tensors as solids: the face is height × width, the depth is the channels, all of a picture to one scale.

    way(...)        a tensor on its way through layers, from top to bottom
    addition(...)   what the shortcut and the main path bring to the ⊕, side by side

SVG in the light palette's colours, as the diagrams have them, so that a page can give them its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from resnet.draw import fonts
from resnet.draw.palette import LIGHT as C
from resnet.modules.layers import Shape
from resnet.spec.conventions import DEFAULT, Conventions

WIDTH = 360.0
FACE = 64.0  # of the largest map in a picture, if nothing else is said
DEPTH = 0.32  # units a channel
SLANT = (0.82, -0.45)  # where the depth goes: to the right and up
LINE, GAP, ARROW = 17.0, 8.0, 36.0
MIDDLE = 90.0  # of the solids of a way
COLUMNS = (84.0, 264.0)  # middles of the two summands


class Solid(NamedTuple):
    """A tensor by its name. The last ``zeros`` of its channels are drawn hollow."""

    name: str
    shape: Shape
    zeros: int = 0
    accent: bool = False


class Step(NamedTuple):
    """Layers, in words, and what they give."""

    layers: str
    result: Solid


def way(start: Solid, steps: Sequence[Step], conventions: Conventions = DEFAULT, face: float = FACE) -> str:
    """From the start through every step; ``face`` is the side of the largest map."""
    solids = (start, *(step.result for step in steps))
    picture = _Picture(solids, conventions, face)
    y = 4.0
    for i, solid in enumerate(solids):
        if i:
            y = picture.arrow(MIDDLE, y, steps[i - 1].layers)
        top, high = y, picture.height(solid)
        y = picture.solid(solid, MIDDLE, top)
        picture.label(solid, MIDDLE + 100, top + (high - LINE) / 2 + 5, "start")
    return picture.svg(y + 4, f"{start.name} on its way: " + ", ".join(picture.words(one) for one in solids))


def addition(
    main: Solid, start: Solid, steps: Sequence[Step], *, verdict: str, possible: bool | None, conventions: Conventions
) -> str:
    """``start`` goes through the shortcut's steps and meets ``main``. ``possible`` is None before anybody has tried."""
    brought = steps[-1].result if steps else start
    picture = _Picture((main, start, brought), conventions, FACE)
    left, right = COLUMNS
    top = 4.0
    for step in steps[:1]:
        foot = picture.label(start, left, picture.solid(start, left, top) + LINE, "middle")
        top = picture.arrow(left, foot + 4, step.layers, accent=True)
    high = max(picture.height(main), picture.height(brought))
    for solid, x in ((brought, left), (main, right)):
        picture.solid(solid, x, top + high - picture.height(solid))
        picture.label(solid, x, top + high + LINE, "middle")
    colour = C.ink if possible or possible is None else C.alarm
    sign = "+" if possible is not False else "≠"
    picture.text((left + right) / 2 + 10, top + high - 16, sign, 26, colour, bold=True)
    picture.text(WIDTH / 2, top + high + 3.6 * LINE, verdict, 15, colour, bold=True)
    words = f"{picture.words(brought)} {sign} {picture.words(main)}: {verdict}"
    return picture.svg(top + high + 4.2 * LINE, words)


class _Picture:
    def __init__(self, solids: Sequence[Solid], conventions: Conventions, face: float) -> None:
        self.parts: list[str] = []
        self.conventions = conventions
        self.scale = face / max(side for solid in solids for side in solid.shape[1:])

    def words(self, solid: Solid) -> str:
        return f"{solid.name} {self.conventions.shape(solid.shape)}"

    def height(self, solid: Solid) -> float:
        channels, height, _ = solid.shape
        return height * self.scale - SLANT[1] * DEPTH * channels

    def solid(self, solid: Solid, middle: float, top: float) -> float:
        """Returns where it ends below."""
        channels, height, width = solid.shape
        wide, high, deep = width * self.scale, height * self.scale, DEPTH * channels
        x = middle - (wide + SLANT[0] * deep) / 2
        y = top - SLANT[1] * deep
        full = DEPTH * (channels - solid.zeros)
        look = f'fill="{C.accent_card if solid.accent else C.card}" stroke="{C.accent if solid.accent else C.ink}"'
        if solid.zeros:  # behind the numbers, so drawn first
            hollow = f'fill="{C.paper}" stroke="{C.accent}" stroke-dasharray="4 3"'
            self._box(x + SLANT[0] * full, y + SLANT[1] * full, wide, high, deep - full, hollow)
        self._box(x, y, wide, high, full, look)
        return y + high

    def _box(self, x: float, y: float, wide: float, high: float, deep: float, look: str) -> None:
        dx, dy = SLANT[0] * deep, SLANT[1] * deep
        lid = ((x, y), (x + dx, y + dy), (x + wide + dx, y + dy), (x + wide, y))
        side = ((x + wide, y), (x + wide + dx, y + dy), (x + wide + dx, y + high + dy), (x + wide, y + high))
        front = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high))
        for corners in (lid, side, front):
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
            self.parts.append(f'<polygon points="{points}" {look} stroke-width="1.3" stroke-linejoin="round"/>')

    def arrow(self, x: float, y: float, words: str, accent: bool = False) -> float:
        """Downwards, with words beside it; returns where it points."""
        colour = C.accent if accent else C.ink
        start, tip = y + GAP / 2, y + ARROW - GAP / 2
        self.parts.append(
            f'<path d="M{x:.1f},{start:.1f}V{tip - 6:.1f}" stroke="{colour}" stroke-width="1.8" fill="none"/>'
            f'<polygon points="{x - 4.5:.1f},{tip - 8:.1f} {x + 4.5:.1f},{tip - 8:.1f} {x:.1f},{tip:.1f}" '
            f'fill="{colour}"/>'
        )
        self.text(x + 12, (start + tip) / 2 + 4, words, 12.5, C.accent if accent else C.muted, anchor="start")
        return y + ARROW

    def label(self, solid: Solid, x: float, y: float, anchor: str) -> float:
        """Name over shape; returns the last line's foot."""
        if not solid.name:
            self.text(x, y + LINE / 2, self.conventions.shape(solid.shape), 13.5, C.ink, anchor=anchor)
            return y + LINE
        colour = C.accent if solid.accent or solid.zeros else C.ink
        self.text(x, y, solid.name, 14, colour, bold=True, anchor=anchor)
        self.text(x, y + LINE, self.conventions.shape(solid.shape), 13.5, C.ink, anchor=anchor)
        return y + LINE

    def text(
        self, x: float, y: float, words: str, size: float, colour: str, bold: bool = False, anchor: str = "middle"
    ) -> None:
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{weight}>'
            f"{escape(words)}</text>"
        )

    def svg(self, height: float, words: str) -> str:
        paper = f'<rect width="100%" height="100%" fill="{C.paper}"/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="{escape(words)}" '
            f'font-family="{escape(fonts.STACK)}">{paper}{"".join(self.parts)}</svg>'
        )
