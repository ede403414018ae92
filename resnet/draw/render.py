"""A graph as bytes: ``render(graph, "svg" | "pdf" | "png" | "dot")``.

Graphviz runs inside this process (pygraphviz's wheels bring the official engine, so no system package is needed) and
makes the SVG; PNG and PDF are drawn from that SVG with the typeface in ``assets/fonts``, so that a machine without any
fonts gives the same file. resvg draws the PNG (the most faithful SVG renderer with wheels for every system), svglib
and reportlab the PDF (pure Python, text stays text).
"""

from __future__ import annotations

import atexit
import base64
import io
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Literal

import graphviz

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
    """The graph as a file. An SVG carries its typeface with it, so that it looks the same wherever it is opened."""
    if file_format == "dot":
        return str(graph.source).encode()
    return render_svg(plain_svg(graph.source), file_format)


def render_svg(svg: str, file_format: Format) -> bytes:
    """A picture that is SVG already, such as the solids of ``resnet.draw.solids``, as a file: svg, pdf or png."""
    if file_format == "svg":
        return _with_typeface(svg).encode()
    if file_format == "png":
        return _png(svg)
    if file_format == "pdf":
        return _pdf(svg)
    raise ValueError(
        f"file_format is {file_format!r}, but it must be one of {', '.join(FORMATS)}, and dot for a graph only."
    )


@lru_cache(maxsize=512)
def plain_svg(source: str) -> str:
    """DOT source → one ``<svg>`` element without prologue or typeface, to stand inside a page that has the typeface."""
    import pygraphviz  # where it is used: who only counts does not load an engine

    with _engine_lock, _own_typeface():
        graph = pygraphviz.AGraph(string=source)
        svg = graph.draw(format="svg", prog="nop2").decode()
    svg = svg[svg.index("<svg") :]
    return re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)


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
    return f"<style>{''.join(faces)}</style>"


def _with_typeface(svg: str) -> str:
    end_of_tag = svg.index(">") + 1
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg[:end_of_tag]}\n{_typeface()}{svg[end_of_tag:]}'


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


def _pdf(svg: str) -> bytes:
    from reportlab.graphics import renderPDF
    from reportlab.pdfgen.canvas import Canvas
    from svglib import svglib

    svglib.register_font(fonts.FAMILY, str(fonts.REGULAR), weight="normal")
    svglib.register_font(fonts.FAMILY, str(fonts.SEMIBOLD), weight="bold", rlgFontName=f"{fonts.FAMILY} Bold")
    drawing = svglib.svg2rlg(io.BytesIO(svg.replace(fonts.STACK, fonts.FAMILY).encode()))
    assert drawing is not None, "svglib reads every SVG that Graphviz writes"
    out = io.BytesIO()
    # invariant: no clock in the file, the same figure gives the same bytes
    canvas = Canvas(out, pagesize=(drawing.width, drawing.height), invariant=1)
    canvas.setTitle("Residual block")
    renderPDF.draw(drawing, canvas, 0, 0)
    canvas.save()
    return out.getvalue()
