"""The plan on paper says what its calculation says, with figures that were measured."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from bench.plan import HABITS, Assumed, Habit, Measured, need, tables

WORDS = (Path(__file__).parents[1] / "docs" / "scale.md").read_text()


def test_the_tables_are_the_calculations() -> None:
    for table in tables(Measured(), Assumed()):
        assert table in WORDS, "python -m bench.plan"


def test_what_is_measured_is_in_the_words_too() -> None:
    one = Measured()
    for figure in (f"{one.change_ms:g} ms", f"{one.nginx_ms:g} ms", f"{one.change_kb:g} kB", f"{one.reader_mb:g} MB"):
        assert figure in WORDS, figure


@pytest.mark.parametrize("habit", HABITS)
def test_more_readers_take_more_and_never_less_than_two(habit: Habit) -> None:
    needs = [need(readers, habit, Measured(), Assumed()) for readers in (1, 100, 1_000, 10_000)]
    assert needs[0].processes == 2
    for fewer, more in pairwise(needs):
        assert more.processes >= fewer.processes and more.dollars > fewer.dollars
    # ten times the readers, ten times the cores, but for what is rounded up
    assert abs(needs[3].processes - 10 * needs[2].processes) <= 10
