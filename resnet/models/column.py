"""A residual sum as columns of steps, as a diagram has them: the main path from x to F(x), the shortcut, what follows.

    LayerNorm                          A step is a layer with its norm and activation, or what can't be a column folded
    attention              98,304      into one: attention with its projections, a gate (squeeze-and-excitation),
    ⊕                                  branches that are concatenated, a residual block inside.

What only moves numbers (a reshape, a transpose) is no step of its own: it belongs to the one that reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from resnet.models.blocks import trunk
from resnet.models.graph import Graph, residual_sums
from resnet.models.node import ACTIVATIONS, NORMS, POOLS, WEIGHTED, Dims, Node
from resnet.models.sums import ResidualSum
from resnet.models.ways import Ways
from resnet.models.words import layer_words, pads, takes_a_constant

MOST_STEPS = 12  # of a column; what is more is folded in its middle
_MOVING = frozenset(("reshape", "transpose", "expand", "identity", "split", "slice", "gather", "concat", "pad"))
_GATES = frozenset(("sigmoid", "hardsigmoid", "tanh", "softmax"))
_LISTED = WEIGHTED | NORMS | ACTIVATIONS | POOLS | {"matmul", "attention", "embedding"}


class Said(NamedTuple):
    """One line of a step: what it is, and the operations whose parameters stand beside it."""

    words: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step from x to y.

    ``lines``   the first says what it is
    ``nodes``   all its operations, the last one's result is the step's
    ``folded``  it holds what is no column: its lines go into it, not one behind the other
    """

    lines: tuple[Said, ...]
    nodes: tuple[Node, ...]
    folded: bool = False

    @property
    def words(self) -> str:
        return self.lines[0].words

    @property
    def params(self) -> int:
        return sum(node.params for node in self.nodes)

    @property
    def macs(self) -> int:
        """For the whole batch."""
        return sum(node.macs for node in self.nodes)

    @property
    def out_shape(self) -> Dims | None:
        """With the batch axis; None where it is not known."""
        return self.nodes[-1].out_shape


class Column(NamedTuple):
    """``before``  what both the main path and the shortcut read (pre-activation);  ``after``  what follows the sum"""

    before: tuple[Step, ...]
    main: tuple[Step, ...]
    shortcut: tuple[Step, ...]
    add: Node
    after: tuple[Step, ...]


def column(graph: Graph, one: ResidualSum, *, unfolded: bool = False) -> Column:
    """A residual sum in steps. ``unfolded``: every layer is one, and what stays folded lists what it holds."""
    before, main, shortcut, after = (
        tuple(graph.by_name[name] for name in names) for names in (one.before, one.main, one.shortcut, one.after)
    )
    inside = {other.add: other for other in residual_sums(graph) if other.add in one.inside}
    return Column(
        before=_steps([_Part((node,)) for node in before], unfolded),
        main=_shortened(_steps(_Folding(Ways(one.fork, main, shortcut), inside).parts(), unfolded)),
        shortcut=_steps([_Part((node,), strides=True) for node in shortcut], unfolded),
        add=graph.by_name[one.add],
        after=tuple(Step(lines=(Said(layer_words(node), (node,)),), nodes=(node,)) for node in after),
    )


# folding


class _Part(NamedTuple):
    """One operation of the column, or several under one name. ``strides``  as for ``layer_words``"""

    nodes: tuple[Node, ...]
    words: str = ""
    strides: bool = False


class _Fold(NamedTuple):
    """Steps ``start`` to ``end`` of the trunk and what stands beside them."""

    start: int
    end: int
    nodes: frozenset[str]


