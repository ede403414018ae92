"""The small pictures inside a figure, in another look: feature maps, and photographs."""

from __future__ import annotations

import base64
import io

from PIL import Image

from resnet.draw.palette import ABOVE_PRINT, BELOW_PRINT, ZERO_PRINT, mixed, rgb
from resnet.draw.style import Look
from resnet.draw.tiles import LEVELS


def recoloured(address: str, look: Look) -> str:
    """A picture's data address. In print maps are greys, and photographs, too; elsewhere they stay as they are.

    A map's colours were chosen for light and dark paper alike, and where it is zero the paper shines through.
    """
    if look != "print":
        return address
    picture = _opened(address)
    if picture.mode == "P" and "transparency" in picture.info:
        picture.putpalette([part for level in range(-LEVELS, LEVELS + 1) for part in _level(level)])
        del picture.info["transparency"]
        return _address(picture)
    return _address(picture.convert("L"))


def on_paper(address: str, paper: str) -> str:
    """A picture that shines through, as one that is on this paper: in a drawing, reportlab knows no other."""
    picture = _opened(address).convert("RGBA")
    return _address(Image.alpha_composite(Image.new("RGBA", picture.size, paper), picture).convert("RGB"))


def _level(level: int) -> tuple[int, ...]:
    return rgb(mixed(ZERO_PRINT, ABOVE_PRINT if level > 0 else BELOW_PRINT, abs(level) / LEVELS))


def _opened(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def _address(picture: Image.Image) -> str:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
