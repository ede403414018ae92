"""Options A, B, C, plain and pre-activation, trained on digits: a long run that ships, and a short one that runs here."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, quantiles

from resnet.cache import remembered
from resnet.draw.chart_words import told_curves, told_spread
from resnet.draw.curves import Axis, Panel, Series
from resnet.draw.palette import LIGHT
from resnet.draw.spoken import Plate
from resnet.draw.spread import Row
from resnet.lessons.evidence import ON_DEPTH
from resnet.lessons.experiments.chance import Pair, pairs
from resnet.lessons.experiments.place import (
    IN_WORDS,
    LOOKS,
    SHORT,
    TERMS,
    Experiment,
    Figure,
    Place,
    Rows,
    Told,
    listed,
    percent,
    written,
)
from resnet.run.family import KINDS
from resnet.run.jobs import Job
from resnet.run.training import Epoch, Summary, long_run, summary

BLOCKS = 10
PLAIN_18, RESNET_18 = ON_DEPTH[0], ON_DEPTH[2]
SOON = (0.8, 0.9)  # a network is there when it is right in so many
_RIGHT = "right, of 600 test digits, %"


def job(place: Place) -> Job:
    return Job.of("training", kinds=",".join(place.trained), epochs=place.epochs, seeds=place.seeds, blocks=BLOCKS)


def _told(place: Place, rows: Sequence[Epoch]) -> Told:
    seeds, epochs = _runs()
    figures = [
        Figure(f"Trained beforehand: {epochs} epochs, {seeds} seeds", _long_curves(), _band_words()),
        Figure("After the last epoch", _last()),
    ]
    if rows:
        words = f"{_here(rows)} Thick: the mean of the seeds that are that far. Thin: each seed."
        figures.append(Figure("Trained here", _live(rows, place.epochs), words, ours=True))
    return Told(
        figures=tuple(figures),
        words=_sooner(),
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


def _runs() -> tuple[int, int]:
    """Seeds and epochs of the long run."""
    long = long_run()
    return len({row.seed for row in long}), max(row.epoch for row in long)


def _band_words() -> str:
    return f"Line: the mean of {written(_runs()[0])} seeds. Band: from the 10th to the 90th percentile of them."


@remembered(megabytes=1)
def _long_curves() -> Plate:
    by_kind = {kind: _by_epoch([row for row in long_run() if row.kind == kind]) for kind in KINDS}
    series = [
        Series(
            SHORT[kind],
            [(epoch, 100 * fmean(values)) for epoch, values in epochs.items()],
            LOOKS[kind],
            [(epoch, *_tenths(values)) for epoch, values in epochs.items()],
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
    return told_curves(
        after,
        "Accuracy by epoch",
        f"Accuracy by epoch, mean and 10th to 90th percentile of the seeds. At the end: {said}",
    )


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


def _tenths(values: Sequence[float]) -> tuple[float, float]:
    """The 10th and the 90th percentile, in per cent."""
    tenths = quantiles(values, n=10, method="inclusive")
    return 100 * tenths[0], 100 * tenths[-1]


@remembered(megabytes=1)
def _last() -> Plate:
    return summed_up("After the last epoch")


def summed_up(title: str) -> Plate:
    """The long run's last epoch as a picture."""
    rows = [_row(one) for one in _long()]
    said = "; ".join(f"{row.name} {fmean(row.values):.2f} %" for row in rows)
    return told_spread(rows, Axis(_RIGHT), f"Accuracy after the last epoch, mean: {said}", title=title, digits=2)


def _row(one: Summary) -> Row:
    values = [100 * value for value in one.values]
    below = f"± {100 * one.deviation:.2f} over {one.seeds} seeds"
    accent = LOOKS[one.kind].colour == LIGHT.accent  # a kind has its curve's colour
    return Row(KINDS[one.kind].name, values, accent=accent, mean=True, below=below)


def _live(rows: Sequence[Epoch], epochs: int) -> Plate:
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
    return told_curves([panel], panel.title, f"Accuracy by epoch of what was trained here. {_here(rows)}")


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


@remembered(megabytes=0.1)
def _arrivals() -> dict[float, dict[str, int]]:
    """For each threshold the first epoch in which the mean of a kind's seeds is there; a kind that never is, is left out."""
    means = {
        kind: {epoch: fmean(values) for epoch, values in _by_epoch([r for r in long_run() if r.kind == kind]).items()}
        for kind in dict.fromkeys(row.kind for row in long_run())
    }
    return {
        soon: {
            kind: next(epoch for epoch, mean in by_epoch.items() if mean >= soon)
            for kind, by_epoch in means.items()
            if max(by_epoch.values()) >= soon
        }
        for soon in SOON
    }


