"""An application that starts in a moment, for tests of what keeps it running.

With a file ``broken`` in the folder that ``SMALL`` names, it does not start: a faulty update.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

if (Path(os.environ["SMALL"]) / "broken").exists():
    raise SystemExit("This version does not start.")


async def who(request: Request) -> Response:
    await asyncio.sleep(float(request.query_params.get("takes", "0")))
    headers = {"Cache-Control": "public, max-age=60"} if request.url.path.startswith("/api/kept") else {}
    return PlainTextResponse(str(os.getpid()), headers=headers)


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(f"{os.getpid()} {text}")


app = Starlette(routes=[WebSocketRoute("/_stcore/stream", stream), Route("/{path:path}", who, methods=["GET", "POST"])])
