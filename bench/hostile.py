"""Ten thousand random and hostile addresses, and a hundred thousand API requests, through nginx.

    python -m bench.hostile [--pages 10000] [--requests 100000] [--browsers 200] [--workers 2] [--seed 1]

Pages are opened over a websocket as a browser opens them, and what arrives is read: no exception, no trace, and no
element that the address tried to bring along. Some of them open in Chromium, where what gets through would run. API
requests draw their path, parameters, headers and methods, and send files; what comes back must be below 500, or say
that there is no room. Memory of the page processes is printed on the way.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import itertools
import json
import random
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from playwright.sync_api import sync_playwright

from bench.course import Course, course, proportional
from bench.reader import Gone, Reader
from resnet.spec.parameters import Parameter
from resnet.views.pages import PAGES
from tests.chromium import launch

HOSTILE = (
    "<img src=x onerror=window.hurt=1>",
    '"><script>window.hurt=1</script>',
    "javascript:window.hurt=1",
    "'-alert(1)-'",
    "<svg/onload=window.hurt=1>",
    "</style><script>window.hurt=1</script>",
    "{{7*7}}",
    "{% for x in y %}",
    "${7*7}",
    "%00",
    "\x00",
    "../../../etc/passwd",
    "..\\..\\",
    "1e309",
    "-1",
    "0",
    "NaN",
    "9" * 400,
    "१२",
    "１２",
    "true",
    "[]",
    "'; DROP TABLE blocks; --",
    "\u202e",
    "\ud7ff",
    "🙂" * 50,
    "a" * 3000,
    "null",
    "__class__",
    "%s%s%n",
    "\r\nX-Hurt: 1",
    "<iframe srcdoc='<script>parent.hurt=1</script>'>",
    "[a](javascript:window.hurt=1)",
    "$\\href{javascript:hurt}{x}$",
    ":material/delete:",
    ":red[x]",
    "`x` **y**",
    "\\(x\\)",
    "1,2,3",
    "64.5",
    "0x40",
    " 64 ",
    "+64",
)
FORBIDDEN = ("script", "iframe", "object", "embed", "base", "form", "meta", "link")
TRACES = (b"Traceback (most recent", b'File "/', b"site-packages")


def drawn(schema: Mapping[str, Any], dice: random.Random) -> str:
    """A value: most can be had, some lie beside that, some are hostile."""
    kind = dice.random()
    if kind < 0.25:
        return dice.choice(HOSTILE)
    if kind < 0.35:
        return "".join(chr(dice.choice((dice.randrange(32, 127), dice.randrange(0xD7FF)))) for _ in range(12))
    if "enum" in schema:
        return str(dice.choice(schema["enum"]))
    if "maximum" in schema:
        return str(dice.randint(0, int(schema["maximum"]) + 1))
    return dice.choice(("true", "false", str(dice.randrange(99))))


def query_of(parameters: tuple[Parameter, ...], dice: random.Random) -> str:
    asked = [
        (one.name, drawn(one.takes.schema, dice))
        for one in dice.sample(parameters, dice.randint(0, min(5, len(parameters))))
    ]
    if dice.random() < 0.2:
        asked.append((dice.choice(HOSTILE), dice.choice(HOSTILE)))
    if dice.random() < 0.1 and asked:
        asked.append(asked[0])
    return urlencode(asked, errors="replace")[:7_000]


class Nodes(HTMLParser):
    """What in a part of a page should not be there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        bad = tag in FORBIDDEN or any(name.startswith("on") for name, _ in attrs)
        bad = bad or any("javascript:" in (value or "").lower() for name, value in attrs if name in ("href", "src"))
        if bad:
            self.found.append(tag)


def problem_of(reader: Reader) -> str:
    """What is wrong with the page as it stands."""
    for name, content in reader.view.items():
        parts = _parts(content) if name.startswith("bidi_component") else []
        said = [content, *(str(part).encode(errors="replace") for part in parts)]
        if any(trace in one for trace in TRACES for one in said):
            return f"a trace in {name}"
        if name.startswith("exception"):
            return name
        for part in parts:
            if bad := Nodes(str(part.get("html", ""))).found:
                return f"{bad[0]} in {name}"
    return ""


def _parts(content: bytes) -> list[dict[str, object]]:
    try:
        return list(json.loads(zlib.decompressobj().decompress(content)).get("parts", []))
    except (zlib.error, ValueError):  # no sheet
        return []


class Found:
    """What was asked, and what came of it."""

    def __init__(self) -> None:
        self.problems: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    def say(self, what: str, many: int, served: Course, start: float) -> None:
        memory = proportional(served.pages())
        print(f"{what}: {many:,} in {time.perf_counter() - start:.0f} s, {memory:.0f} MB", flush=True)


