"""A report as one HTML file: nothing is fetched, nothing runs, and it prints on A4."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from resnet.draw import fonts
from resnet.draw.graph import Diagram
from resnet.draw.palette import LIGHT
from resnet.draw.render import typeface
from resnet.draw.spoken import described
from resnet.export.report import Report, over
from resnet.export.table import written


def to_html(report: Report, home: str = "") -> bytes:
    """``home`` is where the application answers, for the way back; without it the document names the page alone."""
    printed = [[one.printed() for one in section.tables] for section in report.sections]
    shown = report.with_tables(printed)
    text = _template().render(
        report=shown,
        home=home.rstrip("/"),
        c=LIGHT,
        family=fonts.FAMILY,
        typeface=Markup(typeface()),
        drawing=_drawing,
        written=written,
        over=over,
    )
    return text.encode()


def _drawing(graph: Diagram) -> Markup:
    """Its text is escaped already; what it says for who can't see it comes along."""
    svg = graph.svg()
    return Markup(described(svg, graph.spoken) if graph.spoken else svg)


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = PackageLoader("resnet.export", "")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html")
