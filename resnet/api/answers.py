"""How a subject's routes are made: an address is read once for all of them, and refused with sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from resnet.draw.render import MEDIA_TYPES, Format
from resnet.models.onnx_limits import MAX_STRIPPED as MAX_SENT
from resnet.spec.errors import SpecError
from resnet.views.address import Addressed
from resnet.views.pages import parse

V = TypeVar("V", bound=Addressed)
MEDIA = {"json": "application/json", "csv": "text/csv; charset=utf-8", **MEDIA_TYPES}
_HEADERS = {"X-Content-Type-Options": "nosniff"}


class Endpoint(NamedTuple):
    """One address: ``/api/<what>.<suffix>``, with the parameters of ``view``, in one sentence.

    ``posted``  what a request may bring along, in words; empty if it brings nothing. ``answer`` then takes it as bytes.
    """

    what: str
    suffix: str
    view: type[Addressed]
    words: str
    answer: Callable[..., Response]
    posted: str = ""

    @property
    def path(self) -> str:
        return f"/api/{self.what}.{self.suffix}"

    @property
    def routes(self) -> tuple[Route, ...]:
        def answer(request: Request, *sent: bytes) -> Response:  # not async: Starlette then runs it in a thread
            view, dropped = parse(self.view, dict(request.query_params))
            if dropped:
                return refused(dropped)
            try:
                return self.answer(view, *sent)
            except SpecError as error:
                return refused([error])

        async def posted(request: Request) -> Response:
            try:
                sent = await _body(request)
            except SpecError as error:
                return refused([error], status=413)
            return await run_in_threadpool(answer, request, sent)

        get = Route(self.path, answer)
        return (get, Route(self.path, posted, methods=["POST"])) if self.posted else (get,)


def each(
    what: str,
    suffixes: Sequence[Format],
    view: type[V],
    words: str,
    answer: Callable[[Format], Callable[..., Response]],
    posted: str = "",
) -> tuple[Endpoint, ...]:
    """The same in several formats; ``answer`` makes each format's."""
    return tuple(Endpoint(what, suffix, view, words, answer(suffix), posted) for suffix in suffixes)


async def _body(request: Request) -> bytes:
    """What was sent, as long as it is no more than a graph without weights. Raises SpecError."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_SENT:
            raise SpecError("the file", f"more than {MAX_SENT:,} bytes", "a graph without its weights")
    if not content:
        raise SpecError("the file", "empty", "an ONNX file without its weights, or a graph saved here")
    return bytes(content)


def refused(dropped: Sequence[SpecError], status: int = 400) -> Response:
    """A sentence for each parameter that can't be used."""
    errors = [{"field": e.field, "value": e.value, "works": e.works, "message": str(e)} for e in dropped]
    return JSONResponse({"errors": errors}, status_code=status, headers=_HEADERS)


def data(content: Any) -> Response:
    return JSONResponse(content, headers=_HEADERS)


def file(content: bytes, suffix: str, slug: str) -> Response:
    headers = _HEADERS | {"Content-Disposition": f'inline; filename="{slug}.{suffix}"'}
    return Response(content, media_type=MEDIA[suffix], headers=headers)
