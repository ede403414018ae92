"""The numbers and figures over HTTP, with the page's own query parameters (``resnet.views.compare.KNOWN``).

    GET /api/block.json?stride=2&f1=64…      the trace of one block
    GET /api/block.svg?…&unfolded=true       its diagram; also .pdf, .png, .dot
    GET /api/pair.svg?…&left=identity        both blocks of the page as one figure; also .pdf, .png, .dot
    GET /api/layers.csv?…                    the page's table of layers
    GET /api/network.json?network=resnet50…  the trace of a whole network (``resnet.views.network.NETWORK_KEYS``)
    GET /api/network.svg?…&quantity=macs     its picture; also .pdf, .png, .dot
    GET /api/blocks.csv?…                    the table of its blocks
    GET /api/story.svg?step=3&tried=true     the figure of a step of the story, 1 to 5; also .pdf, .png

For ``block``, ``shortcut`` says which block is meant: the convolutional block if it is left out. What the address
leaves out takes the page's default. A parameter that can't be used is answered with status 400 and a sentence for each,
never with a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from resnet.draw.block import diagram, diagram_pair
from resnet.draw.network import network_diagram
from resnet.draw.render import FORMATS, MEDIA_TYPES, PICTURE_FORMATS, Format, render, render_svg
from resnet.draw.sketch import sketch
from resnet.export.data import network_to_data, to_data
from resnet.export.tables import blocks_to_csv, to_csv
from resnet.lessons.story import STEPS, StoryView, parse_story, told
from resnet.numbers.compare import compare
from resnet.spec import names
from resnet.spec.block import PROJECTIONS
from resnet.spec.checks import SpecError
from resnet.trace.block import trace
from resnet.views.compare import View, parse_view
from resnet.views.network import NetworkView, parse_network_view

_HEADERS = {"X-Content-Type-Options": "nosniff"}


_V = TypeVar("_V")
_Parser = Callable[[Mapping[str, str]], tuple[_V, tuple[SpecError, ...]]]


def _route(path: str, parse: _Parser[_V], answer: Callable[[_V], Response]) -> Route:
    def endpoint(request: Request) -> Response:  # not async: Starlette then runs it in a thread
        view, dropped = parse(dict(request.query_params))
        return _refused(dropped) if dropped else answer(view)

    return Route(path, endpoint)


def _refused(dropped: tuple[SpecError, ...]) -> Response:
    errors = [{"field": e.field, "value": e.value, "works": e.works, "message": str(e)} for e in dropped]
    return JSONResponse({"errors": errors}, status_code=400, headers=_HEADERS)


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = _HEADERS | {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _block_data(view: View) -> Response:
    data = to_data(trace(view.conventions.built(view.right)), view.conventions)
    return JSONResponse(data, headers=_HEADERS)


def _block(file_format: Format) -> Callable[[View], Response]:
    def answer(view: View) -> Response:
        # beside its neighbour, so that the file is what the page shows
        neighbour = view.left if view.right.shortcut in PROJECTIONS else view.as_page().right
        shown, beside = (trace(view.conventions.built(spec)) for spec in (view.right, neighbour))
        graph = diagram(shown, unfolded=view.unfolded, beside=beside, conventions=view.conventions)
        return _file(
            render(graph, file_format),
            MEDIA_TYPES[file_format],
            f"{names.slug(view.right)}{view.conventions.suffix}.{file_format}",
        )

    return answer


def _pair(file_format: Format) -> Callable[[View], Response]:
    def answer(view: View) -> Response:
        page = view.as_page()
        both = compare(page.left, page.right, page.conventions)
        graph = diagram_pair(both.left, both.right, unfolded=page.unfolded, conventions=page.conventions)
        name = f"{names.pair_slug(page.left, page.right)}{page.conventions.suffix}.{file_format}"
        return _file(render(graph, file_format), MEDIA_TYPES[file_format], name)

    return answer


def _layers(view: View) -> Response:
    page = view.as_page()
    content = to_csv(compare(page.left, page.right, page.conventions)).encode()
    return _file(
        content, "text/csv; charset=utf-8", f"{names.pair_slug(page.left, page.right)}{page.conventions.suffix}.csv"
    )


def _network_data(view: NetworkView) -> Response:
    return JSONResponse(network_to_data(view.trace, view.conventions), headers=_HEADERS)


def _network(file_format: Format) -> Callable[[NetworkView], Response]:
    def answer(view: NetworkView) -> Response:
        graph = network_diagram(view.trace, view.quantity, conventions=view.conventions)
        name = f"{names.network_slug(view.spec)}_{view.quantity}{view.conventions.suffix}.{file_format}"
        return _file(render(graph, file_format), MEDIA_TYPES[file_format], name)

    return answer


def _blocks(view: NetworkView) -> Response:
    content = blocks_to_csv(view.trace, view.conventions).encode()
    return _file(
        content, "text/csv; charset=utf-8", f"{names.network_slug(view.spec)}_blocks{view.conventions.suffix}.csv"
    )


def _story(file_format: Format) -> Callable[[StoryView], Response]:
    def answer(view: StoryView) -> Response:
        if view.step == STEPS:
            return _refused((SpecError("step", view.step, f"a step with a figure, from 1 to {STEPS - 1}"),))
        if view.step == STEPS - 1:
            spec = view.conventions.built(view.corner)
            content = render(sketch(trace(spec), conventions=view.conventions), file_format)
        else:
            content = render_svg(told(view).picture, file_format)
        return _file(
            content, MEDIA_TYPES[file_format], f"stride-1_step-{view.step}{view.conventions.suffix}.{file_format}"
        )

    return answer


routes = [
    _route("/api/block.json", parse_view, _block_data),
    _route("/api/layers.csv", parse_view, _layers),
    *(_route(f"/api/block.{one}", parse_view, _block(one)) for one in FORMATS),
    *(_route(f"/api/pair.{one}", parse_view, _pair(one)) for one in FORMATS),
    _route("/api/network.json", parse_network_view, _network_data),
    _route("/api/blocks.csv", parse_network_view, _blocks),
    *(_route(f"/api/network.{one}", parse_network_view, _network(one)) for one in FORMATS),
    *(_route(f"/api/story.{one}", parse_story, _story(one)) for one in PICTURE_FORMATS),
]
