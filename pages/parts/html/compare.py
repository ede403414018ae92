"""The comparison as HTML: verdicts, diagrams, totals, the table of layers, the links to take them away.

Pure functions from a ``Comparison`` to ``Part``s, and ``show()``, which hands parts to one Streamlit component. The
component keeps every part that did not change, and gives the diagrams the colours of the reader's theme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from html import escape
from urllib.parse import urlencode

from pages.parts.component.sheet import Part
from resnet import text
from resnet.draw.block import Diagram, diagram
from resnet.draw.layout import boxes
from resnet.draw.render import FORMATS, plain_svg
from resnet.numbers.compare import Comparison, Row, Total, Verdict, compare
from resnet.spec import names
from resnet.spec.block import BlockSpec
from resnet.spec.conventions import Conventions
from resnet.trace.block import BYTES_PER_ELEMENT, INPUT, BlockTrace, OpTrace
from resnet.trace.words import layer
from resnet.views.compare import View
from resnet.views.network import parse_origin


@lru_cache(maxsize=256)
def figures(view: View) -> tuple[Part, ...]:
    """The question, and verdict over diagram, left and right; the same whatever of it is chosen.

    The title stands here and not in an element of its own, which the browser would draw before the figures.
    """
    comparison = compare(view.left, view.right, view.conventions)
    heading = "The same main path with two shortcuts"
    if view.right == BlockSpec():
        heading = "Stage 2 of ResNet-50 starts with stride 1. Why not with an identity block?"
    return (
        Part("title", f"<h1>{heading}</h1>{_origin(view)}"),
        Part("verdict left", verdict_box(comparison.left_verdict)),
        Part("figure left", _figure("left", comparison, view.unfolded)),
        Part("verdict right", verdict_box(comparison.right_verdict)),
        Part("figure right", _figure("right", comparison, view.unfolded)),
    )


def _origin(view: View) -> str:
    """The way back to the network that a reader came from."""
    origin = parse_origin(view.origin)
    if origin is None:
        return ""
    back = urlencode(replace(origin, conventions=view.conventions).to_query())
    theirs = origin.comparison(origin.at)
    same = (theirs.right, theirs.left_shortcut, theirs.pool) == (view.right, view.left_shortcut, view.pool)
    side = "right" if origin.block(origin.at).kind == "convolutional" else "left"
    name = f"{origin.at} of {names.network_title(origin.spec)}"
    words = f"On the {side}: {name}, exactly." if same else f"You came from {name}."
    return (
        f'<p class="origin"><a href="./network?{escape(back)}" target="_self">← Back to the network</a> '
        f"{escape(words)}</p>"
    )


def verdict_box(verdict: Verdict) -> str:
    mark = {"impossible": "✕", "works": "✓", "needed": "✓", "choice": "✓"}[verdict.outcome]
    fold = ""
    if verdict.detail:
        fold = f"<details><summary>What torch says</summary><code>{escape(verdict.detail)}</code></details>"
    return (
        f'<div class="box {verdict.outcome}"><p><strong>{mark} {escape(verdict.headline)}.</strong> '
        f"{escape(verdict.sentence)}</p>{fold}</div>"
    )


def _figure(side: str, comparison: Comparison, unfolded: bool) -> str:
    t, beside, verdict = comparison.left, comparison.right, comparison.left_verdict
    if side == "right":
        t, beside, verdict = beside, t, comparison.right_verdict
    words = f"Diagram: {names.title(t.spec)}. {verdict.headline}. {verdict.sentence}"
    conventions = comparison.conventions
    svg = small_svg(diagram(t, unfolded=unfolded, beside=beside, conventions=conventions))
    tall = ' class="unfolded"' if unfolded else ""
    picture = _choosable(svg, side, t, unfolded, conventions)
    return f'<figure{tall} role="group" aria-label="{escape(words)}">{picture}</figure>'


def _choosable(svg: str, side: str, t: BlockTrace, unfolded: bool, conventions: Conventions) -> str:
    """Every box and every arrow of the diagram as something that can be pointed at and chosen."""
    shapes = {INPUT: t.in_shape} | {op.name: op.out_shape for op in t.ops}
    by_name = {card.name: card for card in boxes(t, unfolded)}

    def node(found: re.Match[str]) -> str:
        name = found[1]
        if name not in by_name:
            return found[0]
        ops = by_name[name].ops
        label = ", ".join(layer(op) for op in ops) + f": {conventions.shape(ops[-1].out_shape)}"
        return _button(found[0], f"{side}.{name}", label, " ".join(op.name for op in ops))

    def edge(found: re.Match[str]) -> str:
        source = found[1]
        if shapes.get(source) is None:
            return found[0]
        return _button(found[0], f"{side}.{source}:out", f"{source}: {conventions.shape(shapes[source])}", "")

    svg = re.sub(r'<g id="([\w.]+)" class="node', node, svg)
    return re.sub(r'<g id="([\w.]+)_to_[\w.]+" class="edge', edge, svg)


def _button(tag: str, choice: str, label: str, ops: str) -> str:
    named = f' data-ops="{escape(ops)}"' if ops else ""
    attributes = f'tabindex="0" role="button" data-op="{escape(choice)}" aria-label="Explain {escape(label)}"{named}'
    return tag.replace("<g ", f"<g {attributes} ", 1)


def small_svg(graph: Diagram) -> str:
    """For a page that has the typeface, and a message that should be short."""
    return re.sub(r' font-family="[^"]*"| xml:space="preserve"|<title>[^<]*</title>\n', "", plain_svg(graph.source))


@lru_cache(maxsize=256)
def summary(view: View) -> tuple[Part, ...]:
    """Totals with their differences, and the links to take everything away."""
    return (Part("totals", _totals(compare(view.left, view.right, view.conventions))), _downloads(view))


@lru_cache(maxsize=256)
def layers(view: View) -> tuple[Part, ...]:
    """Every layer of both blocks, row by row."""
    return (Part("layers", _layers(compare(view.left, view.right, view.conventions))),)


def _titles(comparison: Comparison) -> tuple[str, str]:
    return escape(names.title(comparison.left.spec)), escape(names.title(comparison.right.spec))


def _totals(comparison: Comparison) -> str:
    left, right = _titles(comparison)
    rows = "".join(_total(total) for total in comparison.totals)
    conventions = comparison.conventions
    shapes = [conventions.shape(t.out_shape) for t in (comparison.left, comparison.right)]
    rows += (
        f'<tr><th scope="row">Output <small>{conventions.axis_names}</small></th>'
        f"<td>{shapes[0]}</td><td>{shapes[1]}</td><td>{'' if shapes[0] == shapes[1] else 'differs'}</td></tr>"
    )
    note = ""
    if not (comparison.left.possible and comparison.right.possible):
        note = "<p>An impossible block is counted up to its failing addition.</p>"
    return (
        f'<h2>Totals</h2><div class="scroll" role="region" aria-label="Totals" tabindex="0"><table><thead><tr><td></td>'
        f'<th scope="col">{left}</th><th scope="col">{right}</th>'
        f'<th scope="col">Difference</th></tr></thead><tbody>{rows}</tbody></table></div>{note}'
    )


def _total(total: Total) -> str:
    name = f'<th scope="row">{escape(total.name)} <small>{escape(total.unit)}</small></th>'
    change = text.difference(total.difference)
    if total.difference and total.left:
        change += f" <small>{text.percent(total.difference, total.left)}</small>"
    numbers = "".join(f"<td>{_amount(total, value)}</td>" for value in (total.left, total.right))
    return f"<tr>{name}{numbers}<td>{change}</td></tr>"


def _amount(total: Total, value: int) -> str:
    rounded = text.memory(value) if total.unit.startswith("bytes") else ""
    return text.count(value) + (f" <small>{rounded}</small>" if rounded else "")


_PATHS = {"main": "Main path", "shortcut": "Shortcut", "joined": "Where they meet"}


def _layers(comparison: Comparison) -> str:
    left, right = _titles(comparison)
    body, conventions = "", comparison.conventions
    for path, heading in _PATHS.items():
        rows = [row for row in comparison.rows if row.op.path == path]
        if rows:
            body += f'<tbody class="{path}"><tr class="group"><th scope="rowgroup" colspan="9">{heading}</th></tr>'
            body += "".join(_row(row, conventions) for row in rows) + "</tbody>"
    headings = ("Output", "Parameters", conventions.unit_name, "Bytes")
    columns = "".join(f'<th scope="col">{name}</th>' for name in headings)
    unit = (
        "MACs are multiply-adds"
        if conventions.unit == "macs"
        else "FLOPs count a multiplication and an addition as two"
    )
    return (
        '<h2>Layer by layer</h2><div class="scroll" role="region" aria-label="Layers of both blocks" tabindex="0">'
        f'<table><thead><tr><td></td><th scope="colgroup" colspan="4">{left}</th>'
        f'<th scope="colgroup" colspan="4">{right}</th></tr><tr><th scope="col">Layer</th>{columns * 2}</tr></thead>'
        f"{body}</table></div><p>≠ marks a row in which the blocks differ. {unit}, at batch 1; "
        "bytes are the layer’s result at float32.</p>"
    )


def _row(row: Row, conventions: Conventions) -> str:
    mark = '<span class="mark" title="differs">≠</span> ' if row.differs else ""
    name = f'<th scope="row">{mark}{escape(layer(row.op))} <small>{escape(row.op.name)}</small></th>'
    ops = f' data-ops="{escape(row.op.name)}"'
    cells = _cells(row.left, conventions) + _cells(row.right, conventions)
    return f"<tr{' class=differs' if row.differs else ''}{ops}>{name}{cells}</tr>"


def _cells(op: OpTrace | None, conventions: Conventions) -> str:
    if op is None:
        return '<td class="first">—</td><td>—</td><td>—</td><td>—</td>'
    numbers = (conventions.params(op), conventions.operations(op), op.out_elements * BYTES_PER_ELEMENT)
    return f'<td class="first">{conventions.shape(op.out_shape)}</td>' + "".join(
        f"<td>{text.count(n)}</td>" for n in numbers
    )


def _downloads(view: View) -> Part:
    """Links to the figures and the table of exactly this view, as ``resnet.api`` serves them."""
    left, right, said = view.left, view.right, view.conventions.suffix
    pair, query = names.pair_slug(left, right) + said, view.to_query()
    return links(
        [
            ("Left diagram", "block", names.slug(left) + said, FORMATS, query | {"shortcut": left.shortcut}),
            ("Right diagram", "block", names.slug(right) + said, FORMATS, query),
            ("Both as one figure", "pair", pair, FORMATS, query),
            ("Table of layers", "layers", pair, ("csv",), query),
        ]
    )


def links(entries: Sequence[tuple[str, str, str, Sequence[str], dict[str, str]]]) -> Part:
    """Downloads: (name, route of the API, file name, formats, query)."""
    items = ""
    for name, what, slug, formats, query in entries:
        address = escape(urlencode(query))
        anchors = " ".join(
            f'<a href="api/{what}.{suffix}?{address}" download="{slug}.{suffix}" '
            f'aria-label="{name} as {suffix.upper()}">{suffix.upper()}</a>'
            for suffix in formats
        )
        items += f"<li><span>{name}</span> {anchors}</li>"
    return Part("downloads", f"<h2>Take it away</h2><ul>{items}</ul>")
