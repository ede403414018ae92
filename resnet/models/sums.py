"""The residual sums of a graph: where a tensor is added to what was made of it.

What is none: a bias, an embedding, a broadcast, branches that come together (HRNet, FPN, an encoder's map and its
decoder's), a formula that trains nothing (GELU written out, rotary positions).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple

from resnet.models.blocks import Sublayer, block_names, sublayer
from resnet.models.node import ACTIVATIONS, Dims, Node
from resnet.models.ways import ShortcutKind, Ways, before_fork, changes, kind_of, ways_of
from resnet.models.web import TooNested, Web


@dataclass(frozen=True, kw_only=True)
class ResidualSum:
    """x + F(x), found in a graph. Counts are for one image; shapes are without the batch axis, as (C, H, W).

    ``name``      the module that it stands in, ``layer1.0``, if the source says; else what the source calls the sum
    ``kind``      of its shortcut: ``identity`` · ``projection``, a 1×1 convolution or a linear layer, with or without a
                  norm · ``pool_projection``, a pool beside it · ``zero_pad`` · ``max_pool`` · ``avg_pool`` · ``resize``
    ``block``     which block that is: ``bottleneck``, ``basic``, ``inverted residual``, ``ConvNeXt block``,
                  ``encoder block``, or ``block``
    ``add``       name of the node that adds;  ``fork``  of the node or the input from which both summands come
    ``main``, ``shortcut``   names of the nodes on the way of each summand, in order
    ``before``    norm and activation in front of the fork that belong to the block (pre-activation)
    ``after``     what follows the addition and belongs to it: an activation
    ``in_shape``, ``out_shape``   of x and of the sum
    ``channels_change``, ``size_changes``   from x to F(x);  ``needed``  either: a bare identity would be impossible
    ``params``, ``macs``   of the whole block;  ``shortcut_params``, ``shortcut_macs``  of its shortcut
    ``inside``    names of the residual sums on its main path
    """

    name: str
    kind: ShortcutKind
    block: str
    add: str
    fork: str
    main: tuple[str, ...]
    shortcut: tuple[str, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    in_shape: Dims
    out_shape: Dims
    channels_change: bool
    size_changes: bool
    shortcut_params: int
    shortcut_macs: int
    params: int
    macs: int
    inside: tuple[str, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether the shortcut has to change x's shape."""
        return self.channels_change or self.size_changes

    @property
    def projects(self) -> bool:
        """Whether its shortcut is a projection, so that it is a convolutional block."""
        return self.kind in ("projection", "pool_projection")


@dataclass(frozen=True, kw_only=True)
class OtherSum:
    """A sum that is not residual.

    ``name``  of the node that adds;  ``why``  a key of WHY, which has the sentence for it
    """

    name: str
    why: str

    @property
    def words(self) -> str:
        """Why, in a sentence."""
        return WHY[self.why]


WHY = {
    "bias": "A constant is added: a bias.",
    "embedding": "A constant is added, one number for each position: an embedding, or a mask.",
    "broadcast": "The summands differ in shape: one is repeated to fit, which is no sum of x and F(x).",
    "branches": "Branches come together, and neither is a shortcut from where the other begins.",
    "scales": "Maps of several scales come together: the main path shrinks the map and enlarges it again.",
    "untrained": "Nothing is trained between the summands: a formula, written out.",
    "nested": "Too many sums lie inside each other: only the first ones are followed.",
    "unknown": "The shapes of its summands are not known.",
}


class Found(NamedTuple):
    """In the order in which they run."""

    residual: tuple[ResidualSum, ...]
    other: tuple[OtherSum, ...]


def find(web: Web, batch: int = 1) -> Found:
    """Every addition of the graph. ``batch``  images that go through at once: counts are for one."""
    residual: list[tuple[Node, Ways]] = []
    other: list[OtherSum] = []
    for node in web.nodes:
        if node.kind == "add":
            try:
                ways = ways_of(web, node)
            except TooNested:
                ways = "nested"
            if isinstance(ways, str):
                other.append(OtherSum(name=node.name, why=ways))
            else:
                residual.append((node, ways))
    blocks = block_names([_sublayer(web, *one) for one in residual])
    adds = {node.name for node, _ in residual}
    sums = [_sum(web, node, ways, block, adds, batch) for (node, ways), block in zip(residual, blocks, strict=True)]
    return Found(_told_apart(sums), tuple(other))


def _sublayer(web: Web, add: Node, ways: Ways) -> Sublayer:
    return sublayer(web, add, ways, _after(web, add))


def _sum(web: Web, add: Node, ways: Ways, block: str, adds: set[str], batch: int) -> ResidualSum:
    x, result = web.shapes[ways.fork], add.out_shape
    assert x is not None and result is not None, "a sum of unknown shapes is no residual one"
    before, after = before_fork(web, ways), _after(web, add)
    channels, size = changes(x, result, ways.shortcut)
    own = (*before, *ways.main, *ways.shortcut, add, *after)
    return ResidualSum(
        name=_place((*ways.main, *ways.shortcut)) or add.place or add.name,
        kind=kind_of(ways.shortcut),
        block=block,
        add=add.name,
        fork=ways.fork,
        main=_names(ways.main),
        shortcut=_names(ways.shortcut),
        before=_names(before),
        after=_names(after),
        in_shape=x[1:],
        out_shape=result[1:],
        channels_change=channels,
        size_changes=size,
        shortcut_params=sum(node.params for node in ways.shortcut),
        shortcut_macs=sum(node.macs for node in ways.shortcut) // batch,
        params=sum(node.params for node in own),
        macs=sum(node.macs for node in own) // batch,
        inside=tuple(node.name for node in ways.main if node.name in adds),
    )


def _names(nodes: tuple[Node, ...]) -> tuple[str, ...]:
    return tuple(node.name for node in nodes)


def _after(web: Web, add: Node) -> tuple[Node, ...]:
    readers = web.readers[add.name]
    return readers if len(readers) == 1 and readers[0].kind in ACTIVATIONS else ()


def _place(nodes: tuple[Node, ...]) -> str:
    """The module that they all stand in: what their places have in common, up to a dot."""
    places = [node.place.split(".") for node in nodes if node.place and node.params]
    steps = zip(*(place[:-1] for place in places), strict=False)  # at least one step above a layer
    return ".".join(one[0] for one in takewhile(lambda step: len(set(step)) == 1, steps))


def _told_apart(sums: list[ResidualSum]) -> tuple[ResidualSum, ...]:
    """Two in one module (attention, then an MLP) get numbers."""
    all_of, seen = Counter(one.name for one in sums), Counter[str]()
    found = []
    for one in sums:
        seen[one.name] += 1
        found.append(replace(one, name=f"{one.name} #{seen[one.name]}") if all_of[one.name] > 1 else one)
    return tuple(found)
