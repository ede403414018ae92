"""Diagrams as TikZ, compiled by a real LaTeX, alone and inside a document, and held against our own pictures."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from resnet import BlockSpec, Diagram, diagram, diagram_pair, network, render, trace, trace_network
from resnet.draw.model import model_diagram
from resnet.draw.model_block import sum_diagram
from resnet.draw.network import network_diagram
from resnet.draw.rows import Cell, Line, Picture, Row, draw
from resnet.draw.style import PLAIN, Style
from resnet.draw.tex import tex
from resnet.draw.tikz import tikz
from resnet.models.graph import residual_sums
from resnet.models.library import known
from tests.draw.pictures import check_golden

BARE, T = trace(BlockSpec(stride=2, shortcut="identity")), trace(BlockSpec(stride=2))
HOSTILE = (
    r"\input{/etc/passwd}", r"}\end{tikzpicture}\end{document}", "a%b", "$x^{2}_1$", "50 % & #1 ~", "^^5cundefined",
    "[5pt]", "*x", "中文 Ünïcødé ﬁ", "\u202eright to left", "tab\there", "line\nbreak", '"quoted" `x` \'\'', "<b>|--->",
    "a--b,,c", "🙂", "\x7f\x9b",
)  # fmt: skip


def network_of(words: Sequence[str]) -> Diagram:
    """A network whose every word is somebody else's."""
    cells = tuple(Cell(name=name, value=i + 1, label=name[:9]) for i, name in enumerate(words))
    rows = tuple(Row(name=f"row {name}", title=name, below=name, shape="7 × 7") for name in words)
    rows = (*rows, Row(name="last", title="last", below="", shape="", lines=(Line(cells=cells),)))
    return draw(Picture(title=words[0], totals=words[1], x=words[2], y=words[3], rows=rows, notes=tuple(words)))


VIT = known("vit_b_32")
# what is drawn, and in which style
FIGURES: dict[str, tuple[Diagram, Style]] = {
    "pair": (diagram_pair(BARE, T), PLAIN),
    "block": (diagram(T, unfolded=True), Style(look="print")),
    "column": (diagram_pair(BARE, T, narrow=True), Style(fit="column")),
    "network": (network_diagram(trace_network(network("resnet50"))), PLAIN),
    "printed": (network_diagram(trace_network(network("resnet50")), narrow=True), Style(look="print", fit="column")),
    "model": (model_diagram(VIT), Style(look="dark", fit="slide")),
    "sum": (sum_diagram(VIT, residual_sums(VIT)[0]), Style(look="dark")),
    "hostile": (network_of(HOSTILE), PLAIN),
}


# what is written


def test_golden_tikz(update_golden: bool) -> None:
    pair = diagram_pair(trace(BlockSpec(shortcut="identity")), trace(BlockSpec()))
    check_golden("pair_64to256_s1.tex", tikz(pair), update_golden)


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_plain_ascii_and_every_name_is_defined_once(name: str) -> None:
    graph, style = FIGURES[name]
    written = tikz(graph, style)
    assert re.fullmatch(r"[ -~\n]*", written)
    nodes = re.findall(r"^\\node\[[^\]]*\] \(([^)]*)\)", written, re.MULTILINE)
    assert len(nodes) == len(set(nodes)) == sum(1 for item in graph.items if not item.head)
    used = set(re.findall(r"\(([a-zA-Z][\w-]*)\.(?:north|south|east|west)\)", written))
    assert used <= set(nodes) and used
    styles = re.findall(r"^  ([a-z0-9 ]+)/\.style=", written, re.MULTILINE)
    assert len(styles) == len(set(styles))
    picks = {one.split(",")[0] for one in re.findall(r"^\\(?:node|draw)\[([^\]]*)\]", written, re.MULTILINE)}
    assert picks <= set(styles)


def test_what_differs_is_said_by_a_style_s_name() -> None:
    written = tikz(*FIGURES["pair"])
    assert re.search(r"\\draw\[impossible, .*\] \(\S+\) -- .* -- \(left-add\.east\)", written)
    assert re.search(r"\\draw\[shortcut, .*\] \(right-downsample-0\.south\) -- \(\S+\) -- \(right-add\.east\)", written)
    assert r"\draw[main, arrow={2.3}{13.1}] (right-conv1.south) -- (right-conv2.north)" in written
    assert r"\definecolor{accent}{HTML}{006BA6}" in written
    assert r"\definecolor{accent}{HTML}{62B8EA}" in tikz(FIGURES["pair"][0], Style(look="dark"))
    assert "double=paper" in tikz(FIGURES["pair"][0], Style(look="print"))


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("3 × 3, 50 %", r"3 $\times$ 3, 50 \%"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("⊕ ≠ ⌈½⌉", r"$\oplus$ $\neq$ $\lceil$U+00BD$\rceil$"),
        ("é中\n", r"\'{e}U+4E2DU+000A"),
        ("a--b", "a-{}-b"),
        ("^^5c", r"\textasciicircum{}\textasciicircum{}5c"),
    ],
)
def test_words_are_set_as_they_read(words: str, written: str) -> None:
    assert tex(words) == written


