"""The network: its picture with a link in every block, why totals differ, what if, the downloads."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts.html.downloads import Download, downloads
from pages.parts.html.part import Element, Part
from pages.parts.html.templates import drawing, link, part
from resnet.cache import remembered
from resnet.draw.network import network_diagram
from resnet.export.subjects import OF_NETWORKS
from resnet.export.tables import block_columns
from resnet.lessons.evidence import ON_SHORTCUTS, ON_VARIANTS
from resnet.numbers.counting import keras_name, ladder, reconcile
from resnet.numbers.describe import describe
from resnet.numbers.what_if import Alternative, options, variants
from resnet.spec import names
from resnet.spec.conventions import UNITS, Conventions
from resnet.trace.network import NetworkBlock, trace_network
from resnet.views.network import NetworkView


def columns(conventions: Conventions) -> dict[str, Any]:
    """How the table of blocks writes its numbers."""
    number = st.column_config.NumberColumn(format="localized")
    return {column.name: number for column in block_columns(conventions) if column.counts}


@remembered(megabytes=8)
def picture(view: NetworkView) -> tuple[Part, ...]:
    """The network's diagram; every block leads to the comparison that shows it."""
    t, conventions = view.trace, view.conventions
    graph = network_diagram(t, view.quantity, conventions=conventions)
    elements = tuple(_element(view, block) for block in t.blocks)
    title = part(
        "title",
        "network/title.html",
        projections=len(t.projections),
        blocks=len(t.blocks),
        cost=conventions.params(*(op for block in t.projections for op in block.trace.on("shortcut"))),
        params=conventions.params(t),
    )
    name = names.network_title(view.spec)
    return (title, part("network", "network/picture.html", elements, title=name, svg=drawing(graph), told=graph.spoken))


def _element(view: NetworkView, block: NetworkBlock) -> Element:
    """A link from the block's cell to its comparison, with its numbers as a tip."""
    numbers = describe(block, view.conventions)
    return Element(block.name, numbers, href=link(view.comparison(block.name)), tip=numbers, at=view.at == block.name)


@remembered(megabytes=8)
def why_totals_differ(view: NetworkView) -> tuple[Part, ...]:
    return (
        part(
            "words",
            "network/totals_differ.html",
            found=reconcile(view.spec),
            built=trace_network(view.spec).params,
            keras=keras_name(view.spec),
        ),
    )


@remembered(megabytes=8)
def which_multiply_adds(view: NetworkView) -> tuple[Part, ...]:
    return (part("words", "network/operations.html", rungs=ladder(view.spec), units=UNITS),)


@remembered(megabytes=8)
def what_if(view: NetworkView) -> tuple[Part, ...]:
    """Options and variants with what they cost, and what was published about them."""
    conventions = view.conventions
    tables = [
        {"heading": "Shortcut", "rows": _alternatives(options(view.spec, conventions), conventions)},
        {"heading": "Variant", "rows": _alternatives(variants(view.spec, conventions), conventions)},
    ]
    return (
        part("whatif", "network/what_if.html", tables=tables, operations=conventions.operation.short),
        part("evidence", "network/evidence.html", tables=[("Shortcuts", ON_SHORTCUTS), ("Variants", ON_VARIANTS)]),
    )


def _alternatives(alternatives: tuple[Alternative, ...], conventions: Conventions) -> list[dict[str, Any]]:
    """A row for each, with pairs of a count and the same of what is shown; without where the input is too small."""
    base = next(one.trace for one in alternatives if one.current)
    assert base is not None, "what is shown exists"
    rows = []
    for one in alternatives:
        counts = []
        if one.trace is not None:
            counts = [(count(one.trace), count(base)) for count in (conventions.params, conventions.operations)]
        rows.append(
            {"name": one.name, "words": one.words, "current": one.current, "counts": counts, "problem": one.problem}
        )
    return rows


@remembered(megabytes=4)
def files(view: NetworkView) -> tuple[Part, ...]:
    query = view.to_query()
    return (downloads([Download(one.title, one, view, query) for one in OF_NETWORKS]),)
