"""Many readers of one process at once: each sees its figures before anybody waits for controls and tables."""

from __future__ import annotations

import asyncio
import statistics

from bench.reader import Reader, Run
from tests.api.asgi import run

READERS, CHANGES = 30, 3


async def reads(url: str, number: int) -> list[Run]:
    reader = Reader(url, "compare")
    await reader.open()
    asked = (1 + (number * 83 + change * 997) % 8191 for change in range(CHANGES))
    runs = [await reader.change("compare_in_channels", one) for one in asked]
    await reader.close()
    return runs


async def all_of_them(url: str) -> list[Run]:
    return [one for runs in await asyncio.gather(*(reads(url, number) for number in range(READERS))) for one in runs]


def test_figures_come_first(address: str) -> None:
    runs = run(all_of_them(address))
    assert len(runs) == READERS * CHANGES
    assert statistics.median(one.first for one in runs) < statistics.median(one.done for one in runs) / 4
