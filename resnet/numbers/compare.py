"""Two blocks next to each other: aligned rows, totals with their differences, and a verdict on each.

compare(left, right) -> Comparison(rows, totals, verdicts)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from resnet import text
from resnet.spec.block import PROJECTIONS, BlockSpec
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.block import BlockTrace, OpTrace, trace

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
    """The same operation in both blocks; None where a block has none."""

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
        return self.left != self.right


class Total(NamedTuple):
    """One quantity of both blocks. ``unit`` is what a reader sees beside the number."""

    name: str
    unit: str
    left: int
    right: int

    @property
    def difference(self) -> int:
        return self.right - self.left


@dataclass(frozen=True, kw_only=True)
class Comparison:
    left: BlockTrace
    right: BlockTrace
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]
    left_verdict: Verdict
    right_verdict: Verdict
    conventions: Conventions


@lru_cache(maxsize=1024)
def compare(left: BlockSpec, right: BlockSpec, conventions: Conventions = DEFAULT) -> Comparison:
    """Align two blocks operation by operation. Meant for blocks that share their main path, but takes any two."""
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
    counted = conventions.params_are
    statistics = "Buffers" if conventions.counting == "pytorch" else "Of these not trained"
    operations = "Multiply-adds" if conventions.unit == "macs" else "Floating-point operations"
    return (
        Total("Parameters", counted, conventions.params(a), conventions.params(b)),
        Total(statistics, "BatchNorm means and variances", a.buffers, b.buffers),
        Total(operations, f"{conventions.unit_name}, batch 1", conventions.operations(a), conventions.operations(b)),
        Total("Activations", "bytes, float32, batch 1", a.activation_bytes, b.activation_bytes),
    )


def _rows(a: BlockTrace, b: BlockTrace) -> tuple[Row, ...]:
    # kind belongs to the key: the first step of a projection and of zero padding share a name, not a meaning
    left, right = ({(op.path, op.name, op.kind): op for op in t.ops + t.unreached} for t in (a, b))
    paths = ("main", "shortcut", "joined")
    keys = sorted(left | right, key=lambda key: paths.index(key[0]))  # stable: order inside a path is kept
    return tuple(Row(left.get(key), right.get(key)) for key in keys)


def differences(main: tuple[int, int, int], shortcut: tuple[int, int, int]) -> tuple[str, ...]:
    """What keeps x + F(x) from existing: ``channels``, ``size``, both or neither. Shapes are (C, H, W)."""
    return ("channels",) * (main[0] != shortcut[0]) + ("size",) * (main[1:] != shortcut[1:])


def verdict(t: BlockTrace, conventions: Conventions = DEFAULT) -> Verdict:
    """One sentence on a block, read from its trace."""
    if t.problem is not None:
        return _impossible(t, conventions)
    if t.spec.shortcut in PROJECTIONS:
        return _projection(t, conventions)
    if t.on("shortcut"):
        free = f"no parameters, no {conventions.operations_name}"
        return Verdict("works", "Works, for free", f"{_without_parameters(t)}: {free}.")
    both = conventions.shape(t.in_shape)
    return Verdict("works", "Works", f"x and F(x) are both {both}: x is added as it is, for free.")


def _impossible(t: BlockTrace, conventions: Conventions) -> Verdict:
    assert t.problem is not None
    main, shortcut = (conventions.shape(one) for one in (t.problem.main_shape, t.problem.shortcut_shape))
    what = "the shortcut" if t.on("shortcut") else "x"
    sentence = f"x + F(x) does not exist: {what} is {shortcut}, F(x) is {main}."
    if t.spec.shortcut == "zero_pad":
        sentence = f"Padding can add channels, not take them away: the shortcut is {shortcut}, F(x) is {main}."
    return Verdict("impossible", "Impossible", sentence, t.problem.message)


def _projection(t: BlockTrace, conventions: Conventions) -> Verdict:
    cost = conventions.params(*t.on("shortcut"))
    main = t.addition.in_shapes[0]
    why = differences(main, t.in_shape)
    price = f"It costs {text.difference(cost)} parameters, {text.percent(cost, conventions.params(t) - cost)}."
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


def _without_parameters(t: BlockTrace) -> str:
    steps = []
    for op in t.on("shortcut"):
        if op.kind == "zero_pad" and op.out_shape:
            steps.append(f"{op.out_shape[0] - op.in_shapes[0][0]:,} channels of zeros are added to x")
        elif op.kind in ("subsample", "maxpool"):
            steps.append("only every " + {2: "second", 3: "third", 4: "fourth"}[t.spec.stride] + " pixel of x is kept")
    return " and ".join(steps).capitalize()
