"""The four blocks of the two switches in one picture: channels change or not, stride 1 or more.

Each is a sketch (``resnet.draw.sketch``) under its name. Beside a projection, a small map: the pixels that it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from resnet import text
from resnet.draw.canvas import Canvas
from resnet.draw.palette import LIGHT as C
from resnet.draw.sketch import SIDE, sketch
from resnet.draw.spoken import Item, Spoken, spelled
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.values import BlockTrace
from resnet.trace.words import layer

Corner = tuple[bool, bool]  # channels change, stride > 1

HEAD, GAP, FRAME = 30.0, 12.0, 6.0
MAP, PITCH = 4, 5.0  # pixels a side of the small map


def corners(blocks: Mapping[Corner, BlockTrace], chosen: Corner, conventions: Conventions = DEFAULT) -> str:
    """``chosen`` has a frame. On a page each can be pressed: its group's id is ``corner.`` and two digits."""
    drawn = {corner: sketch(t, conventions=conventions).group() for corner, t in blocks.items()}
    wide, high = (max(getattr(one, side) for one in drawn.values()) for side in ("width", "height"))
    cell = wide + 2 * FRAME, high + HEAD + FRAME
    canvas = Canvas(2 * cell[0] + GAP)
    for i, (corner, group) in enumerate(drawn.items()):
        t, x, y = blocks[corner], (i % 2) * (cell[0] + GAP), (i // 2) * (cell[1] + GAP)
        canvas.parts.append(f'<g id="{key(corner)}">')
        look = f'stroke="{C.ink if corner == chosen else C.line}" stroke-width="{2 if corner == chosen else 1}"'
        canvas.box(x + 1, y + 1, cell[0] - 2, cell[1] - 2, f'rx="8" fill="{C.paper}" {look}')
        canvas.text(x + FRAME + 8, y + 21, name(corner, t), 14, C.ink, bold=True, anchor="start")
        canvas.parts.append(f'<g transform="translate({x + FRAME:g} {y + HEAD:g})">{group.markup}</g>')
        if t.spec.projects:
            beside = x + FRAME + SIDE + 8 - group.left  # the shortcut's line, where it comes from x
            _reads(canvas, beside, y + HEAD + 2 - group.top, t.spec.stride)
        canvas.parts.append("</g>")
    foot = 2 * cell[1] + GAP
    _reads(canvas, 4, foot + 10, 1)
    canvas.text(32, foot + 24, "the pixels of x that a projection reads", 13, C.muted, anchor="start")
    said = "; ".join(
        f"{name(corner, t)}: {'projection' if t.spec.projects else 'identity'}" for corner, t in blocks.items()
    )
    return canvas.svg(foot + 36, said)


def spoken_corners(blocks: Mapping[Corner, BlockTrace], chosen: Corner, conventions: Conventions = DEFAULT) -> Spoken:
    """The same in words."""
    items = (
        Item(f"{name(corner, t)}{' (chosen)' if corner == chosen else ''}", tuple(_spoken_block(t, conventions)))
        for corner, t in blocks.items()
    )
    said = [f"{name(corner, t)}: {'projection' if t.spec.projects else 'identity'}" for corner, t in blocks.items()]
    return Spoken("Four blocks", f"{'; '.join(said)}.".capitalize(), tuple(items))


def _spoken_block(t: BlockTrace, conventions: Conventions) -> Iterator[Item]:
    yield Item(f"x: {conventions.shape(t.in_shape)}")
    yield Item("Main path: F(x)")
    ops = t.on("shortcut")
    if not ops:
        yield Item("Shortcut: identity")
    else:
        cost = text.count(conventions.params(*ops))
        yield Item(f"Shortcut: {spelled(layer(ops[0]))}; {cost} parameters in all")
    if t.spec.projects:
        every = "all of them" if t.spec.stride == 1 else f"one of {t.spec.stride} in both directions"
        yield Item(f"A small map shows the pixels of x that a projection reads: {every}")
    yield Item(f"y, the sum (+): {conventions.shape(t.out_shape)}")


def key(corner: Corner) -> str:
    """Of a block in an address and in the picture."""
    return f"corner.{int(corner[0])}{int(corner[1])}"


def name(corner: Corner, t: BlockTrace) -> str:
    return f"{'channels change' if corner[0] else 'same channels'}, stride {t.spec.stride}"


def _reads(canvas: Canvas, left: float, top: float, stride: int) -> None:
    """A 1×1 window's steps over a map's corner."""
    pixels = [(row, column) for row in range(MAP) for column in range(MAP)]
    for read, look in ((True, f'fill="{C.accent}"'), (False, f'fill="{C.paper}" stroke="{C.line}" stroke-width="0.7"')):
        found = [
            (left + column * PITCH, top + row * PITCH)
            for row, column in pixels
            if (row % stride == 0 and column % stride == 0) == read
        ]
        if found:
            canvas.cells(found, PITCH - 0.8, look)
