"""Your network: its sentence and its picture, a block of it, another network beside it, everything it has.

What is made of a network that is at hand is remembered for everybody; what is made of a reader's own file stays in that
reader's session (``Shown.memory``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

import streamlit as st

from pages.parts.html.downloads import Download, downloads
from pages.parts.html.part import Element, Part
from pages.parts.html.templates import drawing, link, part
from resnet.cache import remembered
from resnet.draw.model import cell_id, model_diagram
from resnet.draw.model_block import boxes, sum_diagram
from resnet.export.form import Subject
from resnet.export.model_tables import sum_counts
from resnet.export.subjects import OF_MODELS
from resnet.export.subjects.model import MODEL_BLOCK, MODELS, Asked
from resnet.models.align import NetworkComparison, Row, compare_networks
from resnet.models.as_spec import block_spec_of
from resnet.models.axes import channel_axes
from resnet.models.graph import Graph, residual_sums
from resnet.models.library import known
from resnet.models.node import Dims, Node
from resnet.models.receptive import receptive_field
from resnet.models.summary import block_words, sentence, shape_words, verdict
from resnet.models.sums import ResidualSum
from resnet.models.units import Unit
from resnet.models.words import layer_words
from resnet.numbers.explain_node import node_formulas
from resnet.numbers.folding import reconcile_folded
from resnet.spec.conventions import Conventions
from resnet.views.compare import view_of, view_of_pair
from resnet.views.model import ModelView


class Shown(NamedTuple):
    """What the page shows: a network, perhaps another beside it, and what was made of them where they are a reader's.

    ``memory``  None if both are at hand for everybody
    """

    view: ModelView
    graph: Graph
    other: Graph | None
    memory: dict[str, Any] | None = None

    @property
    def chosen(self) -> ResidualSum | None:
        """The residual sum that is opened."""
        return _nth(self.graph, self.view.sum)

    @property
    def theirs(self) -> ResidualSum | None:
        """The other network's beside it: the one that was chosen, else the one that it is aligned with."""
        if self.other is None:
            return None
        if self.view.theirs or self.chosen is None:
            return _nth(self.other, self.view.theirs)
        row = next((row for row in compared_networks(self).rows if row.left and row.left.sum == self.chosen), None)
        return row.right.sum if row and row.right else None

    @property
    def opened(self) -> list[tuple[str, Graph, ResidualSum]]:
        """Side, network and residual sum of each that is opened."""
        found = [("left", self.graph, self.chosen), ("right", self.other, self.theirs)]
        return [(side, graph, one) for side, graph, one in found if graph is not None and one is not None]


def shown_of(view: ModelView) -> Shown:
    """Of networks that are at hand."""
    return Shown(view, known(view.model), known(view.against) if view.compares else None)


def _nth(graph: Graph, number: int | None) -> ResidualSum | None:
    sums = residual_sums(graph)
    return sums[number - 1] if number and number <= len(sums) else None


_Make = Callable[[Shown], tuple[Part, ...]]


def _made(shown: Shown, make: _Make) -> tuple[Part, ...]:
    if shown.memory is None:
        return _for_everybody(shown.view, make)
    view, parts = shown.memory.get(make.__name__, (None, ()))
    if view != shown.view:
        parts = make(shown)
        shown.memory[make.__name__] = (shown.view, parts)
    found: tuple[Part, ...] = parts
    return found


@remembered(megabytes=24)
def _for_everybody(view: ModelView, make: _Make) -> tuple[Part, ...]:
    return make(shown_of(view))


def compared_networks(shown: Shown) -> NetworkComparison:
    assert shown.other is not None
    view = shown.view
    if shown.memory is None:
        return _aligned(view.model, view.against, view.conventions)
    found: NetworkComparison | None = shown.memory.get("aligned")
    if found is None or found.conventions != view.conventions:
        found = shown.memory["aligned"] = compare_networks(shown.graph, shown.other, view.conventions)
    return found


@remembered(megabytes=24)
def _aligned(model: str, against: str, conventions: Conventions) -> NetworkComparison:
    return compare_networks(known(model), known(against), conventions)


def title(shown: Shown) -> tuple[Part, ...]:
    return _made(shown, _title)


def pictures(shown: Shown) -> tuple[Part, ...]:
    return _made(shown, _pictures)


def block(shown: Shown) -> tuple[Part, ...]:
    return _made(shown, _block) if shown.opened else ()


def compared(shown: Shown) -> tuple[Part, ...]:
    return _made(shown, _beside) if shown.other else ()


def others(shown: Shown) -> tuple[Part, ...]:
    return _made(shown, _others)


def _title(shown: Shown) -> tuple[Part, ...]:
    graphs = [shown.graph] if shown.other is None else [shown.graph, shown.other]
    heading = f"Which shortcuts does {shown.graph.name} have?"
    if shown.other is not None:
        heading = f"What differs between {shown.graph.name} and {shown.other.name}?"
    said = [_summary(graph, shown.view.conventions) for graph in graphs]
    return (
        part("title", "model/title.html", heading=heading, said=said, unit=shown.view.conventions.operation.plural),
    )


