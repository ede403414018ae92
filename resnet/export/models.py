"""Anybody's network and two of them beside each other: as plain data, and as text for a terminal.

Whatever the conventions, a field of the data keeps its meaning (``params`` are trainable, shapes are without the batch
axis, as the network has them); what the conventions make of it stands beside it, under ``shown``.
Names come from somebody's file: none reaches a terminal with control codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from itertools import groupby
from typing import Any, NamedTuple

from resnet import text
from resnet.export.table import one_line
from resnet.models.align import NetworkComparison, Row, Total, compare_networks
from resnet.models.differ import Change
from resnet.models.graph import Graph, own_nodes, residual_sums
from resnet.models.summary import (
    KINDS,
    block_words,
    sentence,
    shape_words,
    shortcut_cost,
    sum_axis,
    verdict,
)
from resnet.models.sums import ResidualSum
from resnet.models.units import Layer, Unit
from resnet.spec.conventions import DEFAULT, Conventions

UNITS = {
    "shape": "without the batch axis, as the network has it; of inputs and outputs with the batch axis",
    "params": "what is trained, what is shared counted once",
    "buffers": "elements of BatchNorm's running means and variances",
    "macs": "multiply-adds of convolutions, linear layers, matrix products and attention, for one image",
    "activation_bytes": "every operation's result once, float32, one image, the input not counted",
}
_FEW = 2  # so many units that are the same are told one by one


# as data


def model_to_data(graph: Graph, conventions: Conventions = DEFAULT) -> dict[str, Any]:
    """Numbers, texts, lists and dicts only."""
    return {
        "name": graph.name,
        "source": graph.source,
        "sentence": sentence(graph, conventions),
        "units": UNITS,
        "in_shapes": graph.in_shapes,
        "out_shapes": graph.out_shapes,
        "nodes": len(graph.nodes),
        "params": graph.params,
        "buffers": graph.buffers,
        "macs": graph.macs,
        "activation_bytes": graph.activation_bytes,
        "folded": bool(graph.folded),
        "conventions": asdict(conventions),
        "shown": {"params": conventions.params(graph), conventions.unit: conventions.operations(graph)},
        "sums": [_sum(graph, one, conventions) for one in residual_sums(graph)],
        "other_sums": [{"name": one.name, "why": one.why, "words": one.words} for one in graph.other_sums],
        "unknown": [one._asdict() for one in graph.unknown],
    }


def _sum(graph: Graph, one: ResidualSum, conventions: Conventions) -> dict[str, Any]:
    shown = {
        "in_shape": sum_shape(graph, one, one.in_shape, conventions),
        "out_shape": sum_shape(graph, one, one.out_shape, conventions),
        "params": conventions.params(*own_nodes(graph, one)),
        "shortcut_params": shortcut_cost(graph, one, conventions),
        conventions.unit: conventions.operation.of_one * one.macs,
    }
    return asdict(one) | {
        "needed": one.needed,
        "projects": one.projects,
        "verdict": verdict(graph, one, conventions)._asdict(),
        "shown": shown,
    }


def comparison_to_data(c: NetworkComparison, conventions: Conventions | None = None) -> dict[str, Any]:
    """Numbers, texts, lists and dicts only. ``conventions``: the comparison's own if they are left out."""
    c = said_with(c, conventions)
    return {
        "left": {"name": c.left.name, "source": c.left.source},
        "right": {"name": c.right.name, "source": c.right.source},
        "units": UNITS,
        "conventions": asdict(c.conventions),
        "counts": c.counts,
        "totals": [one._asdict() | {"difference": one.difference} for one in c.totals],
        "rows": [
            {
                "kind": row.kind,
                "left": _unit(row.left),
                "right": _unit(row.right),
                "changes": [one._asdict() | {"words": one.words} for one in row.changes],
            }
            for row in c.rows
        ],
    }