@given(st.text())
def test_no_words_become_a_command(words: str) -> None:
    """Without what we write ourselves, nothing is left that TeX takes for more than a letter."""
    written = tex(words)
    assert re.fullmatch(r"[ -~]*", written)
    ours = (
        r"\\[a-zA-Z]+\{\}|\\char34\{\}|\\[`'^~\"rvc]\{[A-Za-z]\}|\$(?:\\[a-zA-Z]+|-|[_^]\d)\$|\\[{}$&#_%,]|\{[\[\]*]?\}"
    )
    left = re.sub(ours, "", written)
    assert not set(left) & set("\\{}$&#_%^"), left


# what a LaTeX makes of it


def compiled(folder: Path, name: str, engine: str = "pdflatex") -> pypdfium2.PdfDocument:
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", f"{name}.tex"]
    found = subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=False)
    said = found.stdout.decode(errors="replace")
    assert found.returncode == 0, said[-1500:]
    assert "Missing character" not in said
    return pypdfium2.PdfDocument(folder / f"{name}.pdf")


needs_latex = pytest.mark.skipif(
    any(shutil.which(one) is None for one in ("pdflatex", "lualatex")), reason="there is no LaTeX; .ci/run installs one"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All figures as files, and an article into which each is read."""
    found = tmp_path_factory.mktemp("tex")
    for name, (graph, style) in FIGURES.items():
        (found / f"{name}.tex").write_text(tikz(graph, style))
    pages = "\n".join(f"\\clearpage\\noindent\\input{{{name}}}% {name}" for name in FIGURES)
    (found / "article.tex").write_text(
        "\\documentclass{article}\n\\usepackage{lmodern}\n\\usepackage{standalone}\n\\usepackage{tikz}\n"
        "\\usetikzlibrary{arrows.meta, patterns}\n\\pagestyle{empty}\n"
        "\\usepackage[paperwidth=1000bp, paperheight=2600bp, margin=0pt, headsep=0pt, headheight=0pt]{geometry}\n"
        "\\setlength\\topskip{0pt}\\parindent0pt\n"
        f"\\begin{{document}}\n{pages}\n\\end{{document}}\n"
    )
    return found


@pytest.fixture(scope="module")
def article(folder: Path) -> dict[str, pypdfium2.PdfPage]:
    """Each figure's page in it."""
    pdf = compiled(folder, "article")
    assert len(pdf) == len(FIGURES)
    return dict(zip(FIGURES, pdf, strict=True))


def shown(page: pypdfium2.PdfPage, width: float, height: float) -> np.ndarray:
    """The left upper corner of a page, in grey from 0 to 1, out of focus: the letters are another typeface's."""
    picture = page.render(scale=1).to_pil().convert("L").crop((0, 0, round(width), round(height)))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(2)), float) / 255


@needs_latex
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FIGURES if name != "hostile"])
def test_it_is_the_picture_that_we_draw(article: dict[str, pypdfium2.PdfPage], name: str) -> None:
    graph, style = FIGURES[name]
    own = pypdfium2.PdfDocument(render(graph, "pdf", style))[0]
    size = own.get_size()
    ours, theirs = shown(own, *size), shown(article[name], *size)
    assert ours.std() > 0.02
    assert alike(ours, theirs) > 0.8
    assert alike(np.roll(ours, 8, axis=0), theirs) < alike(ours, theirs) - 0.1  # the measure sees a few pixels


def alike(one: np.ndarray, other: np.ndarray) -> float:
    high, wide = (min(a, b) for a, b in zip(one.shape, other.shape, strict=True))
    return float(np.corrcoef(one[:high, :wide].ravel(), other[:high, :wide].ravel())[0, 1])


@needs_latex
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FIGURES if name != "hostile"])
def test_it_says_what_the_picture_says(article: dict[str, pypdfium2.PdfPage], name: str) -> None:
    graph, style = FIGURES[name]
    own = pypdfium2.PdfDocument(render(graph, "pdf", style))[0]
    assert said(article[name]) == said(own)


def said(page: pypdfium2.PdfPage) -> list[str]:
    """Letters and digits, in any order: two programs lay lines out in different orders."""
    return sorted(re.findall(r"[A-Za-z0-9]", page.get_textpage().get_text_range()))


@needs_latex
@pytest.mark.slow
def test_no_name_becomes_a_command(article: dict[str, pypdfium2.PdfPage]) -> None:
    found = article["hostile"].get_textpage().get_text_range()
    for words in ("\\input{/etc/passwd}", "}\\end{tikzpicture}\\end{document}", "U+4E2DU+6587", "[5pt]", "50 % & #1"):
        assert words in found
    assert "root:" not in found


@needs_latex
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "engine", "size"),
    [("column", "pdflatex", (84 / 25.4 * 72, None)), ("model", "lualatex", (960, 540))],
)
def test_it_compiles_alone(folder: Path, name: str, engine: str, size: tuple[float, float | None]) -> None:
    graph, style = FIGURES[name]
    pdf = compiled(folder, name, engine)
    assert len(pdf) == 1
    width, height = pdf[0].get_size()
    own = pypdfium2.PdfDocument(render(graph, "pdf", style))[0].get_size()
    assert width == pytest.approx(size[0], abs=0.1)
    assert height == pytest.approx(own[1] if size[1] is None else size[1], abs=0.2)
    dark = Image.open(io.BytesIO(render(graph, "png", style))).convert("RGB").getpixel((1, 1))
    assert pdf[0].render(scale=1).to_pil().convert("RGB").getpixel((1, 1)) == dark
