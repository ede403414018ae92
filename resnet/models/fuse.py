"""What an exporter wrote out in small steps becomes one operation again: x · sigmoid(x) is SiLU.

    fuse(nodes, outputs)      the same graph in the field's vocabulary

Structure decides: which operations, and what they read; of the numbers in them only the shapes are known. What stands
inside a formula must be read by nobody else.

Sources: the exporters of torch 2.13 (``dynamo`` and TorchScript, opsets 13 to 20); Hendrycks and Gimpel 2016, arXiv
1606.08415 (GELU, both forms); Howard et al. 2019, arXiv 1905.02244 (Hardswish); Misra 2019, arXiv 1908.08681 (Mish);
Ba et al. 2016, arXiv 1607.06450 (LayerNorm); Zhang and Sennrich 2019, arXiv 1910.07467 (RMSNorm); Wu and He 2018, arXiv
1803.08494 (GroupNorm); Vaswani et al. 2017, arXiv 1706.03762 (attention).
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from resnet.models.formulas import FORMULAS, Formula, Tree, words
from resnet.models.graph import elements
from resnet.models.node import Dims, Kind, Node, Sweep


def fuse(nodes: tuple[Node, ...], outputs: tuple[str, ...]) -> tuple[Node, ...]:
    """The same graph, with one node for each formula that is known.

    A node that stands for several has the name of the last, the place of the one that trains something, reads what they
    read from outside, and its counts are their sums.
    """
    web = _Web(nodes, outputs)
    for node in nodes:
        while web.fused(node.name):
            pass
    return tuple(web.by_name.values())


class _Found(NamedTuple):
    """A formula that ends in some node. ``inner``: names of the nodes that go with it;  ``changes``: to what it is."""

    kind: Kind
    inner: tuple[str, ...]
    changes: dict[str, Any]


class _Web:
    """The nodes as far as they are fused, by name and in order, and how often each is read."""

    def __init__(self, nodes: Iterable[Node], outputs: Iterable[str]) -> None:
        self.by_name = {node.name: node for node in nodes}
        self._place = {name: i for i, name in enumerate(self.by_name)}
        self._reads = Counter(outputs)
        self._reads.update(name for node in self.by_name.values() for name in node.reads)

    def fused(self, name: str) -> bool:
        """Whether something ended in this node; it is one node now."""
        last = self.by_name[name]
        for rule in _RULES[last.kind]:
            for found in rule(self, last):
                if self._alone(found, last):
                    self._replace(found, last)
                    return True
        return False

    def back(self, name: str) -> tuple[Node, ...]:
        """What made a result, and in front of it the copies and casts that it went through."""
        passed: list[Node] = []
        while name in self.by_name:
            node = self.by_name[name]
            passed.append(node)
            if node.kind != "identity" or len(node.reads) != 1:
                return tuple(passed)
            name = node.reads[0]
        return ()

    def _alone(self, found: _Found, last: Node) -> bool:
        """Whether nobody outside reads what is inside."""
        inner = dict.fromkeys(found.inner)
        within = Counter(read for one in (*map(self.by_name.__getitem__, inner), last) for read in one.reads)
        return all(self._reads[name] == within[name] for name in inner)

    def _replace(self, found: _Found, last: Node) -> None:
        inner = sorted(set(found.inner), key=self._place.__getitem__)
        parts = [*(self.by_name.pop(name) for name in inner), last]
        one = _one(found, parts)
        self._reads.subtract(name for part in parts for name in part.reads)
        self._reads.update(one.reads)
        self.by_name[last.name] = one


def _one(found: _Found, parts: list[Node]) -> Node:
    """One node for all of them; numbers that stand in a formula are no constants of its own."""
    inner = {part.name for part in parts}
    outside: dict[str, Dims | None] = {}
    for part in parts:
        outside |= {name: shape for name, shape in zip(part.reads, part.in_shapes, strict=True) if name not in inner}
    reads = found.changes.get("reads", tuple(outside))
    trains = next((part for part in parts if part.params), parts[-1])
    counted = ("weights", "biases", "scale", "shift", "buffers", "macs")
    fields: dict[str, Any] = {name: sum(getattr(part, name) for part in parts) for name in counted}
    fields |= {
        "place": trains.place,
        "kind": found.kind,
        "op": " + ".join(part.op for part in parts),
        "in_shapes": tuple(outside[name] for name in reads),
        "reads": reads,
        "constants": tuple(one for part in parts for one in _numbers(part) if elements(one) > 1),
        "sweep": next((part.sweep for part in parts if part.sweep), None),
        "axes": (),
        "zeros": False,
    }
    return replace(parts[-1], **(fields | found.changes))


def _numbers(node: Node) -> tuple[Dims, ...]:
    """Its constants, but for those that say along which axes, or into what shape."""
    return () if node.kind in _TOLD else node.constants


_TOLD = frozenset(("reduce", "avgpool", "reshape", "slice", "identity", "transpose"))


# formulas


def _formula(web: _Web, last: Node, formula: Formula) -> Iterator[_Found]:
    for _, inner in _matches(web, formula.tree, last.name, None):
        parts = [web.by_name[name] for name in inner]
        if any(elements(one) > 1 for part in parts for one in _numbers(part)):
            continue
        kind, changes = formula.kind, {}
        if kind in ("layernorm", "rmsnorm"):
            axes = _averaged(parts)
            changes["axes"] = axes
            if kind == "layernorm" and axes and axes == _behind_channels(last):
                kind = "instancenorm"
        yield _Found(kind, tuple(name for name in inner if name != last.name), changes)


def _averaged(parts: list[Node]) -> tuple[int, ...]:
    """Along which axes the means are."""
    return next((part.axes for part in parts if words(part) & {"mean", "var", "std"}), ())


def _behind_channels(node: Node) -> tuple[int, ...]:
    """The axes of a map; a series of vectors (N, L, C) has none."""
    rank = len(node.out_shape or ())
    return tuple(range(2, rank)) if rank > 3 else ()


Match = tuple[str | None, tuple[str, ...]]  # what x is, and the names of all nodes of the formula


def _matches(web: _Web, tree: Tree | None, name: str, x: str | None) -> Iterator[Match]:
    """Every way in which this result is that formula. ``tree``: None for x itself."""
    if tree is None:
        if x in (None, name):
            yield name, ()
        return
    node = web.by_name.get(name)
    if node is None:
        return
    if words(node) & tree.ops:
        for reads in _orders(node):
            if len(reads) == len(tree.reads):
                for found, inner in _all_match(web, list(zip(tree.reads, reads, strict=True)), x):
                    yield found, (name, *inner)
    elif node.kind == "identity" and len(node.reads) == 1:
        for found, inner in _matches(web, tree, node.reads[0], x):
            yield found, (name, *inner)


def _all_match(web: _Web, pairs: list[tuple[Tree | None, str]], x: str | None) -> Iterator[Match]:
    if not pairs:
        yield x, ()
        return
    (tree, name), *rest = pairs
    for found, inner in _matches(web, tree, name, x):
        for more, inner_too in _all_match(web, rest, found):
            yield more, (*inner, *inner_too)


def _orders(node: Node) -> tuple[tuple[str, ...], ...]:
    swaps = node.kind in ("add", "mul") and len(set(node.reads)) == 2
    return (node.reads, node.reads[::-1]) if swaps else (node.reads,)


# what is no formula of numbers


def _vector(node: Node) -> Dims | None:
    """The one constant of a sum or a product with nothing else in it, if it is no single number."""
    if len(node.reads) != 1 or len(node.constants) != 1 or elements(node.constants[0]) < 2:
        return None
    return node.constants[0]


def _extent(shape: Dims) -> int:
    return sum(size > 1 for size in shape)


def _affine(web: _Web, last: Node) -> Iterator[_Found]:
    """Behind a norm that has none of its own: a product with γ, then a sum with β."""
    vector, back = _vector(last), web.back(last.reads[0])
    if vector is None or not back or back[-1].kind not in ("layernorm", "rmsnorm", "groupnorm", "instancenorm"):
        return
    norm = back[-1]
    expected = 0 if last.kind == "mul" else 1
    if len(norm.constants) == expected and not norm.shift and _extent(vector) <= max(1, len(norm.axes)):
        yield _Found(norm.kind, tuple(node.name for node in back), {"axes": norm.axes})


def _bias(web: _Web, last: Node) -> Iterator[_Found]:
    """A sum with a number for each channel, behind a convolution or a linear layer that has no biases."""
    vector, layer = _vector(last), web.by_name.get(last.reads[0])
    if vector is None or layer is None or layer.kind not in ("conv", "conv_transpose", "linear"):
        return
    if layer.biases or len(layer.constants) != 1 or len(layer.reads) != 1 or not last.out_shape:
        return
    rank = len(last.out_shape)
    channels = rank - 1 if layer.kind == "linear" else 1
    aligned = (1,) * (rank - len(vector)) + vector
    if all(size == (last.out_shape[i] if i == channels else 1) for i, size in enumerate(aligned)):
        constants = (*layer.constants, vector)
        yield _Found(layer.kind, (layer.name,), {"biases": last.params, "shift": 0, "constants": constants})


def _group_norm(web: _Web, last: Node) -> Iterator[_Found]:
    """InstanceNorm over channels that were put together. Its γ and β, one number a group, are the exporter's own."""
    norm = web.by_name.get(last.reads[0]) if len(last.reads) == 1 else None
    if norm is None or norm.kind != "instancenorm" or len(norm.reads) != 1:
        return
    first = web.by_name.get(norm.reads[0])
    if first is None or first.kind != "reshape" or not first.out_shape or not last.out_shape:
        return
    if first.in_shapes[:1] == (last.out_shape,) and len(last.out_shape) > 2:
        kind: Kind = "instancenorm" if first.out_shape[1] == last.out_shape[1] else "groupnorm"
        yield _Found(kind, (first.name, norm.name), {"scale": 0, "shift": 0, "constants": (), "reads": first.reads})


