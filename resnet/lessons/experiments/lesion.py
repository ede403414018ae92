"""Take a block out: what is left of a trained network, block by block and of several at once."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from resnet.cache import remembered
from resnet.draw.curves import PLAIN, PROJECTION, Axis, Panel, Series, curves
from resnet.draw.network import network_diagram
from resnet.draw.spread import Line, Row, spread
from resnet.lessons.experiments.place import Experiment, Figure, Place, Rows, Told, percent
from resnet.run.family import spec_of
from resnet.run.lesion import SEEDS, Lesion, blocks, each_alone, lesion, removable, rows, several
from resnet.trace.network import NetworkBlock, trace_network

NAMES = {"B": "Residual (B)", "plain": "Plain"}
CHANCE = Line(10, "chance, 10 %")
_ACCURACY = Axis("right, of 600 test digits, %", 0, 100)
LITTLE, LOST = 0.05, 0.2  # a loss of at most so much is little; an accuracy of at most so much is nearly chance


def _told(place: Place, _: Sequence[Any]) -> Told:
    found = lesion(frozenset(place.removed), kind=place.kind, seed=place.seed)
    return Told(
        figures=(
            Figure("The network", network(place), _pressed(place)),
            Figure("With and without", _before_and_after(place, found)),
            Figure("Several at once", _several(), _several_words()),
            Figure("Each alone", _each_alone(), f"A dot is one of {SEEDS} seeds. Filled: residual. Hollow: plain."),
        ),
        words=_words(place, found),
        shows=_shows(),
        shows_not=_shows_not(),
        sources=(
            "Veit et al. 2016, arXiv 1605.06431: single blocks out of ResNet-110, on CIFAR-10",
            "Greff et al. 2017, arXiv 1612.07771: blocks refine what is there, step by step",
        ),
        seeds=f"Seeds 1 to {SEEDS} of each kind; the large dot is seed {place.seed}. tools/train_digits.py trains them again.",
    )


def network(place: Place) -> str:
    """The network, drawn as on the network page; also what a reader sees before predicting."""
    t, plain = trace_network(place.conventions.built(spec_of(place.kind))), place.kind == "plain"
    title = f"Ten blocks, {'plain: no shortcuts' if plain else 'residual (option B)'}"
    graph = network_diagram(
        t, conventions=place.conventions, removed=place.removed, plain=plain, title=title, named=True
    )
    return graph.svg()


def what_is_left(block: NetworkBlock, kind: str) -> str:
    """Of a block that is taken out."""
    if kind == "plain":
        return (
            "x goes on as it is" if block.name in removable("plain") else "can’t be taken out: nothing else would fit"
        )
    return "W_s x is left: its 1×1 convolution and BatchNorm" if block.trace.spec.projects else "x is left"


def _pressed(place: Place) -> str:
    if place.kind == "plain":
        fixed = [name for name in blocks() if name not in removable("plain")]
        return f"Press a block to take it out. {' and '.join(fixed)} change the shape: without a shortcut nothing fits in their place."
    return "Press a block to take it out; its shortcut stays."


def _words(place: Place, found: Lesion) -> tuple[str, ...]:
    if not place.removed:
        return (f"Whole, this network is right in {percent(found.intact)} of 600 test digits. Press a block.",)
    t = {block.name: block for block in trace_network(spec_of(place.kind)).blocks}
    out = [f"{name}: {what_is_left(t[name], place.kind)}" for name in place.removed]
    return (
        f"Without {_listed(place.removed)} this network is right in {percent(found.accuracy)}, before in {percent(found.intact)}. "
        f"Over {len(found.spread)} seeds: {percent(min(found.spread))} to {percent(max(found.spread))}, before "
        f"{percent(min(found.intact_spread))} to {percent(max(found.intact_spread))}.",
        "; ".join(out[:3]) + ("; …" if len(out) > 3 else "") + ".",
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} blocks" if len(names) > 3 else " and ".join(names)


def _before_and_after(place: Place, found: Lesion) -> str:
    accent = place.kind != "plain"
    lines = [Row("all ten blocks", _hundred(found.intact_spread), 100 * found.intact, accent)]
    if place.removed:
        name = f"without {_listed(place.removed)}" if len(place.removed) == 1 else f"{len(place.removed)} blocks out"
        lines.append(Row(name, _hundred(found.spread), 100 * found.accuracy, accent))
    said = "; ".join(f"{row.name}: {row.marked:.1f} %" for row in lines)
    return spread(
        lines,
        _ACCURACY,
        f"Accuracy, {NAMES[place.kind]}, {said}",
        title=f"{NAMES[place.kind]}: each seed a dot",
        line=CHANCE,
    )


@remembered(megabytes=1)
def _several() -> str:
    series = [
        Series(
            name,
            [(level.removed, 100 * level.mean) for level in several(kind)],
            look,
            [(level.removed, 100 * level.low, 100 * level.high) for level in several(kind)],
        )
        for kind, name, look in (("B", "residual", PROJECTION), ("plain", "plain", PLAIN))
    ]
    panel = Panel("Several blocks out, drawn at random", series, Axis("blocks taken out", 0, 10), _ACCURACY)
    said = "; ".join(f"{one.name}: " + ", ".join(f"{y:.0f} % without {x:.0f}" for x, y in one.points) for one in series)
    return curves([panel], f"Mean accuracy with several blocks out. {said}")


def _several_words() -> str:
    runs = sum(level.runs for kind in NAMES for level in several(kind))
    return f"Mean and the range from the 10th to the 90th percentile of {runs:,} measurements: all seeds, sets drawn at random."


@remembered(megabytes=1)
def _each_alone() -> str:
    residual, plain = each_alone("B"), each_alone("plain")
    lines = [Row(name, _hundred(residual[name]), also=_hundred(plain.get(name, ()))) for name in blocks()]
    said = "; ".join(f"{name}: {percent(fmean(residual[name]))}" for name in blocks())
    return spread(
        lines,
        _ACCURACY,
        f"Mean accuracy of the residual networks without one block. {said}",
        title="One block out: each in turn",
        line=CHANCE,
    )


def _hundred(shares: Sequence[float]) -> tuple[float, ...]:
    return tuple(100 * share for share in shares)


def _mean_alone(kind: str) -> tuple[float, float]:
    """Over seeds and blocks: whole, and without one block."""
    return several(kind)[0].mean, fmean(one for accuracies in each_alone(kind).values() for one in accuracies)


def _right() -> tuple[str, str]:
    whole, without = _mean_alone("B")
    plain = _mean_alone("plain")
    key = "most" if whole - without <= LITTLE else "chance" if without <= LOST else "part"
    return key, (
        f"Without one block the residual networks are right in {percent(without)} on average, {percent(whole)} before; the plain "
        f"ones in {percent(plain[1])}, {percent(plain[0])} before."
    )


def _shows() -> str:
    residual, plain = (_mean_alone(kind) for kind in ("B", "plain"))
    alone = {name: fmean(accuracies) for name, accuracies in each_alone("B").items()}
    worst = min(alone, key=lambda name: alone[name])
    start = "Blocks of a residual network depend on each other less than those of a plain one"
    if residual[0] - residual[1] >= plain[0] - plain[1]:
        start = "Here blocks of the residual network do not depend on each other less than those of the plain one"
    return (
        f"{start}: a block less costs {100 * (residual[0] - residual[1]):.1f} points on average, and {100 * (plain[0] - plain[1]):.1f} "
        f"there. But blocks differ: without {worst} the mean is {percent(alone[worst])}."
    )


def _shows_not() -> str:
    levels = several("B")
    half = next((level for level in levels if level.mean <= levels[0].mean / 2), None)
    stops = (
        f"with {half.removed} of ten out, the mean is {percent(half.mean)}, under half"
        if half
        else "here it never halves"
    )
    return (
        f"Not that a residual network is a vote of many shallow ones that hardly need each other: {stops}. And these are ten "
        "small blocks and digits of 8 × 8; Veit et al. took one block of 54, where each does less."
    )


def _table(_: Place, __: Sequence[Any]) -> Rows:
    found = [(row.kind, row.seed, " ".join(sorted(row.removed)), row.accuracy) for row in rows()]
    return [("kind", "seed", "removed_blocks", "accuracy"), *found]


LESION = Experiment(
    key="lesion",
    name="Take a block out",
    question="What is left of a trained network when a block is taken out?",
    setting="Ten blocks, trained together on digits. One is taken out, its shortcut stays, and nothing is trained again. "
    "How many of 600 test digits will the residual network still get right, averaged over blocks and seeds?",
    predictions={
        "most": "nearly as many: at most 5 points less",
        "part": "clearly fewer, but more than by guessing",
        "chance": "hardly more than by guessing, 10 %",
    },
    right=_right,
    told=_told,
    table=_table,
    uses=("kind", "removed", "seed"),
)
