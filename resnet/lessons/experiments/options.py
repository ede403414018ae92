"""Options A, B, C, plain and pre-activation, trained on digits: a long run that ships, and a short one that runs here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from resnet.cache import remembered
from resnet.draw.curves import Axis, Panel, Series, curves
from resnet.draw.spread import Row, spread
from resnet.lessons.evidence import ON_DEPTH
from resnet.lessons.experiments.place import (
    IN_WORDS,
    LEGEND,
    LOOKS,
    SHORT,
    Experiment,
    Figure,
    Place,
    Rows,
    Told,
    percent,
)
from resnet.run.family import KINDS
from resnet.run.jobs import Job
from resnet.run.training import Epoch, Summary, long_run, summary

BLOCKS = 10
PLAIN_18, RESNET_18 = ON_DEPTH[0], ON_DEPTH[2]
SOON = 0.9
CLEAR = 2.0  # standard errors: what two means differ by at least where this page speaks of a difference
_RIGHT = "right, of 600 test digits, %"


def job(place: Place) -> Job:
    return Job.of("training", kinds=",".join(place.trained), epochs=place.epochs, seeds=place.seeds, blocks=BLOCKS)


def _told(place: Place, rows: Sequence[Epoch]) -> Told:
    long = long_run()
    seeds, epochs = len({row.seed for row in long}), max(row.epoch for row in long)
    figures = [
        Figure(f"Trained beforehand: {epochs} epochs, {seeds} seeds", _long_curves(), LEGEND),
        Figure("After the last epoch", _last()),
    ]
    if rows:
        words = f"{_here(rows)} Thick: the mean of the seeds that are that far. Thin: each seed."
        figures.append(Figure("Trained here", _live(rows, place.epochs), words, ours=True))
    return Told(
        figures=tuple(figures),
        words=(_sooner(),),
        shows=_shows(),
        shows_not=(
            f"Which option is best in general: {2 * BLOCKS + 2} small layers and easy digits of 8 × 8 leave little room between them, and writers of "
            f"test digits were seen in training. In He et al. 2015, too, 18 plain layers did about as well as a ResNet of 18 "
            f"({PLAIN_18.value:.2f} and {RESNET_18.value:.2f} % error); 34 did worse."
        ),
        sources=(
            "He et al. 2015, arXiv 1512.03385, §3.2 and table 3: options A, B, C",
            "He et al. 2016, arXiv 1603.05027: pre-activation",
        ),
        seeds=f"Seeds 1 to {seeds}, {epochs} epochs of 1,197 digits, tools/train_digits.py. Beside a mean: ± the standard deviation over seeds.",
    )


@remembered(megabytes=1)
def _long_curves() -> str:
    by_kind = {kind: _by_epoch([row for row in long_run() if row.kind == kind]) for kind in KINDS}
    series = [
        Series(
            SHORT[kind],
            [(epoch, 100 * fmean(values)) for epoch, values in epochs.items()],
            LOOKS[kind],
            [(epoch, 100 * _tenth(values), 100 * _tenth(values, last=True)) for epoch, values in epochs.items()],
        )
        for kind, epochs in by_kind.items()
        if epochs
    ]
    last = max(row.epoch for row in long_run())
    after = [
        _after(series, 0, last, 0, "From the start"),
        _after(series, last // 2, last, None, f"From epoch {last // 2} on, nearer"),
    ]
    said = "; ".join(f"{one.name}: {one.points[-1][1]:.1f} %" for one in series)
    return curves(after, f"Accuracy by epoch, mean and 10th to 90th percentile of the seeds. At the end: {said}")


def _after(series: Sequence[Series], epoch: int, last: int, low: float | None, title: str) -> Panel:
    kept = [
        one._replace(
            points=[point for point in one.points if point[0] >= epoch],
            band=[point for point in one.band if point[0] >= epoch],
        )
        for one in series
    ]
    return Panel(title, kept, Axis("epoch", epoch, last), Axis(_RIGHT, low, 100))


def _by_epoch(rows: Sequence[Epoch]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for row in sorted(rows, key=lambda row: (row.epoch, row.seed)):
        found.setdefault(row.epoch, []).append(row.test)
    return found


def _tenth(values: Sequence[float], *, last: bool = False) -> float:
    """The 10th or the 90th percentile, between the two nearest values."""
    ordered, at = sorted(values), (0.9 if last else 0.1) * (len(values) - 1)
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])


@remembered(megabytes=1)
def _last() -> str:
    return summed_up("The last epoch: each seed a dot, the large one their mean")


def summed_up(title: str) -> str:
    """The long run's last epoch as a picture."""
    rows = [_row(one) for one in _long()]
    said = "; ".join(f"{row.name} {row.marked:.2f} %" for row in rows)
    return spread(rows, Axis(_RIGHT), f"Accuracy after the last epoch, mean: {said}", title=title, digits=2)


def _row(one: Summary) -> Row:
    values = [100 * value for value in one.values]
    below = f"± {100 * one.deviation:.2f} over {one.seeds} seeds"
    return Row(KINDS[one.kind].name, values, 100 * one.mean, KINDS[one.kind].projects, below=below)


