"""The network as HTML: its picture with a link in every block, why totals differ, what if, the downloads."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from urllib.parse import urlencode

import streamlit as st

from pages.parts.component.sheet import Part
from pages.parts.html.compare import links, small_svg
from resnet import text
from resnet.draw.network import network_diagram
from resnet.draw.render import FORMATS
from resnet.lessons.evidence import SHORTCUTS, VARIANTS, Published
from resnet.numbers.counting import keras_has, ladder, reconcile
from resnet.numbers.what_if import Alternative, options, variants
from resnet.spec import names
from resnet.spec.conventions import UNITS, Conventions
from resnet.spec.network import NetworkSpec
from resnet.trace.network import NetworkBlock, describe, trace_network
from resnet.views.network import NetworkView

_NUMBER = st.column_config.NumberColumn(format="localized")
_COUNTS = (
    "parameters", "parameters (Keras)", "of these in the shortcut", "buffers", "of these not trained", "multiply-adds",
    "FLOPs", "activation bytes", "receptive field", "jump",
)  # fmt: skip
COLUMNS = dict.fromkeys(_COUNTS, _NUMBER)


@lru_cache(maxsize=128)
def picture(view: NetworkView) -> tuple[Part, ...]:
    """The network's diagram; every block leads to the comparison that shows it."""
    t, conventions = view.trace, view.conventions
    svg = small_svg(network_diagram(t, view.quantity, conventions=conventions))
    for block in t.blocks:
        svg = _linked(svg, view, block)
    share = conventions.params(*(op for block in t.projections for op in block.trace.on("shortcut")))
    words = (
        f"{len(t.projections)} of {len(t.blocks)} blocks are convolutional: their projections hold "
        f"{text.count(share)} parameters, {text.percent(share, conventions.params(t)).lstrip('+')} of the network. "
        "Point at a block for its numbers; choose it to open it in the comparison."
    )
    heading = "<h1>Which blocks are convolutional, why these, and what do they cost?</h1>"
    figure = (
        f'<figure role="group" aria-label="{escape(names.network_title(view.spec))}, block by block">{svg}</figure>'
    )
    region = f'<div class="scroll" role="region" aria-label="The network" tabindex="0">{figure}</div>'
    return (Part("title", f"{heading}<p>{escape(words)}</p>"), Part("network", region))


def _linked(svg: str, view: NetworkView, block: NetworkBlock) -> str:
    """Put the block's cell into a link to its comparison, with its numbers as a tip."""
    address = urlencode(view.comparison(block.name).to_query())
    numbers = escape(describe(block, view.conventions))
    at = ' class="at"' if view.at == block.name else ""
    link = f'<a href="./compare?{escape(address)}" target="_self" data-tip="{numbers}" aria-label="{numbers}"{at}>'
    cell = rf'<g id="{re.escape(block.name)}" class="node.*?</g>'
    return re.sub(cell, lambda found: f"{link}{found[0]}</a>", svg, count=1, flags=re.DOTALL)


def keras_name(spec: NetworkSpec) -> str:
    """What to call the waterfall's last bar."""
    return "Keras prints" if keras_has(spec) else "as Keras would count"


@lru_cache(maxsize=128)
def why_totals_differ(view: NetworkView) -> tuple[Part, ...]:
    found = reconcile(view.spec)
    items = "".join(
        f"<li><strong>{escape(sign)} {escape(term.name)}</strong>: {escape(term.sentence)}</li>"
        for sign, term in (
            (text.count(found.start.amount), found.start),
            *((text.difference(term.amount), term) for term in found.terms),
        )
    )
    end = f"<li><strong>{text.count(found.end)} {escape(keras_name(view.spec))}</strong></li>"
    built = trace_network(view.spec).params
    if built != found.start.amount:
        items += (
            f"<li>As built here, with its biases, it has <strong>{text.count(built)}</strong> that are trained.</li>"
        )
    note = "<p>The chart’s axis does not start at 0: the terms would not be seen.</p>"
    return (Part("words", f"<h2>Why do the totals differ?</h2><ul>{items}{end}</ul>{note}"),)


@lru_cache(maxsize=128)
def which_multiply_adds(view: NetworkView) -> tuple[Part, ...]:
    items = "".join(
        f"<li><strong>{text.giga(rung.amount)} {UNITS[rung.unit]}, {escape(rung.name)}</strong>: "
        f"{escape(rung.sentence)}</li>"
        for rung in ladder(view.spec)
    )
    return (Part("words", f"<h2>Which number of multiply-adds?</h2><ul>{items}</ul>"),)


@lru_cache(maxsize=128)
def what_if(view: NetworkView) -> tuple[Part, ...]:
    """Options and variants with what they cost, and what was published about them."""
    conventions = view.conventions
    tables = _alternatives("Shortcut", options(view.spec, conventions), conventions)
    tables += _alternatives("Variant", variants(view.spec, conventions), conventions)
    return (
        Part("whatif", f"<h2>What if?</h2>{tables}"),
        Part("evidence", _published("Shortcuts", SHORTCUTS) + _published("Variants", VARIANTS)),
    )


def _alternatives(heading: str, alternatives: tuple[Alternative, ...], conventions: Conventions) -> str:
    base = next(one.trace for one in alternatives if one.current)
    assert base is not None, "what is shown exists"
    rows, operations = "", "Multiply-adds" if conventions.unit == "macs" else "FLOPs"
    for one in alternatives:
        mark = ' class="current"' if one.current else ""
        name = f'<th scope="row">{escape(one.name)} <small>{escape(one.words)}</small></th>'
        if one.trace is None:
            rows += f'<tr>{name}<td colspan="4">the input is too small for it</td></tr>'
            continue
        cells = ""
        for count in (conventions.params, conventions.operations):
            value, reference = count(one.trace), count(base)
            change = value - reference
            share = f" <small>{text.percent(change, reference)}</small>" if change else ""
            shown = "shown" if one.current else text.difference(change) + share
            cells += f"<td>{text.count(value)}</td><td>{shown}</td>"
        rows += f"<tr{mark}>{name}{cells}</tr>"
    return (
        f'<div class="scroll" role="region" aria-label="{heading}" tabindex="0"><table><thead><tr>'
        f'<th scope="col">{heading}</th><th scope="col">Parameters</th><th scope="col">Difference</th>'
        f'<th scope="col">{operations}</th><th scope="col">Difference</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _published(heading: str, results: tuple[Published, ...]) -> str:
    rows = ""
    for one in results:
        rows += (
            f'<tr><th scope="row">{escape(one.what)}</th><td>{one.value:.2f} %</td>'
            f"<td>{escape(one.measure)}</td><td>{escape(one.setting)}</td><td>{escape(one.source)}</td></tr>"
        )
    return (
        f'<h3>{heading}, as published</h3><div class="scroll" role="region" aria-label="{heading}" tabindex="0">'
        '<table><thead><tr><th scope="col">Network</th><th scope="col">Result</th><th scope="col">Of what</th>'
        f'<th scope="col">Setting</th><th scope="col">Source</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def downloads(view: NetworkView) -> tuple[Part, ...]:
    slug, said, query = names.network_slug(view.spec), view.conventions.suffix, view.to_query()
    return (
        links(
            [
                ("The picture", "network", f"{slug}_{view.quantity}{said}", FORMATS, query),
                ("Table of blocks", "blocks", f"{slug}_blocks{said}", ("csv",), query),
                ("Everything, as data", "network", f"{slug}{said}", ("json",), query),
            ]
        ),
    )
