"""So many in a minute: at once or spread, each for himself, and no more memory than for so many who ask."""

from __future__ import annotations

import pytest

from resnet.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_share_may_be_taken_at_once_and_comes_back_evenly() -> None:
    clock = Clock()
    pace = Pace(60, clock=clock)
    assert [pace.take("a") for _ in range(60)] == [0.0] * 60
    assert pace.take("a") == pytest.approx(1.0)
    clock.now += 0.4
    assert pace.take("a") == pytest.approx(0.6)  # asking costs nothing
    clock.now += 0.6
    assert pace.take("a") == 0.0
    assert pace.take("a") > 0
    clock.now += 3600
    assert [pace.take("a") for _ in range(60)] == [0.0] * 60
    assert pace.take("a") > 0  # an hour's is not saved up


def test_who_keeps_to_the_pace_never_waits() -> None:
    clock = Clock()
    pace = Pace(1800, clock=clock)
    for _ in range(20_000):  # eleven minutes
        assert pace.take("a") == 0.0
        clock.now += 60 / 1800


def test_each_has_a_share_and_the_oldest_are_forgotten() -> None:
    clock = Clock()
    pace = Pace(1, keys=100, clock=clock)
    for who in range(1000):
        assert pace.take(str(who)) == 0.0
    assert len(pace._full) == 100
    assert pace.take("999") > 0
