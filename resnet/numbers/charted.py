"""What a chart shows, as a value: the screen's Plotly figure, a file's SVG and the table below either are made of it.

where_it_sits(comparison)            every layer of two blocks
by_stage(network), by_block(network)   every quantity that adds up, and the shortcuts' share of it
receptive_field(network)             after each block
waterfall(network's spec)            from PyTorch's number of parameters to Keras's
ladder(network's spec)               the numbers of multiply-adds that people quote
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from resnet import text
from resnet.numbers import counting
from resnet.numbers.compare import Comparison, Row
from resnet.numbers.quantities import QUANTITIES, QuantityKind
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, UNITS, Conventions
from resnet.spec.network import NetworkSpec
from resnet.trace.network import NetworkBlock, NetworkTrace
from resnet.trace.values import OpTrace
from resnet.trace.words import layer

Kind = Literal["bars", "stacks", "line", "fall", "ladder"]


class Amount(NamedTuple):
    """One number of a chart.

    ``said``     in full, as a reader sees it: '231,211,008', '427 px'
    ``short``    where there is little room: '231.2 M'
    ``accent``   it is a shortcut's
    ``hatched``  it is told apart from its neighbour without colour, too
    """

    value: int
    said: str
    short: str = ""
    accent: bool = False
    hatched: bool = False


class Series(NamedTuple):
    """A number at each place; ``hollow`` bars are told apart from filled ones without colour."""

    name: str
    amounts: tuple[Amount, ...]
    hollow: bool = False


class Panel(NamedTuple):
    """One quantity on its axis.

    ``heading``  the quantity and its unit
    ``also``     what a table and a pointer's tip say, and no bar or line shows
    ``binary``   of bytes, which are counted in KiB and MiB
    """

    heading: str
    places: tuple[str, ...]
    series: tuple[Series, ...]
    also: tuple[Series, ...] = ()
    binary: bool = False

    def short(self, value: int) -> str:
        """A number of it where there is little room."""
        return text.memory(value) if self.binary else text.million(value)


class Line(NamedTuple):
    """What everything can be held against."""

    value: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """``words``  what it shows and says, in sentences, for who does not see it
    ``place``  what a place is: 'layer', 'block'
    ``marks``  the places that are named along the axis, where all would be too many, and their names there
    """

    kind: Kind
    title: str
    words: str
    place: str
    panels: tuple[Panel, ...]
    line: Line | None = None
    marks: tuple[tuple[str, str], ...] = ()


# two blocks


def where_it_sits(comparison: Comparison) -> Chart:
    """Both blocks' layers: two panels, parameters over multiply-adds, of the layers that have any."""
    conventions = comparison.conventions
    quantities: tuple[tuple[str, Callable[[OpTrace], int]], ...] = (
        (conventions.counts.heading, conventions.params),
        (conventions.operation.heading, conventions.operations),
    )
    titles = [names.title(t.spec) for t in (comparison.left, comparison.right)]
    panels = tuple(_layers(comparison.rows, titles, heading, of) for heading, of in quantities)
    reads = list(dict.fromkeys(conventions.shape(t.in_shape) for t in (comparison.left, comparison.right)))
    return Chart(
        kind="bars",
        title=f"Where it sits, for {' and '.join(reads)}",
        words=f"Bars for every layer of two blocks. {' '.join(map(_both, panels))}",
        place="layer",
        panels=panels,
    )


def _layers(rows: Sequence[Row], titles: Sequence[str], heading: str, of: Callable[[OpTrace], int]) -> Panel:
    """The layers that have any of this quantity, on either side."""
    pairs = [(row, tuple(0 if op is None else of(op) for op in row)) for row in rows]
    shown = [(row, pair) for row, pair in pairs if any(pair)]
    return Panel(
        heading,
        places=tuple(_name(row) for row, _ in shown),
        series=tuple(
            Series(
                title,
                tuple(Amount(pair[i], text.count(pair[i]), accent=_on_shortcut(row)) for row, pair in shown),
                hollow=i == 0,
            )
            for i, title in enumerate(titles)
        ),
    )


