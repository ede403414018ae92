"""Any residual sum of any network in the diagram that readers know: ``sum_diagram(graph, one)``.

x ─────────────╮        ``resnet.models.column`` says what the steps are; each is a card, with its parameters.
[ LayerNorm ]  │        The boxes are called ``main1``, ``main2`` …, ``shortcut1`` …, ``add``, ``after1``, in the
[ attention ]  │        order of ``column``; what stands in front of both paths is on the main path.
⊕ ◀────────────╯
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from resnet import text
from resnet.draw import fonts, layout
from resnet.draw.block import PAIR_GAP, Drawing
from resnet.draw.block_words import spoken_block, spoken_pair
from resnet.draw.graph import Diagram, empty_graph
from resnet.draw.layout import BODY, HEAD, TITLE, Figure, Grid, Line, Sizes
from resnet.models.axes import channel_axes, channels_first
from resnet.models.column import Column, Said, Step, column
from resnet.models.graph import Graph, own_nodes
from resnet.models.summary import verdict
from resnet.models.sums import ResidualSum
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.values import INPUT

ADD = "add"


def sum_diagram(
    graph: Graph, one: ResidualSum, *, unfolded: bool = False, conventions: Conventions = DEFAULT
) -> Diagram:
    """The block as a graph. ``unfolded``: every layer has its own box, and what stays folded lists what it holds."""
    figure = _figure(graph, one, unfolded, conventions)
    drawn = empty_graph(title=f"{one.name}: {one.block}, {one.kind.replace('_', ' ')}")
    _draw(drawn, [figure], conventions)
    drawn.spoken = spoken_block(figure, verdict(graph, one, conventions), conventions)
    return drawn


def sum_pair(
    graph: Graph,
    one: ResidualSum,
    other_graph: Graph,
    other: ResidualSum,
    *,
    unfolded: bool = False,
    conventions: Conventions = DEFAULT,
) -> Diagram:
    """Two blocks of the same or of two networks as one figure, level with each other."""
    figures = _figure(graph, one, unfolded, conventions), _figure(other_graph, other, unfolded, conventions)
    drawn = empty_graph(title=f"{one.name}; {other.name}")
    _draw(drawn, figures, conventions)
    verdicts = verdict(graph, one, conventions), verdict(other_graph, other, conventions)
    drawn.spoken = spoken_pair(*figures, verdicts, conventions)
    return drawn


def _draw(drawn: Diagram, figures: Sequence[Figure], conventions: Conventions) -> None:
    """Beside each other, level."""
    grid = _grid(figures, conventions)
    prefixes = ("left ", "right ") if len(figures) > 1 else ("",)
    for i, (figure, prefix) in enumerate(zip(figures, prefixes, strict=True)):
        titled = replace(figure, title=_fitting(figure.title, grid.width - layout.PAD))
        Drawing(drawn, titled, grid, conventions, prefix, i * (grid.width + PAIR_GAP)).draw()


def boxes(graph: Graph, one: ResidualSum, *, unfolded: bool = False) -> dict[str, Step]:
    """Every box of the diagram but the ⊕, by its name, and the step that it shows."""
    found = column(graph, one, unfolded=unfolded)
    paths = {"main": found.before + found.main, "shortcut": found.shortcut, "after": found.after}
    return {f"{path}{i}": step for path, steps in paths.items() for i, step in enumerate(steps, start=1)}


@dataclass(frozen=True, kw_only=True)
class _Card:
    """A step as a box, or the ⊕."""

    name: str
    reads: tuple[str, ...]
    step: Step
    conventions: Conventions
    adds: bool = False

    @property
    def results(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(
            Line(one.words, text.count(n) if n else "", BODY if i else HEAD, i == 0)
            for i, (one, n) in enumerate((one, self.conventions.params(*one.nodes)) for one in self.step.lines)
        )

    @property
    def width(self) -> float:
        return layout.card_width(self.lines)

    @property
    def height(self) -> float:
        return layout.card_height(self.lines)


class _Counted(NamedTuple):
    """What a sum adds up to, for one image."""

    params: int
    buffers: int
    macs: int


def _figure(graph: Graph, one: ResidualSum, unfolded: bool, conventions: Conventions) -> Figure:
    found = column(graph, one, unfolded=unfolded)
    axes = channel_axes(graph)
    main, side, joined = _cards(found, conventions)
    x = graph.by_name[one.before[0]].reads[0] if one.before else one.fork
    shapes: dict[str, Sizes | None] = {INPUT: _shape(graph, axes, x)}
    shapes |= {card.name: _shape(graph, axes, card.step.nodes[-1].name) for card in (*main, *side, *joined)}
    counted = _Counted(one.params, sum(node.buffers for node in own_nodes(graph, one)), one.macs)
    in_shape = _shape(graph, axes, x)
    return Figure(
        title=one.name,
        totals=f"{one.block} · {layout.totals(counted, conventions)}",
        counted=conventions.counts.in_boxes,
        axes=_axis_names(in_shape, conventions),
        in_shape=in_shape,
        out_shape=shapes[joined[-1].name],
        main=main,
        side=side,
        joined=joined,
        shapes=shapes,
    )


def _cards(found: Column, conventions: Conventions) -> tuple[tuple[_Card, ...], ...]:
    """The main path's, the shortcut's, and from the ⊕ on."""

    def chain(path: str, steps: Sequence[Step], start: str) -> tuple[_Card, ...]:
        names = [f"{path}{i}" for i in range(1, len(steps) + 1)]
        return tuple(
            _Card(name=name, reads=(before,), step=step, conventions=conventions)
            for name, before, step in zip(names, [start, *names], steps, strict=False)
        )

    main = chain("main", found.before + found.main, INPUT)
    side = chain("shortcut", found.shortcut, main[len(found.before) - 1].name if found.before else INPUT)
    summands = main[-1].name, side[-1].name if side else INPUT
    the_add = Step(lines=(Said("+", (found.add,)),), nodes=(found.add,))
    add = _Card(name=ADD, reads=summands, step=the_add, conventions=conventions, adds=True)
    return main, side, (add, *chain("after", found.after, ADD))


def _shape(graph: Graph, axes: Mapping[str, int], name: str) -> Sizes:
    """Without the batch, a map's channels in front; () where it is not known."""
    shape = graph.shapes.get(name)
    if shape is None:
        return ()
    return channels_first(shape[1:], axes[name]) if len(shape) > 3 else shape[1:]


def _axis_names(shape: Sizes, conventions: Conventions) -> str:
    named = {3: conventions.axis_names, 2: "positions × channels", 1: "channels"}
    return named.get(len(shape), "shapes")


def _grid(figures: Sequence[Figure], conventions: Conventions) -> Grid:
    """As wide as what stands above the blocks, too."""
    grid = layout.grid_of(figures, conventions)
    needed = max(fonts.width(one.totals, BODY) for one in figures) + layout.PAD
    return replace(grid, side_x=grid.side_x + max(0, math.ceil(needed - grid.width)))


def _fitting(words: str, room: float) -> str:
    """A name that is too long loses its middle: its ends tell it from others."""
    kept = len(words)
    shown = words
    while kept > 4 and fonts.width(shown, TITLE, True) > room:
        kept -= 1
        shown = f"{words[: kept // 2]}…{words[len(words) - kept + kept // 2 :]}"
    return shown
