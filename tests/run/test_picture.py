"""Pictures that are handed in: the right answer or a sentence, whatever a file says of itself."""

from __future__ import annotations

import base64
import io
import resource
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from resnet.run.picture import MAX_SIDE, PICTURES, SIDE, Picture, read_picture, shipped
from resnet.spec.errors import SpecError
from tests.examples import sparsely


def pixels(picture: Picture) -> np.ndarray:
    return np.frombuffer(picture.pixels, np.uint8).reshape(SIDE, SIDE, 3)


def saved(image: Image.Image, file_format: str = "PNG", **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format, **how)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, data: bytes) -> bytes:
    """A PNG that says it is so large, whatever is in it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


RED = Image.new("RGB", (40, 30), (200, 10, 20))
HOSTILE = {
    "nothing": b"",
    "words": b"this is no picture at all",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "gif": saved(RED, "GIF"),
    "tiff": saved(RED, "TIFF"),
    "only the magic bytes": b"\x89PNG\r\n\x1a\n",
    "jpeg's magic bytes and no more": b"\xff\xd8\xff\xe0" + b"\0" * 100,
    "cut off": saved(Image.effect_noise((300, 300), 90), "PNG")[:2000],
    "says it is 60,000 pixels wide": png_of(60_000, 60_000, zlib.compress(b"\0" * 1000)),
    "one pixel too wide": saved(Image.new("1", (MAX_SIDE + 1, 1))),
    "too many bytes": b"\x89PNG\r\n\x1a\n" + b"\0" * 5_000_000,
    "animated": saved(RED, "PNG", save_all=True, append_images=[RED.rotate(180)]),
    "a text that inflates": saved(RED)[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 80_000_000, 1)),
}  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_picture_gets_a_sentence(data: bytes) -> None:
    with pytest.raises(SpecError, match=r"^the picture is .*, but it must be a .*\.$"):
        read_picture(data)


def test_a_jpeg_and_a_png_are_read_and_cut_to_their_middle() -> None:
    wide = Image.new("RGB", (600, 200), (255, 0, 0))
    wide.paste((0, 0, 255), (200, 0, 400, 200))
    for file_format in ("PNG", "JPEG"):
        found = pixels(read_picture(saved(wide, file_format)))
        assert np.abs(found[4:-4, 4:-4].astype(int) - (0, 0, 255)).max() < 12, file_format


def test_the_largest_that_is_allowed_is_read() -> None:
    assert pixels(read_picture(saved(Image.new("L", (MAX_SIDE, MAX_SIDE), 77)))).mean() == 77
    assert pixels(read_picture(saved(Image.new("L", (1, 1), 9)))).mean() == 9


@pytest.mark.slow
def test_of_a_bomb_only_the_picture_is_unpacked() -> None:
    """A gigabyte of zeros behind a header that allows 50 MB of them."""
    bomb = png_of(MAX_SIDE, MAX_SIDE, zlib.compress(b"\0" * (1 << 30), 1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert not pixels(read_picture(bomb)).any()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # in kB, on Linux
    assert grown < 400_000


def test_a_picture_is_turned_as_its_exif_says() -> None:
    """6: the camera was held upright; the top of what is stored is the right of what was seen."""
    stored = Image.new("RGB", (100, 100), "black")
    stored.paste("white", (0, 0, 100, 50))
    exif = Image.Exif()
    exif[0x0112] = 6
    found = pixels(read_picture(saved(stored, "JPEG", exif=exif)))
    assert found[:, -40:].mean() > 240 and found[:, :40].mean() < 15


def test_inks_are_light() -> None:
    found = pixels(read_picture(saved(Image.new("CMYK", (50, 50), (0, 0, 0, 0)), "JPEG")))
    assert found.mean() > 250  # no ink at all is white paper


def test_sixteen_bits_are_not_cut_off() -> None:
    """Half of 65,535 is a middle grey; who only keeps eight bits sees white or noise."""
    half = Image.fromarray(np.full((50, 50), 32_768, np.uint16))
    assert half.mode.startswith("I;16")
    assert pixels(read_picture(saved(half))).mean() == pytest.approx(128, abs=1)


def test_what_is_transparent_lies_on_white_paper() -> None:
    assert pixels(read_picture(saved(Image.new("RGBA", (20, 20), (0, 0, 0, 0))))).min() == 255
    palette = Image.new("P", (20, 20), 0)
    assert pixels(read_picture(saved(palette, transparency=0))).min() == 255


def test_what_a_file_carries_along_is_dropped() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Location", "at home")
    found = read_picture(saved(RED, pnginfo=told))
    assert found == Picture("Your picture", found.pixels) and len(found.pixels) == SIDE * SIDE * 3
    assert b"at home" not in found.pixels and b"at home" not in base64.b64decode(found.address().partition(",")[2])


@pytest.mark.parametrize("key", sparsely(PICTURES, 3))
def test_a_picture_that_ships_has_an_author_and_a_licence(key: str) -> None:
    one = PICTURES[key]
    assert one.author and one.licence in ("CC0", "public domain", "CC BY 2.0")
    assert pixels(shipped(key)).std() > 20  # there is something to see
    again = read_picture(saved(Image.fromarray(pixels(shipped(key)))))
    assert pixels(again).tolist() == pixels(shipped(key)).tolist()


def test_there_is_no_other() -> None:
    assert len(PICTURES) >= 4
    with pytest.raises(SpecError, match="one of cat"):
        shipped("../../etc/passwd")
