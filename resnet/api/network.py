"""A whole network."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from resnet.api.answers import Endpoint, data, each, file
from resnet.draw.network import network_diagram
from resnet.draw.render import FORMATS, Format, render
from resnet.export.data import network_to_data
from resnet.export.tables import blocks_to_csv
from resnet.spec import names
from resnet.views.network import NetworkView


def _data(view: NetworkView) -> Response:
    return data(network_to_data(view.trace, view.conventions))


def _picture(file_format: Format) -> Callable[[NetworkView], Response]:
    def answer(view: NetworkView) -> Response:
        graph = network_diagram(view.trace, view.quantity, conventions=view.conventions)
        slug = f"{names.network_slug(view.spec)}_{view.quantity}{view.conventions.suffix}"
        return file(render(graph, file_format), file_format, slug)

    return answer


def _blocks(view: NetworkView) -> Response:
    content = blocks_to_csv(view.trace, view.conventions).encode()
    return file(content, "csv", f"{names.network_slug(view.spec)}_blocks{view.conventions.suffix}")


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("network", "json", NetworkView, "the trace of a whole network", _data),
    Endpoint("blocks", "csv", NetworkView, "the table of a network’s blocks", _blocks),
    *each("network", FORMATS, NetworkView, "a network’s picture", _picture),
)