class _Folding:
    """The main path as parts one behind the other."""

    def __init__(self, ways: Ways, inside: dict[str, ResidualSum]) -> None:
        self.main, self.inside = ways.main, inside
        self.by_name = {node.name: node for node in ways.main}
        self.trunk = trunk(ways)
        self.at = {ways.fork: -1} | {node.name: i for i, node in enumerate(self.trunk)}

    def parts(self) -> list[_Part]:
        whole = [self._with_its_ends(fold) for fold in self._attending(self._merged())]
        folds = {fold.start: fold for fold in whole}
        found, i = [], 0
        while i < len(self.trunk):
            fold = folds.get(i)
            if fold is None:
                found.append(_Part((self.trunk[i],)))
                i += 1
            else:
                nodes = tuple(node for node in self.main if node.name in fold.nodes)
                found.append(_Part(nodes, self._words(fold, nodes)))
                i = fold.end + 1
        return found

    def _merged(self) -> list[_Fold]:
        """Where ways come together, what stands between is one; what overlaps is one as well."""
        taken: set[str] = set()
        found: list[_Fold] = []
        for end, node in enumerate(self.trunk):
            others = [name for name in dict.fromkeys(node.reads) if name in self.at or name in self.by_name]
            if len(others) < 2:
                continue
            beside, starts = self._beside(others, taken)
            taken |= beside
            start = end if _is_gate(node, [self.by_name[name] for name in beside]) else min(starts) + 1
            nodes = frozenset(beside | {one.name for one in self.trunk[start : end + 1]})
            while found and found[-1].end >= start:
                start, nodes = min(start, found[-1].start), nodes | found[-1].nodes
                found.pop()
            found.append(_Fold(start, end, nodes))
        return found

    def _beside(self, names: Iterable[str], taken: set[str]) -> tuple[set[str], list[int]]:
        """All that leads to these and is not on the trunk, and where on the trunk it begins."""
        beside: set[str] = set()
        starts: list[int] = []
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in self.at:
                starts.append(self.at[name])
            elif name in self.by_name and name not in beside and name not in taken:
                beside.add(name)
                waiting += self.by_name[name].reads
        return beside, starts

    def _inner(self, fold: _Fold) -> ResidualSum | None:
        """The residual sum that this is, with or without the norm in front of it and the activation behind it."""
        for node in self.trunk[fold.start : fold.end + 1]:
            one = self.inside.get(node.name)
            if one and {*one.main, *one.shortcut, one.add} <= fold.nodes <= {*_names(one)}:
                return one
        return None

    def _with_its_ends(self, fold: _Fold) -> _Fold:
        one = self._inner(fold)
        if one is None:
            return fold
        start, end = fold.start, fold.end
        while start > 0 and self.trunk[start - 1].name in one.before:
            start -= 1
        while end + 1 < len(self.trunk) and self.trunk[end + 1].name in one.after:
            end += 1
        return _Fold(start, end, fold.nodes | {node.name for node in self.trunk[start : end + 1]})

    def _attending(self, folds: list[_Fold]) -> list[_Fold]:
        """Attention takes the projections in front of it and behind it, and what lies between, along."""
        found: list[_Fold] = []
        for fold in sorted([*folds, *self._attention_to_others(folds)]):
            if not self._attends(fold):
                found.append(fold)
                continue
            start, end = self._back(fold.start), self._on(fold.end)
            nodes = fold.nodes | {node.name for node in self.trunk[start : end + 1]}
            while found and found[-1].end >= start:
                nodes |= found.pop().nodes
            found.append(_Fold(start, end, nodes))
        return [
            fold
            for i, fold in enumerate(found)
            if not any(other.start <= fold.start <= other.end for other in found[:i])
        ]

    def _attention_to_others(self, folds: list[_Fold]) -> Iterator[_Fold]:
        """Where only the queries come from x: nothing comes together on the main path."""
        held = {i for fold in folds for i in range(fold.start, fold.end + 1)}
        products = [i for i, node in enumerate(self.trunk) if node.kind == "matmul"]
        for i, node in enumerate(self.trunk):
            start = max((at for at in products if at < i), default=None) if node.kind == "softmax" else i
            end = min((at for at in products if at > i), default=None) if node.kind == "softmax" else i
            if node.kind not in ("attention", "softmax") or start is None or end is None:
                continue
            if held.isdisjoint(range(start, end + 1)):
                yield _Fold(start, end, frozenset(one.name for one in self.trunk[start : end + 1]))

    def _attends(self, fold: _Fold) -> bool:
        kinds = {self.by_name[name].kind for name in fold.nodes}
        return "attention" in kinds or kinds >= {"matmul", "softmax"}

    def _back(self, start: int) -> int:
        """To the projection in front of it, if nothing but what moves numbers lies between."""
        at = start
        while at > 0 and (self._moves(self.trunk[at - 1]) or self.trunk[at - 1].kind == "batchnorm"):
            at -= 1
        return at - 1 if at > 0 and self.trunk[at - 1].pointwise and not self._has_projection(start) else start

    def _has_projection(self, start: int) -> bool:
        """Whether what reads this place is itself a projection: query, key and value each have one."""
        return any(node.pointwise for node in self.trunk[start : start + 1])

    def _on(self, end: int) -> int:
        """To the projection behind it, and to where the numbers stand as they stood (windows put together again)."""
        projection = self._past_moves(end) + 1
        if projection < len(self.trunk) and self.trunk[projection].pointwise:
            return self._past_moves(projection)
        return self._past_moves(end)

    def _past_moves(self, at: int) -> int:
        while at + 1 < len(self.trunk) and self._moves(self.trunk[at + 1]):
            at += 1
        return at

    def _moves(self, node: Node) -> bool:
        return node.kind in _MOVING or (node.kind in ("mul", "div") and len(node.reads) == 1 and not node.params)

    def _words(self, fold: _Fold, nodes: Sequence[Node]) -> str:
        end = self.trunk[fold.end]
        inner = self._inner(fold)
        if inner is not None:
            return f"residual block inside: {inner.block}" if inner.block != "block" else "residual block inside"
        if self._attends(fold):
            return "attention"
        if all(node.kind in _MOVING for node in nodes):
            return ""
        if fold.start == fold.end and _is_gate(end, nodes):
            pooled = any(node.kind in POOLS or node.kind == "reduce" for node in nodes)
            return "× gate, squeeze-and-excitation" if pooled else "× gate"
        many = len(set(end.reads))
        return f"{many} branches, {_JOINED.get(end.kind, 'joined')}"


