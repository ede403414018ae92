"""The API without a server: a request as a web server hands it over, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from starlette.applications import Starlette

from resnet.api import routes

_application = Starlette(routes=routes)
T = TypeVar("T")


class Answer(NamedTuple):
    """``headers``: names in lower case."""

    status_code: int
    headers: dict[str, str]
    body: bytes


def ask(
    address: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    sent: bytes = b"",
    application: Any = _application,
) -> Answer:
    """``address`` from ``/api/`` on, as it stands in a request: what is behind the question mark is not encoded."""
    return run(answered(address, method=method, headers=headers, sent=sent, application=application))


def run(waiting: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: the tests of the browser may have a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, waiting).result()


async def answered(
    address: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    sent: bytes = b"",
    application: Any = _application,
) -> Answer:
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode("latin-1", "replace"),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    came: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(message: Any) -> None:
        came.append(message)

    await application(scope, receive, send)
    start, *bodies = came
    said = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], said, b"".join(one.get("body", b"") for one in bodies))
