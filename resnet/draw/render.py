"""A graph as bytes: ``render(graph, "svg" | "pdf" | "png" | "dot")``.

Graphviz runs inside this process (pygraphviz's wheels bring the official engine, so no system package is needed) and
makes the SVG; PNG and PDF are drawn from that SVG with the typeface of ``fonts``, so that a machine without any
fonts gives the same file. resvg draws the PNG (the most faithful SVG renderer with wheels for every system), svglib
and reportlab the PDF (pure Python, text stays text).
"""

from __future__ import annotations

import atexit
import base64
import io
import os
import shutil
import tempfile
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Literal

import graphviz

from resnet.cache import remembered
from resnet.draw import fonts

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

_engine_lock = threading.Lock()  # Graphviz keeps global state


def render(graph: graphviz.Digraph, file_format: Format) -> bytes:
    """The graph as a file. An SVG carries its typeface with it, so that it looks the same wherever it is opened.

    ``graph.title``, if it has one, is a PDF's title.
    """
    if file_format == "dot":
        return str(graph.source).encode()
    return render_svg(plain_svg(graph.source), file_format, getattr(graph, "title", graph.name))


def render_svg(svg: str, file_format: Format, title: str = "") -> bytes:
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


@remembered(megabytes=8)
def plain_svg(source: str) -> str:
    """DOT source → one ``<svg>`` element that names its typeface once and does not bring it along."""
    root = ET.fromstring(_drawn(source))  # without Graphviz's comments
    for label in root.iter(_TEXT):
        label.attrib.pop("font-family", None)
    root.set("font-family", fonts.STACK)
    return _written(root)


@remembered(megabytes=8)
def page_svg(source: str) -> str:
    """The same to stand inside a page, which has the typeface and tips of its own: a message that should be short."""
    root = ET.fromstring(_drawn(source))
    for label in root.iter(_TEXT):
        label.attrib.pop("font-family", None)
        label.attrib.pop(_SPACE, None)
    for parent in list(root.iter()):
        parent.tail = None
        for title in parent.findall(_TITLE):
            parent.remove(title)
    return _written(root)


def _drawn(source: str) -> bytes:
    """With the engine's own functions: ``AGraph.draw`` makes a context each time, and each leaves a kilobyte behind."""
    from pygraphviz import graphviz as engine  # where it is used: who only counts does not load an engine

    with _engine_lock, _own_typeface(), tempfile.TemporaryFile() as dot:
        dot.write(source.encode())
        dot.seek(0)
        graph = engine.agread(dot, None)
        context = _engine()
        engine.gvLayout(context, graph, b"nop2")
        error, drawn = engine.gvRenderData(context, graph, b"svg")
        engine.gvFreeLayout(context, graph)
        engine.agclose(graph)
    if error:
        raise ValueError(f"Graphviz could not draw this: {source[:200]}")
    return bytes(drawn)


@lru_cache(maxsize=1)
def _engine() -> object:
    from pygraphviz import graphviz as engine

    return engine.gvContextWithBuiltins()


_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_TEXT, _TITLE, _STYLE = (f"{{{_SVG}}}{name}" for name in ("text", "title", "style"))
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _LINK)


def _written(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode")


@contextmanager
def _own_typeface() -> Iterator[None]:
    """Let Graphviz measure with our fonts alone. fontconfig reads its settings once, when the first graph is drawn."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = _font_settings()
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


@lru_cache(maxsize=1)
def _font_settings() -> str:
    """A settings file for fontconfig that names a folder with nothing in it but copies of our fonts.

    The engine's fontconfig takes a relative folder for one below the current directory, searches all of it, and leaves
    a file in every folder that it searches: so an absolute path, to copies.
    """
    folder = Path(tempfile.mkdtemp(prefix="residual-block-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for file in (fonts.REGULAR, fonts.SEMIBOLD):
        shutil.copy(file, folder)
    settings = folder / "fonts.conf"
    settings.write_text(_SETTINGS.format(folder=escape(str(folder))))
    return str(settings)


_SETTINGS = """<?xml version="1.0"?>
<fontconfig>
  <dir>{folder}</dir>
  <cachedir>{folder}</cachedir>
  <match target="pattern">
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="hintstyle" mode="assign"><const>hintnone</const></edit>
  </match>
</fontconfig>
"""


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


def _pdf(svg: str, title: str) -> bytes:
    from reportlab.graphics import renderPDF
    from reportlab.pdfgen.canvas import Canvas
    from svglib import svglib

    svglib.register_font(fonts.FAMILY, str(fonts.REGULAR), weight="normal")
    svglib.register_font(fonts.FAMILY, str(fonts.SEMIBOLD), weight="bold", rlgFontName=f"{fonts.FAMILY} Bold")
    root = ET.fromstring(svg)
    root.set("font-family", fonts.FAMILY)  # svglib knows a family, not a list of them
    drawing = svglib.svg2rlg(io.BytesIO(ET.tostring(root)))
    assert drawing is not None, "svglib reads every SVG that Graphviz writes"
    out = io.BytesIO()
    # invariant: no clock in the file, the same figure gives the same bytes
    canvas = Canvas(out, pagesize=(drawing.width, drawing.height), invariant=1)
    canvas.setTitle(title)
    renderPDF.draw(drawing, canvas, 0, 0)
    canvas.save()
    return out.getvalue()