def _summary(graph: Graph, conventions: Conventions) -> dict[str, Any]:
    axes = channel_axes(graph)
    inputs = [_shape(one.shape, graph.batch, conventions, axes[one.name]) for one in graph.inputs]
    return {
        "network": graph.name,
        "sentence": sentence(graph, conventions),
        "params": conventions.params(graph),
        "operations": conventions.operations(graph),
        "activations": graph.activation_bytes,
        "field": receptive_field(graph),
        "input": " and ".join(inputs),
        "folded": reconcile_folded(graph),
        "from_file": graph.source == "onnx",
    }


def _shape(shape: Dims | None, batch: int, conventions: Conventions, axis: int) -> str:
    """Of a result, without its batch axis where it has one. ``axis``  of its channels"""
    if shape and shape[0] != batch:  # torch's own attention has the positions first
        return " × ".join(map(str, shape))
    last = len(shape or ()) - 2
    return shape_words(shape[1:] if shape else None, conventions, last if last == 1 else axis - 1)  # a sequence: L × D


def _pictures(shown: Shown) -> tuple[Part, ...]:
    """One network's picture, or two with what differs marked in both."""
    if shown.other is None:
        return (_picture(shown, "left", shown.graph, "network"),)
    sides = (("left", shown.graph), ("right", shown.other))
    return tuple(_picture(shown, side, graph, f"network {side}") for side, graph in sides)


def _picture(shown: Shown, side: str, graph: Graph, name: str) -> Part:
    view = shown.view
    marked = _marked(shown, side) if shown.other is not None else {}
    drawn = model_diagram(graph, view.measure, conventions=view.conventions, marked=marked)
    elements = tuple(_cells(shown, side, graph))
    return part(
        name, "model/picture.html", elements, title=f"The network {graph.name}", svg=drawing(drawn), told=drawn.spoken
    )


def _marked(shown: Shown, side: str) -> dict[str, str]:
    """The residual sums of this side that the other network has differently, or not at all."""
    found = {}
    for row in compared_networks(shown).rows:
        unit = row.left if side == "left" else row.right
        if unit and unit.sum and row.kind != "same":
            found[unit.sum.name] = "differs" if row.kind == "changed" else "only here"
    return found


def _cells(shown: Shown, side: str, graph: Graph) -> Iterator[Element]:
    """Every block of a picture as something that can be pointed at and chosen."""
    at = shown.chosen if side == "left" else shown.theirs
    for i, one in enumerate(residual_sums(graph), start=1):
        said = verdict(graph, one, shown.view.conventions)
        label = f"{one.name}, {block_words(one.block)}\n{said.headline}. {said.sentence}"
        yield Element(cell_id(one), label, op=f"{side}.{i}", tip=label, at=one == at)


def _block(shown: Shown) -> tuple[Part, ...]:
    """The residual sum that is opened, and beside it its operations or the other network's."""
    opened = shown.opened
    parts = [_one_block(shown, side, graph, one) for side, graph, one in opened]
    tables = [_table(shown, graph, one) for _, graph, one in opened]
    unit = shown.view.conventions.operation.name
    name = "operations right" if len(opened) == 1 else "operations"
    return (*parts, part(name, "model/operations.html", blocks=tables, unit=unit, fold=len(opened) > 1))


def _one_block(shown: Shown, side: str, graph: Graph, one: ResidualSum) -> Part:
    view = shown.view
    diagram = sum_diagram(graph, one, unfolded=view.unfolded, conventions=view.conventions)
    return part(
        f"opened {side if len(shown.opened) > 1 else 'left'}",
        "model/block.html",
        tuple(_boxes(graph, one, view)),
        heading=_heading(one),
        of=f"{one.name} of {graph.name}",
        verdict=verdict(graph, one, view.conventions),
        comparison=_comparison(shown, side),
        unfolded=view.unfolded,
        svg=drawing(diagram),
        told=diagram.spoken,
    )


def _boxes(graph: Graph, one: ResidualSum, view: ModelView) -> Iterator[Element]:
    """Pointing at a box marks its operations in the table."""
    for name, step in boxes(graph, one, unfolded=view.unfolded).items():
        yield Element(name, step.words, ops=" ".join(node.name for node in step.nodes))


def _comparison(shown: Shown, side: str) -> str:
    """The address of our comparison with this block in it, and with the other one; empty if it is none of ours."""
    specs = {which: block_spec_of(graph, one) for which, graph, one in shown.opened}
    spec, other = specs[side], specs.get("right" if side == "left" else "left")
    if spec is None:
        return ""
    view = view_of_pair(*((spec, other) if side == "left" else (other, spec))) if other else view_of(spec)
    return link(replace(view, conventions=shown.view.conventions))


def _heading(one: ResidualSum) -> str:
    words = block_words(one.block)
    return words[0].upper() + words[1:]


_ONLY_MOVES = frozenset(("reshape", "transpose", "expand", "identity"))  # no number changes: no row
_PATHS = {"before": "In front of both", "main": "Main path", "shortcut": "Shortcut", "after": "Where they meet"}


