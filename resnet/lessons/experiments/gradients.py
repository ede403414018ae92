"""Gradient norms: how large the gradient is that reaches each block, of five kinds of network."""

from __future__ import annotations

import math
from collections.abc import Sequence

from resnet.cache import remembered
from resnet.draw.chart_words import told_curves
from resnet.draw.curves import Axis, Panel, Series
from resnet.draw.spoken import Plate
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
)
from resnet.run.family import KINDS, spec_of
from resnet.run.gradients import Norms, gradient_norms
from resnet.run.jobs import Job

BLOCKS = 50
ALIKE = 10.0  # within this factor a gradient is about as large


def job(place: Place) -> Job | None:
    """All five kinds, whichever are shown: what is chosen to be shown starts nothing."""
    if place.steps == "0":
        return None
    return Job.of("gradients", kinds=",".join(KINDS), blocks=place.blocks, steps=int(place.steps), seed=place.seed)


def _start(place: Place) -> tuple[Norms, ...]:
    return tuple(gradient_norms(kind, place.blocks, seed=place.seed) for kind in place.kinds)


def _told(place: Place, rows: Sequence[Norms]) -> Told:
    start = _start(place)
    after = tuple(one for one in rows if one.kind in place.kinds)
    return Told(
        figures=(Figure("Gradient by block", _drawn(start, after, place), _kinks(place.blocks)),),
        words=(_steepest(start, "At the start"), *_later(start, after, place)),
        shows=_shows(),
        shows_not=(
            "That shortcuts cure one trouble, called vanishing: at the start, with BatchNorm, the plain network’s gradient grows on its "
            "way back, and thirty steps of training can turn that round. He et al. 2015, §4.1, say that vanishing is unlikely to be the cause "
            "of deeper plain networks doing worse. Nor does the size alone say how fast a network learns: BatchNorm undoes the scale of the weights in front of it."
        ),
        sources=(
            "He et al. 2015, arXiv 1512.03385, §4.1",
            "He et al. 2016, arXiv 1603.05027, §2 and §3: why the identity lets it through, and other shortcuts do not",
        ),
        seeds=f"Seed {place.seed}; one batch of 64 digits; steps of SGD at rate 0.05. Norms are of a whole tensor’s gradient, in float32: of the largest factors, only the order of magnitude is the same on every machine.",
    )


def _drawn(start: Sequence[Norms], after: Sequence[Norms], place: Place) -> Plate:
    panels = [_panel("Before training", start)]
    if after:
        panels.append(_panel(f"After {place.steps} steps of training", after))
    said = "; ".join(
        f"{SHORT[one.kind]}: {_power(one.norms[0])} at the first block, {_power(one.norms[-1])} behind the last"
        for one in start
    )
    return told_curves(panels, "Gradient by block", f"Norm of the gradient by block. {said}")


def _panel(title: str, norms: Sequence[Norms]) -> Panel:
    series = []
    for one in norms:
        back = [(i, max(norm, 1e-30)) for i, norm in enumerate(reversed(one.norms))]
        series.append(Series(SHORT[one.kind], back, LOOKS[one.kind]))
    most = len(norms[0].norms) - 1
    return Panel(
        title,
        series,
        Axis("blocks, on the way back from the loss", 0, most),
        Axis("size of the gradient (norm, log scale)", log=True),
    )


def _ratio(one: Norms) -> float:
    """Of the gradient at the first block to that behind the last."""
    return one.norms[0] / (one.norms[-1] or 1e-300)


def _power(value: float) -> str:
    """A number of any size, no more exactly than the machine's rounding lets it be: of a large one only its order.

    >>> _power(3112790.7), _power(0.043), _power(53.2), _power(1.8e-8)
    ('more than 1,000,000', '0.043', '53', 'less than 1/10,000,000')
    """
    if value >= 1000:
        return f"more than {10 ** math.floor(math.log10(value)):,}"
    if value < 0.001:
        return f"less than 1/{10 ** math.floor(-math.log10(max(value, 1e-300))):,}"
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _at_least(value: float) -> str:
    said = _power(value)
    return said if said.startswith("more") else f"at least {said}"


