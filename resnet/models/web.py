"""Who reads whom: the questions that finding a residual sum asks of a graph's nodes.

Sets of nodes are bits of one whole number, so that ten thousand nodes are quick. What is asked has an end: a graph can
be made so that every sum has all that came before on its main path, and then only the first of them are followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from resnet.models.node import Dims, Node

MOST_FOLLOWED = 400_000  # nodes on ways, all ways together


class TooNested(Exception):
    """More has been followed than any network needs."""


class Web:
    """Nodes by name, and what leads to what."""

    def __init__(self, shapes: dict[str, Dims | None], nodes: tuple[Node, ...]) -> None:
        self.nodes = nodes
        self.shapes = shapes  # of the inputs as well
        self.by_name = {node.name: node for node in nodes}
        self._names = (*(name for name in shapes if name not in self.by_name), *self.by_name)  # in running order
        self._bit = {name: 1 << i for i, name in enumerate(self._names)}
        self._left = MOST_FOLLOWED

    @cached_property
    def readers(self) -> dict[str, tuple[Node, ...]]:
        """Of each result, in running order."""
        found: dict[str, list[Node]] = {name: [] for name in self._names}
        for node in self.nodes:
            for name in dict.fromkeys(node.reads):
                found[name].append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}

    @cached_property
    def _before(self) -> dict[str, int]:
        """All that a result is made of."""
        found = dict.fromkeys(self._names, 0)
        for node in self.nodes:
            for name in node.reads:
                found[node.name] |= found[name] | self._bit[name]
        return found

    @cached_property
    def _behind(self) -> dict[str, int]:
        """All that is made of a result."""
        found = dict.fromkeys(self._names, 0)
        for node in reversed(self.nodes):
            for name in node.reads:
                found[name] |= found[node.name] | self._bit[node.name]
        return found

    def leads_to(self, start: str, end: str) -> bool:
        """Whether ``end`` is made of ``start``, and is not the same."""
        return bool(self._before[end] & self._bit[start])

    def between(self, start: str, end: str) -> tuple[Node, ...]:
        """Every node on a way from one to the other, ``end`` included, in running order. Raises TooNested."""
        inside = (self._before[end] | self._bit[end]) & self._behind[start]
        packed = np.frombuffer(inside.to_bytes(len(self._names) // 8 + 1, "little"), np.uint8)
        places = np.flatnonzero(np.unpackbits(packed, bitorder="little"))
        self._left -= len(places)
        if self._left < 0:
            raise TooNested
        return tuple(self.by_name[self._names[i]] for i in places)

    def apart(self, start: str, end: str, without: Iterable[Node]) -> bool:
        """Whether every way from one to the other goes through one of these nodes."""
        closed = {node.name for node in without}
        reached = {start}
        for node in self.between(start, end):
            if node.name not in closed and any(name in reached for name in node.reads):
                reached.add(node.name)
        return end not in reached

    def back(self, name: str) -> Iterator[Node]:
        """The nodes behind a result, as long as each reads one other."""
        while name in self.by_name:
            node = self.by_name[name]
            yield node
            if len(set(node.reads)) != 1:
                return
            name = node.reads[0]
