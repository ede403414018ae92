"""Which unit of one network is which of another: a global alignment with affine gaps, on what units are.

What is inserted or taken out shifts nothing, and a run of it costs no more than one unit: Needleman and Wunsch 1970,
Gotoh 1982 (J. Mol. Biol. 48 and 162).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from resnet.models.units import Unit
from resnet.spec.errors import SpecError

MAX_PAIRS = 25_000_000  # of units that differ, one of each: a second, and 25 MB
_T = TypeVar("_T")

Pair = tuple[Unit | None, Unit | None]


def aligned(left: Sequence[Unit], right: Sequence[Unit]) -> list[Pair]:
    """The best global alignment; of several equally good ones it does not matter which network is on which side."""
    a, b = tuple(left), tuple(right)
    head = _alike(a, b)
    tail = _alike(a[head:][::-1], b[head:][::-1])
    middle = a[head : len(a) - tail], b[head : len(b) - tail]
    found: list[Pair] = [*zip(a[:head], b[:head], strict=True)]
    found += _middle(*middle)
    return _ordered(_late([*found, *zip(a[len(a) - tail :], b[len(b) - tail :], strict=True)]))


def _alike(a: Sequence[Unit], b: Sequence[Unit]) -> int:
    """How many units at the beginning are the same."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def _middle(a: tuple[Unit, ...], b: tuple[Unit, ...]) -> list[Pair]:
    if len(a) * len(b) > MAX_PAIRS:
        raise SpecError("the networks", f"{len(a):,} and {len(b):,} units", f"less: {MAX_PAIRS:,} pairs are compared")
    if _rank(b) < _rank(a):  # one side's point of view, whichever side it is
        return [(x, y) for y, x in _path(b, a)]
    return _path(a, b)


def _rank(units: tuple[Unit, ...]) -> tuple[int, list[str]]:
    return len(units), [repr(unit.key) for unit in units]


def _late(pairs: list[Pair]) -> list[Pair]:
    """Of units that are alike the last are the ones that only one network has: two blocks, and a third behind them."""
    found = list(pairs)
    i = 0
    while i < len(found):
        side = _only(found[i])
        end = i
        while side is not None and end < len(found) and _only(found[end]) == side:
            end += 1
        while side is not None and _may_slide(found, i, end, side):
            found[i], found[end] = _swapped(found[i], found[end], side)
            i, end = i + 1, end + 1
        i = max(end, i + 1)
    return found


def _only(pair: Pair) -> int | None:
    """On which side there is a unit, if it is on one."""
    return 0 if pair[1] is None else 1 if pair[0] is None else None


def _may_slide(pairs: list[Pair], i: int, end: int, side: int) -> bool:
    alone = (i == 0 or _only(pairs[i - 1]) is None) and end < len(pairs) and _only(pairs[end]) is None
    return alone and pairs[i][side] == pairs[end][side]


def _swapped(first: Pair, behind: Pair, side: int) -> tuple[Pair, Pair]:
    """The first of a run goes with what stands behind the run; what went with that is in the run now."""
    if side == 0:
        return (first[0], behind[1]), (behind[0], None)
    return (behind[0], first[1]), (None, behind[1])


def _ordered(pairs: list[Pair]) -> list[Pair]:
    """Between two rows that have both sides: first what is only left, then what is only right."""
    found: list[Pair] = []
    waiting: list[Pair] = []
    for pair in pairs:
        if pair[0] is not None and pair[1] is not None:
            found += [*waiting, pair]
            waiting = []
        elif pair[1] is None:
            last = sum(one[1] is None for one in waiting)
            waiting.insert(last, pair)
        else:
            waiting.append(pair)
    return found + waiting


# What two units have in common, in points. Which stage it is (how large the map is in relation to the input, how
# many channels it has) weighs most, then what its layers are; what most blocks of a network share says little. That a
# unit did not change is worth more than that two others might have changed into their neighbours.
_FEATURES: dict[Callable[[Unit], object], int] = {
    lambda one: one.scale: 28,
    lambda one: one.of("channels"): 18,
    lambda one: one.out_shape and one.out_shape[one.axis]: 11,
    lambda one: one.of("kernel"): 8,
    lambda one: one.shortcut: 8,
    lambda one: one.what if one.sort == "block" else one.sort: 6,
    lambda one: one.in_shape: 4,
    lambda one: one.out_shape: 4,
    lambda one: one.of("stride"): 4,
    lambda one: one.of("kind"): 3,
    lambda one: one.of("groups"): 2,
    lambda one: one.of("dilation"): 1,
    lambda one: one.side: 1,
    lambda one: frozenset(kind for kind, _ in one.norms): 1,
    lambda one: frozenset(kind for kind, _ in one.activations): 1,
    lambda one: one.made: 50,
    lambda one: one.sort: 0,  # without that nothing counts
}
_THRESHOLD = 25  # with less in common two units are not one that was changed
_GAP = -4  # for each run of units that only one network has
_NEVER = -128  # far less than two gaps
_FAR = -(10**6)  # no way leads there
# where a cell's score came from: a unit of the left only, of the right only, one of each; in the order in which one is
# taken of several that are as good, from the end, so that what is only in one network stands late among its like
_DOWN, _RIGHT, _PAIR = range(3)