_MOVES = frozenset(("identity", "transpose", "reshape"))
_BEFORE_SOFTMAX = _MOVES | {"mul", "div", "add", "sub", "tanh", "where", "masked_fill"}


def _attention(web: _Web, last: Node) -> Iterator[_Found]:
    """softmax(q kᵀ) v; on the way to softmax a scale, a mask, a bias of positions; the scale may be q's and k's too."""
    if len(last.reads) != 2:
        return
    for weights, value in (last.reads, last.reads[::-1]):
        softmax = _way(web, weights, "softmax", _MOVES)
        scores = _way(web, softmax[-1].reads[0], "matmul", _BEFORE_SOFTMAX) if softmax else ()
        if not scores:
            continue
        *masks, query, key = scores[-1].reads  # a product that begins with a sum reads that first
        scales = [node for one in (query, key) for node in _scale(web, one)]
        nodes = (*softmax, *scores, *scales)
        inner = tuple(node.name for node in nodes)
        reads = [_scale(web, one)[-1].reads[0] if _scale(web, one) else one for one in (query, key)]
        reads += [value, *masks, *(read for node in (*softmax, *scores[:-1]) for read in node.reads)]
        changes: dict[str, Any] = {"reads": tuple(dict.fromkeys(one for one in reads if one not in inner))}
        for field in ("scale", "shift"):
            changes[field] = sum(getattr(node, field) for node in nodes if not _numbers_of_a_file(node))
        yield _Found("attention", inner, changes)


