"""The numbers and figures over HTTP, with the page's own query parameters.

    GET /api/block.json?stride=2&f1=64…      the trace of one block
    GET /api/block.svg?…&unfolded=true       its diagram; also .pdf, .png, .dot

Query parameters are those of ``spec.QUERY_KEYS``. ``shortcut`` says which block is meant, the convolutional block if it
is left out; ``unfolded`` gives every layer its own box. A parameter that can't be used is answered with status 400 and
a sentence for each, never with a guess.
"""

from __future__ import annotations

import difflib

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from resnet.diagram import diagram
from resnet.export.data import to_data
from resnet.render import FORMATS, MEDIA_TYPES, render
from resnet.spec import QUERY_KEYS, SpecError, parse_query
from resnet.trace import BlockTrace, trace

UNFOLDED = "unfolded"
LEFT = "left"  # which block the page shows on its left; a figure of one block has no use for it
KNOWN = (*QUERY_KEYS, UNFOLDED, LEFT)
_HEADERS = {"X-Content-Type-Options": "nosniff"}


def block_json(request: Request) -> Response:
    t, errors = _read(request)
    return _refused(errors) if t is None else JSONResponse(to_data(t), headers=_HEADERS)


def block_figure(request: Request) -> Response:
    t, errors = _read(request)
    if t is None:
        return _refused(errors)
    file_format = next(one for one in FORMATS if request.url.path.endswith(f".{one}"))
    graph = diagram(t, unfolded=request.query_params.get(UNFOLDED) == "true")
    return Response(render(graph, file_format), media_type=MEDIA_TYPES[file_format], headers=_HEADERS)


def _read(request: Request) -> tuple[BlockTrace | None, list[SpecError]]:
    query = dict(request.query_params)
    spec, dropped = parse_query(query)
    errors = list(dropped) + [_unknown(key) for key in query if key not in KNOWN]
    if query.get(UNFOLDED, "false") not in ("true", "false"):
        errors.append(SpecError(UNFOLDED, query[UNFOLDED], "true or false"))
    return (None if errors else trace(spec)), errors


def _unknown(key: str) -> SpecError:
    near = difflib.get_close_matches(key, KNOWN, n=1)
    return SpecError("a parameter", key, f"{near[0]!r}" if near else "one of " + ", ".join(KNOWN))


def _refused(errors: list[SpecError]) -> Response:
    body = {"errors": [{"field": e.field, "value": e.value, "works": e.works, "message": str(e)} for e in errors]}
    return JSONResponse(body, status_code=400, headers=_HEADERS)


routes = [
    Route("/api/block.json", block_json),
    *(Route(f"/api/block.{file_format}", block_figure) for file_format in FORMATS),
]
