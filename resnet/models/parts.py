"""A network in a few parts, as a picture of it has them: stem, stages of blocks, what stands between, head.

    stem ─> stage 2 ─> transition ─> stage 3 ─> … ─> head
            ▂ ▃ ▃                    ▃ ▃

A stage is residual blocks one behind the other whose results have the same shape; blocks that run beside each other
(HRNet) are its branches. Stages are counted as the paper counts them: the stem is stage 1.
A network without a residual sum is one part, its layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, NamedTuple

from resnet.models.graph import Graph, elements, residual_sums
from resnet.models.node import WEIGHTED, Dims, Node
from resnet.models.sums import ResidualSum
from resnet.models.web import Web

PartKind = Literal["stem", "stage", "transition", "head", "layers"]
MOST_STAGES = 14  # with more, a stage is all blocks whose results have one size
MOST_LAYERS = 144  # of a network without residual sums that are shown one by one


class Piece(NamedTuple):
    """A residual block, or layers without a shortcut (``sum`` is None)."""

    sum: ResidualSum | None
    nodes: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a network.

    ``number``    of a stage, from 2; else 0
    ``branches``  of a stage, or of a network that is all layers: what runs one behind the other
    ``nodes``     all that belongs to it: what stands in no piece trains next to nothing (a pool, a norm)
    ``enters``    name of the result that it starts from: its shape is the shape in front of this part
    """

    kind: PartKind
    number: int = 0
    branches: tuple[tuple[Piece, ...], ...] = ()
    nodes: tuple[Node, ...]
    enters: str

    @property
    def layers(self) -> int:
        """Convolutions and linear layers."""
        return sum(node.kind in WEIGHTED for node in self.nodes)

    @property
    def blocks(self) -> int:
        """Residual blocks."""
        return sum(piece.sum is not None for branch in self.branches for piece in branch)


class Span(NamedTuple):
    """A residual sum around others that stand in one branch of a stage: from its piece ``first`` to ``last``."""

    sum: ResidualSum
    part: int
    branch: int
    first: int
    last: int


class Parts(NamedTuple):
    """``spans``  sums around others;  ``long``  those whose inside stands in more than one part"""

    parts: tuple[Part, ...]
    spans: tuple[Span, ...]
    long: tuple[ResidualSum, ...]


def parts_of(graph: Graph) -> Parts:
    """The parts in the order in which they run; every node is in exactly one."""
    sums = residual_sums(graph)
    inner = [one for one in sums if not one.inside]
    if not inner:
        return Parts((_all_layers(graph),), (), ())
    found = tuple(_Division(graph, inner, [one for one in sums if one.inside]).parts())
    return Parts(found, *_around(found, [one for one in sums if one.inside]))


