"""What the API says about itself: its OpenAPI document, the same as a page to read, and where an address is none."""

from __future__ import annotations

import difflib
import json
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from resnet.api.answers import Endpoint, weak_tag
from resnet.api.desk import At, Sought
from resnet.api.document import document
from resnet.api.headers import ALWAYS, ANYBODY, ASK_AGAIN, NOTHING
from resnet.api.headers import PAGE as OF_PAGE
from resnet.api.health import PATH as HEALTH
from resnet.api.page import page
from resnet.api.refusals import unknown

DOCUMENT, PAGE = "/api/openapi.json", "/api/"
_READ = ("GET", "HEAD", "OPTIONS")


def described(endpoints: Sequence[Endpoint]) -> list[BaseRoute]:
    """The routes behind those of the endpoints: the last answers whatever is left."""
    told = json.dumps(document(endpoints), ensure_ascii=False, separators=(",", ":")).encode()
    shown = page(endpoints).encode()
    known = [*(one.path for one in endpoints), DOCUMENT, PAGE, HEALTH]
    return [
        Route(DOCUMENT, At(_READ, _kept(told, "application/json", NOTHING), DOCUMENT)),
        Route(PAGE, At(_READ, _kept(shown, "text/html; charset=utf-8", OF_PAGE), PAGE)),
        Route("/api", At(_READ, _to_the_page)),
        Mount("/api", At(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"), _nothing(known))),
    ]


def _kept(content: bytes, media: str, policy: str) -> Callable[[Request], Awaitable[Response]]:
    tag = weak_tag(content)
    said = ALWAYS | ANYBODY | {"ETag": tag, "Cache-Control": ASK_AGAIN}

    async def answer(request: Request) -> Response:
        sought = Sought.by(request)
        if sought.any or sought.has(tag):
            return Response(status_code=304, headers=said)
        return Response(content, headers=said | {"Content-Type": media, "Content-Security-Policy": policy})

    return answer


async def _to_the_page(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{PAGE}", status_code=308, headers=ALWAYS)


def _nothing(known: Sequence[str]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        path = request.url.path
        near = difflib.get_close_matches(path[-60:], known, n=1, cutoff=0.6)
        raise unknown(path, f"{near[0]}, or another one of those in {PAGE}" if near else f"one of {PAGE}")

    return answer
