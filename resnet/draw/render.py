"""A graph as bytes: ``render(graph, "svg" | "pdf" | "png" | "dot")``.

The SVG is ours (``resnet.draw.svg``), the DOT file what any Graphviz draws the same picture from. PNG and PDF are drawn
from the SVG with the typeface of ``fonts``, so that a machine without any fonts gives the same file: the PNG by resvg,
the most faithful SVG renderer with wheels for every system, the PDF by svglib and reportlab, where text stays text.
"""

from __future__ import annotations

import base64
import io
import xml.etree.ElementTree as ET
from functools import lru_cache
from typing import Literal, Protocol

from resnet.draw import fonts
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


class Drawn(Protocol):
    """What ``resnet.draw.block``, ``network`` and ``sketch`` make."""

    title: str

    @property
    def source(self) -> str: ...
    def svg(self) -> str: ...


def render(graph: Drawn, file_format: Format, style: Style = PLAIN) -> bytes:
    """The graph as a file. An SVG carries its typeface with it, so that it looks the same wherever it is opened.

    ``graph.title`` is a PDF's title. A DOT file is drawn by somebody else: it takes no style.
    """
    if file_format == "dot":
        return str(graph.source).encode()
    return render_svg(graph.svg(), file_format, graph.title, style)


def render_svg(svg: str, file_format: Format, title: str = "", style: Style = PLAIN) -> bytes:
    """A picture that is SVG already, such as the solids of ``resnet.draw.solids``, as a file: svg, pdf or png."""
    if file_format == "svg":
        return _with_typeface(svg)
    if file_format == "png":
        return _png(svg)
    if file_format == "pdf":
        return _pdf(svg, title)
    raise ValueError(
        f"file_format is {file_format!r}, but it must be one of {', '.join(FORMATS)}, and dot for a graph only."
    )


_SVG = "http://www.w3.org/2000/svg"
_STYLE = f"{{{_SVG}}}style"
ET.register_namespace("", _SVG)


@lru_cache(maxsize=1)
def _typeface() -> str:
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
    style.text = _typeface()
    root.insert(0, style)
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _png(svg: str) -> bytes:
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            dpi=96,
            zoom=PNG_SCALE,
            skip_system_fonts=True,
            font_files=[str(fonts.REGULAR), str(fonts.SEMIBOLD)],
            font_family=fonts.FAMILY,
        )
    )


def _on_paper(address: str) -> str:
    """A picture that shines through, as one on white paper: in a drawing, reportlab knows no other."""
    from PIL import Image

    data = address.partition(",")[2]
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
    out = io.BytesIO()
    Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB").save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def _indent(words: ET.Element) -> None:
    """Spaces in front of words as a place further right: svglib drops them, those that don't break as well."""
    said = words.text or ""
    kept = said.lstrip("\u00a0")
    if kept != said and words.get("text-anchor") == "start":
        spaces = fonts.width(said[: len(said) - len(kept)], float(words.get("font-size", "12")))
        words.set("x", f"{float(words.get('x', '0')) + spaces:.2f}")
        words.text = kept


def _pdf(svg: str, title: str) -> bytes:
    from reportlab.graphics import renderPDF
    from reportlab.pdfgen.canvas import Canvas
    from svglib import svglib

    svglib.register_font(fonts.FAMILY, str(fonts.REGULAR), weight="normal")
    svglib.register_font(fonts.FAMILY, str(fonts.SEMIBOLD), weight="bold", rlgFontName=f"{fonts.FAMILY} Bold")
    root = ET.fromstring(svg)
    root.set("font-family", fonts.FAMILY)  # svglib knows a family, not a list of them
    for image in root.iter(f"{{{_SVG}}}image"):
        image.set("href", _on_paper(image.get("href", "")))
    for words in root.iter(f"{{{_SVG}}}text"):
        _indent(words)
    drawing = svglib.svg2rlg(io.BytesIO(ET.tostring(root)))
    assert drawing is not None, "svglib reads every SVG that Graphviz writes"
    out = io.BytesIO()
    # invariant: no clock in the file, the same figure gives the same bytes
    canvas = Canvas(out, pagesize=(drawing.width, drawing.height), invariant=1)
    canvas.setTitle(title)
    renderPDF.draw(drawing, canvas, 0, 0)
    canvas.save()
    return out.getvalue()
