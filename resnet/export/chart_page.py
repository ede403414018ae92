"""A chart as one interactive HTML file: plotly.js is in it, nothing is fetched, and it opens without a connection.

Light or dark as the reader's system has it. On paper, and where no script may run, stands the chart's own SVG in the
figure's place. Below it are the same numbers as tables.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from resnet.draw import fonts
from resnet.draw.interactive import figure_json, plotly_js, plotly_js_hash, script_hash
from resnet.draw.palette import DARK, LIGHT
from resnet.draw.render import typeface
from resnet.draw.still import still
from resnet.export.chart_tables import panel_tables
from resnet.export.table_html import to_html
from resnet.numbers.charted import Chart


def chart_page(chart: Chart, name: str) -> bytes:
    """``name`` is what its picture is called if a reader saves it with the button of the chart."""
    script = _script()
    text = _template().render(
        chart=chart,
        name=name,
        svg=Markup(still(chart).svg),
        figures={"light": _inert(figure_json(chart, LIGHT)), "dark": _inert(figure_json(chart, DARK))},
        tables=[Markup(to_html(one)) for one in panel_tables(chart, name)],
        light=LIGHT,
        dark=DARK,
        family=fonts.FAMILY,
        typeface=Markup(typeface()),
        plotly=Markup(plotly_js()),
        script=Markup(script),
        scripts=Markup(f"{plotly_js_hash()} {script_hash(script)}"),
    )
    return text.encode()


def _inert(json: str) -> Markup:
    """JSON that can't end the element that it stands in, whatever is named in it."""
    return Markup(json.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


@lru_cache(maxsize=1)
def _script() -> str:
    return (Path(__file__).parent / "chart_page.js").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = PackageLoader("resnet.export", "")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("chart_page.html")
