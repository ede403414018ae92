"""One block, and the pair of the comparison."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from resnet.api.answers import Endpoint, data, each, file
from resnet.draw.block import diagram, diagram_pair
from resnet.draw.render import FORMATS, Format, render
from resnet.export.data import to_data
from resnet.export.tables import to_csv
from resnet.numbers.compare import compare
from resnet.spec import names
from resnet.trace.block import trace
from resnet.views.compare import CompareView


def _data(view: CompareView) -> Response:
    return data(to_data(trace(view.conventions.built(view.right)), view.conventions))


def _picture(file_format: Format) -> Callable[[CompareView], Response]:
    def answer(view: CompareView) -> Response:
        # beside its neighbour, so that the file is what the page shows
        neighbour = view.left if view.right.projects else view.as_page().right
        shown, beside = (trace(view.conventions.built(spec)) for spec in (view.right, neighbour))
        graph = diagram(shown, unfolded=view.unfolded, beside=beside, conventions=view.conventions)
        return file(render(graph, file_format), file_format, names.slug(view.right) + view.conventions.suffix)

    return answer


def _pair(file_format: Format) -> Callable[[CompareView], Response]:
    def answer(view: CompareView) -> Response:
        page = view.as_page()
        both = compare(page.left, page.right, page.conventions)
        graph = diagram_pair(both.left, both.right, unfolded=page.unfolded, conventions=page.conventions)
        return file(render(graph, file_format), file_format, _slug(page))

    return answer


def _layers(view: CompareView) -> Response:
    page = view.as_page()
    content = to_csv(compare(page.left, page.right, page.conventions)).encode()
    return file(content, "csv", _slug(page))


def _slug(page: CompareView) -> str:
    return names.pair_slug(page.left, page.right) + page.conventions.suffix


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("block", "json", CompareView, "the trace of one block", _data),
    Endpoint("layers", "csv", CompareView, "the table of both blocks’ layers", _layers),
    *each("block", FORMATS, CompareView, "one block’s diagram", _picture),
    *each("pair", FORMATS, CompareView, "both blocks of the page as one figure", _pair),
)
