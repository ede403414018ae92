"""Two blocks next to each other: aligned rows, totals with their differences, and a verdict on each.

compare(left, right) -> Comparison(rows, totals, verdicts)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from resnet import text
from resnet.cache import remembered
from resnet.modules.layers import LAYERS
from resnet.numbers.peak import peak_bytes
from resnet.spec.block import BlockSpec
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.spec.shortcuts import SHORTCUTS
from resnet.trace.block import trace
from resnet.trace.values import BlockTrace, OpTrace, differences
from resnet.trace.words import layer

Outcome = Literal["works", "impossible", "needed", "choice"]


class Verdict(NamedTuple):
    """What became of a block, in one sentence.

    ``outcome``  ``works`` · ``impossible`` · the projection is ``needed``, or a ``choice``
    ``headline`` the outcome in two or three words;  ``sentence`` why, with numbers
    ``detail``   torch's own message for an impossible block, else empty
    """

    outcome: Outcome
    headline: str
    sentence: str
    detail: str = ""


class Row(NamedTuple):
    """The same operation in both blocks.

    ``left``, ``right``  the operation in each; None where a block has none
    """

    left: OpTrace | None
    right: OpTrace | None

    @property
    def op(self) -> OpTrace:
        """Whichever exists: it gives the row its name, kind and path."""
        op = self.left or self.right
        assert op is not None
        return op

    @property
    def differs(self) -> bool:
        """Whether anything is not the same, a shape or a count."""
        return self.left != self.right


class Total(NamedTuple):
    """One quantity of both blocks.

    ``name``   of the quantity;  ``unit``  what a reader sees beside the number
    ``left``, ``right``   how much each block has;  ``in_bytes``  whether these are bytes
    ``alike``  one can be held against the other: an impossible block lacks results that the other has
    """

    name: str
    unit: str
    left: int
    right: int
    in_bytes: bool = False
    alike: bool = True

    @property
    def difference(self) -> int:
        """Right minus left."""
        return self.right - self.left


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two blocks beside each other.

    ``left``, ``right``   the blocks
    ``rows``          operation by operation: the main path, the shortcut, then from the addition on
    ``totals``        parameters, statistics, operations, bytes: left, right, difference
    ``left_verdict``, ``right_verdict``   what became of each
    ``conventions``   as which parameters and operations are counted
    """

    left: BlockTrace
    right: BlockTrace
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]
    left_verdict: Verdict
    right_verdict: Verdict
    conventions: Conventions


@remembered(megabytes=16)
def compare(left: BlockSpec, right: BlockSpec, conventions: Conventions = DEFAULT) -> Comparison:
    """Align two blocks operation by operation. Meant for blocks that share their main path, but takes any two.

    ``left``, ``right``   the blocks;  ``conventions``  as which parameters and operations are counted

    >>> compare(BlockSpec(shortcut="identity"), BlockSpec()).right_verdict.headline
    'Works, projection needed'
    """
    a, b = (trace(conventions.built(spec)) for spec in (left, right))
    return Comparison(
        left=a,
        right=b,
        rows=_rows(a, b),
        totals=_totals(a, b, conventions),
        left_verdict=verdict(a, conventions),
        right_verdict=verdict(b, conventions),
        conventions=conventions,
    )


def _totals(a: BlockTrace, b: BlockTrace, conventions: Conventions) -> tuple[Total, ...]:
    counts, operation = conventions.counts, conventions.operation
    done = conventions.operations(a), conventions.operations(b)
    alike = a.possible == b.possible
    return (
        Total("Parameters", counts.counted, conventions.params(a), conventions.params(b)),
        Total(counts.measured, "BatchNorm means and variances", a.buffers, b.buffers),
        Total(operation.long, f"{operation.name}, batch 1", *done),
        Total(
            "Activations in training",
            "bytes: every operation’s result, kept once; float32, batch 1",
            a.activation_bytes,
            b.activation_bytes,
            in_bytes=True,
            alike=alike,
        ),
        Total(
            "Peak of inference",
            "bytes: what must live at once; float32, batch 1",
            peak_bytes(a),
            peak_bytes(b),
            in_bytes=True,
            alike=alike,
        ),
    )