def _kinks(blocks: int) -> str:
    """Where the shape changes, on the way back."""
    counts = [stage.blocks for stage in spec_of("plain", blocks).stages]
    passed = [sum(counts[i:]) for i in range(len(counts) - 1, 0, -1)]
    if not passed:
        return ""
    return f"Kinks after {listed([str(one) for one in passed])} blocks on the way back are where a stage begins and the shape changes."


def _steepest(norms: Sequence[Norms], when: str) -> str:
    said = ", ".join(f"{IN_WORDS[one.kind]} {_power(_ratio(one))}" for one in norms)
    return f"{when}, the gradient at the first block’s input is so many times that behind the last block: {said}."


def _later(start: Sequence[Norms], after: Sequence[Norms], place: Place) -> tuple[str, ...]:
    """What some steps of training have done."""
    if not after:
        return ()
    before = {one.kind: _ratio(one) for one in start}
    turned = [IN_WORDS[one.kind] for one in after if before[one.kind] > ALIKE and _ratio(one) < 1 / ALIKE]
    said = _steepest(after, f"After {place.steps} steps")
    return (said, *((f"It has turned round: what exploded now vanishes ({', '.join(turned)}).",) if turned else ()))


@remembered(megabytes=1)
def _right() -> tuple[str, str]:
    plain, identity = (gradient_norms(kind, BLOCKS) for kind in ("plain", "B"))
    ratio = _ratio(plain)
    key = "vanishes" if ratio < 1 / ALIKE else "explodes" if ratio > ALIKE else "same"
    return key, (
        f"In {BLOCKS} plain blocks with BatchNorm the gradient at the first block is {_power(ratio)} times that behind the last; with "
        f"option B’s shortcuts {_power(_ratio(identity))} times."
    )


@remembered(megabytes=1)
def _shows() -> str:
    ratios = {kind: max(_ratio(one), 1 / _ratio(one)) for kind in KINDS for one in (gradient_norms(kind, BLOCKS),)}
    kept, weighted = ([ratios[kind] for kind in kinds] for kinds in (("A", "B", "v2"), ("plain", "C")))
    start = f"Where most shortcuts are identities (A, B, pre-activation), {BLOCKS} blocks change the gradient up to {_power(max(kept))} times; "
    end = f"without shortcuts, and with a weighted layer on each (C), {_at_least(min(weighted))} times."
    if max(kept) * ALIKE > min(weighted):
        return f"{start}{end} That is no clear difference here."
    return (
        f"{start}{end} This fits the usual reason: a layer with weights on every path multiplies the gradient block after block; an "
        "identity has none (only the ReLU behind the sum). It is one batch and one seed."
    )


def _table(place: Place, rows: Sequence[Norms]) -> Rows:
    header = ("kind", "blocks", "steps", "seed", "block", "norm")
    return [
        header,
        *(
            (one.kind, one.blocks, one.steps, place.seed, i, norm)
            for one in (*_start(place), *rows)
            for i, norm in enumerate(one.norms, start=1)
        ),
    ]


GRADIENTS = Experiment(
    key="gradients",
    name="Gradient norms",
    question="How large is the gradient that reaches the first block?",
    asks=lambda: (
        f"{BLOCKS} blocks with BatchNorm, not trained yet, no shortcuts. The gradient of the loss runs back from the last block to the first. "
        "Is it larger or smaller there?"
    ),
    answers=lambda: {
        "vanishes": "much smaller: it vanishes",
        "same": "about as large, within a factor of 10",
        "explodes": "much larger: it explodes",
    },
    right=_right,
    told=_told,
    table=_table,
    job=job,
    uses=("blocks", "steps", "kinds", "seed"),
    terms=TERMS,
)
