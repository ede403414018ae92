"""What was published on shortcuts, both directions; beside it, and never on one axis with it, our own long run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from resnet.cache import remembered
from resnet.draw.dots import Dot, dots
from resnet.draw.dots import Experiment as Results
from resnet.lessons.evidence import CONVOLUTIONS, IDENTITIES, ON_DEPTH, ON_SHORTCUTS, Published
from resnet.lessons.experiments.options import summed_up
from resnet.lessons.experiments.place import Experiment, Figure, Place, Rows, Told
from resnet.spec.catalogue import FAMILIES
from resnet.trace.network import trace_network

LITTLE = 1.0  # points of error
_B, _C = (next(one for one in ON_SHORTCUTS if one.option == option) for option in ("B", "C"))


def _told(_: Place, __: Sequence[Any]) -> Told:
    sources = tuple(dict.fromkeys(one.source for one in (*ON_SHORTCUTS, *ON_DEPTH)))
    return Told(
        figures=(
            Figure(
                "Shortcuts, as published",
                _charts(ON_SHORTCUTS[1:]),
                "Errors in per cent; each setting on a scale of its own.",
                headed=True,
            ),
            Figure(
                "Depth, as published", _charts(ON_DEPTH), "18 and 34 layers, with and without shortcuts.", headed=True
            ),
            Figure(
                "Ours: digits, ten blocks",
                _ours(),
                "Right answers, not errors; other networks, other data, other scale.",
                ours=True,
            ),
        ),
        words=(
            _difference(_C, _B, "projections in every block instead of where needed"),
            _difference(CONVOLUTIONS, IDENTITIES, "a 1×1 convolution on every shortcut instead of identities"),
        ),
        shows=(
            f"Both directions are real results, in their own settings: projections everywhere {_worth(_C, _B)} in {_blocks('resnet34')} "
            f"blocks on ImageNet, and {_worth(CONVOLUTIONS, IDENTITIES)} in {_blocks('cifar_resnet110')} on CIFAR-10. The authors (2016, §3.2) "
            "put the harm down to optimisation: the training error is higher too."
        ),
        shows_not=(
            "At which depth it turns: depth, data and width all differ between the two. Each number is one published result; the ImageNet "
            "ones come without a spread. Our digits say nothing about ImageNet."
        ),
        sources=sources,
        seeds="Published numbers are quoted; ours are the long run of “Five kinds, trained”.",
    )


@remembered(megabytes=1)
def _charts(listed: Sequence[Published]) -> str:
    groups = [list(rows) for _, rows in groupby(listed, key=lambda one: one.setting)]
    return dots(
        [
            Results(
                rows[0].setting,
                f"{rows[0].measure}, lower is better",
                [Dot(one.what, one.value, accent=one.projects) for one in rows],
            )
            for rows in groups
        ]
    )


@remembered(megabytes=1)
def _ours() -> str:
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
    listed = (*ON_SHORTCUTS, *ON_DEPTH)
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
)
