"""From one process to 100,000 readers, on paper: what was measured, times how many there are.

    python -m bench.plan          the tables of docs/scale.md

Every figure of ``Measured`` is one of bench/RESULTS.md; every other one is an assumption, to be replaced by one's own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Measured(NamedTuple):
    """Milliseconds of a core that a change takes, in a page's process and in nginx; megabytes of a process after 25,000
    changes, and of a reader whose page is open; kilobytes that go out for a change."""

    change_ms: float = 46
    nginx_ms: float = 1.5
    process_mb: float = 533
    reader_mb: float = 0.4
    change_kb: float = 17


class Assumed(NamedTuple):
    """What a provider asks, in round numbers, in dollars; and how busy a core may be in the mean."""

    core_hour: float = 0.04
    gigabyte_hour: float = 0.005
    gigabyte_out: float = 0.08
    busy: float = 0.6


class Habit(NamedTuple):
    """What readers do who have a page open: seconds from one change to the next."""

    name: str
    seconds: float


HABITS = (
    Habit("each slides without a pause", 2),
    Habit("a lecture, each tries what is shown", 10),
    Habit("each reads on their own", 60),
)
READERS = (100, 1_000, 10_000, 100_000)


class Need(NamedTuple):
    readers: int
    changes: float  # a second
    processes: int
    gigabytes: float
    nginx_cores: float
    megabits: float  # a second
    dollars: float  # an hour


def need(readers: int, habit: Habit, measured: Measured, assumed: Assumed) -> Need:
    changes = readers / habit.seconds
    cores = changes * measured.change_ms / 1000 / assumed.busy
    processes = max(2, math.ceil(cores))  # with one alone, a reader would notice that it is replaced
    nginx = changes * measured.nginx_ms / 1000 / assumed.busy
    memory = processes * measured.process_mb + readers * measured.reader_mb
    out = changes * measured.change_kb * 1000  # bytes a second
    dollars = (
        (processes + nginx) * assumed.core_hour
        + memory / 1000 * assumed.gigabyte_hour
        + out * 3600 / 1e9 * assumed.gigabyte_out
    )
    return Need(readers, changes, processes, memory / 1000, nginx, out * 8 / 1e6, dollars)


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def by_readers(habit: Habit, measured: Measured, assumed: Assumed) -> list[str]:
    lines = [row(("readers at once", "changes a second", "page processes, a core each", "memory, GB", "nginx, cores",
                  "line, Mbit/s", "an hour, $")), row(["---"] * 7)]  # fmt: skip
    for readers in READERS:
        one = need(readers, habit, measured, assumed)
        lines.append(row((
            f"{readers:,}", f"{one.changes:,.0f}", f"{one.processes:,}", f"{one.gigabytes:,.1f}",
            f"{one.nginx_cores:,.1f}", f"{one.megabits:,.0f}", f"{one.dollars:,.2f}",
        )))  # fmt: skip
    return lines


def by_habit(readers: int, measured: Measured, assumed: Assumed) -> list[str]:
    lines = [
        row(("what they do", "a change each", "processes for 1,000", "readers on one process", "1,000 for an hour, $")),
        row(["---"] * 5),
    ]
    for habit in HABITS:
        one = need(readers, habit, measured, assumed)
        each = habit.seconds * 1000 / measured.change_ms * assumed.busy
        lines.append(row((
            habit.name, f"{habit.seconds:.0f} s", f"{1000 * one.processes / readers:,.0f}", f"{each:,.0f}",
            f"{1000 * one.dollars / readers:,.2f}",
        )))  # fmt: skip
    return lines


def tables(measured: Measured, assumed: Assumed) -> tuple[str, str]:
    """By how many readers there are, all in a lecture; and by what they do."""
    return "\n".join(by_readers(HABITS[1], measured, assumed)), "\n".join(by_habit(100_000, measured, assumed))


if __name__ == "__main__":
    print("\n\n".join(tables(Measured(), Assumed())))
