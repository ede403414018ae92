"""The comparison: verdicts, diagrams, totals, the table of layers, the downloads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pages.parts.html.downloads import Download, downloads
from pages.parts.html.part import Element, Part
from pages.parts.html.templates import drawing, link, part
from resnet.cache import remembered
from resnet.draw.block import ABOVE, BELOW, diagram
from resnet.draw.layout import arrows, boxes
from resnet.export.subjects.block import BLOCK, BLOCK_CODE, BLOCK_DATA, LAYERS, PAIR, PAIR_CODE
from resnet.export.subjects.charts import CHART
from resnet.export.subjects.documents import COMPARE_REPORT
from resnet.numbers.compare import Comparison, compare
from resnet.spec import names
from resnet.spec.block import BlockSpec
from resnet.spec.conventions import Conventions
from resnet.trace.values import BYTES_PER_ELEMENT, BlockTrace, OpTrace
from resnet.trace.words import layer
from resnet.views.compare import SIDES, CompareView, query_of_one
from resnet.views.network import parse_origin


@remembered(megabytes=8)
def figures(view: CompareView) -> tuple[Part, ...]:
    """The question, and verdict over diagram, left and right; the same whatever of it is chosen.

    The title stands here and not in an element of its own, which the browser would draw before the figures.
    """
    both = _compared(view)
    heading = "The same main path with two shortcuts" if view.link else "Two blocks"
    if view.right == BlockSpec() and view.left == BlockSpec(shortcut="identity"):
        heading = "Stage 2 of ResNet-50 starts with stride 1. Why not with an identity block?"
    back, words = _origin(view)
    titles = _titles(both)
    sides = [("left", both.left_verdict, titles["left"]), ("right", both.right_verdict, titles["right"])]
    return (
        part("title", "compare/title.html", heading=heading, back=back, words=words),
        part("switch", "compare/switch.html", sides=sides),
        part("verdict left", "compare/verdict.html", verdict=both.left_verdict),
        _figure("left", both, view.unfolded),
        part("verdict right", "compare/verdict.html", verdict=both.right_verdict),
        _figure("right", both, view.unfolded),
    )


def _compared(view: CompareView) -> Comparison:
    return compare(view.left, view.right, view.conventions)


def _origin(view: CompareView) -> tuple[str, str]:
    """The way back to the network that a reader came from, and its words; both empty if there is none."""
    origin = parse_origin(view.origin)
    if origin is None:
        return "", ""
    theirs = origin.comparison(origin.at)
    same = (theirs.right, theirs.left) == (view.right, view.left)
    side = "right" if origin.block(origin.at).trace.spec.projects else "left"
    name = f"{origin.at} of {names.network_title(origin.spec)}"
    words = f"On the {side}: {name}, exactly." if same else f"You came from {name}."
    return link(replace(origin, conventions=view.conventions)), words


def _figure(side: str, both: Comparison, unfolded: bool) -> Part:
    t, beside = (both.left, both.right) if side == "left" else (both.right, both.left)
    conventions = both.conventions
    graph = diagram(t, unfolded=unfolded, beside=beside, conventions=conventions)
    return part(
        f"figure {side}",
        "compare/figure.html",
        tuple(_elements(side, t, unfolded, conventions)),
        told=graph.spoken,
        unfolded=unfolded,
        heading=ABOVE,
        note=BELOW,
        svg=drawing(graph),
    )


def _elements(side: str, t: BlockTrace, unfolded: bool, conventions: Conventions) -> Iterator[Element]:
    """Every box and every arrow of the diagram as something that can be pointed at and chosen."""
    for card in boxes(t, unfolded):
        shape = conventions.shape(card.ops[-1].out_shape)
        label = f"Explain {', '.join(layer(op) for op in card.ops)}: {shape}"
        yield Element(card.name, label, op=f"{side}.{card.name}", ops=" ".join(op.name for op in card.ops))
    for arrow in arrows(t, unfolded):
        if arrow.shape is not None:
            label = f"Explain {arrow.source}: {conventions.shape(arrow.shape)}"
            yield Element(arrow.id, label, op=f"{side}.{arrow.source}:out")


@remembered(megabytes=8)
def summary(view: CompareView) -> tuple[Part, ...]:
    """Totals with their differences."""
    both = _compared(view)
    shape = both.conventions.shape
    return (
        part(
            "totals",
            "compare/totals.html",
            totals=both.totals,
            titles=_titles(both),
            axis_names=both.conventions.axis_names,
            shapes={"left": shape(both.left.out_shape), "right": shape(both.right.out_shape)},
            impossible=not (both.left.possible and both.right.possible),
        ),
    )


def _titles(both: Comparison) -> dict[str, str]:
    return {"left": names.title(both.left.spec), "right": names.title(both.right.spec)}


@remembered(megabytes=4)
def files(view: CompareView) -> tuple[Part, ...]:
    """Both blocks, and each alone."""
    query = view.to_query()
    sides = [(f"{side.capitalize()} block", query_of_one(view, side)) for side in SIDES]
    entries = [
        Download(COMPARE_REPORT.title, COMPARE_REPORT, view, query),
        Download("Both blocks", PAIR, view, query),
        Download("Both blocks", PAIR_CODE, view, query),
        Download("Layers of both", LAYERS, view, query),
        Download(CHART.title, CHART, view, query),
        *(
            Download(name, one, CompareView.read(own).view, own)
            for name, own in sides
            for one in (BLOCK, BLOCK_CODE, BLOCK_DATA)
        ),
    ]
    return (downloads(entries),)


_PATHS = {"main": "Main path", "shortcut": "Shortcut", "joined": "Where they meet"}


@remembered(megabytes=8)
def layers(view: CompareView) -> tuple[Part, ...]:
    """Every layer of both blocks, row by row."""
    both = _compared(view)
    conventions = both.conventions
    groups = []
    for path, heading in _PATHS.items():
        rows = [
            {"differs": row.differs, "name": row.op.name, "words": layer(row.op)}
            | {"left": _cells(row.left, conventions), "right": _cells(row.right, conventions)}
            for row in both.rows
            if row.op.path == path
        ]
        if rows:
            groups.append({"path": path, "heading": heading, "rows": rows})
    unit = conventions.operation
    headings = ["Output", "Parameters", unit.name, "Bytes"]
    return (
        part(
            "layers",
            "compare/layers.html",
            titles=_titles(both),
            headings=headings,
            groups=groups,
            unit_means=unit.means,
        ),
    )


def layers_height(view: CompareView) -> int:
    """Of that table on a wide screen, about, in pixels, before there is one."""
    return 130 + 36 * (len(_compared(view).rows) + len(_PATHS))


def _cells(op: OpTrace | None, conventions: Conventions) -> dict[str, Any] | None:
    if op is None:
        return None
    numbers = [conventions.params(op), conventions.operations(op), op.out_elements * BYTES_PER_ELEMENT]
    return {"shape": conventions.shape(op.out_shape), "numbers": numbers}
