"""Anybody's network: one that is at hand by GET, a graph without weights by POST."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from resnet.api.answers import Endpoint, data, each, file, refused
from resnet.draw.model import model_diagram
from resnet.draw.model_block import sum_diagram
from resnet.draw.render import FORMATS, Format, render
from resnet.export.models import comparison_to_csv, comparison_to_data, model_to_data, sums_to_csv
from resnet.models.align import NetworkComparison, compare_networks
from resnet.models.graph import Graph, residual_sums
from resnet.models.library import known
from resnet.models.opened import open_model
from resnet.models.stored import to_json
from resnet.spec.errors import SpecError
from resnet.views.model import NOBODY, ModelView


def _graph(view: ModelView, body: bytes) -> Graph:
    return open_model(body, "model", size=view.size) if body else known(view.model)


def _data(view: ModelView, body: bytes = b"") -> Response:
    """What was found; beside another network what differs, too."""
    graph = _graph(view, body)
    found = model_to_data(graph, view.conventions)
    if view.compares:
        found["comparison"] = comparison_to_data(compare_networks(graph, known(view.against)), view.conventions)
    return data(found)


def _graph_file(view: ModelView, body: bytes = b"") -> Response:
    return file(to_json(_graph(view, body)).encode(), "json", _slug(view, body))


def _sums(view: ModelView, body: bytes = b"") -> Response:
    return file(sums_to_csv(_graph(view, body), view.conventions).encode(), "csv", f"{_slug(view, body)}_sums")


def _picture(file_format: Format) -> Callable[..., Response]:
    def answer(view: ModelView, body: bytes = b"") -> Response:
        graph = model_diagram(_graph(view, body), view.measure, conventions=view.conventions)
        return file(render(graph, file_format), file_format, f"{_slug(view, body)}_{view.measure}")

    return answer


def _block(file_format: Format) -> Callable[..., Response]:
    def answer(view: ModelView, body: bytes = b"") -> Response:
        graph = _graph(view, body)
        sums = residual_sums(graph)
        number = view.sum or 1
        if number > len(sums):
            works = f"a whole number from 1 to {len(sums):,}" if sums else "left out: there is no residual sum"
            return refused([SpecError("sum", number, works)])
        drawn = sum_diagram(graph, sums[number - 1], unfolded=view.unfolded, conventions=view.conventions)
        return file(render(drawn, file_format), file_format, f"{_slug(view, body)}_sum-{number}")

    return answer


def _both(view: ModelView, body: bytes) -> NetworkComparison:
    if not view.compares:
        raise SpecError("against", NOBODY, "another network’s name")
    return compare_networks(_graph(view, body), known(view.against))


def _rows(view: ModelView, body: bytes = b"") -> Response:
    slug = f"{_slug(view, body)}_and_{view.against}"
    return file(comparison_to_csv(_both(view, body), view.conventions).encode(), "csv", slug)


def _rows_data(view: ModelView, body: bytes = b"") -> Response:
    return data(comparison_to_data(_both(view, body), view.conventions))


def _slug(view: ModelView, body: bytes) -> str:
    return ("model" if body else view.model) + view.conventions.suffix


_POSTED = "a network: an ONNX file without its weights, or a graph that was saved here; then model counts for nothing"

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("model", "json", ModelView, "every residual sum of a network, and its totals", _data, _POSTED),
    Endpoint("model", "csv", ModelView, "the table of a network’s residual sums", _sums, _POSTED),
    Endpoint(
        "graph", "json", ModelView, "a network without its weights, as a file that opens again", _graph_file, _POSTED
    ),
    *each("model", FORMATS, ModelView, "the picture of any network", _picture, _POSTED),
    *each("model_block", FORMATS, ModelView, "the diagram of one residual sum", _block, _POSTED),
    Endpoint("models", "json", ModelView, "two networks, block by block", _rows_data, _POSTED),
    Endpoint("models", "csv", ModelView, "two networks, block by block", _rows, _POSTED),
)
