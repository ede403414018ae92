"""A network in one sentence, and each of its residual sums in one: the words of our comparison, for any graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from resnet import text
from resnet.models.graph import Graph, own_nodes, residual_sums
from resnet.models.node import NORMS, Dims, Node
from resnet.models.sums import ResidualSum
from resnet.models.ways import ShortcutKind
from resnet.spec.conventions import DEFAULT, Conventions

Outcome = Literal["works", "needed", "choice"]


class KindWords(NamedTuple):
    """What a kind of shortcut is called: behind a number, and alone."""

    one: str
    many: str


KINDS: dict[ShortcutKind, KindWords] = {
    "identity": KindWords("identity", "identity"),
    "projection": KindWords("projection", "projections"),
    "pool_projection": KindWords("pooled projection", "pooled projections"),
    "zero_pad": KindWords("zero padding", "zero padding"),
    "max_pool": KindWords("max-pool", "max-pool"),
    "avg_pool": KindWords("average pool", "average pool"),
    "resize": KindWords("resize", "resize"),
}  # in the order in which they are told


class SumVerdict(NamedTuple):
    """What became of a residual sum, in one sentence.

    ``outcome``  ``works``, or its projection is ``needed``, or a ``choice``
    ``headline`` the outcome in two or three words;  ``sentence`` why, with numbers
    ``detail``   nothing: what is in a graph has run somewhere
    """

    outcome: Outcome
    headline: str
    sentence: str
    detail: str = ""


def sentence(graph: Graph, conventions: Conventions = DEFAULT) -> str:
    """How many residual sums a network has, of which kinds, and what its projections hold.

    >>> from resnet.models.spec_graph import graph_of
    >>> from resnet.spec.catalogue import network
    >>> sentence(graph_of(network("resnet18")))
    '8 residual sums: 5 identity, 3 projections; 3 needed, 0 a choice; projections hold 1.5 % of the parameters.'
    """
    sums = residual_sums(graph)
    if not sums:
        return _no_sum(len(graph.other_sums))
    parts = [f"{_number(len(sums), 'residual sum', 'residual sums')}: {_by_kind(sums)}"]
    projections = [one for one in sums if one.projects]
    if projections:
        needed = sum(one.needed for one in projections)
        parts.append(f"{needed:,} needed, {len(projections) - needed:,} a choice")
        parts.append(_held(graph, projections, conventions))
    else:
        parts.append("no projection")
    return "; ".join(parts) + "."


def _no_sum(additions: int) -> str:
    if not additions:
        return "No addition at all."
    return f"No residual sum among {_number(additions, 'addition', 'additions')}."


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _by_kind(sums: tuple[ResidualSum, ...]) -> str:
    counts = Counter(one.kind for one in sums)
    return ", ".join(_number(counts[kind], *words) for kind, words in KINDS.items() if counts[kind])


def _held(graph: Graph, projections: list[ResidualSum], conventions: Conventions) -> str:
    names = dict.fromkeys(name for one in projections for name in one.shortcut)
    held = conventions.params(*(graph.by_name[name] for name in names))
    who = "the projection holds" if len(projections) == 1 else "projections hold"
    whole = conventions.params(graph)
    return f"{who} {text.share(held, whole)} of the parameters" if whole else f"{who} no parameters"


def block_words(block: str) -> str:
    """'bottleneck' -> 'bottleneck block';  'encoder block' stays;  'block', which has no name -> 'residual block'"""
    if block == "block":
        return "residual block"
    return block if block.endswith("block") else f"{block} block"


def shortcut_cost(graph: Graph, one: ResidualSum, conventions: Conventions = DEFAULT) -> int:
    """Parameters of its shortcut, as the conventions count them."""
    return conventions.params(*graph.named(one.shortcut))


def verdict(graph: Graph, one: ResidualSum, conventions: Conventions = DEFAULT) -> SumVerdict:
    """One sentence on a residual sum.

    >>> from resnet.models.spec_graph import graph_of
    >>> from resnet.spec.catalogue import network
    >>> g = graph_of(network("resnet50"))
    >>> verdict(g, residual_sums(g)[0]).sentence
    'Channels change, 64 → 256. It costs +16,896 parameters, +29.1 %.'
    """
    if one.projects:
        return _projection(graph, one, conventions)
    shape = _shape(graph, one, one.out_shape, conventions)
    if one.kind == "identity" and not one.needed:
        return _identity(graph, one, shape, conventions)
    done = _done(graph, one, conventions)
    cost = shortcut_cost(graph, one, conventions)
    if cost:
        return SumVerdict("works", "Works", f"{done}. {_price(graph, one, conventions)}")
    return SumVerdict("works", "Works, for free", f"{done}: no parameters, no {conventions.operation.plural}.")


def _identity(graph: Graph, one: ResidualSum, shape: str, conventions: Conventions) -> SumVerdict:
    both = f"x and F(x) are both {shape}"
    if shortcut_cost(graph, one, conventions):  # a norm or a learned factor on it
        return SumVerdict("works", "Works", f"{both}. {_price(graph, one, conventions)}")
    return SumVerdict("works", "Works", f"{both}: x is added as it is, for free.")


def _projection(graph: Graph, one: ResidualSum, conventions: Conventions) -> SumVerdict:
    price = _price(graph, one, conventions)
    if one.needed:
        return SumVerdict("needed", "Works, projection needed", f"{_changes(graph, one)}. {price}")
    if one.in_shape == one.out_shape:
        why = "x already has F(x)’s shape: the projection is not needed"
    else:  # the number of axes differs, so that no switch can tell
        shapes = (_shape(graph, one, shape, conventions) for shape in (one.in_shape, one.out_shape))
        why = "x is {}, F(x) is {}".format(*shapes)
    return SumVerdict("choice", "Works, by choice", f"{why}. {price}")


def _changes(graph: Graph, one: ResidualSum) -> str:
    """'Channels change, 64 → 256';  for what needs a projection."""
    axis = _changed_axis(graph, one)
    before, after = (_apart(shape, axis) for shape in (one.in_shape, one.out_shape))
    said = []
    if one.channels_change:
        said.append(f"channels change, {before[0]:,} → {after[0]:,}")
    if one.size_changes:
        said.append(f"the size changes, {_times(before[1])} → {_times(after[1])}")
    return " and ".join(said).capitalize()


def _changed_axis(graph: Graph, one: ResidualSum) -> int:
    """Where its shortcut, which says what changes, has the channels."""
    return len(one.in_shape) - 1 if any(node.kind == "linear" for node in graph.named(one.shortcut)) else 0


def _apart(shape: Dims, axis: int) -> tuple[int, Dims]:
    """Channels, and everything else."""
    return shape[axis], shape[:axis] + shape[axis + 1 :]


def _times(size: Dims) -> str:
    return " × ".join(map(str, size))


def _price(graph: Graph, one: ResidualSum, conventions: Conventions) -> str:
    cost = shortcut_cost(graph, one, conventions)
    rest = conventions.params(*own_nodes(graph, one)) - cost
    share = f", {text.percent(cost, rest)}" if rest else ""
    return f"It costs {text.difference(cost)} parameters{share}."


_NTH = {2: "second", 3: "third", 4: "fourth"}


def _done(graph: Graph, one: ResidualSum, conventions: Conventions) -> str:
    """What a shortcut without a projection does to x."""
    steps = [_step(node) for node in graph.named(one.shortcut)]
    extra = one.out_shape[0] - one.in_shape[0] if one.kind == "zero_pad" and one.channels_change else 0
    if extra > 0:  # padded or put behind it, at one end or at both
        steps.append(f"{extra:,} channels of zeros are added to x")
    said = " and ".join(dict.fromkeys(filter(None, steps)))
    if not said:
        shapes = (_shape(graph, one, shape, conventions) for shape in (one.in_shape, one.out_shape))
        said = "x is brought from {} to {}".format(*shapes)
    return said if said.startswith("x ") else said[0].upper() + said[1:]


def _step(node: Node) -> str:
    kernel, stride = (node.sweep.kernel, node.sweep.stride) if node.sweep else ((), ())
    moves = bool(set(kernel + stride) - {1})
    if moves and set(kernel) == {1} and node.kind in ("slice", "maxpool", "avgpool", "pool"):
        nth = _NTH.get(max(stride), f"{max(stride)}th")
        return f"only every {nth} {'position' if len(stride) == 1 else 'pixel'} of x is kept"
    if node.kind in ("maxpool", "avgpool", "pool") and (moves or not node.sweep):
        return f"x goes through {_article(_pool(node))}"
    return "x is resized" if node.kind == "resize" else ""


def _pool(node: Node) -> str:
    words = {"maxpool": "max-pool", "avgpool": "average pool"}.get(node.kind, "pool")
    return f"{window_words(node.sweep.kernel)} {words}" if node.sweep and node.sweep.kernel else words


def _article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou8' else 'a'} {words}"


def window_words(kernel: tuple[int, ...]) -> str:
    """(3, 3) -> '3×3';  along one axis (3,) -> '3'"""
    return "×".join(map(str, kernel))


def each_words(numbers: tuple[int, ...]) -> str:
    """A stride, a dilation: '2', or '2×1' where axes differ."""
    return str(numbers[0]) if len(set(numbers)) == 1 else window_words(numbers)


def channels_axis(nodes: Sequence[Node], shape: Dims) -> int:
    """Where the channels of a shape without batch are: the layers that stand on it tell. 0, or the last axis.

    ``nodes``  that read it, or that made it, in order
    """
    last = max(len(shape) - 1, 0)
    for node in nodes:
        if node.kind in ("conv", "conv_transpose", "batchnorm", "groupnorm", "instancenorm"):
            return 0
        if node.kind == "linear":
            return last
        if node.kind in NORMS:
            return last if not node.axes or node.axes[-1] == last + 1 else 0
        if node.kind in ("transpose", "reshape"):  # what comes behind it says nothing of what came before
            break
    return last if len(shape) == 2 else 0  # a sequence: L × D


def _shape(graph: Graph, one: ResidualSum, shape: Dims, conventions: Conventions) -> str:
    return shape_words(shape, conventions, sum_axis(graph, one, shape))


def sum_axis(graph: Graph, one: ResidualSum, shape: Dims) -> int:
    """Where a residual sum has its channels: its shortcut's layers tell, else the beginning of its main path."""
    return channels_axis(graph.named(one.shortcut + one.main), shape)


def shape_words(shape: Dims | None, conventions: Conventions = DEFAULT, axis: int = 0) -> str:
    """A shape without batch; ``axis``: where its channels are. A sequence is always length × channels.

    >>> shape_words((64, 56, 28)), shape_words((56, 28, 64), axis=2), shape_words((50, 768), axis=1)
    ('56 × 28 × 64', '56 × 28 × 64', '50 × 768')
    """
    if shape is None:
        return "unknown"
    if not shape:
        return "one number"
    channels, size = f"{shape[axis]:,}", [str(one) for i, one in enumerate(shape) if i != axis]
    sequence = len(shape) == 2 and axis == 1
    first = conventions.ordered((0, 1, 2))[0] == 0 and not sequence
    return " × ".join([channels, *size] if first else [*size, channels])
