"""Tensors as solids: the face is height × width, the depth is the channels, all of a picture to one scale.

    way(...)   a tensor on its way through layers, from top to bottom

SVG in the light palette's colours, as the diagrams have them, so that a page can give them its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from resnet.draw.canvas import Canvas
from resnet.draw.palette import LIGHT as C
from resnet.draw.spoken import Item, Spoken, many, spelled
from resnet.modules.layers import Shape
from resnet.spec.conventions import DEFAULT, Conventions

WIDTH = 360.0
FACE = 64.0  # of the largest map in a picture, if nothing else is said
DEPTH = 0.32  # units a channel
SLANT = (0.82, -0.45)  # where the depth goes: to the right and up
LINE, GAP, ARROW = 17.0, 8.0, 36.0
MIDDLE = 90.0  # of the solids of a way


class Solid(NamedTuple):
    """A tensor by its name."""

    name: str
    shape: Shape


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
        picture.label(solid, MIDDLE + 100, top + (high - LINE) / 2 + 5)
    return picture.canvas.svg(y + 4, f"{start.name} on its way: " + ", ".join(picture.words(one) for one in solids))


def spoken_way(start: Solid, steps: Sequence[Step], conventions: Conventions = DEFAULT) -> Spoken:
    """The same in words."""

    def said(solid: Solid) -> str:
        return f"{solid.name}, {conventions.shape(solid.shape)}" if solid.name else conventions.shape(solid.shape)

    items = (Item(f"{spelled(step.layers)}. Gives {said(step.result)}.") for step in steps)
    sentence = f"{said(start)}, goes through {many(len(steps), 'layer')} and becomes {said(steps[-1].result)}."
    solids = Item(f"Each tensor is a solid to one scale ({conventions.axis_names}): its depth is the channels")
    return Spoken(
        f"{start.name} on its way", f"{sentence[0].upper()}{sentence[1:]}", (Item(said(start)), *items, solids)
    )


class _Picture:
    def __init__(self, solids: Sequence[Solid], conventions: Conventions, face: float) -> None:
        self.canvas = Canvas(WIDTH)
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
        dx, dy = SLANT[0] * deep, SLANT[1] * deep
        x, y = middle - (wide + dx) / 2, top - dy
        lid = ((x, y), (x + dx, y + dy), (x + wide + dx, y + dy), (x + wide, y))
        side = ((x + wide, y), (x + wide + dx, y + dy), (x + wide + dx, y + high + dy), (x + wide, y + high))
        front = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high))
        for corners in (lid, side, front):
            self.canvas.polygon(corners, f'fill="{C.card}" stroke="{C.ink}"')
        return y + high

    def arrow(self, x: float, y: float, words: str) -> float:
        """Downwards, with words beside it; returns where it points."""
        start, tip = y + GAP / 2, y + ARROW - GAP / 2
        self.canvas.down(x, start, tip, C.ink)
        self.canvas.text(x + 12, (start + tip) / 2 + 4, words, 12.5, C.muted, anchor="start")
        return y + ARROW

    def label(self, solid: Solid, x: float, y: float) -> None:
        """Name over shape, or the shape alone."""
        if solid.name:
            self.canvas.text(x, y, solid.name, 14, C.ink, bold=True, anchor="start")
        foot = y + (LINE if solid.name else LINE / 2)
        self.canvas.text(x, foot, self.conventions.shape(solid.shape), 13.5, C.ink, anchor="start")
