"""Anybody's network, one of its residual sums, and another network beside it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from resnet.draw.graph import Diagram
from resnet.draw.model import model_diagram
from resnet.draw.model_block import sum_diagram
from resnet.export import schemas
from resnet.export.figures import graph_forms
from resnet.export.form import Form, Subject, json_form
from resnet.export.model_tables import models_table, sums_table
from resnet.export.models import comparison_to_data, model_to_data, to_text
from resnet.export.table import Table
from resnet.export.table_forms import table_forms
from resnet.models.align import NetworkComparison, compare_networks
from resnet.models.graph import Graph, residual_sums
from resnet.models.library import known
from resnet.models.stored import to_json
from resnet.models.sums import ResidualSum
from resnet.spec import names
from resnet.spec.errors import SpecError
from resnet.views.model import NOBODY, ModelView


class Asked(NamedTuple):
    """A view of a network, and the network, which may be a reader's own.

    ``other``  the network beside it; None for the one that the view names
    """

    view: ModelView
    graph: Graph
    other: Graph | None = None

    @property
    def beside(self) -> Graph | None:
        """What it is compared with; None if with nothing."""
        if self.other is not None or not self.view.compares:
            return self.other
        return known(self.view.against)


def _data(asked: Asked) -> dict[str, Any]:
    """What was found; beside another network what differs, too."""
    found = model_to_data(asked.graph, asked.view.conventions)
    if asked.beside is not None:
        both = compare_networks(asked.graph, asked.beside)
        found["comparison"] = comparison_to_data(both, asked.view.conventions)
    return found


def _picture(asked: Asked, narrow: bool = False) -> Diagram:
    return model_diagram(asked.graph, asked.view.measure, conventions=asked.view.conventions, narrow=narrow)


def _opened(asked: Asked) -> ResidualSum:
    """The residual sum that is opened; the first if none is."""
    sums, number = residual_sums(asked.graph), asked.view.sum or 1
    if number > len(sums):
        works = f"a whole number from 1 to {len(sums):,}" if sums else "left out: there is no residual sum"
        raise SpecError("sum", number, works)
    return sums[number - 1]


def _block(asked: Asked) -> Diagram:
    view = asked.view
    return sum_diagram(asked.graph, _opened(asked), unfolded=view.unfolded, conventions=view.conventions)


def _both(asked: Asked) -> NetworkComparison:
    if asked.beside is None:
        raise SpecError("against", NOBODY, "another network’s name")
    return compare_networks(asked.graph, asked.beside)


def _sums(asked: Asked) -> Table:
    return sums_table(asked.graph, asked.view.conventions)


def _rows(asked: Asked) -> Table:
    return models_table(_both(asked), asked.view.conventions)


def _slug(asked: Asked, what: str = "") -> str:
    return f"{names.for_a_file(asked.graph.name)}{asked.view.conventions.suffix}{what}"


MODEL: Subject[Asked] = Subject(
    what="model",
    words="the picture of any network",
    title="The picture",
    view=ModelView,
    slug=lambda asked: _slug(asked, f"_{asked.view.measure}"),
    forms=graph_forms(
        _picture, text="words.txt", narrow=partial(_picture, narrow=True)
    ),  # /api/model.txt is the table of its sums
)
SUMS: Subject[Asked] = Subject(
    what="sums",
    words="the table of a network’s residual sums",
    title="Table of residual sums",
    view=ModelView,
    slug=lambda asked: _slug(asked, "_sums"),
    forms=(
        Form("table", "txt", "table", "Text", lambda asked, _: to_text(asked.graph, asked.view.conventions).encode()),
        *table_forms(_sums),
    ),
)
SUMS_CSV = replace(
    SUMS, what="model", words="that table, where it was before", forms=(SUMS.form("table"), SUMS.form("csv"))
)
MODEL_DATA: Subject[Asked] = Subject(
    what="model",
    words="every residual sum of a network, and its totals",
    title="Everything, as data",
    view=ModelView,
    slug=_slug,
    forms=(json_form(_data, schemas.MODEL),),
)
GRAPH: Subject[Asked] = Subject(
    what="graph",
    words="a network without its weights, as a file that opens again",
    title="The graph, to open again",
    view=ModelView,
    slug=lambda asked: _slug(asked, "_graph"),
    forms=(Form("graph", "json", "data", "JSON", lambda asked, _: to_json(asked.graph).encode()),),
)
MODEL_BLOCK: Subject[Asked] = Subject(
    what="model_block",
    words="the diagram of one residual sum",
    title="The block",
    view=ModelView,
    slug=lambda asked: _slug(asked, f"_sum-{asked.view.sum or 1}"),
    forms=graph_forms(_block),
)
MODELS: Subject[Asked] = Subject(
    what="models",
    words="two networks, block by block",
    title="Both networks, row by row",
    view=ModelView,
    needs=("against",),
    slug=lambda asked: _slug(asked, f"_and_{names.for_a_file(asked.beside.name) if asked.beside else NOBODY}"),
    forms=(
        Form("table", "txt", "table", "Text", lambda asked, _: to_text(_both(asked), asked.view.conventions).encode()),
        json_form(lambda asked: comparison_to_data(_both(asked), asked.view.conventions), schemas.COMPARISON),
        *table_forms(_rows, rows="rows.json"),
    ),
)