def _table(shown: Shown, graph: Graph, one: ResidualSum) -> dict[str, Any]:
    """A residual sum's operations, path by path."""
    groups, axes = [], channel_axes(graph)
    for path, heading in _PATHS.items():
        names = (one.add, *one.after) if path == "after" else getattr(one, path)
        nodes = [node for node in graph.named(names) if node.kind not in _ONLY_MOVES]
        if nodes:
            rows = [_row(node, graph.batch, axes, shown.view.conventions, path) for node in nodes]
            groups.append({"path": path, "heading": heading, "rows": rows})
    return {"heading": _heading(one), "of": f"{one.name} of {graph.name}", "groups": groups}


def _row(node: Node, batch: int, axes: dict[str, int], conventions: Conventions, path: str) -> dict[str, Any]:
    formulas = {one.key: one for one in node_formulas(node, batch)}
    return {
        "name": node.name,
        "place": node.place or node.name,
        "words": layer_words(node, strides=path == "shortcut"),
        "shape": _shape(node.out_shape, batch, conventions, axes.get(node.name, 1)),
        "params": formulas.get("params"),
        "operations": formulas.get("macs"),
    }


_ALIKE = 2  # so many rows that are the same are shown one by one


def _beside(shown: Shown) -> tuple[Part, ...]:
    """Totals, and every row that differs; many that are the same are one."""
    found = compared_networks(shown)
    rows: list[dict[str, Any]] = []
    for same, group in groupby(found.rows, key=lambda row: row.kind == "same"):
        listed = list(group)
        if same and len(listed) > _ALIKE:
            rows.append(_alike(listed))
        else:
            rows += [_line(shown, row) for row in listed]
    titles = (found.left.name, found.right.name)
    return (
        part("totals", "model/totals.html", titles=titles, totals=found.totals, words=_in_short(found)),
        part("compared", "model/compared.html", titles=titles, rows=rows),
    )


_OF_FOLDING = frozenset(("norm", "bias", "parameters"))


def _in_short(found: NetworkComparison) -> str:
    """What differs, in a sentence or two."""
    changed = [row for row in found.rows if row.kind != "same"]
    if not changed:
        return "Nothing differs."
    words = f"{len(changed)} of {len(found.rows)} blocks and layers differ."
    only = {one.what for row in changed for one in row.changes}
    if only <= _OF_FOLDING and all(row.kind == "changed" for row in changed) and "norm" in only:
        words += " It is BatchNorm alone, and with it the parameters: an exporter has folded it into the convolutions."
    return words


def _alike(rows: list[Row]) -> dict[str, Any]:
    first, last = rows[0], rows[-1]
    ends = [(a.name, b.name) for a, b in ((first.left, last.left), (first.right, last.right)) if a and b]
    sides = [{"what": f"{a} … {b}", "name": "", "op": ""} for a, b in ends]
    return {"kind": "same", "sides": sides, "changes": [f"{len(rows)} the same"]}


def _line(shown: Shown, row: Row) -> dict[str, Any]:
    changes = [f"{one.words}: {one.left} → {one.right}" for one in row.changes]
    if row.kind in ("only_left", "only_right"):
        changes = [f"only in {(shown.graph if row.left else shown.other or shown.graph).name}"]
    sides = [_side(row.left, shown.graph, "left"), _side(row.right, shown.other or shown.graph, "right")]
    return {"kind": row.kind, "sides": sides, "changes": changes or ["the same"]}


def _side(unit: Unit | None, graph: Graph, side: str) -> dict[str, str]:
    if unit is None:
        return {"what": "", "name": "", "op": ""}
    number = residual_sums(graph).index(unit.sum) + 1 if unit.sum else 0
    return {"what": unit.what, "name": unit.name, "op": f"{side}.{number}" if number else ""}


def _others(shown: Shown) -> tuple[Part, ...]:
    graph = shown.graph
    reasons = Counter(one.words for one in graph.other_sums)
    return (
        part(
            "others",
            "model/others.html",
            others=len(graph.other_sums),
            reasons=reasons.most_common(),
            unknown=graph.unknown,
        ),
    )


def columns(conventions: Conventions) -> dict[str, Any]:
    """How the table of residual sums writes its numbers."""
    number = st.column_config.NumberColumn(format="localized")
    return dict.fromkeys(sum_counts(conventions), number)


def files(shown: Shown) -> tuple[Part, ...]:
    """Of networks that are at hand: a reader's own has files of its own (``controls.own_files``)."""
    view = shown.view
    asked, query = Asked(view, shown.graph), view.to_query()
    return (downloads([Download(one.title, one, asked, query) for one in subjects(view)]),)


def subjects(view: ModelView, compares: bool = False) -> list[Subject[Asked]]:
    """What leaves; a block and a comparison only where one is shown."""
    shown = {MODEL_BLOCK.what: bool(view.sum), MODELS.what: compares or view.compares}
    return [one for one in OF_MODELS if shown.get(one.what, True)]
