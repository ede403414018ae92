"""The charts of the comparison and of a network: pictures, files that answer the pointer, and their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from resnet.draw.spoken import Plate
from resnet.draw.still import still
from resnet.draw.style import Style
from resnet.export.chart_page import chart_page
from resnet.export.chart_tables import chart_table
from resnet.export.figures import picture_forms
from resnet.export.form import Form, Subject
from resnet.export.table import Table
from resnet.export.table_forms import table_forms
from resnet.numbers import charted
from resnet.numbers.charted import Chart
from resnet.numbers.compare import compare
from resnet.spec import names
from resnet.views.address import Addressed
from resnet.views.compare import CompareView
from resnet.views.network import NetworkView

V = TypeVar("V", bound=Addressed)


def _forms(what: str, shows: Callable[[V], Chart], slug: Callable[[V], str]) -> tuple[Form[V], ...]:
    def plate(view: V) -> Plate:
        return still(shows(view))

    def table(view: V) -> Table:
        return chart_table(shows(view), what)

    def interactive(view: V, _: Style) -> bytes:
        return chart_page(shows(view), slug(view))

    return (
        *picture_forms(plate),
        Form("interactive", "html", "figure", "interactive HTML", interactive),
        *(one for one in table_forms(table) if one.key in ("csv", "rows")),  # its words have the name of Markdown
    )


def _pair(view: CompareView) -> Chart:
    page = view.as_page()
    return charted.where_it_sits(compare(page.left, page.right, page.conventions))


def _pair_slug(view: CompareView) -> str:
    page = view.as_page()
    return f"{names.pair_slug(page.left, page.right)}_where-it-sits{page.conventions.suffix}"


def _of_network(what: str, title: str, words: str, shows: Callable[[NetworkView], Chart]) -> Subject[NetworkView]:
    def slug(view: NetworkView) -> str:
        return f"{names.network_slug(view.spec)}_{what}{view.conventions.suffix}"

    name = f"network_{what}"
    return Subject(what=name, words=words, title=title, view=NetworkView, slug=slug, forms=_forms(name, shows, slug))


CHART: Subject[CompareView] = Subject(
    what="chart",
    words="the chart of where both blocks’ parameters and operations sit",
    title="Where it sits",
    view=CompareView,
    slug=_pair_slug,
    forms=_forms("chart", _pair, _pair_slug),
)
BY_STAGE = _of_network(
    "by_stage",
    "Where it sits, by stage",
    "the chart of a network’s stages",
    lambda view: charted.by_stage(view.trace, view.conventions),
)
BY_BLOCK = _of_network(
    "by_block",
    "Where it sits, by block",
    "the chart of a network’s blocks",
    lambda view: charted.by_block(view.trace, view.conventions),
)
WATERFALL = _of_network(
    "waterfall",
    "Why totals differ",
    "the chart from PyTorch’s number of parameters to Keras’s",
    lambda view: charted.waterfall(view.spec),
)
LADDER = _of_network(
    "ladder",
    "Which multiply-adds",
    "the chart of the numbers that are given for one network’s work",
    lambda view: charted.ladder(view.spec),
)
RECEPTIVE_FIELD = _of_network(
    "receptive_field",
    "Receptive field",
    "the chart of the receptive field after each block",
    lambda view: charted.receptive_field(view.trace),
)
NETWORK_CHARTS = (BY_STAGE, BY_BLOCK, WATERFALL, LADDER, RECEPTIVE_FIELD)
