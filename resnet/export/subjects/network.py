"""A whole network, and the table of its blocks."""

from __future__ import annotations

from functools import partial

from resnet.draw.graph import Diagram
from resnet.draw.network import network_diagram
from resnet.export import schemas
from resnet.export.code import keras_network, pytorch_network
from resnet.export.code.forms import code_forms
from resnet.export.data import network_to_data
from resnet.export.figures import graph_forms
from resnet.export.form import Subject, json_form
from resnet.export.onnx import onnx_forms
from resnet.export.table_forms import table_forms
from resnet.export.tables import blocks_table
from resnet.spec import names
from resnet.spec.network import NetworkSpec
from resnet.views.network import NetworkView


def _diagram(view: NetworkView, narrow: bool = False) -> Diagram:
    return network_diagram(view.trace, view.quantity, conventions=view.conventions, narrow=narrow)


def _slug(view: NetworkView, what: str = "") -> str:
    return f"{names.network_slug(view.spec)}{what}{view.conventions.suffix}"


def _pytorch(view: NetworkView) -> str:
    return pytorch_network.network_file(view.trace)


def _built(view: NetworkView) -> NetworkSpec:
    return view.conventions.built(view.spec)


def _keras(view: NetworkView) -> str:
    return keras_network.network_file(view.trace)


NETWORK: Subject[NetworkView] = Subject(
    what="network",
    words="a network’s picture",
    title="The picture",
    view=NetworkView,
    slug=lambda view: _slug(view, f"_{view.quantity}"),
    forms=graph_forms(_diagram, narrow=partial(_diagram, narrow=True)),
)
NETWORK_CODE: Subject[NetworkView] = Subject(
    what="network",
    words="a network as code",
    title="As code",
    view=NetworkView,
    slug=lambda view: names.for_a_module(_slug(view)),
    forms=(*code_forms(_pytorch, _keras), *onnx_forms(_built)),
)
BLOCKS: Subject[NetworkView] = Subject(
    what="blocks",
    words="the table of a network’s blocks",
    title="Table of blocks",
    view=NetworkView,
    slug=lambda view: _slug(view, "_blocks"),
    forms=table_forms(lambda view: blocks_table(view.trace, view.conventions)),
)
NETWORK_DATA: Subject[NetworkView] = Subject(
    what="network",
    words="the trace of a whole network",
    title="Everything, as data",
    view=NetworkView,
    slug=_slug,
    forms=(json_form(lambda view: network_to_data(view.trace, view.conventions), schemas.NETWORK),),
)
