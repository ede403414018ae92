"""A network as a sequence of units, to lay it beside another: residual blocks, and the layers between them.

A residual block is one unit. Outside of blocks a layer that trains something or changes the map is one, with the norm
and the activation behind it; what does neither is left out. What a unit *is* says nothing of names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, NamedTuple

from resnet.models.blocks import trunk
from resnet.models.graph import Graph, residual_sums
from resnet.models.node import ACTIVATIONS, NAMES, NORMS, POOLS, WEIGHTED, Dims, Kind, Node
from resnet.models.summary import KINDS, block_words, channels_axis, sum_axis, window_words
from resnet.models.sums import ResidualSum
from resnet.models.ways import Ways

MANY = 3  # a sum around so many blocks, and around more than half of all, is a long skip


class Layer(NamedTuple):
    """One layer of a unit. ``kernel`` is empty for the whole map; ``groups`` is 0 for a depthwise convolution;
    ``channels`` that it makes, 0 for a pool."""

    kind: Kind
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    groups: int
    dilation: tuple[int, ...]
    channels: int

    @property
    def words(self) -> str:
        """'3×3 conv';  'linear layer'"""
        window = f"{window_words(self.kernel)} " if self.kernel and self.kind != "linear" else ""
        return f"{window}{'depthwise ' if self.groups == 0 else ''}{NAMES[self.kind]}"


Counts = tuple[tuple[Kind, int], ...]  # how many of each kind, sorted


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A residual block, or a layer outside of them. Two are equal if they are the same, whatever they are called.

    ``name``      of the module that it is; else what the source calls it
    ``what``      in a few words: ``bottleneck block``, ``7×7 conv``, ``max-pool``, ``linear layer``
    ``sort``      only units of the same sort can be the same one, changed: ``block``, ``conv``, ``pool``, …
    ``sum``       of a block;  ``nodes``  names of all that belongs to it
    ``in_shape``, ``out_shape``  without the batch axis; ``axis``: where the channels are
    ``scale``     how much smaller its result is than the network's input, 0 for one pixel; of a sequence, its axes
    ``layers``    on the way from x to F(x), in order: convolutions, linear layers, pools
    ``side``      layers that stand beside that way: squeeze-and-excitation, further branches
    ``shortcut``  of a block: ``identity``, ``3×3 projection``; else empty
    ``biased``    layers with a bias
    """

    name: str = field(compare=False)
    what: str
    sort: str
    sum: ResidualSum | None = field(compare=False)
    nodes: tuple[str, ...] = field(compare=False)
    in_shape: Dims | None
    out_shape: Dims | None
    axis: int = field(compare=False)
    scale: Dims
    layers: tuple[Layer, ...]
    side: tuple[Layer, ...]
    shortcut: str
    norms: Counts
    activations: Counts
    biased: int
    params: int
    buffers: int
    macs: int
    shortcut_params: int

    @cached_property
    def key(self) -> tuple[object, ...]:
        """All that it is."""
        return tuple(getattr(self, one.name) for one in fields(self) if one.compare)

    @property
    def made(self) -> tuple[object, ...]:
        """What it is made of, whatever goes through it."""
        counts = self.norms, self.activations, self.biased
        return self.what, self.layers, self.side, self.shortcut, *counts

    def of(self, attribute: str) -> tuple[object, ...]:
        """One attribute of each layer: ``kernel``, ``stride``, …"""
        return tuple(getattr(one, attribute) for one in self.layers)


def units_of(graph: Graph) -> tuple[Unit, ...]:
    """In the order in which they run. Everything that trains something or multiplies is in one of them, once."""
    return _Sorting(graph).units()