Scores = NDArray[np.int32]
Ways = NDArray[np.uint8]  # from which table


def _path(a: tuple[Unit, ...], b: tuple[Unit, ...]) -> list[Pair]:
    """Gotoh's three tables, diagonal by diagonal: cells of one diagonal don't depend on each other."""
    if not a or not b:
        return [*((one, None) for one in a), *((None, one) for one in b)]
    return _back(a, b, _tables(_common(a, b)))


class _Common(NamedTuple):
    """``points[left[i], right[j]]``: what two units have in common, less the threshold. Long networks repeat a few."""

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    points: NDArray[np.int8]


def _common(a: tuple[Unit, ...], b: tuple[Unit, ...]) -> _Common:
    (left, rows), (right, columns) = (_numbered([_features(one) for one in units]) for units in (a, b))
    points = np.full((len(rows), len(columns)), -_THRESHOLD, dtype=np.int8)
    for worth, ours, others in zip(
        _FEATURES.values(), zip(*rows, strict=True), zip(*columns, strict=True), strict=True
    ):
        numbers, _ = _numbered([*ours, *others])
        same = numbers[: len(ours), None] == numbers[None, len(ours) :]
        if worth:
            points += same.view(np.int8) * np.int8(worth)
        else:
            points[~same] = _NEVER
    return _Common(left, right, points)


def _features(unit: Unit) -> tuple[object, ...]:
    return tuple(read(unit) for read in _FEATURES)


def _numbered(values: Sequence[_T]) -> tuple[NDArray[np.intp], list[_T]]:
    """Equal numbers for equal values, and the values that are different, by their number."""
    numbers: dict[_T, int] = {}
    found = [numbers.setdefault(one, len(numbers)) for one in values]
    return np.array(found, dtype=np.intp), list(numbers)


def _tables(common: _Common) -> list[Ways]:
    """For each diagonal i + j, from where the three scores of each of its cells came, two bits each; then the best."""
    n, m = len(common.left), len(common.right)
    before = np.full((3, n + 1), _FAR, dtype=np.int32)  # of diagonal d − 1, by i
    older = before.copy()  # of diagonal d − 2
    before[_PAIR, 0] = 0
    came = [np.zeros(1, dtype=np.uint8)]
    for d in range(1, n + m + 1):
        low, high = _first(d, m), min(n, d)
        now = np.full((3, n + 1), _FAR, dtype=np.int32)
        ways = np.zeros((3, n + 1), dtype=np.uint8)
        start, end = max(low, 1), min(high, d - 1) + 1  # cells that pair two units
        if start < end:
            scores, ways[_PAIR, start:end] = _best(older[:, start - 1 : end - 1])
            j = common.right[d - end : d - start][::-1]  # which falls as i grows
            now[_PAIR, start:end] = scores + common.points[common.left[start - 1 : end - 1], j]
        for table, cells, scores in (
            (_DOWN, slice(start, high + 1), before[:, start - 1 : high]),
            (_RIGHT, slice(low, end), before[:, low:end]),
        ):
            now[table, cells], ways[table, cells] = _best(scores + _OPENING[table])
        down, right, pair = ways[:, low : high + 1]
        packed: Ways = down | right << 2 | pair << 4
        came.append(packed)
        before, older = now, before
    return [*came, _best(before[:, n:])[1]]


def _first(d: int, m: int) -> int:
    """The smallest i on a diagonal."""
    return max(0, d - m)


# goes on with a gap for nothing, or begins one
_OPENING = {
    table: np.array([[0 if one == table else _GAP] for one in (_DOWN, _RIGHT, _PAIR)], dtype=np.int32)
    for table in (_DOWN, _RIGHT)
}


def _best(scores: Scores) -> tuple[Scores, Ways]:
    """The best of three scores for each cell, and the first that is it. (``argmax`` would take ten times.)"""
    best = np.maximum(np.maximum(scores[0], scores[1]), scores[2])
    later = scores[0] < best
    return best, later.view(np.uint8) + (later & (scores[1] < best)).view(np.uint8)


def _back(a: tuple[Unit, ...], b: tuple[Unit, ...], came: list[Ways]) -> list[Pair]:
    """From the last cell to the first."""
    i, j, table = len(a), len(b), int(came.pop()[0])
    found: list[Pair] = []
    while i or j:
        before = int(came[i + j][i - _first(i + j, len(b))]) >> 2 * table & 3
        found.append((a[i - 1] if table != _RIGHT else None, b[j - 1] if table != _DOWN else None))
        i -= table != _RIGHT
        j -= table != _DOWN
        table = before
    return found[::-1]