def _scale(web: _Web, name: str) -> tuple[Node, ...]:
    """A product with a number, if that made this."""
    node = web.by_name.get(name)
    number = (
        node
        and node.kind in ("mul", "div")
        and len(node.reads) == 1
        and max(map(elements, node.constants), default=0) == 1
    )
    return (node,) if node and number else ()


def _numbers_of_a_file(node: Node) -> bool:
    """A file does not say what is trained: a single number is a scale, and what is the same for all heads is a mask."""
    return not node.op.startswith("aten.") and all(elements(one[:-2]) == 1 for one in node.constants)


def _way(web: _Web, name: str, to: str, through: frozenset[str]) -> tuple[Node, ...]:
    """Backwards to the nearest operation of this kind, through nothing but these; empty if there is none."""
    seen = {name}
    waiting: deque[tuple[str, tuple[Node, ...]]] = deque([(name, ())])
    while waiting:
        one, passed = waiting.popleft()
        node = web.by_name.get(one)
        if node is None:
            continue
        if node.kind == to:
            return (*passed, node)
        if words(node) & through:
            new = [read for read in dict.fromkeys(node.reads) if read not in seen]
            seen.update(new)
            waiting.extend((read, (*passed, node)) for read in new)
    return ()


def _slices(web: _Web, last: Node) -> Iterator[_Found]:
    """x[:, :, ::2, ::2] is one slice."""
    first = web.by_name.get(last.reads[0]) if len(last.reads) == 1 else None
    if first is None or first.kind != "slice" or len(first.reads) != 1 or set(first.axes) & set(last.axes):
        return
    ranks = {len(shape or ()) for shape in (*first.in_shapes, first.out_shape, last.out_shape)}
    if len(ranks) == 1 and first.axes and last.axes:
        axes = tuple(sorted((*first.axes, *last.axes)))
        steps = {**_steps(first), **_steps(last)}
        along = tuple(steps.get(axis, 1) for axis in axes)
        one = (1,) * len(axes)
        sweep = Sweep(one, along, (0,) * 2 * len(axes), one) if steps else None
        yield _Found("slice", (first.name,), {"axes": axes, "sweep": sweep})


def _steps(node: Node) -> dict[int, int]:
    return dict(zip(node.axes, node.sweep.stride, strict=True)) if node.sweep else {}


Rule = Callable[[_Web, Node], Iterator[_Found]]


def _rules() -> defaultdict[str, list[Rule]]:
    """By the kind of the last node; a kind that is no root of anything has none."""
    rules: defaultdict[str, list[Rule]] = defaultdict(list)
    rules["add"] += [_bias, _affine]
    rules["mul"] += [_affine]
    rules["reshape"] += [_group_norm]
    rules["matmul"] += [_attention]
    rules["slice"] += [_slices]
    for formula in FORMULAS:
        for kind in formula.roots:
            rules[kind].append(partial(_formula, formula=formula))
    return rules


_RULES = _rules()