def _unit(unit: Unit | None) -> dict[str, Any] | None:
    if unit is None:
        return None
    return {
        "name": unit.name,
        "what": unit.what,
        "sum": unit.sum.name if unit.sum else None,
        "nodes": unit.nodes,
        "in_shape": unit.in_shape,
        "out_shape": unit.out_shape,
        "layers": [_layer(one) for one in unit.layers],
        "side": [_layer(one) for one in unit.side],
        "shortcut": unit.shortcut or None,
        "norms": dict(unit.norms),
        "activations": dict(unit.activations),
        "biased": unit.biased,
        "params": unit.params,
        "buffers": unit.buffers,
        "macs": unit.macs,
        "shortcut_params": unit.shortcut_params,
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return layer._asdict() | {"groups": layer.groups or "depthwise", "channels": layer.channels or None}


def said_with(c: NetworkComparison, conventions: Conventions | None) -> NetworkComparison:
    """The same comparison as these conventions say it."""
    if conventions is None or conventions == c.conventions:
        return c
    return compare_networks(c.left, c.right, conventions)


def sum_shape(graph: Graph, one: ResidualSum, shape: tuple[int, ...], conventions: Conventions) -> str:
    return shape_words(shape, conventions, sum_axis(graph, one, shape))


def change_words(one: Change) -> str:
    return f"{one.words.lower()} {one.left} → {one.right}"


# as tables


def to_text(said: Graph | NetworkComparison, conventions: Conventions | None = None) -> str:
    """For a terminal: a network's sentence and its sums, or two networks row by row; totals at the end."""
    if isinstance(said, Graph):
        return _model_text(said, conventions or DEFAULT)
    return _comparison_text(said_with(said, conventions))


class _Table(NamedTuple):
    """``numbers``: which columns stand to the right."""

    head: list[str]
    rows: list[list[str]]
    numbers: frozenset[int]
    totals: list[list[str]]

    def __str__(self) -> str:
        lines = [self.head, *self.rows, *self.totals]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        said = [self._line(line, widths) for line in lines]
        end = 1 + len(self.rows)
        return "\n".join([said[0], rule, *said[1:end], *([rule] if self.totals else []), *said[end:]])

    def _line(self, cells: list[str], widths: list[int]) -> str:
        aligned = (
            cell.rjust(width) if i in self.numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(aligned).rstrip()


def _model_text(graph: Graph, conventions: Conventions) -> str:
    sums = residual_sums(graph)
    counts, operations = conventions.counts.heading, conventions.operation.short
    parts = [f"{_printed(graph.name, 60)}: {sentence(graph, conventions)}"]
    names = dict.fromkeys(name for one in sums for name in one.shortcut)
    in_shortcuts = conventions.params(*(graph.by_name[name] for name in names))
    table = _Table(
        ["Block", "Kind", "Shortcut", "Needed", "Input", "Output", counts, "In the shortcut", operations],
        [_sum_line(graph, one, conventions) for one in sums],
        frozenset((6, 7, 8)),
        [
            ["The whole network", "", "", "", "", "", text.count(conventions.params(graph)), text.count(in_shortcuts),
             text.count(conventions.operations(graph))]
        ],
    )  # fmt: skip
    parts.append(str(table))
    if graph.unknown:
        first = graph.unknown[0]
        many = f"{len(graph.unknown):,} operations have" if len(graph.unknown) > 1 else "1 operation has"
        parts.append(f"{many} no known shape, {_printed(first.name)} first: {_printed(first.why, 200)}")
    return "\n\n".join(parts) + "\n"


def _sum_line(graph: Graph, one: ResidualSum, conventions: Conventions) -> list[str]:
    needed = ("needed" if one.needed else "a choice") if one.projects else ""
    return [
        _printed(one.name),
        block_words(one.block),
        KINDS[one.kind].one,
        needed,
        *(sum_shape(graph, one, shape, conventions) for shape in (one.in_shape, one.out_shape)),
        text.count(conventions.params(*own_nodes(graph, one))),
        text.count(shortcut_cost(graph, one, conventions)),
        text.count(conventions.operation.of_one * one.macs),
    ]


_SIGNS = {"same": "=", "changed": "≠", "only_left": "−", "only_right": "+"}
_COUNTED = {"same": "the same", "changed": "changed", "only_left": "only left", "only_right": "only right"}


def _comparison_text(c: NetworkComparison) -> str:
    counted = ", ".join(f"{many:,} {_COUNTED[kind]}" for kind, many in c.counts.items() if many)
    left, right = (_printed(one.name, 40) for one in (c.left, c.right))
    rows = [line for same, rows in groupby(c.rows, key=lambda row: row.kind == "same") for line in _lines(same, rows)]
    table = _Table(["", "Left", "Right", "What", "Changes"], rows, frozenset(), [])
    totals = _Table(["", "Left", "Right", "Difference"], [_total(one) for one in c.totals], frozenset((1, 2, 3)), [])
    return "\n\n".join([f"{left} | {right}: {counted or 'nothing'}.", str(table), str(totals)]) + "\n"


def _lines(same: bool, group: Iterable[Row]) -> list[list[str]]:
    """Many that are the same are one line."""
    rows = list(group)
    if not same or len(rows) <= _FEW:
        return [line for row in rows for line in _row_lines(row)]
    (first,), (last,) = _row_lines(rows[0]), _row_lines(rows[-1])
    return [["=", f"{first[1]} … {last[1]}", f"{first[2]} … {last[2]}", f"{len(rows):,} the same", ""]]


def _row_lines(row: Row) -> list[list[str]]:
    """One line for each change."""
    names = [_printed(side.name) if side else "" for side in (row.left, row.right)]
    first, *more = [change_words(one) for one in row.changes] or [""]
    return [[_SIGNS[row.kind], *names, row.unit.what, first], *(["", "", "", "", one] for one in more)]


def _total(one: Total) -> list[str]:
    write = text.memory if one.in_bytes else text.count
    sign = "+" if one.difference > 0 else text.MINUS
    difference = f"{sign}{write(abs(one.difference))}" if one.difference else "0"
    return [one.words, write(one.left), write(one.right), difference]


def _printed(name: str, most: int = 40) -> str:
    """Without what would steer a terminal; of a long one the end, which says more."""
    said = one_line(name)
    return said if len(said) <= most else "…" + said[1 - most :]
