"""A figure dressed for where it goes: ``dressed(svg, style)`` -> SVG, in the style's colours and in its room.

Every figure is drawn once, in the light palette's colours and in its own size. A look puts another palette's colours in
their place, attribute by attribute. In print, where there are no colours, a shortcut is a double line, what was filled
with the accent is hatched, and numbers around zero are greys. A fit puts the figure into a page of its own.

A column is 84 mm wide, so a figure must not be wider than 400 points if its words are to be read there: those that are
have a second arrangement (``narrow``), which whoever draws them asks for. All layers of two blocks, unfolded, are then
taller than a page: a paper puts the two blocks (``block``) into two columns.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NamedTuple

from resnet.draw import images
from resnet.draw.palette import (
    ABOVE,
    ABOVE_PRINT,
    BELOW,
    BELOW_PRINT,
    DARK,
    LIGHT,
    PRINT,
    ZERO_PRINT,
    Palette,
    mixed,
)
from resnet.draw.style import Fit, Look, Style

SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", SVG)
PALETTES: dict[Look, Palette] = {"light": LIGHT, "dark": DARK, "print": PRINT}
WORDS_IN_PRINT = {"Blue filling": "Hatched filling", "uncoloured is 0": "grey is 0"}

MM = 72 / 25.4  # points
COLUMN_MM = 84
COLUMN = COLUMN_MM * MM
SLIDE = (1600.0, 900.0)
SLIDE_MARGIN = 40.0
SLIDE_POINTS = (960.0, 540.0)  # of a PDF's page: what slides of 16:9 are
HATCH = 3.2  # from one line to the next
_UNTOUCHED = ("title", "desc", "style", "metadata", "defs")  # of a picture, not in it


class Room(NamedTuple):
    """Where a figure stands in its page: both sizes in the page's units, what the figure is multiplied by, and where
    its left upper corner is."""

    width: float
    height: float
    scale: float
    x: float
    y: float


def room(fit: Fit, width: float, height: float) -> Room:
    """Of a figure that is so large. A column's unit is a point, a slide's a pixel of 1600 × 900."""
    if fit == "column":
        scale = COLUMN / width
        return Room(COLUMN, height * scale, scale, 0.0, 0.0)
    if fit == "slide":
        wide, high = SLIDE
        scale = min((wide - 2 * SLIDE_MARGIN) / width, (high - 2 * SLIDE_MARGIN) / height)
        return Room(wide, high, scale, (wide - width * scale) / 2, (high - height * scale) / 2)
    return Room(width, height, 1.0, 0.0, 0.0)


def dressed(svg: str, style: Style) -> str:
    """The same figure in the style's colours and room; as it is, letter by letter, in the style that says nothing."""
    if (style.look, style.fit) == ("light", "own"):
        return svg
    root = ET.fromstring(svg)
    if style.look != "light":
        _recolour(root, style.look)
    if style.look == "print":
        _without_colour(root)
    if style.fit != "own":
        _into_room(root, style)
    return ET.tostring(root, encoding="unicode")


# colours


def _recolour(root: ET.Element, look: Look) -> None:
    """Another palette's colours in the place of the light one's; in print, the accent is still told from the ink."""
    found = dict(zip(LIGHT, PALETTES[look], strict=True))
    if look == "print":
        found[LIGHT.accent] = LIGHT.accent
    for one in root.iter():
        for attribute in ("fill", "stroke"):
            colour = one.get(attribute)
            if colour in found:
                one.set(attribute, found[colour])
        if one.tag == _tag("image"):
            one.set("href", images.recoloured(one.get("href", ""), look))


def _without_colour(root: ET.Element) -> None:
    """What the accent and the two colours of numbers said, in black and white."""
    for group in list(root.iter(_tag("g"))):
        kinds = group.get("class", "").split()
        for i, one in reversed(list(enumerate(group))):
            more: list[ET.Element] = []
            if "edge" in kinds and one.get("stroke") == LIGHT.accent and one.get("fill") == "none":
                more = _doubled(one)
            elif one.get("fill") == LIGHT.accent and "filling" in kinds:
                more = _hatched(one)
            for place, extra in enumerate(more, start=i + 1):
                group.insert(place, extra)
    for one in root.iter():
        _grey(one)
        for attribute in ("fill", "stroke"):
            if one.get(attribute) == LIGHT.accent:
                one.set(attribute, PRINT.accent)
        if one.tag == _tag("text") and one.text:
            for words, instead in WORDS_IN_PRINT.items():
                one.text = one.text.replace(words, instead)


