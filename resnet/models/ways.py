"""How both summands of an addition come from one tensor, if they do.

    x ──────── shortcut ────────┐        The shortcut is followed backwards from the sum, through what may stand on one:
    └── main path, F(x), ── a ──⊕        a 1×1 convolution or a linear layer, norms, pools, padding, a factor. Where it
                                         meets a tensor of which the other summand was made too, there is the fork.

Structure decides, never a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal, NamedTuple

from resnet.models.node import ACTIVATIONS, NORMS, POOLS, WEIGHTED, Dims, Node
from resnet.models.web import Web

ShortcutKind = Literal["identity", "projection", "pool_projection", "zero_pad", "max_pool", "avg_pool", "resize"]

MOST_ON_A_SHORTCUT = 32  # operations
_ON_A_SHORTCUT = NORMS | POOLS | {"conv", "linear", "pad", "resize", "reshape", "transpose", "identity"}
_WITH_A_CONSTANT = frozenset(("mul", "div", "add", "sub", "concat"))  # on a shortcut, if all else that they take is


class Ways(NamedTuple):
    """How both summands come from a fork."""

    fork: str
    main: tuple[Node, ...]
    shortcut: tuple[Node, ...]


def ways_of(web: Web, add: Node) -> Ways | str:
    """Both ways of a residual sum; for any other the key of its reason."""
    reason = _no_sum_of_two(add)
    if reason:
        return reason
    a, b = add.reads
    found = [ways for pair in ((a, b), (b, a)) for ways in _meeting(web, *pair)]
    reasons = [_problem(web, ways) if web.shapes[ways.fork] is not None else "unknown" for ways in found]
    fit = [ways for ways, problem in zip(found, reasons, strict=True) if not problem]
    if fit:
        return min(fit, key=_effort)
    return next(filter(None, reasons), "branches")


def _no_sum_of_two(add: Node) -> str:
    if len(set(add.reads)) < 2:
        if len(add.reads) == 2:  # x + x
            return "untrained"
        return "embedding" if max((_extent(shape) for shape in add.constants), default=0) > 1 else "bias"
    if len(add.reads) > 2:
        return "branches"
    if None in add.in_shapes or add.out_shape is None:
        return "unknown"
    return "" if add.in_shapes[0] == add.in_shapes[1] else "broadcast"


def _extent(shape: Dims) -> int:
    """Along how many axes it has more than one number."""
    return sum(size > 1 for size in shape)


def _meeting(web: Web, shortcut: str, main: str) -> Iterator[Ways]:
    """The nearest tensor behind ``shortcut`` of which ``main`` was made, if a shortcut may lead there."""
    passed: list[Node] = []
    if web.leads_to(shortcut, main):
        yield Ways(shortcut, web.between(shortcut, main), ())
        return
    for node in islice(web.back(shortcut), MOST_ON_A_SHORTCUT):
        if not _may_stand_on_a_shortcut(node):
            return
        passed.append(node)
        source = node.reads[0]
        if web.leads_to(source, main):
            yield Ways(source, web.between(source, main), tuple(reversed(passed)))
            return


def _may_stand_on_a_shortcut(node: Node) -> bool:
    if len(set(node.reads)) != 1:
        return False
    if node.kind == "slice":  # every s-th pixel; a cut is another part of the tensor
        return node.sweep is not None
    return node.kind in _ON_A_SHORTCUT or (node.kind in _WITH_A_CONSTANT and bool(node.constants or node.zeros))


def _problem(web: Web, ways: Ways) -> str:
    """Why these are not F(x) and a shortcut; empty if they are."""
    reasons = (("untrained", _learns_nothing), ("scales", _returns_to_a_scale), ("branches", _merges))
    return next((why for why, holds in reasons if holds(web, ways)), "")


def _learns_nothing(_: Web, ways: Ways) -> bool:
    return not any(_learns(node) for node in ways.main)


def _learns(node: Node) -> bool:
    """Whether an F(x) can be made of it. A factor for each channel is trained; a table of sines has one for each
    position, too."""
    if node.kind in WEIGHTED or node.kind in NORMS:
        return True
    return node.kind == "mul" and any(_extent(shape) == 1 for shape in node.constants)


def _returns_to_a_scale(web: Web, ways: Ways) -> bool:
    """Whether the main path makes its map larger, where the shortcut does not: it had made it smaller before."""
    enlarging = [node for node in ways.main if _enlarges(node)]
    if not enlarging or any(_enlarges(node) for node in ways.shortcut):
        return False
    return web.apart(ways.fork, ways.main[-1].name, enlarging)


def _merges(web: Web, ways: Ways) -> bool:
    """Whether branches come together, and none is a shortcut."""
    foreign = [node for node in ways.main if _brings_in(web, node, ways)]
    if foreign and web.apart(ways.fork, ways.main[-1].name, foreign):
        return True
    on_shortcut = [node for node in ways.shortcut if node.kind in WEIGHTED]
    if not on_shortcut:
        return False
    dense = [node for node in on_shortcut if not node.depthwise]
    on_main = sum(node.kind in WEIGHTED for node in ways.main)
    bends = any(node.kind in ACTIVATIONS or node.kind == "attention" for node in ways.main)
    if on_main < 2 and not bends:  # two linear layers of the same tensor, which one layer could do (RepVGG)
        return True
    return len(dense) > 1 or (bool(dense) and not dense[0].pointwise and not (on_main > 1 and bends))


def _brings_in(web: Web, node: Node, ways: Ways) -> bool:
    """Whether it adds a tensor that was not made of x: then the main path is a merge of branches (BiFPN)."""
    if node.kind != "add" or len(set(node.reads)) < 2 or len(set(node.in_shapes)) > 1:
        return False
    return any(name != ways.fork and not web.leads_to(ways.fork, name) for name in node.reads)


def _enlarges(node: Node) -> bool:
    """Whether the result has a larger map than what is read."""
    read = node.in_shapes[0] if node.in_shapes else None
    if node.kind not in ("resize", "conv_transpose") or not read or not node.out_shape:
        return False
    return any(after > before for before, after in zip(read[2:], node.out_shape[2:], strict=False))


def _effort(ways: Ways) -> tuple[int, int, int]:
    """The shortcut is the way on which less is done."""
    return (
        sum(node.kind in WEIGHTED for node in ways.shortcut),
        len(ways.shortcut),
        sum(node.params for node in ways.shortcut),
    )


def kind_of(shortcut: tuple[Node, ...]) -> ShortcutKind:
    """What stands on a shortcut decides which it is."""
    pools = [node for node in shortcut if node.kind in POOLS and _moves(node)]
    if any(node.kind in WEIGHTED for node in shortcut):
        return "pool_projection" if pools else "projection"
    if any(_pads(node) or (node.kind == "slice" and node.sweep) for node in shortcut):
        return "zero_pad"
    if pools:
        return "max_pool" if pools[0].kind == "maxpool" else "avg_pool"
    return "resize" if any(node.kind == "resize" for node in shortcut) else "identity"


def _pads(node: Node) -> bool:
    """Adds channels of constants: of zeros, where the file still has them."""
    return (node.kind == "pad" and node.zeros) or node.kind == "concat"


def _moves(node: Node) -> bool:
    return node.sweep is None or set(node.sweep.kernel + node.sweep.stride) != {1}


def changes(x: Dims, result: Dims, shortcut: tuple[Node, ...]) -> tuple[bool, bool]:
    """Whether channels and size differ. A linear layer's channels are the last axis, everything else's the second."""
    if kind_of(shortcut) == "identity" or len(x) != len(result) or len(x) < 2:
        return False, False
    channels = len(x) - 1 if any(node.kind == "linear" for node in shortcut) else 1
    sizes = [i for i in range(1, len(x)) if i != channels]
    return x[channels] != result[channels], any(x[i] != result[i] for i in sizes)


def before_fork(web: Web, ways: Ways) -> tuple[Node, ...]:
    """Norm and activation in front of the fork that are part of the block: a projection that reads activated x (v2).

    Behind a sum or a pool they can be nobody else's. Behind a convolution they may be its own, as in a stem: then the
    main path's end tells. A block with pre-activation ends with a convolution, any other with a norm.
    """
    if not any(node.kind in WEIGHTED for node in ways.shortcut):
        return ()
    found: list[Node] = []
    inside = {node.name for node in (*ways.main, *ways.shortcut)}
    for node in web.back(ways.fork):
        if any(reader.name not in inside for reader in web.readers[node.name]):
            return ()
        found.insert(0, node)
        if node.kind in NORMS:
            source = web.by_name.get(node.reads[0])
            alone = len(web.readers[node.reads[0]]) == 1
            theirs = source is None or source.kind == "add" or source.kind in POOLS or _pre_activated(ways.main)
            return tuple(found) if alone and theirs else ()
        if node.kind not in ACTIVATIONS or len(found) > 1:
            return ()
        inside = {node.name}
    return ()


def _pre_activated(main: tuple[Node, ...]) -> bool:
    kinds = [node.kind for node in main if node.kind in WEIGHTED or node.kind in NORMS]
    return any(kind in NORMS for kind in kinds) and kinds[-1] in WEIGHTED
