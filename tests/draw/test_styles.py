"""A figure's looks and fits: each holds its promise for every kind of figure, and shows the same."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import product

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from resnet.draw.dress import COLUMN, PALETTES, WORDS_IN_PRINT, dressed, hatches
from resnet.draw.palette import ABOVE, BELOW, Palette
from resnet.draw.style import Fit, Look, Style
from tests.api.kept import answer_to

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = (
    "block?shortcut=identity&stride=2",
    "pair?stride=2&left=identity&unfolded=true",
    "network",
    "network?network=resnet152&quantity=macs",
    "model?model=vit_b_32",
    "model_block?model=resnet50-d&sum=4",
    "signal?channel=18",
    "signal?shortcut=identity&channel=100",
    "signal_flow",
    "story?step=1",
    "story?step=2&channel=200",
    "story?step=5&strided=true",
    "story?step=6",
    "experiment?experiment=options&figure=2",
    "experiment?experiment=lesion&figure=1",
    "chart?left=zero_pad",
    "network_by_block?network=resnet152",
    "network_receptive_field",
)
LOOKS: tuple[Look, ...] = ("light", "dark", "print")
LEGIBLE = 5.4  # points: what journals print at the least is 5 to 6
COLOURED = re.compile(r"\b(blue|green|pink|purple|orange|colou?r(ed)?|uncoloured)\b", re.IGNORECASE)


@cache
def file(figure: str, file_format: str, look: Look = "light", fit: Fit = "own") -> bytes:
    what, _, query = figure.partition("?")
    answer = answer_to(f"/api/{what}.{file_format}?{query}&look={look}&fit={fit}")
    assert answer.status_code == 200, answer.body
    return bytes(answer.body)


def drawn(figure: str, look: Look = "light", fit: Fit = "own") -> ET.Element:
    return ET.fromstring(file(figure, "svg", look, fit))


def colours(root: ET.Element) -> set[str]:
    return {one.get(name, "none") for one in root.iter() for name in ("fill", "stroke")} - {"none"}


def words(root: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(("figure", "look"), product(FIGURES, ("light", "dark")))
def test_a_look_has_its_palette_s_colours(figure: str, look: Look) -> None:
    allowed = {*PALETTES[look], ABOVE, BELOW}
    assert colours(drawn(figure, look)) <= allowed


@pytest.mark.parametrize("figure", FIGURES)
def test_print_is_black_and_white(figure: str) -> None:
    root = drawn(figure, "print")
    for colour in colours(root):
        assert len({colour[i : i + 2] for i in (1, 3, 5)}) == 1, colour
    said = [one for one in words(root) if COLOURED.search(one)]
    assert not said, "nobody sees a colour there"


@pytest.mark.slow
@pytest.mark.parametrize("figure", ["signal_flow", "network", "story?step=2&channel=200"])
def test_no_pixel_of_it_has_a_colour(figure: str) -> None:
    for file_format in ("png", "pdf"):
        content = file(figure, file_format, "print")
        pixels = np.asarray(shown(content) if file_format == "pdf" else Image.open(io.BytesIO(content)).convert("RGB"))
        assert int(np.ptp(pixels.astype(int), axis=2).max()) <= 1  # pdfium rounds a grey picture's three channels
        assert np.ptp(pixels) > 200


def shown(pdf: bytes) -> Image.Image:
    import pypdfium2

    picture: Image.Image = pypdfium2.PdfDocument(pdf)[0].render(scale=1).to_pil().convert("RGB")
    return picture


def test_a_shortcut_is_told_from_the_main_path_without_colour() -> None:
    """A double line; one that can't be added stays dashed, in the dark as in print."""
    root = drawn("pair?stride=2&left=identity", "print")
    kinds = {}
    for edge in root.iter(f"{SVG}g"):
        kind = edge.get("class", "").split()
        if "edge" in kind and len(kind) > 1:
            ways = [one for one in edge if one.tag == f"{SVG}path"]
            said = "dashed" if ways[0].get("stroke-dasharray") else "double" if len(ways) == 2 else "single"
            kinds.setdefault(kind[1], set()).add(said)
            if said == "double":
                assert [way.get("stroke") for way in ways] == [PALETTES["print"].ink, PALETTES["print"].paper]
                assert float(ways[0].get("stroke-width")) - float(ways[1].get("stroke-width")) >= 1.6
    assert kinds == {"main": {"single"}, "shortcut": {"double", "dashed"}, "ghost": {"dashed"}}


def test_a_share_is_hatched_in_print() -> None:
    root = drawn("network", "print")
    fillings = [one for one in root.iter(f"{SVG}g") if one.get("class") == "node filling"]
    kinds = {tuple(part.tag.removeprefix(SVG) for part in one): one[0].get("fill") for one in fillings}
    assert kinds[("polygon", "path", "polygon")] == PALETTES["print"].paper
    assert kinds[("polygon",)] == PALETTES["print"].muted
    assert "Hatched filling: the shortcut’s share of it." in words(root)


def test_hatches_stay_inside() -> None:
    for wide, high in ((57.0, 20.0), (3.0, 40.0), (80.0, 0.6)):
        for x, y, to_x, to_y in hatches(10, 20, wide, high):
            assert 10 <= x <= 10 + wide and 10 <= to_x <= 10 + wide
            assert 20 <= y <= 20 + high and 20 <= to_y <= 20 + high
            assert x - to_x == pytest.approx(to_y - y)  # a slope of 45 degrees
    assert len(list(hatches(0, 0, 57, 20))) == 24


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("figure", "look"), product(FIGURES, LOOKS))
def test_words_have_a_colour_that_reads(figure: str, look: Look) -> None:
    """The palettes' own contrasts are held in tests/test_house.py; here: no word has another colour."""
    palette: Palette = PALETTES[look]
    allowed = {palette.ink, palette.muted, palette.accent, palette.alarm}
    found = {one.get("fill") for one in drawn(figure, look).iter(f"{SVG}text")}
    assert found <= allowed
    for colour in found:
        low, high = sorted((luminance(str(colour)), luminance(palette.paper)))
        assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("figure", FIGURES)