class _Sorting:
    """Gives each node to a unit: first to blocks, then to layers."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.place = {node.name: i for i, node in enumerate(graph.nodes)}
        self.readers: dict[str, list[Node]] = {name: [] for name in graph.shapes}
        for node in graph.nodes:
            for name in dict.fromkeys(node.reads):
                self.readers[name].append(node)
        self.taken: set[str] = set()

    def units(self) -> tuple[Unit, ...]:
        found: list[tuple[int, Unit]] = []
        blocks, skips = _blocks(residual_sums(self.graph))
        for one in blocks:
            found.append((self.place[one.add], self._block(one)))
        for one in skips:
            found.append((self.place[one.add], self._skip(one)))
        for i, node in enumerate(self.graph.nodes):
            if node.name not in self.taken and _counts(node):
                found.append((i, self._layer(node)))
        return tuple(unit for _, unit in sorted(found, key=lambda one: one[0]))

    # blocks

    def _block(self, one: ResidualSum) -> Unit:
        own = self._take((*one.before, *one.main, *one.shortcut, one.add, *one.after))
        main, shortcut = self._nodes(one.main), self._nodes(one.shortcut)
        column = trunk(Ways(one.fork, main, shortcut)) if main else ()
        column_names = {node.name for node in column}
        side = [node for node in main if node.name not in column_names and node.kind in WEIGHTED]
        return self._unit(own, one, what=block_words(one.block), layers=_layers(column), side=_layers(side))

    def _skip(self, one: ResidualSum) -> Unit:
        """Around blocks that are units themselves, as are the layers between them: the shortcut and the sum."""
        own = self._take((*one.before, *one.shortcut, one.add, *one.after))
        return self._unit(own, one, what="long skip", layers=(), side=())

    def _unit(
        self, own: tuple[Node, ...], one: ResidualSum, *, what: str, layers: tuple[Layer, ...], side: tuple[Layer, ...]
    ) -> Unit:
        return Unit(
            name=one.name,
            what=what,
            sort="long skip" if what == "long skip" else "block",
            sum=one,
            in_shape=one.in_shape,
            out_shape=one.out_shape,
            axis=sum_axis(self.graph, one, one.out_shape),
            scale=self._scale(one.out_shape),
            layers=layers,
            side=side,
            shortcut=_shortcut(one, self._nodes(one.shortcut)),
            shortcut_params=sum(node.params for node in self._nodes(one.shortcut) if node in own),
            **self._totals(own),
        )

    def _nodes(self, names: tuple[str, ...]) -> tuple[Node, ...]:
        return tuple(self.graph.by_name[name] for name in names)

    def _take(self, names: tuple[str, ...]) -> tuple[Node, ...]:
        """Nodes that no unit has yet, and those that only prepare a constant for them, in running order."""
        own = {name for name in names if name not in self.taken}
        waiting = [*own]
        while waiting:
            for name in self.graph.by_name[waiting.pop()].reads:
                node = self.graph.by_name.get(name)
                if node and name not in own | self.taken and not node.reads and self._only_for(name, own):
                    own.add(name)
                    waiting.append(name)
        self.taken |= own
        return tuple(self.graph.by_name[name] for name in sorted(own, key=self.place.__getitem__))

    def _only_for(self, name: str, own: set[str]) -> bool:
        return all(reader.name in own for reader in self.readers[name])

    # layers

    def _layer(self, node: Node) -> Unit:
        own = self._take((node.name, *(one.name for one in self._behind(node))))
        layer = _layer(node)
        shape = node.out_shape and node.out_shape[1:]
        read = node.in_shapes[0] if node.in_shapes else None
        return Unit(
            name=node.place or node.name,
            what=_what(node),
            sort=_sort(node),
            sum=None,
            in_shape=read and read[1:],
            out_shape=shape,
            axis=channels_axis([node, *own], shape or ()),
            scale=self._scale(shape),
            layers=(layer,) if layer else (),
            side=(),
            shortcut="",
            shortcut_params=0,
            **self._totals(own),
        )

    def _behind(self, node: Node) -> Iterator[Node]:
        """Norm and activation that only this layer goes into."""
        while node.kind in WEIGHTED | NORMS | ACTIVATIONS or _is_constant(node):
            readers = self.readers[node.name]
            if len(readers) != 1 or readers[0].name in self.taken:
                return
            node = readers[0]
            if not (node.kind in NORMS | ACTIVATIONS or _is_constant(node)):
                return
            yield node

    def _totals(self, own: Iterable[Node]) -> dict[str, Any]:
        own = tuple(own)
        return {
            "nodes": tuple(node.name for node in own),
            "norms": _count(node.kind for node in own if node.kind in NORMS),
            "activations": _count(node.kind for node in own if node.kind in ACTIVATIONS),
            "biased": sum(node.kind in WEIGHTED and _has_bias(node) for node in own),
            "params": sum(node.params for node in own),
            "buffers": sum(node.buffers for node in own),
            "macs": self.graph.per_image(sum(node.macs for node in own)),
        }

    def _scale(self, shape: Dims | None) -> Dims:
        image = self.graph.in_shapes[0] if self.graph.inputs else None
        if not shape or not image or len(shape) != len(image) - 1 or len(shape) < 2:
            return (-len(shape),) if shape else ()
        sizes = zip(image[2:], shape[1:], strict=True)
        return tuple(round(before / after) if after > 1 else 0 for before, after in sizes)


def _blocks(sums: tuple[ResidualSum, ...]) -> tuple[list[ResidualSum], list[ResidualSum]]:
    """Outermost blocks; and sums around most of a network, which are opened: what is in them is worth comparing."""
    skips = [one for one in sums if len(one.inside) >= MANY and 2 * len(one.inside) > len(sums)]
    opened = {one.add for one in skips}
    inner = {name for one in sums if one.add not in opened for name in one.inside}
    return [one for one in sums if one.add not in inner | opened], skips


def _counts(node: Node) -> bool:
    """Whether it is a unit: it trains something, multiplies, or changes the map."""
    if node.params or node.macs or node.kind == "embedding":
        return True
    before, after = node.in_shapes[0] if node.in_shapes else None, node.out_shape
    if node.kind in POOLS | {"resize", "pad"} or (node.kind == "slice" and node.sweep):
        return before is None or before != after
    if node.kind == "concat":
        return len(node.reads) > 1
    return node.kind == "reduce" and _of_the_map(node)


def _of_the_map(node: Node) -> bool:
    """Whether a mean goes over a map's places, or over those of a sequence."""
    read = node.in_shapes[0] if node.in_shapes else None
    return bool(read) and len(read or ()) > 2 and any(axis > 0 for axis in node.axes)


