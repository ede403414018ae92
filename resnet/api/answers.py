"""How a subject's routes are made: an address is read once for all of them, and refused with sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from resnet.draw.render import MEDIA_TYPES, Format
from resnet.spec.errors import SpecError
from resnet.views.address import Addressed
from resnet.views.pages import parse

V = TypeVar("V", bound=Addressed)
MEDIA = {"json": "application/json", "csv": "text/csv; charset=utf-8", **MEDIA_TYPES}
_HEADERS = {"X-Content-Type-Options": "nosniff"}


class Endpoint(NamedTuple):
    """One address: ``/api/<what>.<suffix>``, with the parameters of ``view``, in one sentence."""

    what: str
    suffix: str
    view: type[Addressed]
    words: str
    answer: Callable[[Any], Response]

    @property
    def path(self) -> str:
        return f"/api/{self.what}.{self.suffix}"

    @property
    def route(self) -> Route:
        def endpoint(request: Request) -> Response:  # not async: Starlette then runs it in a thread
            view, dropped = parse(self.view, dict(request.query_params))
            return refused(dropped) if dropped else self.answer(view)

        return Route(self.path, endpoint)


def each(
    what: str,
    suffixes: Sequence[Format],
    view: type[V],
    words: str,
    answer: Callable[[Format], Callable[[V], Response]],
) -> tuple[Endpoint, ...]:
    """The same in several formats; ``answer`` makes each format's."""
    return tuple(Endpoint(what, suffix, view, words, answer(suffix)) for suffix in suffixes)


def refused(dropped: Sequence[SpecError]) -> Response:
    """Status 400 and a sentence for each parameter that can't be used."""
    errors = [{"field": e.field, "value": e.value, "works": e.works, "message": str(e)} for e in dropped]
    return JSONResponse({"errors": errors}, status_code=400, headers=_HEADERS)


def data(content: Any) -> Response:
    return JSONResponse(content, headers=_HEADERS)


def file(content: bytes, suffix: str, slug: str) -> Response:
    headers = _HEADERS | {"Content-Disposition": f'inline; filename="{slug}.{suffix}"'}
    return Response(content, media_type=MEDIA[suffix], headers=headers)