def _on_shortcut(row: Row) -> bool:
    return row.op.path == "shortcut"


def _name(row: Row) -> str:
    """Every name once: an axis would merge two layers of the same name."""
    return f"{layer(row.op)} ({'shortcut' if _on_shortcut(row) else row.op.name})"


def _both(panel: Panel) -> str:
    sums = [f"{text.count(sum(amount.value for amount in one.amounts))} ({one.name})" for one in panel.series]
    return f"{panel.heading}: {', '.join(sums)}."


# a network


def _titled(spec: NetworkSpec, what: str) -> str:
    return f"{names.network_title(spec)}, option {spec.shortcut_option}: {what}"


def by_stage(t: NetworkTrace, conventions: Conventions = DEFAULT) -> Chart:
    """A panel for each quantity that adds up, of stem, stages and head; the shortcuts' share of it."""
    places = ("Stem", *(f"Stage {number}" for number in t.stages), "Head")
    stages = [t.stage(number) for number in t.stages]

    def numbers(quantity: QuantityKind) -> tuple[list[int], list[int]]:
        assert quantity.total is not None
        blocks = [_sum(stage, quantity.of, conventions) for stage in stages]
        shares = [_sum(stage, quantity.share, conventions) for stage in stages]
        ends = quantity.total(t.stem, conventions), quantity.total(t.head, conventions)
        return [ends[0], *blocks, ends[1]], [0, *shares, 0]

    panels = _stacked(places, "by stage", "stem, main paths, head", numbers, conventions)
    return _in_parts(t, "by stage", "stage", panels)


def by_block(t: NetworkTrace, conventions: Conventions = DEFAULT) -> Chart:
    """A panel for each quantity that adds up, of each block; the shortcut's share of it."""

    def numbers(quantity: QuantityKind) -> tuple[list[int], list[int]]:
        wholes = [quantity.of(block, conventions) for block in t.blocks]
        return wholes, [quantity.share(block, conventions) for block in t.blocks]

    panels = _stacked(tuple(block.name for block in t.blocks), "by block", "main paths", numbers, conventions)
    return _in_parts(t, "by block", "block", panels, _stages(t))


def _sum(
    blocks: Sequence[NetworkBlock], of: Callable[[NetworkBlock, Conventions], int], conventions: Conventions
) -> int:
    return sum(of(block, conventions) for block in blocks)


def _stages(t: NetworkTrace) -> tuple[tuple[str, str], ...]:
    """The blocks of a deep network are too many to name: name the stages, where they start."""
    return tuple((f"layer{number - 1}.0", f"stage {number}") for number in t.stages)


def _stacked(
    places: tuple[str, ...],
    how: str,
    beside: str,
    numbers: Callable[[QuantityKind], tuple[list[int], list[int]]],
    conventions: Conventions,
) -> tuple[Panel, ...]:
    panels = []
    for quantity in QUANTITIES.values():
        if quantity.total:
            wholes, shares = numbers(quantity)
            rest = [whole - share for whole, share in zip(wholes, shares, strict=True)]
            amounts = [Amount(n, text.count(n), quantity.amount(n)) for n in rest]
            shortcuts = [Amount(n, text.count(n), quantity.amount(n), accent=True, hatched=True) for n in shares]
            series = (Series(beside, tuple(amounts)), Series("shortcuts", tuple(shortcuts)))
            heading = f"{quantity.heading(conventions)}, {how}"
            panels.append(Panel(heading, places, series, binary=quantity.key == "activation_bytes"))
    return tuple(panels)


