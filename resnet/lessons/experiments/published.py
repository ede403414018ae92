"""What was published on shortcuts, both directions; beside it, and never on one axis with it, our own long run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from resnet.cache import remembered
from resnet.draw.chart_words import told_dots
from resnet.draw.dots import Dot
from resnet.draw.dots import Experiment as Results
from resnet.draw.spoken import Plate
from resnet.lessons.evidence import (
    CONVOLUTIONS,
    IDENTITIES,
    ON_DEEPER,
    ON_DEPTH,
    ON_ORDER,
    ON_SHORTCUTS,
    ON_THE_SHORTCUT,
    ON_VARIANTS,
    ORIGINAL,
    PRE_ACTIVATION,
    Published,
)
from resnet.lessons.experiments.options import summed_up
from resnet.lessons.experiments.place import Experiment, Figure, Place, Rows, Told
from resnet.spec.catalogue import FAMILIES
from resnet.trace.network import trace_network

LITTLE = 1.0  # points of error
_B, _C = (next(one for one in ON_SHORTCUTS if one.option == option) for option in ("B", "C"))


class Topic(NamedTuple):
    """What is held against what. ``name`` at the choice, and over the charts of the ``listed`` results."""

    name: str
    listed: tuple[Published, ...]
    words: Callable[[], tuple[str, ...]]
    shows: Callable[[], str]
    shows_not: str


def _told(place: Place, _: Sequence[Any]) -> Told:
    topic = TOPICS[place.topic]
    return Told(
        figures=(
            Figure(
                f"{topic.name}, as published",
                _charts(topic.listed),
                "In per cent; each setting on a scale of its own.",
                headed=True,
            ),
            Figure(
                "Ours: digits, ten blocks",
                _ours(),
                "Right answers, not errors; other networks, other data, other scale.",
                ours=True,
            ),
        ),
        words=topic.words(),
        shows=topic.shows(),
        shows_not=topic.shows_not,
        sources=tuple(dict.fromkeys(one.source for one in topic.listed)),
        seeds="Published numbers are quoted; ours are the long run of “Five kinds, trained”.",
    )


def _on_shortcuts() -> tuple[str, ...]:
    return (
        _difference(_C, _B, "projections in every block instead of where needed"),
        _difference(CONVOLUTIONS, IDENTITIES, "a 1×1 convolution on every shortcut instead of identities"),
    )


def _both_directions() -> str:
    return (
        f"Both directions are real results, in their own settings: projections everywhere {_worth(_C, _B)} in {_blocks('resnet34')} "
        f"blocks on ImageNet, and {_worth(CONVOLUTIONS, IDENTITIES)} in {_blocks('cifar_resnet110')} on CIFAR-10. The authors (2016, §3.2) "
        "put the harm down to optimisation: the training error is higher too."
    )


def _nothing_beats_it() -> str:
    others = sorted(ON_THE_SHORTCUT[1:], key=lambda one: one.value)
    best = others[0]
    if best.value <= IDENTITIES.value:
        return f"Not only the identity does well: {best.what} has {best.value:.2f} %."
    return (
        f"In this network nothing on the shortcut did better than the identity, {IDENTITIES.value:.2f} %: the nearest is {best.what}, "
        f"{best.value:.2f} %, whose gate is nearly open when training starts; the farthest {others[-1].what}, {others[-1].value:.2f} %."
    )


def _orders() -> tuple[tuple[Published, Published], ...]:
    """Original and full pre-activation, of each network."""
    by_setting = [{one.what: one for one in rows} for _, rows in groupby(ON_ORDER, key=lambda one: one.setting)]
    return tuple((rows[ORIGINAL], rows[PRE_ACTIVATION]) for rows in by_setting)


def _on_order() -> tuple[str, ...]:
    return tuple(_difference(after, before, "full pre-activation") for before, after in _orders())


def _deeper_gains_more() -> str:
    gains = [before.value - after.value for before, after in _orders()]
    said = ", ".join(f"{gain:.2f}" for gain in gains)
    if gains != sorted(gains) or gains[0] <= 0:
        return f"Full pre-activation is worth {said} points, in order of depth: not more with each."
    return f"Full pre-activation is better in all {len(gains)}, and the more, the deeper the network: by {said} points."


def _on_depth() -> tuple[str, ...]:
    plain, residual = ON_DEPTH[:2], ON_DEPTH[2:]
    return (
        _difference(plain[1], plain[0], "34 plain layers instead of 18"),
        _difference(residual[1], residual[0], "34 layers with shortcuts instead of 18"),
        _difference(ON_DEEPER[-1], ON_DEEPER[0], "152 layers instead of 34"),
    )


def _degradation() -> str:
    plain, residual = ON_DEPTH[1].value - ON_DEPTH[0].value, ON_DEPTH[3].value - ON_DEPTH[2].value
    if plain <= 0 or residual >= 0:
        return "Depth does not tell plain networks from residual ones here."
    return (
        "Without shortcuts the deeper network is worse, which the paper calls degradation; with them it is better. At 18 layers the two "
        f"are as good as each other ({ON_DEPTH[0].value:.2f} and {ON_DEPTH[2].value:.2f} %)."
    )


def _on_variants() -> tuple[str, ...]:
    tricks, order = (list(rows) for _, rows in groupby(ON_VARIANTS, key=lambda one: one.setting))
    return (
        _difference(tricks[-1], tricks[0], "D, with all three changes, instead of v1"),
        _difference(order[1], order[0], "v2 instead of v1"),
    )


def _small_steps() -> str:
    tricks = [one.value for one in ON_VARIANTS if one.measure == ON_VARIANTS[0].measure]
    said = ", ".join(f"{after - before:+.2f}" for before, after in pairwise(tricks))
    return (
        f"Small changes to the same blocks add up, in order: {said} points of accuracy. At stride 1 D changes nothing: the first block "
        "of stage 2 is the same."
    )


TOPICS: dict[str, Topic] = {
    "shortcuts": Topic(
        "Projections",
        ON_SHORTCUTS[1:],
        _on_shortcuts,
        _both_directions,
        "At which depth it turns: depth, data and width all differ between the two. Each number is one published result; the ImageNet "
        "ones come without a spread. Our digits say nothing about ImageNet.",
    ),
    "else": Topic(
        "What else was tried",
        ON_THE_SHORTCUT,
        lambda: ("Dropout on the shortcut failed: its error is only given as more than 20 %.",),
        _nothing_beats_it,
        "That a projection is bad where shapes change: here it stood where the identity fits. One network, one set of data.",
    ),
    "order": Topic(
        "Order of BatchNorm and ReLU",
        ON_ORDER,
        _on_order,
        _deeper_gains_more,
        "What of it is the order and what the clean shortcut: both change at once. And CIFAR-10 alone.",
    ),
    "depth": Topic(
        "Depth",
        (*ON_DEPTH, *ON_DEEPER),
        _on_depth,
        _degradation,
        "Why: the paper says that vanishing gradients are unlikely to be the cause, BatchNorm being in place (§4.1).",
    ),
    "variants": Topic(
        "Variants",
        ON_VARIANTS,
        _on_variants,
        _small_steps,
        "What one change is worth alone: each stands on those before it.",
    ),
}


@remembered(megabytes=1)
def _charts(listed: Sequence[Published]) -> Plate:
    groups = [list(rows) for _, rows in groupby(listed, key=lambda one: one.setting)]
    return told_dots(
        [
            Results(
                rows[0].setting,
                f"{rows[0].measure}, {_better(rows[0])} is better",
                [Dot(one.what, one.value, accent=one.projects) for one in rows],
            )
            for rows in groups
        ],
        "As published",
    )


def _better(one: Published) -> str:
    return "higher" if one.measure.endswith("accuracy") else "lower"


@remembered(megabytes=1)
def _ours() -> Plate:
    return summed_up("Ours: digits, ten blocks")


def _difference(one: Published, other: Published, what: str) -> str:
    points = one.value - other.value
    return (
        f"{one.setting}: {what} {'raised' if points > 0 else 'lowered'} the {one.measure} by {abs(points):.2f} points, "
        f"{other.value:.2f} → {one.value:.2f} %."
    )


def _worth(one: Published, other: Published) -> str:
    """What the first did, held against the second."""
    points = abs(one.value - other.value)
    much = "a little" if points < LITTLE else "much"
    return f"{'hurt' if one.value > other.value else 'helped'} {much} ({points:.2f} points)"


@remembered(megabytes=0.01)
def _blocks(name: str) -> int:
    return len(trace_network(FAMILIES[name]).blocks)


def _right() -> tuple[str, str]:
    shallow, deep = _C.value - _B.value, CONVOLUTIONS.value - IDENTITIES.value
    key = "depends" if shallow * deep < 0 else "worse" if deep > 0 else "better"
    return key, (
        f"Error in ResNet-34 on ImageNet {_B.value:.2f} → {_C.value:.2f} %, in ResNet-110 on CIFAR-10 {IDENTITIES.value:.2f} → {CONVOLUTIONS.value:.2f} %."
    )


def _table(_: Place, __: Sequence[Any]) -> Rows:
    listed = dict.fromkeys(one for topic in TOPICS.values() for one in (*ON_SHORTCUTS[:1], *topic.listed))
    return [
        ("what", "per_cent", "measure", "setting", "source"),
        *((one.what, one.value, one.measure, one.setting, one.source) for one in listed),
    ]


PUBLISHED = Experiment(
    key="published",
    name="What was published",
    question="A projection on every shortcut: better or worse?",
    asks=lambda: (
        "He et al. put a projection on every shortcut of two networks: of ResNet-34 on ImageNet (2015), and of ResNet-110 on CIFAR-10 (2016). "
        "What did it do to the error?"
    ),
    answers=lambda: {
        "better": "lower in both: projections can do more",
        "worse": "higher in both: the identity is best",
        "depends": "lower in one, higher in the other",
    },
    right=_right,
    told=_told,
    table=_table,
    uses=("topic",),
)
