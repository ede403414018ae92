"""Who reads whom: the questions that finding a residual sum asks of a graph's nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from resnet.models.node import Dims, Node


class Web:
    """Nodes by name, and what leads to what.  Sets of nodes are bits of one whole number, so that 10,000 are quick."""

    def __init__(self, shapes: dict[str, Dims | None], nodes: tuple[Node, ...]) -> None:
        self.nodes = nodes
        self.shapes = shapes  # of the inputs as well
        self.by_name = {node.name: node for node in nodes}
        self._names = (*(name for name in shapes if name not in self.by_name), *self.by_name)  # in running order
        self._bit = {name: 1 << i for i, name in enumerate(self._names)}

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

    def leads_to(self, start: str, end: str) -> bool:
        """Whether ``end`` is made of ``start``, and is not the same."""
        return bool(self._before[end] & self._bit[start])

    def between(self, start: str, end: str) -> tuple[Node, ...]:
        """Every node on a way from one to the other, ``end`` included, in running order."""
        inside = self._before[end] | self._bit[end]
        reached = self._bit[start]
        found: list[Node] = []
        first = self._position.get(start, -1) + 1
        for node in self.nodes[first:]:
            bit = self._bit[node.name]
            if inside & bit and any(reached & self._bit[name] for name in node.reads):
                reached |= bit
                found.append(node)
            if node.name == end:
                break
        return tuple(found)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {node.name: i for i, node in enumerate(self.nodes)}

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
