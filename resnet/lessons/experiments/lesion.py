"""Take a block out: what is left of a trained network, block by block and of several at once."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from resnet.cache import remembered
from resnet.draw.chart_words import told_curves, told_spread
from resnet.draw.curves import PLAIN, PROJECTION, Axis, Panel, Series
from resnet.draw.network import network_diagram
from resnet.draw.spoken import Plate
from resnet.draw.spread import Line, Row
from resnet.lessons.experiments.place import Experiment, Figure, Place, Rows, Told, listed, percent, written
from resnet.run.family import spec_of
from resnet.run.lesion import SEEDS, Lesion, blocks, each_alone, lesion, removable, rows, several
from resnet.trace.network import NetworkBlock, trace_network

NAMES = {"B": "Residual (B)", "plain": "Plain"}
CHANCE = Line(10, "chance, 10 %")
_ACCURACY = Axis("right, of 600 test digits, %", 0, 100)
LITTLE, LOST = 0.05, 0.2  # a loss of at most so much is little; an accuracy of at most so much is nearly chance
CHANNELS = "x has 3 channels because the stem reads colour pictures: it gets the grey digit three times."


def _told(place: Place, _: Sequence[Any]) -> Told:
    found = lesion(frozenset(place.removed), kind=place.kind, seed=place.seed)
    return Told(
        figures=(
            Figure("The network", network(place), CHANNELS, above=_pressed(place)),
            Figure("With and without", _before_and_after(place, found)),
            Figure("Several at once", _several(), _several_words()),
            Figure("Each alone", _each_alone(), _each_alone_words()),
        ),
        words=_words(place, found),
        shows=_shows(),
        shows_not=_shows_not(),
        sources=(
            "Veit et al. 2016, arXiv 1605.06431: single blocks out of ResNet-110, on CIFAR-10",
            "Greff et al. 2017, arXiv 1612.07771: blocks refine what is there, step by step",
        ),
        seeds=f"Seeds 1 to {SEEDS} of each kind; seed {place.seed} is looked at. tools/train_digits.py trains them again.",
    )


def network(place: Place) -> Plate:
    """The network, drawn as on the network page; also what a reader sees before predicting."""
    t, plain = trace_network(place.conventions.built(spec_of(place.kind))), place.kind == "plain"
    title = f"Ten blocks, {'plain: no shortcuts' if plain else 'residual (option B)'}"
    graph = network_diagram(
        t, conventions=place.conventions, removed=place.removed, plain=plain, title=title, named=True
    )
    assert graph.spoken is not None, "a network's diagram has words"
    return Plate(graph.svg(), graph.spoken)


def what_is_left(block: NetworkBlock, kind: str) -> str:
    """In place of a block that is taken out."""
    if kind == "plain":
        fits = block.name in removable("plain")
        return "nothing is left: x passes unchanged" if fits else "nothing would fit: it can’t be taken out"
    projects = block.trace.spec.projects
    return "W_s x is left, with its BatchNorm" if projects else "only its shortcut is left: x passes unchanged"


def _pressed(place: Place) -> str:
    if place.kind == "plain":
        return f"Press a block to take it out. {_fixed()}"
    return "Press a block to take it out; its shortcut stays."


def _fixed() -> str:
    fixed = [name for name in blocks() if name not in removable("plain")]
    return f"{listed(fixed)} change the shape: a plain network has nothing to put in their place."


def _words(place: Place, found: Lesion) -> tuple[str, ...]:
    if not place.removed:
        return (f"Whole, this network is right in {percent(found.intact)} of 600 test digits. Press a block.",)
    t = {block.name: block for block in trace_network(spec_of(place.kind)).blocks}
    out = [f"In place of {name} {what_is_left(t[name], place.kind)}." for name in place.removed]
    return (
        f"Without {_listed(place.removed)} this network is right in {percent(found.accuracy)}, before in {percent(found.intact)}. "
        f"Over {len(found.spread)} seeds: {percent(min(found.spread))} to {percent(max(found.spread))}, before "
        f"{percent(min(found.intact_spread))} to {percent(max(found.intact_spread))}.",
        " ".join(out[:3]) + (" …" if len(out) > 3 else ""),
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} blocks" if len(names) > 3 else " and ".join(names)


def _before_and_after(place: Place, found: Lesion) -> Plate:
    accent = place.kind != "plain"
    lines = [Row("all ten blocks", _hundred(found.intact_spread), 100 * found.intact, accent, mean=True)]
    if place.removed:
        name = f"without {_listed(place.removed)}" if len(place.removed) == 1 else f"{len(place.removed)} blocks out"
        lines.append(Row(name, _hundred(found.spread), 100 * found.accuracy, accent, mean=True))
    said = "; ".join(f"{row.name}: {row.chosen:.1f} %, mean {fmean(row.values):.1f} %" for row in lines)
    return told_spread(
        lines,
        _ACCURACY,
        f"Accuracy, {NAMES[place.kind]}, seed {place.seed}. {said}",
        title=f"{NAMES[place.kind]}: {SEEDS} seeds",
        line=CHANCE,
        ring=f"seed {place.seed}",
    )


@remembered(megabytes=1)
def _several() -> Plate:
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
    return told_curves([panel], panel.title, f"Mean accuracy with several blocks out. {said}")


def _several_words() -> str:
    runs = sum(level.runs for kind in NAMES for level in several(kind))
    return f"Mean and the range from the 10th to the 90th percentile of {runs:,} measurements: all seeds, sets drawn at random."


@remembered(megabytes=1)
def _each_alone() -> Plate:
    residual, plain = each_alone("B"), each_alone("plain")
    lines = [Row(name, _hundred(residual[name]), also=_hundred(plain.get(name, ()))) for name in blocks()]
    said = "; ".join(f"{name}: {percent(fmean(residual[name]))}" for name in blocks())
    return told_spread(
        lines,
        _ACCURACY,
        f"Mean accuracy of the residual networks without one block. {said}",
        title="One block out: each in turn",
        line=CHANCE,
    )


def _each_alone_words() -> str:
    return f"A dot is one of {SEEDS} seeds. Filled: residual. Hollow: plain. {_fixed()}"


def _hundred(shares: Sequence[float]) -> tuple[float, ...]:
    return tuple(100 * share for share in shares)


def _whole(kind: str) -> float:
    """Over seeds, of ten blocks."""
    return several(kind)[0].mean


def _alone(kind: str) -> dict[str, float]:
    """Over seeds, without each block."""
    return {name: fmean(accuracies) for name, accuracies in each_alone(kind).items()}


def _in_both() -> tuple[float, float]:
    """Residual and plain without one block, over seeds and over the blocks that a plain network can lose, too."""
    residual, plain = _alone("B"), _alone("plain")
    return fmean(residual[name] for name in plain), fmean(plain.values())


def _enough() -> float:
    """What a reader who expects little loss says: a round share, so that it can be written as it is."""
    return round(_whole("B") - LITTLE, 2)


def _right() -> tuple[str, str]:
    whole, alone = _whole("B"), _alone("B")
    without = fmean(alone.values())
    key = "most" if without >= _enough() else "chance" if without <= LOST else "part"
    little = [name for name, mean in alone.items() if whole - mean <= LITTLE]
    residual, plain = _in_both()
    return key, (
        f"For {written(len(little))} of the {written(len(alone))} blocks it is at most {100 * LITTLE:.0f} points less. Without one block the residual "
        f"networks are right in {percent(without)} on average, {percent(whole)} before. Over the {written(len(_alone('plain')))} blocks that "
        f"a plain network can lose, too, it is {percent(residual)}; the plain ones are right in {percent(plain)}, {percent(_whole('plain'))} before."
    )


def _shows() -> str:
    lost = [_whole(kind) - without for kind, without in zip(("B", "plain"), _in_both(), strict=True)]
    alone = _alone("B")
    worst = min(alone, key=lambda name: alone[name])
    start = "Blocks of a residual network depend on each other less than those of a plain one"
    if lost[0] >= lost[1]:
        start = "Here blocks of the residual network do not depend on each other less than those of the plain one"
    return (
        f"{start}: of the {written(len(_alone('plain')))} blocks that both can lose, one less costs {100 * lost[0]:.1f} points on average, and "
        f"{100 * lost[1]:.1f} there. But blocks differ: without {worst} the mean is {percent(alone[worst])}."
    )


def _asks() -> str:
    return (
        "Ten blocks, trained together on digits. One is taken out, its shortcut stays, and nothing is trained again. With all blocks the "
        f"residual network reads {percent(_whole('B'), 0)} of 600 test digits. How many without one, on average over blocks and seeds?"
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
    asks=_asks,
    answers=lambda: {
        "most": f"{percent(_enough(), 0)} or more",
        "part": "clearly fewer",
        "chance": f"about {CHANCE.value:.0f} %, as by guessing",
    },
    it_is="On average",
    right=_right,
    told=_told,
    table=_table,
    uses=("kind", "removed", "seed"),
)
