"""Whether several means differ by more than chance, when many pairs are looked at.

Of ten pairs of kinds that are all alike, one often differs by two standard errors. So the bound is that of Welch's t
test on two sides at ``LEVEL``, divided by the number of pairs (Bonferroni): that even one of them passes it by chance
has a probability of ``LEVEL`` at most.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import NamedTuple

LEVEL = 0.05


class Pair(NamedTuple):
    """Two means, of which the first is not the smaller one.

    ``difference``  in the units of the values
    ``errors``      the same in standard errors of the difference
    ``bound``       so many standard errors are certain, with all the pairs that were looked at
    """

    above: str
    below: str
    difference: float
    errors: float
    bound: float

    @property
    def certain(self) -> bool:
        return self.errors > self.bound


def pairs(values: Mapping[str, Sequence[float]]) -> tuple[Pair, ...]:
    """Each pair of the groups, the one that differs most, in standard errors, first. A group has two values at least."""
    all_pairs = list(itertools.combinations(values, 2))
    found = [_pair(a, b, values, LEVEL / len(all_pairs)) for a, b in all_pairs]
    return tuple(sorted(found, key=lambda pair: pair.errors, reverse=True))


def _pair(a: str, b: str, values: Mapping[str, Sequence[float]], level: float) -> Pair:
    above, below = (a, b) if fmean(values[a]) >= fmean(values[b]) else (b, a)
    difference = fmean(values[above]) - fmean(values[below])
    errors = [stdev(values[name]) ** 2 / len(values[name]) for name in (a, b)]
    whole = sum(errors)
    if whole <= 0:  # nothing varies: any difference is more than none
        return Pair(above, below, difference, math.inf if difference else 0.0, 0.0)
    freedom = whole**2 / sum(error**2 / (len(values[name]) - 1) for error, name in zip(errors, (a, b), strict=True))
    return Pair(above, below, difference, difference / math.sqrt(whole), t_bound(level, freedom))


def t_bound(level: float, freedom: float) -> float:
    """What the size of Student's t exceeds with this probability, for so many degrees of freedom.

    >>> round(t_bound(0.05, 10), 2), round(t_bound(0.005, 18), 2)
    (2.23, 3.2)
    """
    low, high = 0.0, 1.0
    while _beyond(high, freedom) > level:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _beyond(middle, freedom) > level else (low, middle)
    return high


def _beyond(t: float, freedom: float, steps: int = 400) -> float:
    """The probability that the size of Student's t exceeds ``t``: Simpson's rule over the angle arctan(t / √freedom).

    There the density is cos^(freedom − 1), which is smooth up to its end.
    """
    end = math.atan(t / math.sqrt(freedom))
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    heights = [math.cos(end * i / steps) ** (freedom - 1) for i in range(steps + 1)]
    area = heights[0] + heights[-1] + 4 * sum(heights[1::2]) + 2 * sum(heights[2:-1:2])
    return 1 - float(2 * scale * area * end / steps / 3)