def _all_layers(graph: Graph) -> Part:
    """Each layer with what follows it up to the next; so many together that there are not too many."""
    starts = [i for i, node in enumerate(graph.nodes) if node.kind in WEIGHTED]
    step = -(-len(starts) // MOST_LAYERS) or 1
    ends = [*starts[::step][1:], len(graph.nodes)]
    pieces = tuple(Piece(None, graph.nodes[a:b]) for a, b in zip(starts[::step], ends, strict=False))
    branches = (pieces,) if pieces else ()
    return Part(kind="layers", branches=branches, nodes=graph.nodes, enters=_first_input(graph))


def _first_input(graph: Graph) -> str:
    return graph.inputs[0].name if graph.inputs else ""


@dataclass
class _Stage:
    """A stage that is being put together: in each branch numbers of sums."""

    branches: list[list[int]]


@dataclass
class _Between:
    """Nodes in front of a sum that belong to none, split by the sums around them."""

    pieces: list[tuple[frozenset[str], tuple[Node, ...]]] = field(default_factory=list)

    @property
    def nodes(self) -> list[Node]:
        return [node for _, nodes in self.pieces for node in nodes]


class _Division:
    def __init__(self, graph: Graph, inner: list[ResidualSum], outer: list[ResidualSum]) -> None:
        self.graph, self.sums = graph, inner
        self.web = Web(graph.shapes, graph.nodes)
        self.inside: dict[str, frozenset[str]] = {}  # a node -> the sums around it
        around: dict[str, set[str]] = {}
        for one in outer:
            for name in one.main:
                around.setdefault(name, set()).add(one.add)
        self.inside = {name: frozenset(names) for name, names in around.items()}
        self.own: list[list[Node]] = [[] for _ in inner]
        self.gaps = self._share_out()

    def _share_out(self) -> list[_Between]:
        """Each node to the first sum that has it, or to the gap in front of the next one."""
        owner: dict[str, int] = {}
        for i, one in enumerate(self.sums):
            for name in (*one.before, *one.main, *one.shortcut, one.add, *one.after):
                owner.setdefault(name, i)
        adds = {one.add: i for i, one in enumerate(self.sums)}
        loose: list[list[Node]] = [[] for _ in range(len(self.sums) + 1)]
        passed = 0
        for node in self.graph.nodes:
            if node.name in owner:
                self.own[owner[node.name]].append(node)
                passed += node.name in adds
            else:
                loose[passed].append(node)
        empty: frozenset[str] = frozenset()
        return [
            _Between([(key, tuple(of)) for key, of in groupby(nodes, lambda node: self.inside.get(node.name, empty))])
            for nodes in loose
        ]

    # stages

    def stages(self) -> list[_Stage]:
        """By shape; where these are too many by the size of the map, by how many numbers there are (a map and the same
        cut into windows have as many), or all that stand one behind the other."""
        alike: tuple[Callable[[Dims], object], ...] = (tuple, lambda shape: shape[1:], elements, lambda _: None)
        found: list[_Stage] = []
        for key in alike:
            found = self._stages(key)
            if len(found) <= MOST_STAGES:
                break
        return found

    def _stages(self, key: Callable[[Dims], object]) -> list[_Stage]:
        found = [_Stage([[0]])]
        for i, one in enumerate(self.sums[1:], start=1):
            branches = found[-1].branches
            behind = [branch for branch in branches if self._follows(self.sums[branch[-1]], one)]
            if not behind:
                branches.append([i])
            elif len(behind) == 1 and key(self.sums[behind[0][-1]].out_shape) == key(one.out_shape):
                behind[0].append(i)
            else:
                found.append(_Stage([[i]]))
        return found

    def _follows(self, before: ResidualSum, one: ResidualSum) -> bool:
        return one.fork == before.add or self.web.leads_to(before.add, one.fork)

    # parts

    def parts(self) -> Iterator[Part]:
        stages = self.stages()
        stem, first = self._in_front_of_the_first(stages[0])
        if stem:
            yield Part(kind="stem", nodes=tuple(stem), enters=_first_input(self.graph))
        last = _first_input(self.graph)
        for number, stage in enumerate(stages, start=2):
            start = min(branch[0] for branch in stage.branches)
            if number > 2:
                first, between = self._between(start)
                if between:
                    yield Part(kind="transition", nodes=between, enters=last)
            behind = self._behind(stage) if number - 1 == len(stages) else []
            yield self._stage(number, stage, first, behind)
            last = self._end(stage)
        head = self.gaps[-1].nodes[len(self._tail(stages[-1])) :]
        if head:
            yield Part(kind="head", nodes=tuple(head), enters=last)

    def _in_front_of_the_first(self, stage: _Stage) -> tuple[list[Node], list[tuple[Node, ...]]]:
        """The stem, and layers inside of a sum around the first block, which stand in its row."""
        pieces = list(self.gaps[min(branch[0] for branch in stage.branches)].pieces)
        own: list[tuple[Node, ...]] = []
        while pieces and pieces[-1][0] and _trains(pieces[-1][1]):
            own.insert(0, pieces.pop()[1])
        return [node for _, nodes in pieces for node in nodes], own

    def _between(self, start: int) -> tuple[list[tuple[Node, ...]], tuple[Node, ...]]:
        """What stands in front of a stage: pieces of its own row, or a transition."""
        nodes = tuple(self.gaps[start].nodes)
        return ([], nodes) if _trains(nodes) else ([nodes] if nodes else [], ())

    def _tail(self, stage: _Stage) -> list[Node]:
        """Of what follows the last block, that which a sum around it holds, and that sum."""
        pieces = self.gaps[-1].pieces
        held = [i for i, (names, _) in enumerate(pieces) if names]
        if not held:
            return []
        end = self.sums[stage.branches[-1][-1]].out_shape
        tail = [node for _, nodes in pieces[: held[-1] + 1] for node in nodes]
        return tail if all(node.out_shape and node.out_shape[1:] == end for node in tail) else []

    def _behind(self, stage: _Stage) -> list[tuple[Node, ...]]:
        tail = {node.name for node in self._tail(stage)}
        kept = (tuple(node for node in nodes if node.name in tail) for _, nodes in self.gaps[-1].pieces)
        return [nodes for nodes in kept if nodes]

    def _stage(
        self, number: int, stage: _Stage, first: Sequence[tuple[Node, ...]], behind: Sequence[tuple[Node, ...]]
    ) -> Part:
        start = min(branch[0] for branch in stage.branches)
        nodes: list[Node] = []
        branches: list[tuple[Piece, ...]] = []
        for branch in stage.branches:
            pieces: list[Piece] = []
            for i in branch:
                loose = list(first) if i == start else [one for _, one in self.gaps[i].pieces]
                pieces += [*_pieces(loose), Piece(self.sums[i], tuple(self.own[i]))]
                nodes += [node for one in loose for node in one] + self.own[i]
            branches.append(tuple(pieces))
        branches[-1] += tuple(_pieces(behind))
        nodes += [node for one in behind for node in one]
        enters = self.sums[start].fork
        return Part(kind="stage", number=number, branches=tuple(branches), nodes=tuple(nodes), enters=enters)

    def _end(self, stage: _Stage) -> str:
        last = self.sums[stage.branches[0][-1]]
        return last.after[-1] if last.after else last.add


def _trains(nodes: Sequence[Node]) -> bool:
    return any(node.kind in WEIGHTED for node in nodes)


def _pieces(loose: Sequence[tuple[Node, ...]]) -> list[Piece]:
    return [Piece(None, nodes) for nodes in loose if _trains(nodes)]


def _around(parts: Sequence[Part], outer: Sequence[ResidualSum]) -> tuple[tuple[Span, ...], tuple[ResidualSum, ...]]:
    """Where the inside of each of these sums stands."""
    pieces = [
        (p, b, i, piece)
        for p, part in enumerate(parts)
        for b, branch in enumerate(part.branches)
        for i, piece in enumerate(branch)
    ]
    at = {node.name: (p, b, i) for p, b, i, piece in pieces for node in piece.nodes if node.kind in WEIGHTED}
    elsewhere = {node.name for part in parts for node in part.nodes if node.kind in WEIGHTED} - set(at)
    spans: list[Span] = []
    long: list[ResidualSum] = []
    for one in outer:
        places = {at[name] for name in one.main if name in at}
        rows = {place[:2] for place in places}
        if len(rows) == 1 and not elsewhere.intersection(one.main):
            (p, b), steps = rows.pop(), [place[2] for place in places]
            spans.append(Span(one, p, b, min(steps), max(steps)))
        else:
            long.append(one)
    return tuple(spans), tuple(long)
