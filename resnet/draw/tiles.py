"""Feature maps as small pictures: a grid of them as one PNG, green above zero, purple below, nothing where it is zero.

What is zero is transparent, so that a map lies on light and on dark paper. Colours come in ``LEVELS`` strengths a side:
more would not be told apart, and would make the file larger.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from resnet.draw.palette import ABOVE, BELOW

LEVELS = 24
Maps = np.ndarray[tuple[int, ...], np.dtype[Any]]


def tiles(maps: Maps, columns: int, side: int, gap: int, scale: float) -> str:
    """(N, H, W) side by side, ``side`` pixels each, as a data address. From ``scale`` on, a number has full colour."""
    n = len(maps)
    rows, pitch = -(-n // columns), side + gap
    sheet = np.zeros((rows * pitch - gap, columns * pitch - gap), np.float32)
    for i, one in enumerate(resized(maps, side)):
        top, left = i // columns * pitch, i % columns * pitch
        sheet[top : top + side, left : left + side] = one
    return _address(sheet, scale)


def one_map(values: Maps, scale: float, least: int = 224) -> str:
    """(H, W), as a data address. Pixels are repeated up to ``least`` a side, so that nobody blurs them."""
    times = max(1, least // max(values.shape))
    return _address(np.asarray(values, np.float32).repeat(times, 0).repeat(times, 1), scale)


def resized(maps: Maps, side: int) -> Maps:
    """Larger: each pixel repeated. Smaller: the mean of those that fall together, as an area has."""
    height, width = maps.shape[1:]
    if height <= side and width <= side:
        rows, columns = (np.arange(side) * n // side for n in (height, width))
        return np.asarray(maps, np.float32)[:, rows][:, :, columns]
    small = [Image.fromarray(np.asarray(one, np.float32)).resize((side, side), Image.Resampling.BOX) for one in maps]
    return np.stack([np.asarray(one) for one in small])


def _address(sheet: Maps, scale: float) -> str:
    strength = np.clip(np.rint(sheet / (scale or 1.0) * LEVELS), -LEVELS, LEVELS).astype(np.int16)
    image = Image.fromarray((strength + LEVELS).astype(np.uint8), "P")
    image.putpalette(_COLOURS)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True, transparency=_ALPHA)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


_COLOURS = _rgb(BELOW) * LEVELS + [255, 255, 255] + _rgb(ABOVE) * LEVELS
_ALPHA = bytes(round(255 * abs(level) / LEVELS) for level in range(-LEVELS, LEVELS + 1))
