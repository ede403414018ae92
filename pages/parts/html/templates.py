"""The templates, and how they write numbers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pages.parts.html.part import Element, Part
from resnet import text
from resnet.draw.graph import Diagram
from resnet.draw.spoken import key
from resnet.views.address import Addressed

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parents[2] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
for name in ("count", "difference", "percent", "share", "million", "giga", "memory"):
    _templates.filters[name] = getattr(text, name)

_templates.filters["key"] = key


def part(name: str, template: str, elements: tuple[Element, ...] = (), **values: object) -> Part:
    """A part with that name, from a template and the values that it shows."""
    return Part(name, _templates.get_template(template).render(values).strip(), elements)


def drawing(graph: Diagram) -> Markup:
    """A diagram's SVG, to stand in a template: its text is escaped already."""
    return Markup(graph.svg(for_page=True))


def link(view: Addressed) -> str:
    """The address of a view, as a link on a page."""
    query = urlencode(view.to_query())
    return f"./{view.PAGE}?{query}" if query else f"./{view.PAGE}"