def _rows(a: BlockTrace, b: BlockTrace) -> tuple[Row, ...]:
    # kind belongs to the key: the first step of a projection and of zero padding share a name, not a meaning
    left, right = ({(op.path, op.name, op.kind): op for op in t.ops + t.unreached} for t in (a, b))
    paths = ("main", "shortcut", "joined")
    keys = sorted(left | right, key=lambda key: paths.index(key[0]))  # stable: order inside a path is kept
    return tuple(Row(left.get(key), right.get(key)) for key in keys)


def verdict(t: BlockTrace, conventions: Conventions = DEFAULT) -> Verdict:
    """One sentence on a block, read from its trace.

    ``t``  the block;  ``conventions``  how shapes are written and parameters are counted in it

    >>> verdict(trace(BlockSpec())).headline
    'Works, projection needed'
    """
    if t.problem is not None:
        return _impossible(t, conventions)
    if t.spec.projects:
        return _projection(t, conventions)
    if t.on("shortcut"):
        return _without_projection(t, conventions)
    both = conventions.shape(t.in_shape)
    return Verdict("works", "Works", f"x and F(x) are both {both}: x is added as it is, for free.")


def _impossible(t: BlockTrace, conventions: Conventions) -> Verdict:
    assert t.problem is not None
    main, shortcut = (conventions.shape(one) for one in (t.problem.main_shape, t.problem.shortcut_shape))
    what = "the shortcut" if t.on("shortcut") else "x"
    sentence = f"x + F(x) does not exist: {what} is {shortcut}, F(x) is {main}."
    cannot = SHORTCUTS[t.spec.shortcut].cannot
    if cannot:
        sentence = f"{cannot}: the shortcut is {shortcut}, F(x) is {main}."
    return Verdict("impossible", "Impossible", sentence, t.problem.message)


def _projection(t: BlockTrace, conventions: Conventions) -> Verdict:
    cost = conventions.params(*t.on("shortcut"))
    main = t.addition.in_shapes[0]
    why = differences(main, t.in_shape)
    price = _price(t, cost, conventions)
    if not why:
        return Verdict(
            "choice", "Works, by choice", f"x already has F(x)’s shape: the projection is not needed. {price}"
        )
    reasons = {
        "channels": f"channels change, {t.in_shape[0]:,} → {main[0]:,}",
        "size": f"the size changes, {t.in_shape[1]} × {t.in_shape[2]} → {main[1]} × {main[2]}",
    }
    return Verdict(
        "needed", "Works, projection needed", f"{' and '.join(reasons[one] for one in why).capitalize()}. {price}"
    )


def _price(t: BlockTrace, cost: int, conventions: Conventions) -> str:
    return f"It costs {text.difference(cost)} parameters, {text.percent(cost, conventions.params(t) - cost)}."


_NTH = {2: "second", 3: "third", 4: "fourth"}


def _without_projection(t: BlockTrace, conventions: Conventions) -> Verdict:
    """Works, and says what is done to x; for free, unless a layer on the shortcut is trained or works."""
    ops = t.on("shortcut")
    steps = (_effect(op) for op in ops)
    done = " and ".join(step for step in steps if step).capitalize()
    cost = conventions.params(*ops)
    if cost:
        return Verdict("works", "Works", f"{done}. {_price(t, cost, conventions)}")
    return Verdict("works", "Works, for free", f"{done}: no parameters, no {conventions.operation.plural}.")


def _effect(op: OpTrace) -> str:
    more = op.out_shape[0] - op.in_shapes[0][0] if op.out_shape else 0
    stride = op.window.stride if op.window else 1
    effect = LAYERS[op.kind].effect or f"x goes through {layer(op)}"
    return effect.format(more=more, nth=_NTH.get(stride, "single"))