def _is_constant(node: Node) -> bool:
    """A factor or a bias for each channel, written as an operation of its own."""
    if node.kind not in ("add", "mul", "sub", "div") or len(node.reads) != 1 or not node.constants:
        return False
    return all(sum(size > 1 for size in shape) <= 1 for shape in node.constants)


def _has_bias(node: Node) -> bool:
    """A bias that others share is counted with the first of them, but stands among the constants of all."""
    return node.biases > 0 or any(len(shape) == 1 for shape in node.constants)


def _count(kinds: Iterable[Kind]) -> Counts:
    return tuple(sorted(Counter(kinds).items()))


def _layers(nodes: Iterable[Node]) -> tuple[Layer, ...]:
    return tuple(layer for node in nodes for layer in [_layer(node)] if layer)


def _layer(node: Node) -> Layer | None:
    kernel, stride, _, dilation, groups = node.sweep or ((), (), (), (), 1)
    if node.kind in POOLS or node.kind == "reduce":
        if node.kind in POOLS and node.in_shapes and node.in_shapes[0] == node.out_shape:
            return None
        whole = not kernel or set((node.out_shape or ())[2:]) == {1}
        return Layer(_pool_kind(node), () if whole else kernel, () if whole else stride, 1, (), 0)
    if node.kind not in WEIGHTED:
        return None
    return Layer(node.kind, kernel, stride, 0 if node.depthwise else groups, dilation, node.channels_made)


def _pool_kind(node: Node) -> Kind:
    """A mean over the whole map is an average pool, however it was written."""
    if node.kind != "reduce":
        return node.kind
    op = node.op.lower()
    return "avgpool" if "mean" in op else "maxpool" if "max" in op else "reduce"


def _shortcut(one: ResidualSum, nodes: tuple[Node, ...]) -> str:
    """'identity', 'projection';  '3×3 projection' where it is not 1×1"""
    words = KINDS[one.kind].one
    for node in nodes:
        if node.kind in WEIGHTED and not node.pointwise and node.sweep:
            return f"{window_words(node.sweep.kernel)} {words}"
    return words


_SORTS: dict[str, str] = (
    dict.fromkeys(POOLS | {"reduce"}, "pool")
    | dict.fromkeys(NORMS, "norm")
    | dict.fromkeys(ACTIVATIONS, "activation")
    | dict.fromkeys(("gather", "embedding"), "embedding")
)  # any other kind is a sort of its own


def _sort(node: Node) -> str:
    return _SORTS.get(node.kind, node.kind)


def _what(node: Node) -> str:
    layer = _layer(node)
    if layer:
        return layer.words if node.kind in WEIGHTED else NAMES[layer.kind]
    if node.kind == "add" and not node.macs:
        return "embedding" if node.shift and not _is_constant(node) else "bias"
    return NAMES[node.kind]
