"""One block, the pair of the comparison, and the table of their layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from resnet.draw.block import diagram, diagram_pair
from resnet.draw.graph import Diagram
from resnet.export import schemas
from resnet.export.code import keras, pytorch
from resnet.export.code.forms import code_forms
from resnet.export.data import to_data
from resnet.export.figures import graph_forms
from resnet.export.form import Subject, json_form
from resnet.export.onnx import onnx_forms
from resnet.export.table_forms import table_forms
from resnet.export.tables import layers_table
from resnet.numbers.compare import Comparison, compare
from resnet.spec import names
from resnet.spec.block import BlockSpec
from resnet.trace.block import trace
from resnet.trace.values import BlockTrace
from resnet.views.compare import CompareView


def _traced(view: CompareView, spec: BlockSpec) -> BlockTrace:
    return trace(view.conventions.built(spec))


def _diagram(view: CompareView) -> Diagram:
    # beside its neighbour, so that the file is what the page shows
    neighbour = view.left if view.right.projects else view.as_page().right
    beside = _traced(view, neighbour)
    shown = _traced(view, view.right)
    return diagram(shown, unfolded=view.unfolded, beside=beside, conventions=view.conventions)


def _both(view: CompareView) -> Comparison:
    page = view.as_page()
    return compare(page.left, page.right, page.conventions)


def _pair(view: CompareView, narrow: bool = False) -> Diagram:
    both = _both(view)
    return diagram_pair(both.left, both.right, unfolded=view.unfolded, conventions=both.conventions, narrow=narrow)


def _pair_slug(view: CompareView) -> str:
    page = view.as_page()
    return names.pair_slug(page.left, page.right) + page.conventions.suffix


def _block_code(write: Callable[[BlockTrace], str]) -> Callable[[CompareView], str]:
    return lambda view: write(_traced(view, view.right))


def _built(view: CompareView) -> BlockSpec:
    return view.conventions.built(view.right)


def _pair_code(write: Callable[[BlockTrace, BlockTrace], str]) -> Callable[[CompareView], str]:
    return lambda view: write(_both(view).left, _both(view).right)


BLOCK: Subject[CompareView] = Subject(
    what="block",
    words="one block’s diagram",
    title="The diagram",
    view=CompareView,
    slug=lambda view: names.slug(view.right) + view.conventions.suffix,
    forms=graph_forms(_diagram),
)
BLOCK_CODE: Subject[CompareView] = Subject(
    what="block",
    words="one block as code",
    title="As code",
    view=CompareView,
    slug=lambda view: names.for_a_module(BLOCK.slug(view)),
    forms=(
        *code_forms(_block_code(pytorch.block_file), _block_code(keras.block_file)),
        *onnx_forms(_built),
    ),
)
BLOCK_DATA: Subject[CompareView] = Subject(
    what="block",
    words="the trace of one block",
    title="Everything, as data",
    view=CompareView,
    slug=BLOCK.slug,
    forms=(json_form(lambda view: to_data(_traced(view, view.right), view.conventions), schemas.BLOCK),),
)
PAIR: Subject[CompareView] = Subject(
    what="pair",
    words="both blocks of the page as one figure",
    title="Both as one figure",
    view=CompareView,
    slug=_pair_slug,
    forms=graph_forms(_pair, narrow=partial(_pair, narrow=True)),
)
PAIR_CODE: Subject[CompareView] = Subject(
    what="pair",
    words="both blocks as code, in one file",
    title="As code",
    view=CompareView,
    slug=lambda view: names.for_a_module(_pair_slug(view)),
    forms=code_forms(_pair_code(pytorch.pair_file), _pair_code(keras.pair_file)),
)
LAYERS: Subject[CompareView] = Subject(
    what="layers",
    words="the table of both blocks’ layers",
    title="Table of layers",
    view=CompareView,
    slug=_pair_slug,
    forms=table_forms(lambda view: layers_table(_both(view))),
)
