"""A page as a whole: one HTML file, the same as PDF, and everything that it gives in one ZIP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from resnet.draw.style import Style
from resnet.export.bundle import Entry, bundle
from resnet.export.form import Form, Subject
from resnet.export.report import Report, report_of_model, report_of_network, report_of_pair
from resnet.export.report_html import to_html
from resnet.export.report_pdf import to_pdf
from resnet.export.subjects.block import BLOCK, BLOCK_CODE, BLOCK_DATA, LAYERS, PAIR, PAIR_CODE
from resnet.export.subjects.charts import CHART, NETWORK_CHARTS
from resnet.export.subjects.model import GRAPH, MODEL, MODEL_BLOCK, MODEL_DATA, MODELS, SUMS, Asked
from resnet.export.subjects.network import BLOCKS, NETWORK, NETWORK_CODE, NETWORK_DATA
from resnet.views.compare import SIDES, CompareView, query_of_one
from resnet.views.model import ModelView
from resnet.views.network import NetworkView

T = TypeVar("T")


def _forms(report: Callable[[T], Report], entries: Callable[[T], Sequence[Entry]]) -> tuple[Form[T], ...]:
    def as_html(asked: T, style: Style) -> bytes:
        return to_html(report(asked), style.home)

    def as_pdf(asked: T, style: Style) -> bytes:
        return to_pdf(report(asked), style.home)

    def as_zip(asked: T, style: Style) -> bytes:
        return bundle(report(asked).title, entries(asked), style)

    return (
        Form("report", "html", "document", "HTML", as_html),
        Form("report-pdf", "pdf", "document", "PDF", as_pdf),
        Form("zip", "zip", "document", "everything as ZIP", as_zip),
    )


def _of_pair(view: CompareView) -> list[Entry]:
    page = view.as_page()
    sides = {side: CompareView.read(query_of_one(page, side)).view for side in SIDES}
    return [
        Entry("report", COMPARE_REPORT, view),
        Entry("both", PAIR, view),
        Entry("both", PAIR_CODE, view),
        Entry("layers", LAYERS, view),
        Entry("chart", CHART, view),
        *(Entry(side, one, alone) for side, alone in sides.items() for one in (BLOCK, BLOCK_CODE, BLOCK_DATA)),
    ]


def _of_network(view: NetworkView) -> list[Entry]:
    entries = [
        ("report", NETWORK_REPORT),
        ("network", NETWORK),
        ("network", NETWORK_CODE),
        ("network", NETWORK_DATA),
        ("blocks", BLOCKS),
    ]
    charts = [("charts", one) for one in NETWORK_CHARTS]
    return [Entry(folder, one, view) for folder, one in (*entries, *charts)]


def _of_model(asked: Asked) -> list[Entry]:
    entries = [
        *(("report", MODEL_REPORT), ("network", MODEL), ("network", MODEL_DATA), ("sums", SUMS), ("graph", GRAPH)),
        *([("block", MODEL_BLOCK)] if asked.view.sum else []),
        *([("both", MODELS)] if asked.beside is not None else []),
    ]
    return [Entry(folder, one, asked) for folder, one in entries]


COMPARE_REPORT: Subject[CompareView] = Subject(
    what="compare_report",
    words="the comparison as a document, and all its files in one",
    title="The comparison",
    view=CompareView,
    slug=lambda view: f"{PAIR.slug(view)}_report",
    forms=_forms(report_of_pair, _of_pair),
)
NETWORK_REPORT: Subject[NetworkView] = Subject(
    what="network_report",
    words="a network as a document, and all its files in one",
    title="The network",
    view=NetworkView,
    slug=lambda view: f"{NETWORK_DATA.slug(view)}_report",
    forms=_forms(report_of_network, _of_network),
)
MODEL_REPORT: Subject[Asked] = Subject(
    what="model_report",
    words="any network as a document, and all its files in one",
    title="The network",
    view=ModelView,
    slug=lambda asked: f"{MODEL_DATA.slug(asked)}_report",
    forms=_forms(lambda asked: report_of_model(asked.view, asked.graph, asked.beside), _of_model),
)