def test_every_style_says_the_same(figure: str) -> None:
    own = words(drawn(figure))
    assert words(drawn(figure, "dark", "slide")) == own
    in_print = words(drawn(figure, "print"))
    assert len(in_print) == len(own)
    for said, plain in zip(in_print, own, strict=True):
        assert said == plain or any(said == plain.replace(*pair) for pair in WORDS_IN_PRINT.items())


@pytest.mark.parametrize("figure", [FIGURES[1], FIGURES[2], FIGURES[3]])
def test_a_column_says_the_same_in_another_order(figure: str) -> None:
    """Notes may break elsewhere, and a pair says once what its blocks have in common."""
    assert set(" ".join(words(drawn(figure))).split()) == set(" ".join(words(drawn(figure, "light", "column"))).split())


@pytest.mark.parametrize("figure", FIGURES)
def test_a_column_is_84_mm_wide_and_legible(figure: str) -> None:
    root = drawn(figure, "light", "column")
    assert root.get("width") == "84mm"
    wide, high = map(float, root.get("viewBox").split()[2:])
    assert wide == pytest.approx(COLUMN, abs=0.01)
    assert float(root.get("height").removesuffix("mm")) == pytest.approx(high * 84 / COLUMN, abs=0.1)
    if "unfolded" not in figure:  # nobody puts all layers of two blocks into one column
        assert float(root.get("height").removesuffix("mm")) < 240  # a page's height
    (scale,) = (float(one) for one in re.findall(r"scale\(([\d.]+)\)", root[-1].get("transform")))
    small = min(float(one.get("font-size")) for one in root.iter(f"{SVG}text"))
    assert small * scale >= LEGIBLE


@pytest.mark.parametrize("figure", FIGURES)
def test_a_slide_is_16_to_9_with_the_figure_in_the_middle(figure: str) -> None:
    root, own = drawn(figure, "dark", "slide"), drawn(figure)
    assert (root.get("width"), root.get("height")) == ("1600", "900")
    assert root.get("viewBox") == "0 0 1600.00 900.00"
    x, y, scale = map(float, re.findall(r"[\d.]+", root[-1].get("transform")))
    wide, high = (scale * float(side) for side in own.get("viewBox").split()[2:])
    assert x + wide / 2 == pytest.approx(800, abs=0.1) and y + high / 2 == pytest.approx(450, abs=0.1)
    assert min(x, y) == pytest.approx(40, abs=0.1)
    assert not [one for one in root[-1].iter() if one.get("width") == "100%"], "a paper of its own, beyond the figure"


@pytest.mark.slow
@pytest.mark.parametrize("figure", ["pair?stride=2&left=identity&unfolded=true", "signal_flow", "story?step=5"])
def test_the_sizes_of_files(figure: str) -> None:
    column = Image.open(io.BytesIO(file(figure, "png", "light", "column")))
    assert column.width == 1984 and column.info["dpi"] == pytest.approx((600, 600), abs=0.1)  # 84 mm are 1984.25
    slide = Image.open(io.BytesIO(file(figure, "png", "dark", "slide"))).convert("RGB")
    assert slide.size == (1920, 1080)
    paper = tuple(int(PALETTES["dark"].paper[i : i + 2], 16) for i in (1, 3, 5))
    assert all(slide.getpixel(corner) == paper for corner in ((0, 0), (1919, 0), (0, 1079), (1919, 1079)))
    (page,) = PdfReader(io.BytesIO(file(figure, "pdf", "print", "column"))).pages
    assert float(page.mediabox.width) == pytest.approx(84 / 25.4 * 72, abs=0.01)
    assert float(page.mediabox.height) / float(page.mediabox.width) == pytest.approx(column.height / 1984, abs=0.01)
    (page,) = PdfReader(io.BytesIO(file(figure, "pdf", "dark", "slide"))).pages
    assert (float(page.mediabox.width), float(page.mediabox.height)) == (960, 540)


@pytest.mark.parametrize("style", [(look, fit) for look in LOOKS for fit in ("own", "slide", "column")])
def test_the_typeface_goes_along(style: tuple[Look, Fit]) -> None:
    figure = "block?shortcut=identity&stride=2"
    svg = file(figure, "svg", *style).decode()
    assert svg.count("src:url(data:font/woff2;base64,") == 2
    (page,) = PdfReader(io.BytesIO(file(figure, "pdf", *style))).pages
    found = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    used = {font["/BaseFont"] for font in found if "/FontDescriptor" in font}
    assert len(used) >= 2 and all("ResidualSans" in name for name in used)
    assert all("/FontFile2" in font["/FontDescriptor"] for font in found if font["/BaseFont"] in used)


def test_the_plain_style_changes_no_letter() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect fill="#006ba6"/></svg>'
    assert dressed(svg, Style()) is svg
    assert "#62b8ea" in dressed(svg, Style(look="dark")) and "#006ba6" not in dressed(svg, Style(look="dark"))


def test_a_name_that_is_a_colour_stays_a_name() -> None:
    """Attributes are mapped, and not whatever reads like a colour."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text fill="#006ba6">#006ba6</text></svg>'
    assert words(ET.fromstring(dressed(svg, Style(look="dark")))) == ["#006ba6"]
