"""How a form of a subject is answered: an address is read once for all of them, and refused with sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from resnet.draw import style
from resnet.draw.style import PLAIN, Style
from resnet.export.form import Form, Subject
from resnet.models.onnx_limits import MAX_STRIPPED as MAX_SENT
from resnet.spec.errors import SpecError
from resnet.spec.parameters import Parameter, read_query
from resnet.views.pages import parse

T = TypeVar("T")
_HEADERS = {"X-Content-Type-Options": "nosniff"}


class Endpoint(NamedTuple):
    """One address, ``/api/<what>.<suffix>``: a form of a subject.

    ``asked``   from a view, and what a request brought along, to what the form is made of
    ``posted``  what a request may bring along, in words; empty if it brings nothing
    """

    subject: Subject[Any]
    form: Form[Any]
    asked: Callable[[Any, bytes], Any] = lambda view, _: view
    posted: str = ""

    @property
    def path(self) -> str:
        return f"/api/{self.subject.what}.{self.form.suffix}"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the page, and of a figure its style."""
        return (*self.subject.view.PARAMETERS, *(style.PARAMETERS if self.form.styled else ()))

    def answer(self, query: Mapping[str, str], sent: bytes = b"") -> Response:
        """The file, or a sentence for each parameter that can't be used."""
        try:
            dressed, theirs = _dressed(query) if self.form.styled else (PLAIN, query)
            view, dropped = parse(self.subject.view, theirs)
            if dropped:
                return refused(dropped)
            asked = self.asked(view, sent)
            return file(self.form.make(asked, dressed), self.form, self.subject.slug(asked))
        except SpecError as error:
            return refused([error])

    @property
    def routes(self) -> tuple[Route, ...]:
        def answer(request: Request) -> Response:  # not async: Starlette then runs it in a thread
            return self.answer(dict(request.query_params))

        async def posted(request: Request) -> Response:
            try:
                sent = await _body(request)
            except SpecError as error:
                return refused([error], status=413)
            return await run_in_threadpool(self.answer, dict(request.query_params), sent)

        get = Route(self.path, answer)
        return (get, Route(self.path, posted, methods=["POST"])) if self.posted else (get,)


def _dressed(query: Mapping[str, str]) -> tuple[Style, dict[str, str]]:
    """The style that a query asks for, and the rest of it. Raises SpecError."""
    values, dropped = read_query(query, style.PARAMETERS)
    for error in dropped:
        raise error
    return Style(**values), {name: said for name, said in query.items() if name not in values}


def offered(
    subjects: Sequence[Subject[Any]], asked: Callable[[Any, bytes], Any] | None = None, posted: str = ""
) -> tuple[Endpoint, ...]:
    """An address for each form of these subjects."""
    pairs = [(subject, form) for subject in subjects for form in subject.forms]
    return tuple(
        Endpoint(subject, form) if asked is None else Endpoint(subject, form, asked, posted) for subject, form in pairs
    )


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


def file(content: bytes, form: Form[Any], slug: str) -> Response:
    headers = _HEADERS | {"Content-Disposition": f'inline; filename="{slug}.{form.suffix}"'}
    return Response(content, media_type=form.media, headers=headers)
