"""Two networks beside each other: their units aligned by what they are, never by name, and what differs in each.

compare_networks(left, right).rows     a unit of the left, a unit of the right, or one of each and its changes
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from resnet.models.differ import Change, changes
from resnet.models.gotoh import aligned
from resnet.models.graph import Graph, residual_sums
from resnet.models.summary import KINDS
from resnet.models.units import Unit, units_of
from resnet.spec.conventions import DEFAULT, Conventions

RowKind = Literal["same", "changed", "only_left", "only_right"]


@dataclass(frozen=True)
class Row:
    """One unit of each network, or of one. ``changes``: what a unit has become on the way from left to right."""

    left: Unit | None
    right: Unit | None
    changes: tuple[Change, ...] = ()

    @property
    def kind(self) -> RowKind:
        if self.left is None:
            return "only_right"
        if self.right is None:
            return "only_left"
        return "changed" if self.changes else "same"

    @property
    def unit(self) -> Unit:
        """Whichever exists: it gives the row its name."""
        unit = self.left or self.right
        assert unit is not None
        return unit


class Total(NamedTuple):
    """One quantity of both networks. ``key`` for code, ``words`` for a reader."""

    key: str
    words: str
    left: int
    right: int
    in_bytes: bool = False

    @property
    def difference(self) -> int:
        return self.right - self.left


@dataclass(frozen=True, kw_only=True)
class NetworkComparison:
    """Two networks beside each other.

    ``left``, ``right``  the networks
    ``rows``         in running order: together their left sides are the left network, their right sides the right
    ``totals``       parameters, operations, bytes of activations, residual sums of each kind: left, right, difference
    ``conventions``  as which parameters and operations are counted
    """

    left: Graph
    right: Graph
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]
    conventions: Conventions

    @cached_property
    def counts(self) -> dict[RowKind, int]:
        """How many rows there are of each kind."""
        kinds = [row.kind for row in self.rows]
        return {kind: kinds.count(kind) for kind in ("same", "changed", "only_left", "only_right")}


def compare_networks(left: Graph, right: Graph, conventions: Conventions = DEFAULT) -> NetworkComparison:
    """Aligns two networks unit by unit.

    ``left``, ``right``   the networks;  ``conventions``  as which parameters and operations are counted

    Raises SpecError for two networks of many thousand units each that have next to nothing in common.

    >>> from resnet.models.spec_graph import graph_of
    >>> from resnet.spec.catalogue import network
    >>> c = compare_networks(*(graph_of(network("resnet50", variant=one)) for one in ("v1", "v1.5")))
    >>> c.counts["changed"], c.rows[5].changes[0]
    (3, Change(what='stride', left='2 · 1 · 1', right='1 · 2 · 1'))
    """
    pairs = aligned(units_of(left), units_of(right))
    rows = [Row(a, b, changes(a, b, conventions) if a and b else ()) for a, b in pairs]
    return NetworkComparison(
        left=left, right=right, rows=tuple(rows), totals=_totals(left, right, conventions), conventions=conventions
    )


def _totals(left: Graph, right: Graph, conventions: Conventions) -> tuple[Total, ...]:
    counts, operation = conventions.counts, conventions.operation
    sums = residual_sums(left), residual_sums(right)
    found = [
        Total("params", counts.heading, conventions.params(left), conventions.params(right)),
        Total(operation.key, operation.long, conventions.operations(left), conventions.operations(right)),
        Total("activation_bytes", "Activations in training", left.activation_bytes, right.activation_bytes, True),
        Total("sums", "Residual sums", len(sums[0]), len(sums[1])),
    ]
    for kind, words in KINDS.items():
        a, b = (sum(one.kind == kind for one in side) for side in sums)
        if a or b:
            found.append(Total(f"sums_{kind}", f"Residual sums: {words.one}", a, b))
    a, b = (_in_shortcuts(graph, conventions) for graph in (left, right))
    return (*found, Total("shortcut_params", "Parameters in shortcuts", a, b))


def _in_shortcuts(graph: Graph, conventions: Conventions) -> int:
    """Of what stands on several (a shortcut around a shortcut) once."""
    names = dict.fromkeys(name for one in residual_sums(graph) for name in one.shortcut)
    return conventions.params(*(graph.by_name[name] for name in names))
