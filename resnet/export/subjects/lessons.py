"""The figures of the story, the signal page and the experiments, and the numbers behind them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from resnet.draw.flow import flow, spoken_flow
from resnet.draw.signal import spoken_summands, summands
from resnet.draw.spoken import Plate
from resnet.export.experiment_tables import experiment_table
from resnet.export.figures import picture_forms
from resnet.export.form import Subject
from resnet.export.table_forms import table_forms
from resnet.export.tables import shares_table
from resnet.lessons.experiments import EXPERIMENTS, told
from resnet.lessons.signal import told as told_signal
from resnet.lessons.story import STEPS
from resnet.lessons.story import told as told_step
from resnet.run.picture import shipped
from resnet.run.signal import Signal, signal
from resnet.spec.errors import SpecError
from resnet.views.experiments import ExperimentsView
from resnet.views.signal import SignalView
from resnet.views.story import StoryView


def _step(view: StoryView) -> Plate:
    step = told_step(view)
    return Plate(step.picture, step.spoken._replace(title=f"{step.title} (step {view.step} of {STEPS})"))


def _signal(view: SignalView) -> Signal:
    return signal(view.asked, view.picture)


def _summands(view: SignalView, narrow: bool = False) -> Plate:
    s = _signal(view)
    said = spoken_summands(s, view.channel)
    what = " ".join(told_signal(s, view.channel, view.conventions).words)
    title = f"Both summands in {view.at}, channel {view.channel}"
    return Plate(summands(s, view.channel, narrow=narrow), said._replace(title=title, sentence=what))


def _flow(view: SignalView, narrow: bool = False) -> Plate:
    s, photograph = _signal(view), shipped(view.picture)
    drawn = flow(
        s, photograph, channel=view.channel, unfolded=view.unfolded, conventions=view.conventions, narrow=narrow
    )
    said = spoken_flow(s, photograph, unfolded=view.unfolded, conventions=view.conventions)
    return Plate(drawn, said._replace(title=f"{view.at}: {said.title}"))


def _experiment(view: ExperimentsView) -> Plate:
    figures = told(view).figures
    if view.figure > len(figures):
        works = f"a whole number from 1 to {len(figures)}, or of what was run on the page before"
        raise SpecError("figure", view.figure, works)
    one = figures[view.figure - 1]
    title = f"{EXPERIMENTS[view.experiment].question} {one.name}"
    return one.plate._replace(spoken=one.plate.spoken._replace(title=title))


STORY: Subject[StoryView] = Subject(
    what="story",
    words="the figure of a step of the story",
    title="This figure",
    view=StoryView,
    slug=lambda view: f"stride-1_step-{view.step}{view.conventions.suffix}",
    forms=picture_forms(_step),
)
SIGNAL: Subject[SignalView] = Subject(
    what="signal",
    words="both summands of a block and their sum, as maps",
    title="The two summands",
    view=SignalView,
    slug=lambda view: f"{view.slug}_channel-{view.channel}",
    forms=picture_forms(_summands, narrow=partial(_summands, narrow=True)),
)
FLOW: Subject[SignalView] = Subject(
    what="signal_flow",
    words="a block's diagram with the maps at every box",
    title="The block and its maps",
    view=SignalView,
    slug=lambda view: f"{view.slug}_flow",
    forms=picture_forms(_flow, narrow=partial(_flow, narrow=True)),
)
SHARES: Subject[SignalView] = Subject(
    what="signal_shares",
    words="the shortcut's part of the sum in every channel",
    title="Every channel’s share",
    view=SignalView,
    slug=lambda view: f"{view.slug}_shares",
    forms=table_forms(lambda view: shares_table(_signal(view).shares)),
)
EXPERIMENT: Subject[ExperimentsView] = Subject(
    what="experiment",
    words="a figure of an experiment",
    title="The figure",
    view=ExperimentsView,
    slug=lambda view: f"{view.experiment}_figure-{view.figure}{view.conventions.suffix}",
    forms=picture_forms(_experiment),
)
EXPERIMENT_TABLE: Subject[ExperimentsView] = Subject(
    what="experiment_rows",
    words="the raw numbers of an experiment",
    title="Raw numbers",
    view=ExperimentsView,
    slug=lambda view: view.experiment,
    forms=table_forms(experiment_table),
)
EXPERIMENT_CSV = replace(
    EXPERIMENT_TABLE,
    what="experiment",
    words="those numbers, where they were before",
    forms=(EXPERIMENT_TABLE.form("csv"),),
)
