"""How traces, comparisons and networks show themselves in a notebook: as their figure, and as their table.

A value knows nothing of it: pictures and tables stand in rooms above it. So the way to show it is hung on its class
here, once, when ``resnet`` is imported, under the name that Jupyter, VS Code and Colab ask for.

Source: https://ipython.readthedocs.io/en/stable/config/integrating.html#custom-methods
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from typing import NamedTuple, TypeVar

from resnet.draw.block import diagram, diagram_pair
from resnet.draw.graph import Diagram
from resnet.draw.model import model_diagram
from resnet.draw.network import network_diagram
from resnet.draw.render import render
from resnet.export.model_tables import models_table, sums_table
from resnet.export.table import Table
from resnet.export.table_html import to_html
from resnet.export.tables import block_table, blocks_table, layers_table
from resnet.models.align import NetworkComparison
from resnet.models.graph import Graph
from resnet.models.summary import sentence
from resnet.numbers.compare import Comparison, verdict
from resnet.spec import names
from resnet.text import count
from resnet.trace.network import NetworkTrace
from resnet.trace.values import BlockTrace

T = TypeVar("T")


class Shown(NamedTuple):
    """``words``  what it is, in a line or two; ``figures`` and ``table``  the same to look at"""

    words: str
    figures: tuple[Diagram, ...]
    table: Table


def of_block(t: BlockTrace) -> Shown:
    words = f"{names.title(t.spec)}: {count(t.params)} parameters. {verdict(t).sentence}"
    return Shown(words, (diagram(t),), block_table(t))


def of_pair(c: Comparison) -> Shown:
    sides = ((c.left, c.left_verdict), (c.right, c.right_verdict))
    words = "\n".join(f"{names.title(t.spec)}: {said.headline}. {said.sentence}" for t, said in sides)
    return Shown(words, (diagram_pair(c.left, c.right, conventions=c.conventions),), layers_table(c))


def of_network(t: NetworkTrace) -> Shown:
    blocks, projections = len(t.blocks), len(t.projections)
    words = (
        f"{names.network_title(t.spec)}: {blocks} blocks, {projections} of them with a projection; "
        f"{count(t.params)} parameters, {count(t.macs)} multiply-adds."
    )
    return Shown(words, (network_diagram(t),), blocks_table(t))


def of_graph(graph: Graph) -> Shown:
    words = f"{graph.name}: {count(graph.params)} parameters. {sentence(graph)}"
    return Shown(words, (model_diagram(graph),), sums_table(graph))


def of_networks(c: NetworkComparison) -> Shown:
    said = ", ".join(f"{many} {kind.replace('_', ' ')}" for kind, many in c.counts.items() if many)
    figures = tuple(model_diagram(graph, conventions=c.conventions) for graph in (c.left, c.right))
    return Shown(f"{c.left.name} | {c.right.name}: {said}.", figures, models_table(c))


def bundle(shown: Shown) -> dict[str, str]:
    """One thing in several forms, of which a notebook takes the richest that it can show."""
    svgs = [render(figure, "svg") for figure in shown.figures]
    words = "".join(f"<p>{escape(line)}</p>" for line in shown.words.splitlines())
    pictures = "".join(_image(svg, figure.title) for svg, figure in zip(svgs, shown.figures, strict=True))
    return {"text/html": words + pictures + to_html(shown.table), "text/plain": shown.words} | (
        {"image/svg+xml": svgs[0].decode()} if len(svgs) == 1 else {}
    )


def _image(svg: bytes, title: str) -> str:
    """As a picture of its own, so that neither its typeface nor its names meet those of the next one."""
    source = base64.b64encode(svg).decode()
    return f'<p><img alt="{escape(title)}" style="max-width:100%" src="data:image/svg+xml;base64,{source}" /></p>'


def _hang(kind: type[T], show: Callable[[T], Shown]) -> None:
    def _repr_mimebundle_(self: T, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(show(self))

    setattr(kind, _repr_mimebundle_.__name__, _repr_mimebundle_)


def hang_up() -> None:
    """On every class that has something to show."""
    _hang(BlockTrace, of_block)
    _hang(Comparison, of_pair)
    _hang(NetworkTrace, of_network)
    _hang(Graph, of_graph)
    _hang(NetworkComparison, of_networks)
