"""Two hours of a class in as many minutes as the machine needs: fifty thousand changes, and what stays of them.

    python -m bench.soak [--changes 50000] [--workers 2] [--readers 60]

Readers come, make some changes without a pause, and leave; others take their place, on all pages, with settings seen
before and never seen. Every minute: changes so far, megabytes of all page processes, open descriptors, sessions' worth
of threads. A leak is a line that rises to the end; the first minutes fill the caches. The last lines compare the second
quarter with the last one.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections import Counter
from typing import NamedTuple

from bench.course import Course, course, descriptors, proportional
from bench.reader import Gone, Reader

STAY = (5, 40)  # changes of one reader
# a page's name -> a control of it and the numbers that it takes
MOVES = {
    "compare": ("compare_in_channels", (1, 8192)),
    "network": ("network_height", (32, 1024)),
    "": ("", (1, 1)),
    "signal": ("signal_channel", (1, 64)),
    "practice": ("", (1, 1)),
    "answers": ("", (1, 1)),
    "model": ("", (1, 1)),
    "experiments": ("", (1, 1)),
}
WEIGHTS = (30, 2, 3, 1, 1, 1, 1, 1)


class Line(NamedTuple):
    changes: int
    megabytes: float
    descriptors: int
    threads: int


class Soak:
    """``stop`` is how many changes there are in all."""

    def __init__(self, url: str, stop: int) -> None:
        self.url, self.stop = url, stop
        self.changes = 0
        self.problems: Counter[str] = Counter()

    async def seat(self, number: int) -> None:
        """One reader after the other, until all changes are made."""
        dice = random.Random(number)
        while self.changes < self.stop:
            page = dice.choices(list(MOVES), WEIGHTS)[0]
            reader = Reader(self.url, page)
            try:
                await reader.open()
                await self._visit(reader, dice)
            except Gone as error:
                self.problems[f"{page}: {error}"] += 1
            except LookupError as error:
                self.problems[str(error)] += 1
            finally:
                await reader.close()

    async def _visit(self, reader: Reader, dice: random.Random) -> None:
        key, (low, high) = MOVES[reader.page]
        for _ in range(dice.randint(*STAY)):
            if self.changes >= self.stop:
                return
            await (reader.change(key, dice.randint(low, high)) if key else reader.run())
            self.changes += 1


def looked_at(served: Course, changes: int) -> Line:
    pages = served.pages()
    threads = 0
    for one in pages:
        with open(f"/proc/{one}/status") as status:
            threads += int(next(line for line in status if line.startswith("Threads")).split()[1])
    return Line(changes, proportional(pages), descriptors(pages), threads)


async def soak(served: Course, changes: int, readers: int) -> tuple[list[Line], Counter[str]]:
    soaking, lines = Soak(served.url, changes), []
    seats = asyncio.gather(*(soaking.seat(number) for number in range(readers)))
    while not seats.done():
        await asyncio.wait([seats], timeout=20)
        lines.append(looked_at(served, soaking.changes))
        print("{:9,} changes {:8.0f} MB {:6} descriptors {:5} threads".format(*lines[-1]), flush=True)
    await seats
    return lines, soaking.problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--readers", type=int, default=60)
    args = parser.parse_args()
    with course(args.workers, port=8751) as served:
        print("before", looked_at(served, 0))
        start = time.perf_counter()
        lines, problems = asyncio.run(soak(served, args.changes, args.readers))
        print(f"{lines[-1].changes:,} changes in {time.perf_counter() - start:.0f} s")
        time.sleep(20)
        print("nobody there any more", looked_at(served, lines[-1].changes))
    quarter = max(1, len(lines) // 4)
    for name in ("megabytes", "descriptors", "threads"):
        then, now = (statistics.median(getattr(one, name) for one in part) for part in
                     (lines[quarter : 2 * quarter] or lines, lines[-quarter:]))  # fmt: skip
        print(f"{name}: {then:.0f} in the second quarter, {now:.0f} in the last")
    for problem, many in problems.most_common(10):
        print(f"{many} × {problem}")


if __name__ == "__main__":
    main()
