"""A class, or a course: readers who speak Streamlit's own messages, each with one change every two seconds.

    python -m bench.load                        one process, as `make run` starts it, beside a bare page
    python -m bench.load --workers 1 2 4        so many processes behind nginx, as `make serve` starts them
      [--readers 10 50 100 200 400] [--seconds 20] [--browsers 2]

A reader opens the comparison over a websocket as a browser does, and then moves the stride slider at its own pace; the
bare page (one slider, one line of text) is asked in the same way, in the same run, on the same kind of server. *First
figure* is the time until the new figures have arrived, *done* until the run is over. Half of the readers move between
settings that were seen before, half ask for new ones. Real browsers among them do the same and say whether what stands
on their page is what they asked for. All that asks shares the machine with what answers. Read the ratios; the
milliseconds belong to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.course import course, processor, proportional
from bench.page import APP, BARE, ROOT, served
from bench.reader import Gone, Reader, Run

PACE = 2.0  # seconds from one change of a reader to the next
UVICORN = (sys.executable, "-m", "uvicorn", "app:app", "--no-access-log", "--ws-per-message-deflate", "false")


class Page(NamedTuple):
    """What is asked for: its name, its slider, and which message has its first figure."""

    name: str
    slider: str
    figure: str


COMPARISON = Page("compare", "compare_stride", "bidi_component figures")
BARE_PAGE = Page("", "n", "markdown")


async def read(reader: Reader, slider: str, number: int, until: float) -> list[Run]:
    """Moves the slider, or every second reader another number of input channels, which nobody has asked for before."""
    runs: list[Run] = []
    await asyncio.sleep(random.random() * PACE)
    await reader.open()
    values = itertools.cycle((2, 3, 4, 3, 2, 1))
    while time.perf_counter() < until:
        start = time.perf_counter()
        if number % 2 and reader.page:
            asked = 1 + (number * 83 + len(runs) * 2 + 101) % 8191
            runs.append(await reader.change("compare_in_channels", asked))
        else:
            runs.append(await reader.change(slider, next(values)))
        await reader.idle(max(0.0, PACE - (time.perf_counter() - start)))
    await reader.close()
    return runs


async def one_class(url: str, page: Page, readers: int, seconds: float) -> dict[str, float]:
    until = time.perf_counter() + seconds + PACE
    found = await asyncio.gather(
        *(read(Reader(url, page.name, figure=page.figure), page.slider, number, until) for number in range(readers)),
        return_exceptions=True,
    )
    for error in found:
        if isinstance(error, BaseException) and not isinstance(error, Gone):
            raise error
    runs = [run for one in found if not isinstance(one, BaseException) for run in one]
    return {
        "gone": sum(isinstance(one, Gone) for one in found),
        "first": statistics.median(run.first for run in runs),
        "median": statistics.median(run.done for run in runs),
        "p95": statistics.quantiles((run.done for run in runs), n=20)[-1],
        "changes": len(runs) + readers,  # and each opened the page
        "rate": len(runs) / seconds,
        "kB": statistics.median(run.size for run in runs) / 1000,
    }


def resident(process: int) -> float:
    """Megabytes (Linux)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


@contextmanager
def bare_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bare.py").write_text(BARE)
        (folder / "app.py").write_text(APP)
        shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
        yield folder


def generate(url: str, page: Page, readers: int, seconds: float, browsers: int = 0) -> dict[str, float]:
    """In processes of their own, so that the measuring does not wait for itself."""
    command = [sys.executable, "-m", "bench.load", "--one", url, *page, str(readers), str(seconds)]
    watching = [sys.executable, "-m", "bench.watch", url, str(seconds), str(browsers)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    watch = subprocess.Popen(watching, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env) if browsers else None
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, env=env).stdout
    found = dict(json.loads(out))
    if watch:
        found |= json.loads(watch.communicate()[0])
    return found


def line(name: str, readers: int, found: dict[str, float], megabytes: float, seconds: Sequence[float]) -> str:
    """``seconds`` of processor time: of the pages, of what stands before them."""
    times = "".join(f"{1000 * found[key]:10.0f}" for key in ("first", "median", "p95"))
    took = "".join(f"{1000 * one / found['changes']:8.1f}" for one in seconds)
    seen = f"{1000 * found['seen']:12.0f}{found['wrong']:7.0f}" if "seen" in found else ""
    rest = f"{found['kB']:8.1f}{megabytes:8.0f}{took}{found['gone']:6.0f}{seen}"
    return f"{name:16}{readers:8}{found['rate']:11.1f}{times}{rest}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, nargs="+", default=[1, 40, 100])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--workers", type=int, nargs="+", default=[])
    parser.add_argument("--browsers", type=int, default=0)
    parser.add_argument("--one", nargs=6, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        url, *page, readers, seconds = args.one
        print(json.dumps(asyncio.run(one_class(url, Page(*page), int(readers), float(seconds)))))
        return
    heads = "".join(f"{word:>10}" for word in ("first ms", "done ms", "p95"))
    more = "".join(f"{word:>8}" for word in ("kB", "MB", "cpu ms", "nginx"))
    print(f"{'':16}{'readers':>8}{'changes/s':>11}{heads}{more}{'gone':>6}{'browser ms':>12}{'wrong':>7}")
    with bare_folder() as folder:
        alone = [("bare page", folder, 8721, BARE_PAGE)]
        if not args.workers:
            alone.append(("comparison", ROOT, 8722, COMPARISON))
        for name, where, port, page in alone:
            with served([*UVICORN, "--port", str(port)], where, port) as address:
                process = int(subprocess.check_output(["pgrep", "-f", f"port {port}"], text=True).split()[-1])
                generate(address, page, 1, 4)
                for readers in args.readers:
                    before = processor([process])
                    found = generate(address, page, readers, args.seconds)
                    took = [processor([process]) - before, 0.0]
                    print(line(name, readers, found, resident(process), took), flush=True)
    for workers in args.workers:
        with course(workers, port=8723) as behind:
            generate(behind.url, COMPARISON, 2 * workers, 4)
            parts = behind.pages(), behind.named("nginx: worker")
            for readers in args.readers:
                before = [processor(part) for part in parts]
                found = generate(behind.url, COMPARISON, readers, args.seconds, args.browsers)
                took = [processor(part) - then for part, then in zip(parts, before, strict=True)]
                print(line(f"{workers} behind nginx", readers, found, proportional(parts[0]), took), flush=True)


if __name__ == "__main__":
    main()