def _live(rows: Sequence[Epoch], epochs: int) -> str:
    kinds = [kind for kind in KINDS if any(row.kind == kind for row in rows)]
    series = []
    for kind in kinds:
        own = [row for row in rows if row.kind == kind]
        for seed in sorted({row.seed for row in own}):
            way = [(row.epoch, 100 * row.test) for row in own if row.seed == seed]
            series.append(Series("", way, LOOKS[kind]._replace(wide=0.8)))
        mean = [(epoch, 100 * fmean(values)) for epoch, values in _by_epoch(own).items()]
        series.append(Series(SHORT[kind], mean, LOOKS[kind]))
    panel = Panel("Trained here", series, Axis("epoch", 0, epochs), Axis(_RIGHT, 0, 100))
    return curves([panel], f"Accuracy by epoch of what was trained here. {_here(rows)}")


def _here(rows: Sequence[Epoch]) -> str:
    said = [
        f"{IN_WORDS[one.kind]} {percent(one.mean)}"
        + (f" (± {100 * one.deviation:.1f} over {one.seeds} seeds)" if one.seeds > 1 else "")
        for one in summary(rows)
    ]
    return f"Here, so far: {', '.join(said)}."


@remembered(megabytes=1)
def _long() -> tuple[Summary, ...]:
    return summary(long_run())


def _compared() -> str:
    said = [f"{IN_WORDS[one.kind]} {100 * one.mean:.2f} ± {100 * one.deviation:.2f} %" for one in _long()]
    return f"After the last epoch: {', '.join(said)} (mean ± standard deviation over {_long()[0].seeds} seeds)."


def _sooner() -> str:
    """How long each takes: what a last epoch does not say."""
    said = []
    for kind in KINDS:
        epochs = _by_epoch([row for row in long_run() if row.kind == kind])
        there = next((epoch for epoch, values in epochs.items() if fmean(values) >= SOON), None)
        if epochs:
            said.append(f"{IN_WORDS[kind]} {'never' if there is None else there}")
    return f"Epochs until the mean of the seeds is {percent(SOON, 0)} for the first time: {', '.join(said)}."


def _clear(one: Summary, other: Summary) -> bool:
    """Whether the first mean is above the second by so many standard errors of their difference."""
    error = math.sqrt(one.deviation**2 / one.seeds + other.deviation**2 / other.seeds)
    return one.mean - other.mean > CLEAR * error


def _which() -> tuple[str, list[str]]:
    """What the long run says, and the pairs of shortcuts that differ clearly."""
    found = {one.kind: one for one in _long()}
    shortcuts = [kind for kind in found if kind != "plain"]
    pairs = [(a, b) for a in shortcuts for b in shortcuts if a != b and _clear(found[a], found[b])]
    behind = all(_clear(found[kind], found["plain"]) for kind in shortcuts)
    everywhere = "C" in found and all(("C", kind) in pairs for kind in shortcuts if kind != "C")
    key = "everywhere" if everywhere else "behind" if behind else "alike"
    return key, [f"{IN_WORDS[a]} above {IN_WORDS[b]}" for a, b in pairs]


def _right() -> tuple[str, str]:
    key, _ = _which()
    return key, _compared()


def _shows() -> str:
    key, pairs = _which()
    found = {one.kind: one for one in _long()}
    best = max(one.mean for kind, one in found.items() if kind != "plain")
    gap = 100 * (best - found["plain"].mean)
    apart = f"{abs(gap):.2f} points {'above' if gap >= 0 else 'below'}"
    above = [IN_WORDS[kind] for kind, one in found.items() if kind != "plain" and _clear(one, found["plain"])]
    only = f" Clearly above it: {', '.join(above)}." if above else ""
    plain = {
        "behind": f"Every kind with shortcuts is clearly better than plain; the best by {gap:.2f} points.",
        "alike": f"Plain is not clearly worse than every kind with shortcuts; the best of them is {apart} it.{only}",
        "everywhere": f"Projections everywhere are clearly best, {apart} plain.",
    }[key]
    between = (
        f"Between the kinds with shortcuts these differ clearly: {', '.join(pairs)}."
        if pairs
        else ("Between the kinds with shortcuts no difference is clear: the seeds differ more.")
    )
    return f"{plain} {between} Clearly: by more than {CLEAR:g} standard errors of the difference; of ten such pairs, one may seem so by chance."


def _table(_: Place, rows: Sequence[Epoch]) -> Rows:
    named = [("shipped", *row) for row in long_run()] + [("here", *row) for row in rows]
    return [("run", *Epoch._fields), *named]


OPTIONS = Experiment(
    key="options",
    name="Five kinds, trained",
    question="Which shortcut trains best?",
    setting=f"The same {BLOCKS} blocks with five kinds of shortcuts, each trained on digits from many seeds, until they get no better. Which will be right most often?",
    predictions={
        "everywhere": "projections everywhere (C): they can do most",
        "behind": "those with shortcuts; plain falls clearly behind",
        "alike": "none: plain keeps up with some of them",
    },
    right=_right,
    told=_told,
    table=_table,
    job=job,
    uses=("trained", "epochs", "seeds"),
)