def _doubled(way: ET.Element) -> list[ET.Element]:
    """A shortcut's line becomes two: paper runs down its middle. A dashed one is told apart already."""
    if way.get("stroke-dasharray"):
        return []
    wide, inner = double_line(float(way.get("stroke-width", "1")))
    way.set("stroke-width", f"{wide:g}")
    return [ET.Element(_tag("path"), way.attrib | {"stroke": PRINT.paper, "stroke-width": f"{inner:g}"})]


def double_line(wide: float) -> tuple[float, float]:
    """How wide a double line is in the place of a single one, and what is white of it."""
    outer = max(wide, 2.8)
    return outer, round(outer - max(1.7, 0.45 * outer), 2)


def _hatched(cell: ET.Element) -> list[ET.Element]:
    """A rectangle whose filling was the accent: an outline, and lines from its lower left to its upper right."""
    corners = [tuple(map(float, one.split(","))) for one in cell.get("points", "").split()]
    (left, top), (right, bottom) = map(min, zip(*corners, strict=True)), map(max, zip(*corners, strict=True))
    cell.set("fill", PRINT.paper)
    lines = "".join(
        f"M{a:.2f},{b:.2f}L{c:.2f},{d:.2f}" for a, b, c, d in hatches(left, top, right - left, bottom - top)
    )
    edge = {"fill": "none", "stroke": PRINT.ink, "stroke-width": "0.7"}
    outline = ET.Element(_tag("polygon"), edge | {"points": cell.get("points", "")})
    return [ET.Element(_tag("path"), edge | {"d": lines}), outline] if lines else [outline]


def hatches(
    left: float, top: float, wide: float, high: float, apart: float = HATCH
) -> Iterator[tuple[float, float, float, float]]:
    """Slanting lines that fill a rectangle: from x, y to x, y, each inside of it."""
    for i in range(1, math.ceil((wide + high) / apart)):
        t = i * apart  # x + y, from the left upper corner
        yield left + max(0.0, t - high), top + min(t, high), left + min(t, wide), top + max(0.0, t - wide)


def _grey(one: ET.Element) -> None:
    """A number around zero as a grey: the stronger its colour, the further from the grey of zero."""
    colour = one.get("fill", "")
    if colour in (ABOVE, BELOW):
        share = float(one.attrib.pop("fill-opacity", "1"))
        one.set("fill", mixed(ZERO_PRINT, ABOVE_PRINT if colour == ABOVE else BELOW_PRINT, share))
        if one.tag == _tag("text"):
            one.set("fill", PRINT.ink)
        elif colour == BELOW and not one.get("shape-rendering"):  # white cells are seen on white paper, too
            one.attrib |= {"stroke": PRINT.line, "stroke-width": "0.4"}
    elif one.tag == _tag("path") and colour == PRINT.card and not one.get("stroke"):
        one.set("fill", ZERO_PRINT)  # cells of numbers that are zero


# room


def _into_room(root: ET.Element, style: Style) -> None:
    """Everything that is drawn, as one group, in the middle of a page that has the look's paper."""
    width, height = map(float, root.get("viewBox", "0 0 1 1").split()[2:])
    place = room(style.fit, width, height)
    move = f"translate({place.x:.3f} {place.y:.3f}) scale({place.scale:.5f})"
    figure = ET.Element(_tag("g"), {"transform": move, "class": "figure"})
    for one in list(root):
        if one.tag.removeprefix(f"{{{SVG}}}") not in _UNTOUCHED:
            root.remove(one)
            if one.tag == _tag("rect") and one.get("width") == "100%":  # its paper: of the page, from here on
                continue
            figure.append(one)
    paper = {"width": f"{place.width:.2f}", "height": f"{place.height:.2f}", "fill": PALETTES[style.look].paper}
    root.append(ET.Element(_tag("rect"), paper))
    root.append(figure)
    root.set("viewBox", f"0 0 {place.width:.2f} {place.height:.2f}")
    unit = "mm" if style.fit == "column" else ""
    size = (COLUMN_MM, f"{place.height / MM:.2f}") if unit else (f"{place.width:g}", f"{place.height:g}")
    root.set("width", f"{size[0]}{unit}")
    root.set("height", f"{size[1]}{unit}")


def _tag(name: str) -> str:
    return f"{{{SVG}}}{name}"
