"""Asks a server that runs elsewhere: a figure, then a page over its websocket, until the server tells it to go.

    python -m tests.deploy.visitor http://127.0.0.1:8501

Prints a line for each, as JSON: {"figure": bytes}, {"page": parts, "changed": so many by a
slider}, {"gone": why}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.request

from bench.reader import Gone, Reader

FIGURE = "/api/pair.png?stride=2"


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


async def visit(url: str) -> None:
    with urllib.request.urlopen(url + FIGURE, timeout=60) as answer:
        figure = answer.read()
    say(figure=len(figure), png=figure.startswith(b"\x89PNG"))
    reader = Reader(url, "compare")
    await reader.open()
    first = dict(reader.view)
    await reader.change("compare_stride", 2)
    say(page=len(first), changed=sum(first.get(part) != drawn for part, drawn in reader.view.items()))
    try:
        await reader.idle(120)
    except Gone as error:
        say(gone=str(error))


if __name__ == "__main__":
    asyncio.run(visit(sys.argv[1]))
