"""A report on paper: A4 pages with our typeface, drawn by reportlab, text stays text."""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from typing import Any

from resnet.draw import fonts
from resnet.draw.graph import Diagram
from resnet.draw.palette import LIGHT as C
from resnet.draw.render import drawing_of
from resnet.export.report import Report, Section, over
from resnet.export.table import Column, Table, written

MM = 72 / 25.4
MARGIN, FOOT = 14 * MM, 9 * MM
PAD = 6  # points that reportlab leaves around a page's contents, whatever the margins
WIDTH, HEIGHT = 210 * MM, 297 * MM
INNER = WIDTH - 2 * MARGIN
HIGHEST = 160 * MM  # a figure, so that verdicts and totals stand on its page
_PLAIN = Column(label="", words="", kind="text")
BOLD = f"{fonts.FAMILY} Bold"


def to_pdf(report: Report, home: str = "") -> bytes:
    """``home`` is where the application answers, for the way back."""
    from reportlab.platypus import SimpleDocTemplate

    _register()
    out = io.BytesIO()
    address = f"{home.rstrip('/')}{report.address}"
    paper = SimpleDocTemplate(
        out, pagesize=(WIDTH, HEIGHT), leftMargin=MARGIN - PAD, rightMargin=MARGIN - PAD, topMargin=MARGIN - PAD,
        bottomMargin=MARGIN + FOOT, title=report.title, subject=report.lead, lang="en", invariant=1,
    )  # fmt: skip

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(fonts.FAMILY, 8)
        canvas.setFillColor(C.muted)
        canvas.drawRightString(WIDTH - MARGIN, MARGIN, str(page.page))
        canvas.drawString(MARGIN, MARGIN, report.title)

    paper.build(list(_story(report, address, bool(home))), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _register() -> None:
    """Our typeface, under the names that the drawings use too."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, file in ((fonts.FAMILY, fonts.REGULAR), (BOLD, fonts.SEMIBOLD)):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(file)))
    pdfmetrics.registerFontFamily(fonts.FAMILY, normal=fonts.FAMILY, bold=BOLD, italic=fonts.FAMILY, boldItalic=BOLD)


def _story(report: Report, address: str, linked: bool) -> Iterator[Any]:
    yield _words(report.title, 16, bold=True, after=4)
    yield _words(report.lead, 10, after=8)
    for section in report.sections:
        yield from _section(section)
    yield _words("Settings", 11, bold=True, before=10, after=3)
    yield _words("; ".join(f"{label}: {value}" for label, value in report.settings), 8, colour=C.muted)
    yield _words("Sources", 11, bold=True, before=8, after=3)
    for source in report.sources:
        yield _marked(f"{escape(source.words)}, {_link(source.address)}", 8, C.muted)
    if report.address:
        said = f"The same, live: {_link(address) if linked else escape(address) + ' of the application'}"
        yield _marked(said, 8, C.muted, before=6)
    yield _words("Every shape and every count is read from the real PyTorch modules.", 8, colour=C.muted)


def _section(section: Section) -> Iterator[Any]:
    from reportlab.platypus import PageBreak, Spacer

    if section.apart:
        yield PageBreak()
    yield _words(section.heading, 12, bold=True, before=4, after=4)
    for on, verdict in section.verdicts:
        colour = C.alarm if verdict.outcome == "impossible" else C.ink
        head = f'{escape(on)}: <font name="{BOLD}" color="{colour}">{escape(verdict.headline)}.</font> '
        yield _marked(head + escape(verdict.sentence), 9.5, C.ink)
    if section.figure is not None:
        yield Spacer(1, 4)
        yield _figure(section.figure)
        yield Spacer(1, 8)
    for table in section.tables:
        yield _table(table.printed())
        yield Spacer(1, 6)
    for words in section.words:
        yield _words(words, 8, colour=C.muted)


def _figure(graph: Diagram) -> Any:
    drawing = drawing_of(graph.svg())
    scale = min(INNER / drawing.width, HIGHEST / drawing.height, 1.0)
    drawing.scale(scale, scale)
    drawing.width, drawing.height = drawing.width * scale, drawing.height * scale
    drawing.hAlign = "CENTER"
    return drawing


def _words(
    words: str, size: float, *, bold: bool = False, colour: str = C.ink, before: float = 0, after: float = 2
) -> Any:
    return _marked(escape(words), size, colour, bold=bold, before=before, after=after)


def _marked(markup: str, size: float, colour: str, *, bold: bool = False, before: float = 0, after: float = 2) -> Any:
    """A paragraph; ``markup`` is reportlab's, with everything of ours escaped."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "words", fontName=BOLD if bold else fonts.FAMILY, fontSize=size, leading=1.35 * size, textColor=colour,
        spaceBefore=before, spaceAfter=after, splitLongWords=1, wordWrap="LTR", keepWithNext=bold,
    )  # fmt: skip
    return Paragraph(markup, style)


def _link(address: str) -> str:
    return f'<a href="{escape(address)}" color="{C.accent}">{escape(address)}</a>'


def _table(table: Table) -> Any:
    """Its columns as wide as their words want, and no wider than the page."""
    from reportlab.platypus import LongTable

    size = 8.0
    head = [[_cell(one.label, size, one, bold=True) for one in table.columns]]
    spans = []
    if groups := over(table):
        above: list[Any] = []
        for group in groups:
            spans.append(("SPAN", (len(above), 0), (len(above) + group.columns - 1, 0)))
            above += [_cell(group.words, size, _PLAIN, bold=True), *[""] * (group.columns - 1)]
        head.insert(0, above)
    lines = [[_cell(written(cell, one), size, one) for cell, one in zip(row, table.columns, strict=True)]
             for row in table.rows]  # fmt: skip
    totals = [[_cell(written(cell, one), size, one, bold=True) for cell, one in zip(row, table.columns, strict=True)]
              for row in table.totals]  # fmt: skip
    rules = [
        ("LINEBELOW", (0, len(head) - 1), (-1, -1), 0.4, C.line),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, len(head) - 1), "BOTTOM"),
        *spans,
        *(("LEFTPADDING", (i, 0), (i, -1), 11) for i, one in enumerate(table.columns) if i and not one.numeric),
        ("LEFTPADDING", (0, 0), (-1, -1), 2.5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2.5),
        ("TOPPADDING", (0, 0), (-1, -1), 1.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.8),
    ]
    return LongTable([*head, *lines, *totals], colWidths=_widths(table, size), repeatRows=len(head), style=rules)


def _cell(words: str, size: float, column: Column, *, bold: bool = False) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "cell", fontName=BOLD if bold else fonts.FAMILY, fontSize=size, leading=1.2 * size, textColor=C.ink,
        alignment=2 if column.numeric else 0, splitLongWords=1,
    )  # fmt: skip
    return Paragraph(escape(words), style)


def _widths(table: Table, size: float) -> list[float]:
    """What a column's longest cell wants, at most a third of the page; a heading may break, but in no word."""
    wanted = []
    for i, column in enumerate(table.columns):
        cells = [written(row[i], column) for row in (*table.rows, *table.totals)]
        widest = max((fonts.width(cell, size) for cell in cells), default=0.0)
        heading = max(fonts.width(word, size, bold=True) for word in column.label.split())
        wanted.append(max(min(widest, INNER / 3), heading) + (7 if column.numeric or not i else 15))
    spare = INNER - sum(wanted)
    if spare < 0:
        return [one * INNER / sum(wanted) for one in wanted]
    return [one + spare / len(wanted) for one in wanted]
