"""All that comes with a request is heard, also where its answer is known before."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette

from resnet.api import routes
from resnet.api.heard import HEARD_OUT, Heard
from tests.api.asgi import run

PIECES = [b"a" * 30_000, b"b" * 30_000, b""]


def asked(method: str, path: str, pieces: list[bytes]) -> tuple[int, int]:
    """The status, and how many pieces were left when the answer began."""
    waiting = list(pieces)
    said: list[tuple[int, int]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            raise AssertionError("a server would wait here for ever")
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            said.append((message["status"], len(waiting)))

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "root_path": "",
             "query_string": b"", "headers": [], "server": ("x", 80), "client": ("127.0.0.1", 1), "scheme": "http",
             "http_version": "1.1", "app": None}  # fmt: skip
    run(Starlette(routes=routes)(scope, receive, send))
    return said[0]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/api/block.svg", 405), ("POST", "/api/none.svg", 404), ("DELETE", "/api/health", 405),
     ("POST", "/api/model.json", 400), ("GET", "/api/block.svg", 200)],
)  # fmt: skip
def test_nothing_is_left_unread(method: str, path: str, status: int) -> None:
    assert asked(method, path, PIECES) == (status, 0)


def test_who_sends_without_end_is_cut_off() -> None:
    many = 0

    async def receive() -> dict[str, Any]:
        nonlocal many
        many += 1
        return {"type": "http.request", "body": bytes(2**20), "more_body": True}

    run(Heard(receive).out())
    assert many == HEARD_OUT // 2**20 + 1