def _in_parts(
    t: NetworkTrace, how: str, place: str, panels: tuple[Panel, ...], marks: tuple[tuple[str, str], ...] = ()
) -> Chart:
    return Chart(
        kind="stacks",
        title=_titled(t.spec, f"where it sits, {how}"),
        words=f"Bars {how}: {panels[0].series[0].name}; on top of them, hatched, shortcuts. "
        + " ".join(map(_parts, panels)),
        place=place,
        panels=panels,
        marks=marks,
    )


def _parts(panel: Panel) -> str:
    rest, shortcuts = (sum(amount.value for amount in one.amounts) for one in panel.series)
    whole = rest + shortcuts
    share = f", {text.share(shortcuts, whole)}" if shortcuts else ""
    return f"{panel.heading}: {text.count(whole)} in all, of these {text.count(shortcuts)} in the shortcuts{share}."


def receptive_field(t: NetworkTrace) -> Chart:
    """Receptive field block by block, and the side of the input to hold it against."""
    places = ("stem", *(block.name for block in t.blocks))
    sizes = [t.stem_field.size, *(block.receptive_field for block in t.blocks)]
    jumps = [t.stem_field.jump, *(block.jump for block in t.blocks)]
    convolutional = [False, *(block.trace.spec.projects for block in t.blocks)]
    side = min(t.spec.height, t.spec.width)
    marked = " Diamonds are convolutional blocks." if any(convolutional) else ""
    return Chart(
        kind="line",
        title=_titled(t.spec, "receptive field"),
        words=f"A line from block to block: {text.count(sizes[0])} px after the stem, {text.count(sizes[-1])} px after "
        f"{places[-1]}; the input’s side is {text.count(side)} px.{marked}",
        place="block",
        panels=(
            Panel(
                "Pixels along one side",
                places,
                (Series("receptive field", _pixels(sizes, convolutional)),),
                also=(Series("jump", _pixels(jumps, convolutional)),),
            ),
        ),
        line=Line(side, f"the input’s side, {text.count(side)} px"),
        marks=_stages(t),
    )


def _pixels(values: Sequence[int], accents: Sequence[bool]) -> tuple[Amount, ...]:
    return tuple(Amount(n, f"{text.count(n)} px", accent=one) for n, one in zip(values, accents, strict=True))


def waterfall(spec: NetworkSpec) -> Chart:
    """From PyTorch's number of parameters to Keras's, term by term."""
    found = counting.reconcile(spec)
    end = counting.keras_name(spec)
    steps = [(found.start.name, found.start.amount, text.count(found.start.amount), False)]
    steps += [(term.name, term.amount, text.difference(term.amount), True) for term in found.terms]
    steps += [(end, found.end, text.count(found.end), False)]
    said = ", ".join(f"{name} {number}" for name, _, number, _ in steps)
    return Chart(
        kind="fall",
        title=_titled(spec, "parameters from PyTorch’s to Keras’s"),
        words=f"Bars from one number of parameters to the other: {said}.",
        place="step",
        panels=(
            Panel(
                "Parameters",
                tuple(name for name, *_ in steps),
                (Series("parameters", tuple(Amount(n, number, accent=term) for _, n, number, term in steps)),),
            ),
        ),
    )


def ladder(spec: NetworkSpec) -> Chart:
    """The numbers that are given for the same network's work."""
    rungs = counting.ladder(spec)
    places = tuple(f"{rung.name} ({UNITS[rung.unit].name})" for rung in rungs)
    amounts = tuple(
        Amount(rung.amount, text.count(rung.amount), text.giga(rung.amount), hatched=UNITS[rung.unit].of_one > 1)
        for rung in rungs
    )
    said = "; ".join(f"{place} {amount.said}" for place, amount in zip(places, amounts, strict=True))
    return Chart(
        kind="ladder",
        title=_titled(spec, "multiply-adds, as people count"),
        words=f"Bars for the numbers that are given for one network: {said}.",
        place="counted",
        panels=(Panel("Operations, batch 1", places, (Series("operations", amounts),)),),
    )
