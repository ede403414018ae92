"""How many: as usual, or in `make quick` a tenth, so that every property is still looked at."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import settings

T = TypeVar("T")
USUAL, QUICK = 100, 10  # examples of a property


def examples(usual: int) -> int:
    """For a property that needs other than a hundred."""
    return max(5, usual * settings().max_examples // USUAL)


def some(values: Sequence[T]) -> Sequence[T]:
    """All of them as usual; a tenth is the same one each time."""
    most = examples(len(values))
    return values if most >= len(values) else random.Random(4).sample(values, most)


def sparsely(values: Iterable[Any], every: int) -> list[Any]:
    """Parameters of a test: of so many, `make quick` takes the first."""
    return [pytest.param(one, marks=pytest.mark.slow) if i % every else one for i, one in enumerate(values)]
