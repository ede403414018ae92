"""Round numbers along an axis."""

from __future__ import annotations

import math

MOST = 6
_LEAST = 1e-290  # below it are numbers between which there is hardly another


def ticks(low: float, high: float, most: int = MOST) -> list[float]:
    """Round numbers that reach around these: two at least, ``most`` at the most, or one more.

    >>> ticks(0, 10)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    >>> ticks(0.93, 0.981)
    [0.92, 0.94, 0.96, 0.98, 1.0]
    """
    around = max(abs(low), abs(high))
    if high - low <= max(1e-9 * around, _LEAST):
        aside = around / 2 if around > _LEAST else 0.5
        low, high = low - aside, high + aside
    size = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (size * n for n in (1, 2, 5, 10)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < most:
            return [float(f"{n * step:.12g}") for n in range(first, last + 1)]
    return [float(f"{n * 20 * size:.12g}") for n in range(math.floor(low / size / 20), math.ceil(high / size / 20) + 1)]


def powers(low: float, high: float) -> list[float]:
    """The same for positive numbers whose powers of ten are shown.

    >>> powers(0.03, 20)
    [0.01, 0.1, 1.0, 10.0, 100.0]
    """
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    last = max(last, first + 1)
    step = max(1, math.ceil((last - first) / (MOST - 1)))
    return [10.0**n for n in range(first, last + step, step)]