async def pages(served: Course, many: int, seed: int, found: Found) -> None:
    """Opens so many addresses, sixteen at a time."""
    numbers = iter(range(many))
    start = time.perf_counter()

    async def open_some() -> None:
        for number in numbers:
            dice = random.Random(f"page {seed} {number}")
            one = dice.choice(PAGES)
            reader = Reader(served.url, one.name, query_of(one.view.PARAMETERS, dice))
            query = reader.query
            try:
                await reader.open()
                if problem := problem_of(reader):
                    found.problems[f"{problem}: /{one.name}?{query}"] += 1
                elif not reader.view:
                    found.problems[f"nothing shown: /{one.name}?{query}"] += 1
            except Gone as error:
                found.problems[f"{error}: /{one.name}?{query}"] += 1
            finally:
                await reader.close()
            if number % 2000 == 1999:
                found.say("pages", number + 1, served, start)

    await asyncio.gather(*(open_some() for _ in range(16)))


def in_chromium(served: Course, many: int, seed: int, found: Found) -> None:
    """What gets through would run here, or ask for what is not ours."""
    with sync_playwright() as playwright, launch(playwright) as browser:
        context = browser.new_context()
        context.on("request", lambda request: _is_ours(request.url, served) or found.problems.update([request.url]))
        for number in range(many):
            dice = random.Random(f"browser {seed} {number}")
            one = dice.choice(PAGES)
            address = f"{served.url}/{one.name}?{query_of(one.view.PARAMETERS, dice)}"
            page = context.new_page()
            page.goto(address)
            page.locator('[data-testid="stMain"] >> css=.sheet').first.wait_for(timeout=60_000)
            if page.evaluate("window.hurt") or page.locator('[data-testid="stException"]').count():
                found.problems[f"it ran, or an exception is shown: {address}"] += 1
            page.close()


def _is_ours(url: str, served: Course) -> bool:
    return url.startswith((served.url, served.url.replace("http", "ws", 1), "data:", "blob:"))


def requests(served: Course, many: int, seed: int, found: Found) -> None:
    """So many requests of the API, over eight connections that stay open."""
    with urllib.request.urlopen(f"{served.url}/api/openapi.json") as answer:
        paths = _queries(json.load(answer))
    numbers, start = itertools.count(), time.perf_counter()

    def ask() -> None:
        connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=120)
        for number in numbers:
            if number >= many:
                break
            dice = random.Random(f"api {seed} {number}")
            method, address, body, headers = _request(paths, dice)
            try:
                connection.request(method, address, body, headers)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                found.problems[f"{error!r}: {method} {address[:200]}"] += 1
                connection.close()
                continue
            found.statuses[answer.status] += 1
            if answer.status >= 500 or any(trace in content for trace in TRACES):
                found.problems[f"{answer.status}: {method} {address[:300]}"] += 1
            if answer.will_close:
                connection.close()
            if number % 20_000 == 19_999:
                found.say("requests", number + 1, served, start)

    with ThreadPoolExecutor(8) as clients:
        for client in [clients.submit(ask) for _ in range(8)]:
            client.result()


def _queries(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every path of the API and every page's, and what can be said behind its question mark."""
    named = document["components"]["parameters"]
    found = [(f"/{one.name}", {each.name: each.takes.schema for each in one.view.PARAMETERS}) for one in PAGES]
    for path, methods in document["paths"].items():
        each = [one for method in methods.values() for one in method.get("parameters", ())]
        parameters = [named[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in each]
        found.append((path, {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}))
    return found


def _request(
    paths: list[tuple[str, dict[str, Any]]], dice: random.Random
) -> tuple[str, str, bytes | None, dict[str, str]]:
    path, schemas = dice.choice(paths)
    if dice.random() < 0.05:
        path = "/api/" + quote(dice.choice(HOSTILE), safe="")[:2000]
    asked = [
        (name, drawn(schemas[name], dice)) for name in dice.sample(list(schemas), dice.randint(0, min(4, len(schemas))))
    ]
    if dice.random() < 0.05:  # as long as an address may be, and longer than what the API reads
        asked.append((dice.choice(HOSTILE), dice.randrange(12_000) * "x"))
    method = dice.choices(("GET", "HEAD", "OPTIONS", "POST", "DELETE", "TRACE"), (80, 5, 3, 6, 3, 3))[0]
    body = dice.randbytes(dice.choice((0, 1, 500, 40_000))) if method == "POST" else None
    headers = {}
    if dice.random() < 0.1:
        headers = {"If-None-Match": dice.choice(("*", '"x"', "W/", "," * 300)), "Origin": "https://else.where"}
    return method, f"{path}?{urlencode(asked, errors='replace')}", body, headers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("pages", 10_000), ("requests", 100_000), ("browsers", 200), ("workers", 2), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    args = parser.parse_args()
    found = Found()
    with course(args.workers, port=8761, more=("--flood", "1000000")) as served:
        found.say("before", 0, served, time.perf_counter())
        asyncio.run(pages(served, args.pages, args.seed, found))
        in_chromium(served, args.browsers, args.seed, found)
        requests(served, args.requests, args.seed, found)
        found.say("after", 0, served, time.perf_counter())
    print("statuses", dict(sorted(found.statuses.items())))
    print(f"{sum(found.problems.values())} problems")
    for problem, times in found.problems.most_common(20):
        print(f"{times} × {problem}")


if __name__ == "__main__":
    main()
