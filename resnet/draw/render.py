"""A graph as bytes: ``render(graph, "svg" | "pdf" | "png" | "dot")``.

The SVG is ours (``resnet.draw.svg``), the DOT file what any Graphviz draws the same picture from. PNG and PDF are drawn
from the SVG with the typeface of ``fonts``, so that a machine without any fonts gives the same file: the PNG by resvg,
the most faithful SVG renderer with wheels for every system, the PDF by svglib and reportlab, where text stays text.
"""

from __future__ import annotations

import base64
import io
import struct
import xml.etree.ElementTree as ET
import zlib
from functools import lru_cache
from typing import Any, Literal, Protocol

from resnet.draw import fonts, images
from resnet.draw.dress import COLUMN, PALETTES, SLIDE_POINTS, SVG, dressed
from resnet.draw.palette import LIGHT
from resnet.draw.spoken import Spoken, described
from resnet.draw.style import PLAIN, Style

Format = Literal["svg", "pdf", "png", "dot"]
FORMATS: tuple[Format, ...] = ("svg", "pdf", "png", "dot")
PICTURE_FORMATS = FORMATS[:3]  # of what is no graph
MEDIA_TYPES = {
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "png": "image/png",
    "dot": "text/vnd.graphviz",
}
PNG_SCALE = 3  # × the size on screen at 96 dpi: sharp on a projector
SLIDE_PIXELS = 1920  # of a slide's width: a projector's own
COLUMN_DPI = 600


class Drawn(Protocol):
    """What ``resnet.draw.block``, ``network`` and ``sketch`` make."""

    title: str
    spoken: Spoken | None

    @property
    def source(self) -> str: ...
    def svg(self) -> str: ...


def render(graph: Drawn, file_format: Format, style: Style = PLAIN) -> bytes:
    """The graph as a file. An SVG carries its typeface with it, so that it looks the same wherever it is opened.

    ``graph.title`` is a PDF’s title; ``graph.spoken`` is an SVG’s description, and its first line a PDF’s subject.
    A DOT file is drawn by somebody else: it takes no style.

    ``graph``  what ``diagram`` and its like make;  ``file_format``  ``svg``, ``pdf``, ``png`` or ``dot``
    ``style``  its colours and its room

    Raises ValueError for another format.
    """
    if file_format == "dot":
        return str(graph.source).encode()
    svg = described(graph.svg(), graph.spoken) if graph.spoken else graph.svg()
    return render_svg(svg, file_format, graph.title, style)


def render_svg(svg: str, file_format: Format, title: str = "", style: Style = PLAIN) -> bytes:
    """A picture that is SVG already, such as the solids of ``resnet.draw.solids``, as a file: svg, pdf or png."""
    if file_format not in PICTURE_FORMATS:
        raise ValueError(
            f"file_format is {file_format!r}, but it must be one of {', '.join(FORMATS)}, and dot for a graph only."
        )
    svg = dressed(svg, style)
    if file_format == "svg":
        return _with_typeface(svg)
    return _png(svg, style) if file_format == "png" else _pdf(svg, title, style)


_STYLE = f"{{{SVG}}}style"


@lru_cache(maxsize=1)
def typeface() -> str:
    """The fonts as CSS, for a file that is to look the same wherever it is opened."""
    faces = []
    for file, weight in ((fonts.REGULAR, "normal"), (fonts.SEMIBOLD, "bold")):
        data = base64.b64encode(file.with_suffix(".woff2").read_bytes()).decode()
        faces.append(
            f"@font-face{{font-family:'{fonts.FAMILY}';font-weight:{weight};"
            f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
        )
    return "".join(faces)


def _with_typeface(svg: str) -> bytes:
    root = ET.fromstring(svg)
    style = ET.Element(_STYLE)
    style.text = typeface()
    root.insert(2 if root.find(f"{{{SVG}}}desc") is not None else 0, style)  # behind title and description
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _png(svg: str, style: Style) -> bytes:
    import resvg_py

    content = bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            dpi=COLUMN_DPI if style.fit == "column" else 96,
            zoom=PNG_SCALE if style.fit == "own" else None,
            width=SLIDE_PIXELS if style.fit == "slide" else None,
            skip_system_fonts=True,
            font_files=[str(fonts.REGULAR), str(fonts.SEMIBOLD)],
            font_family=fonts.FAMILY,
        )
    )
    return _with_resolution(content) if style.fit == "column" else content


def _with_resolution(png: bytes) -> bytes:
    """A PNG that says how large it is: LaTeX and a word processor then put it in 84 mm wide.

    Source: PNG (Third Edition), 11.3.4.3 pHYs; it stands behind the header, which ends at byte 33.
    """
    dots = round(COLUMN_DPI / 0.0254)  # a metre
    chunk = b"pHYs" + struct.pack(">IIB", dots, dots, 1)
    return png[:33] + struct.pack(">I", 9) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[33:]


def _indent(words: ET.Element) -> None:
    """Spaces in front of words as a place further right: svglib drops them, those that don't break as well."""
    said = words.text or ""
    kept = said.lstrip("\u00a0")
    if kept != said and words.get("text-anchor") == "start":
        spaces = fonts.width(said[: len(said) - len(kept)], float(words.get("font-size", "12")))
        words.set("x", f"{float(words.get('x', '0')) + spaces:.2f}")
        words.text = kept


def drawing_of(svg: str, paper: str = LIGHT.paper) -> Any:
    """A picture as reportlab's own drawing, for a page of a PDF. Text stays text, in our typeface."""
    from svglib import svglib

    svglib.register_font(fonts.FAMILY, str(fonts.REGULAR), weight="normal")
    svglib.register_font(fonts.FAMILY, str(fonts.SEMIBOLD), weight="bold", rlgFontName=f"{fonts.FAMILY} Bold")
    root = ET.fromstring(svg)
    root.set("font-family", fonts.FAMILY)  # svglib knows a family, not a list of them
    for image in root.iter(f"{{{SVG}}}image"):
        image.set("href", images.on_paper(image.get("href", ""), paper))
    for words in root.iter(f"{{{SVG}}}text"):
        _indent(words)
    drawing = svglib.svg2rlg(io.BytesIO(ET.tostring(root)))
    assert drawing is not None, "svglib reads every SVG that we write"
    return drawing


def _pdf(svg: str, title: str, style: Style) -> bytes:
    from reportlab.graphics import renderPDF
    from reportlab.pdfgen.canvas import Canvas

    drawing = drawing_of(svg, PALETTES[style.look].paper)
    width = {"own": drawing.width, "slide": SLIDE_POINTS[0], "column": COLUMN}[style.fit]
    scale = width / drawing.width
    out = io.BytesIO()
    # invariant: no clock in the file, the same figure gives the same bytes
    canvas = Canvas(out, pagesize=(width, drawing.height * scale), invariant=1)
    canvas.setTitle(title)
    canvas.setSubject((ET.fromstring(svg).findtext(f"{{{SVG}}}desc") or "").partition("\n")[0])
    if scale != 1:
        canvas.scale(scale, scale)
    renderPDF.draw(drawing, canvas, 0, 0)
    canvas.save()
    return out.getvalue()