def _sooner() -> tuple[str, ...]:
    """How long each takes: what a last epoch does not say."""
    kinds = [kind for kind in KINDS if any(row.kind == kind for row in long_run())]
    said = [
        f"{percent(soon, 0)}: " + ", ".join(f"{IN_WORDS[kind]} {there.get(kind, 'never')}" for kind in kinds)
        for soon, there in _arrivals().items()
    ]
    first = f"Epochs until the mean of the seeds is there for the first time. {'. '.join(said)}."
    return (first, *((f"The order depends on the threshold: {turned}.",) if (turned := _turned()) else ()))


def _turned() -> str:
    """A pair of which one is sooner at the first threshold, and the other at the last."""
    early, late = (_arrivals()[soon] for soon in (SOON[0], SOON[-1]))
    both = [kind for kind in early if kind in late]
    for a in both:
        for b in both:
            if early[a] < early[b] and late[a] > late[b]:
                names = IN_WORDS[a], IN_WORDS[b]
                return f"{names[0]} is sooner than {names[1]} at {percent(SOON[0], 0)}, and later at {percent(SOON[-1], 0)}"
    return ""


@remembered(megabytes=0.1)
def _pairs() -> tuple[Pair, ...]:
    """Of the kinds after the last epoch."""
    return pairs({one.kind: one.values for one in _long()})


def _which() -> str:
    """The prediction that the long run makes right."""
    above = {(pair.above, pair.below) for pair in _pairs() if pair.certain}
    kinds = [one.kind for one in _long()]
    best = next((a for a in kinds if all((a, b) in above for b in kinds if b != a)), None)
    if best:
        return "everywhere" if best == "C" else "another"
    return "behind" if all((kind, "plain") in above for kind in kinds if kind != "plain") else "alike"


def _right() -> tuple[str, str]:
    return _which(), _compared()


def _shows() -> str:
    return f"{_at_the_end()} {_at_the_start()}"


def _at_the_end() -> str:
    """What of the last epoch is more than chance, with as many pairs as there are."""
    certain, (largest, *_) = [pair for pair in _pairs() if pair.certain], _pairs()
    many, epochs = written(len(_pairs())), _runs()[1]
    if certain:
        said = ", ".join(f"{_name(pair)} by {100 * pair.difference:.2f} points" for pair in certain)
        return f"After {epochs} epochs, of {many} pairs these differ for certain: {said}; the others may by chance."
    return (
        f"After {epochs} epochs no difference is certain. The largest is {_name(largest)} by {100 * largest.difference:.2f} points, "
        f"{largest.errors:.1f} standard errors: it is one of {many} pairs, and with so many only {largest.bound:.1f} would be more than chance."
    )


def _name(pair: Pair) -> str:
    return f"{IN_WORDS[pair.above]} above {IN_WORDS[pair.below]}"


@remembered(megabytes=0.1)
def _at_the_start() -> str:
    """Whether plain's seeds need longer than the others', for certain."""
    soon, last = SOON[-1], _runs()[1]
    epochs: dict[str, list[int]] = {}
    for kind in dict.fromkeys(row.kind for row in long_run()):
        for seed in sorted({row.seed for row in long_run() if row.kind == kind}):
            way = [row for row in long_run() if (row.kind, row.seed) == (kind, seed)]
            epochs.setdefault(kind, []).append(min((row.epoch for row in way if row.test >= soon), default=last + 1))
    others = [kind for kind in epochs if kind != "plain"]
    later = {pair.below for pair in pairs(epochs) if pair.certain and pair.above == "plain"}
    longer = [IN_WORDS[kind] for kind in others if kind in later]
    if not longer:
        return "It is not certain that plain needs longer at the start."
    of = "every other kind" if len(longer) == len(others) else listed(longer)
    return (
        f"What differs is the start: plain needs longer than {of}. A seed of it is right in {percent(soon, 0)} after "
        f"{fmean(epochs['plain']):.1f} epochs on average, of the others after {_range(epochs, others)}."
    )


def _range(epochs: dict[str, list[int]], kinds: Sequence[str]) -> str:
    means = [fmean(epochs[kind]) for kind in kinds]
    return f"{min(means):.1f} to {max(means):.1f}"


def _asks() -> str:
    seeds, epochs = _runs()
    many = len({row.kind for row in long_run()})
    return (
        f"{written(BLOCKS).capitalize()} blocks, built in {written(many)} ways, each trained on digits for {epochs} epochs from "
        f"{written(seeds)} seeds. Which is right most often at the end?"
    )


def _table(_: Place, rows: Sequence[Epoch]) -> Rows:
    named = [("shipped", *row) for row in long_run()] + [("here", *row) for row in rows]
    return [("run", *Epoch._fields), *named]


OPTIONS = Experiment(
    key="options",
    name="Five kinds, trained",
    question="Does the kind of block matter?",
    asks=_asks,
    answers=lambda: {
        "everywhere": "projections everywhere (C): they can do most",
        "another": "one of the others, clearly",
        "behind": "those with shortcuts; plain falls clearly behind",
        "alike": "no clear winner",
    },
    right=_right,
    told=_told,
    table=_table,
    job=job,
    uses=("trained", "epochs", "seeds"),
    terms=TERMS,
)
