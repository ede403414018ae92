"""Pictures to be sent through a network: those that ship, and a reader's own.

    shipped("cat")                   224 × 224, of a well-kept package, with its author and its licence
    read_picture(bytes_of_a_file)    a PNG or JPEG that somebody hands in: decoded, turned, cut, and nothing else kept

Sources: scikit-image's and scikit-learn's example photographs (``tools/make_pictures.py`` cut them).
"""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from resnet.cache import remembered
from resnet.spec.errors import SpecError

SIDE = 224
MAX_BYTES = 5_000_000
MAX_SIDE = 4096
FOLDER = Path(__file__).parent / "pictures"
_FORMATS = ("PNG", "JPEG")
_WORKS = f"a PNG or JPEG of at most {MAX_BYTES // 1_000_000} MB and {MAX_SIDE:,} pixels a side"


class Picture(NamedTuple):
    """``pixels``: RGB, row by row, 224 × 224, one byte each. ``name`` is said where the picture is shown."""

    name: str
    pixels: bytes

    def address(self, side: int = SIDE) -> str:
        """It, at this size, as a data address: a page or a figure carries it."""
        out = io.BytesIO()
        image = Image.frombytes("RGB", (SIDE, SIDE), self.pixels)
        image.resize((side, side), Image.Resampling.LANCZOS).save(out, "JPEG", quality=88)
        return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


class Shipped(NamedTuple):
    """A photograph that ships. ``seen``: the shipped network was trained on it."""

    key: str
    name: str
    author: str
    licence: str
    package: str
    seen: bool = True


PICTURES: dict[str, Shipped] = {
    one.key: one
    for one in (
        Shipped("cat", "A cat", "Stéfan van der Walt", "CC0", "scikit-image", seen=False),
        Shipped("astronaut", "An astronaut", "NASA", "public domain", "scikit-image"),
        Shipped("coffee", "A cup of coffee", "Rachel Michetti", "CC0", "scikit-image"),
        Shipped("rocket", "A rocket", "SpaceX", "public domain", "scikit-image"),
        Shipped("temple", "A temple", "danielbuechele", "CC BY 2.0", "scikit-learn"),
        Shipped("flower", "A flower", "vultilion", "CC BY 2.0", "scikit-learn"),
    )
}


@remembered(megabytes=2)
def shipped(key: str) -> Picture:
    """A picture of ``PICTURES``. Raises SpecError for any other key."""
    if key not in PICTURES:
        raise SpecError("picture", key, "one of " + ", ".join(PICTURES))
    with Image.open(FOLDER / f"{key}.png", formats=("PNG",)) as image:
        return Picture(PICTURES[key].name, image.convert("RGB").tobytes())


def read_picture(data: bytes) -> Picture:
    """The middle square of a PNG or JPEG, the right way up, 224 × 224. Raises SpecError for anything else.

    A file says how large it is before anything of it is decoded: what is too large never is.
    """
    if not data:
        raise SpecError("the picture", "an empty file", _WORKS)
    if len(data) > MAX_BYTES:
        raise SpecError("the picture", f"a file of {len(data) / 1e6:.1f} MB", _WORKS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                _check(image)
                return Picture("Your picture", _square(image).tobytes())
    except UnidentifiedImageError:
        raise SpecError("the picture", "no PNG or JPEG, whatever its name says", _WORKS) from None
    except SpecError:
        raise
    except Exception as error:  # a file that lies can make a decoder fail in any way
        raise SpecError("the picture", "a file that is damaged", _WORKS) from error


def _check(image: Image.Image) -> None:
    width, height = image.size
    if max(width, height) > MAX_SIDE:
        raise SpecError("the picture", f"{width:,} × {height:,} pixels", _WORKS)
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        raise SpecError("the picture", f"an animation of {frames} frames", "a single picture")


def _square(image: Image.Image) -> Image.Image:
    if image.format == "JPEG":
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG can be decoded at a fraction of its size
    image = ImageOps.exif_transpose(image)
    return ImageOps.fit(_rgb(image), (SIDE, SIDE), Image.Resampling.LANCZOS)


def _rgb(image: Image.Image) -> Image.Image:
    """What a viewer shows: 16 bits as 8, what is transparent on white paper, inks as light."""
    if image.mode.startswith("I"):  # 16-bit grey: convert("RGB") would cut off all that is above 255
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
