"""Figures a second over HTTP, and what the pages notice of it: all in one run, on one server.

    python -m bench.figures [--seconds 10] [--clients 4]

A client asks for one figure after the other over one connection. *Seen* addresses were asked for before; *copied* ones
are asked for with the tag that came with them (304); *unseen* ones never. Beside it the comparison's readers move a
slider as in bench/load.py, alone and while the clients ask. Read the ratios; the milliseconds belong to the machine.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.load import COMPARISON, generate
from bench.page import ROOT, served

FORMS = ("pair.svg", "pair.png", "pair.pdf", "layers.csv", "block.json", "network.svg")
READERS = 4
PORT = 8741


class Found(NamedTuple):
    """``times`` in seconds of what was answered; ``refused``: how often there was no room in the line."""

    times: list[float]
    refused: int


def address(form: str, number: int) -> str:
    """Another one for each number."""
    if form.startswith("network"):
        return f"/api/{form}?height={64 + number % 4000}"
    return f"/api/{form}?in_channels={1 + number % 8000}&f1={8 + number // 8000}"


def ask(server: str, form: str, how: str, first: int, seconds: float) -> Found:
    """One client, for so many seconds. ``first``: where its own numbers begin."""
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)
    tags: dict[str, str] = {}
    times: list[float] = []
    refused, number = 0, first
    if how != "unseen":
        for one in range(20):
            tags[address(form, one)] = _answer(connection, address(form, one), {})[1]
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        wanted = address(form, number if how == "unseen" else number % 20)
        headers = {"If-None-Match": tags[wanted]} if how == "copied" else {}
        start = time.perf_counter()
        status, _ = _answer(connection, wanted, headers)
        if status == 429:
            refused += 1
            time.sleep(0.05)
        else:
            assert status == (304 if how == "copied" else 200), (wanted, status)
            times.append(time.perf_counter() - start)
        number += 1
    return Found(times, refused)


def _answer(connection: http.client.HTTPConnection, wanted: str, headers: dict[str, str]) -> tuple[int, str]:
    connection.request("GET", wanted, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers.get("ETag", "")


def crowd(server: str, form: str, how: str, clients: int, first: int, seconds: float) -> Found:
    """So many clients, in threads of this process."""
    with ThreadPoolExecutor(clients) as pool:
        asked = [pool.submit(ask, server, form, how, first + 400 * i, seconds) for i in range(clients)]
        found = [one.result() for one in asked]
    return Found([one for each in found for one in each.times], sum(one.refused for one in found))


def told(name: str, found: Found, seconds: float) -> str:
    times = found.times
    p95 = statistics.quantiles(times, n=20)[-1]
    rate = len(times) / seconds
    return f"{name:24}{rate:10.1f}{1000 * statistics.median(times):10.1f}{1000 * p95:10.1f}{found.refused:9}"


def loaded(server: str, how: str, clients: int, seconds: float) -> subprocess.Popen[bytes]:
    """The same clients in a process of their own, for what else is measured meanwhile."""
    command = [sys.executable, "-m", "bench.figures", "--load", server, how, str(clients), str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def pages(server: str, seconds: float) -> dict[str, float]:
    """A slider's change, seconds: see bench/load.py."""
    return generate(server, COMPARISON, READERS, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--load", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.load:
        server, how, clients, seconds = args.load
        crowd(server, "pair.svg", how, int(clients), 4000, float(seconds))
        return
    uvicorn = [sys.executable, "-m", "uvicorn", "app:app", "--no-access-log", "--ws-per-message-deflate", "false"]
    with served([*uvicorn, "--port", str(PORT)], ROOT, PORT) as server:
        _figures(server, args.clients, args.seconds)
        _pages(server, args.clients, args.seconds)


def _figures(server: str, clients: int, seconds: float) -> None:
    print(f"{'':24}{'a second':>10}{'ms':>10}{'p95':>10}{'refused':>9}")
    for form in FORMS:
        crowd(server, form, "unseen", 1, 3900, 1)  # what is loaded at first
        for how in ("unseen", "seen", "copied"):
            print(told(f"{form}, {how}", crowd(server, form, how, 1, 100, seconds / 2), seconds / 2), flush=True)
    for how in ("unseen", "seen"):
        found = crowd(server, "pair.svg", how, 10 * clients, 2000, seconds)
        print(told(f"pair.svg, {how}, {10 * clients} at once", found, seconds), flush=True)


def _pages(server: str, clients: int, seconds: float) -> None:
    pages(server, 4)
    print(f"\n{'a slider’s change':36}{'first ms':>10}{'done ms':>10}{'p95':>10}")
    for name, how in (("alone", ""), (f"{clients} clients, unseen", "unseen"), (f"{clients} clients, seen", "seen")):
        asking = loaded(server, how, clients, seconds + 8) if how else None
        time.sleep(1)
        found = pages(server, seconds)
        if asking is not None:
            asking.wait()
        print(f"{name:36}" + "".join(f"{1000 * found[key]:10.0f}" for key in ("first", "median", "p95")), flush=True)
    print(json.dumps({"readers": READERS, "pace": 2.0}))


if __name__ == "__main__":
    main()
