"""How both summands of an addition come from one tensor, if they do.

    x ──────── shortcut ────────┐        The shortcut is followed backwards from the sum, through what may stand on one:
    └── main path, F(x), ── a ──⊕        a 1×1 convolution or a linear layer, norms, pools, padding, a factor. Where it
                                         meets a tensor of which the other summand was made too, there is the fork.

Structure decides, never a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from resnet.models.node import ACTIVATIONS, NORMS, POOLS, WEIGHTED, Dims, Node
from resnet.models.web import Web

ShortcutKind = Literal["identity", "projection", "pool_projection", "zero_pad", "max_pool", "avg_pool", "resize"]

_ON_A_SHORTCUT = NORMS | POOLS | {"conv", "linear", "pad", "slice", "resize", "reshape", "transpose", "identity"}
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
    for node in web.back(shortcut):
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
    return node.kind in _ON_A_SHORTCUT or (node.kind in _WITH_A_CONSTANT and bool(node.constants or node.zeros))


def _problem(web: Web, ways: Ways) -> str:
    """Why these are not F(x) and a shortcut; empty if they are."""
    if not any(node.kind in WEIGHTED or node.kind in NORMS for node in ways.main):
        return "untrained"
    if not any(_enlarges(node) for node in ways.shortcut):
        enlarging = [node for node in ways.main if _enlarges(node)]
        if enlarging and web.apart(ways.fork, ways.main[-1].name, enlarging):
            return "scales"
    layers = [node for node in ways.shortcut if node.kind in WEIGHTED and not node.depthwise]
    of_main = [node for node in ways.main if node.kind in WEIGHTED]
    if len(layers) > 1 or (layers and not of_main):
        return "branches"
    if layers and not layers[0].pointwise and not (len(of_main) > 1 and _bends(ways.main)):
        return "branches"
    if layers and len(of_main) == 1 and of_main[0].pointwise and not _bends(ways.main):
        return "branches"  # two of the same kind beside each other
    return ""


def _bends(nodes: tuple[Node, ...]) -> bool:
    return any(node.kind in ACTIVATIONS or node.kind == "attention" for node in nodes)


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
    if any(
        (node.kind in ("pad", "concat") and node.zeros) or (node.kind == "slice" and node.sweep) for node in shortcut
    ):
        return "zero_pad"
    if pools:
        return "max_pool" if pools[0].kind == "maxpool" else "avg_pool"
    return "resize" if any(node.kind == "resize" for node in shortcut) else "identity"


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