def _names(one: ResidualSum) -> tuple[str, ...]:
    return (*one.before, *one.main, *one.shortcut, one.add, *one.after)


_JOINED = {"concat": "concatenated", "add": "added", "mul": "multiplied", "sub": "subtracted", "matmul": "multiplied"}


def _is_gate(node: Node, beside: Sequence[Node]) -> bool:
    return node.kind == "mul" and any(one.kind in _GATES for one in beside)


# steps


def _steps(parts: Sequence[_Part], unfolded: bool) -> tuple[Step, ...]:
    found: list[Step] = []
    front: tuple[Node, ...] = ()  # moves numbers in front of the next step
    for part in parts:
        if not part.words and all(node.kind in _MOVING for node in part.nodes) and not _says_itself(part.nodes):
            front += part.nodes
            continue
        step = _step(part, unfolded)
        if found and not unfolded and _joins(found[-1], step):
            found[-1] = _with(found[-1], front + step.nodes, step.lines)
        else:
            found.append(Step(lines=step.lines, nodes=front + step.nodes, folded=step.folded))
        front = ()
    if found and front:
        found[-1] = _with(found[-1], front)
    return tuple(found)


def _says_itself(nodes: Sequence[Node]) -> bool:
    """A padding with zeros, or a choice of pixels, is what an option A shortcut is; a padding by nothing is none."""
    return any(pads(node) or (node.kind == "slice" and node.sweep) for node in nodes)


def _with(step: Step, nodes: tuple[Node, ...], lines: tuple[Said, ...] = ()) -> Step:
    return Step(lines=step.lines + lines, nodes=step.nodes + nodes, folded=step.folded)


def _step(part: _Part, unfolded: bool) -> Step:
    if not part.words:
        (node,) = part.nodes
        return Step(lines=(Said(layer_words(node, strides=part.strides), part.nodes),), nodes=part.nodes)
    contents = _contents(part.nodes) if unfolded else ()
    return Step(lines=(Said(part.words, part.nodes), *contents), nodes=part.nodes, folded=True)


def _contents(nodes: Sequence[Node]) -> tuple[Said, ...]:
    """What a folded step holds, in the order in which it runs; its own number stands above."""
    listed = [node for node in nodes if node.kind in _LISTED]
    groups = [tuple(group) for _, group in groupby(listed, layer_words)]
    lines = [
        Said(f"{len(group)} × {layer_words(group[0])}" if len(group) > 1 else layer_words(group[0]), group)
        for group in groups
    ]
    if len(lines) <= MOST_STEPS:
        return tuple(lines)
    left = tuple(node for line in lines[MOST_STEPS - 1 :] for node in line.nodes)
    return (*lines[: MOST_STEPS - 1], Said(f"… {len(lines) - MOST_STEPS + 1} more", left))


def _joins(step: Step, following: Step) -> bool:
    """A norm or a constant joins the layer in front of it, an activation a layer or a norm."""
    if step.folded or following.folded:
        return False
    last, node = step.lines[-1].nodes[-1], following.nodes[-1]
    before = last.kind in WEIGHTED or takes_a_constant(last)
    if node.kind in NORMS:
        return before
    if node.kind in ACTIVATIONS or takes_a_constant(node):
        return before or last.kind in NORMS
    return False


def _shortened(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if len(steps) <= MOST_STEPS:
        return steps
    first, last = MOST_STEPS // 2, MOST_STEPS - MOST_STEPS // 2 - 1
    middle = steps[first : len(steps) - last]
    nodes = tuple(node for step in middle for node in step.nodes)
    fold = Step(lines=(Said(f"… {len(middle)} more", nodes),), nodes=nodes, folded=True)
    return (*steps[:first], fold, *steps[len(steps) - last :])
