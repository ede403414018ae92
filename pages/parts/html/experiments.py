"""The experiments: the question, the figures, what was expected and what came out."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from pages.parts.html.downloads import Download, downloads
from pages.parts.html.part import Element, Part
from pages.parts.html.templates import part
from resnet.export.subjects.lessons import EXPERIMENT, EXPERIMENT_TABLE
from resnet.lessons.experiments import EXPERIMENTS
from resnet.lessons.experiments.lesion import CHANNELS, network, what_is_left
from resnet.lessons.experiments.place import Figure, Told
from resnet.run.family import spec_of
from resnet.run.lesion import removable
from resnet.trace.network import NetworkBlock, trace_network
from resnet.views.experiments import ExperimentsView

FIRST = 2  # so many figures stand first; those of ``options`` behind them are of what was trained here


def question(view: ExperimentsView) -> tuple[Part, ...]:
    one = EXPERIMENTS[view.experiment]
    return (part("question", "experiments/question.html", one=one),)


def before(view: ExperimentsView) -> tuple[Part, ...]:
    """What can be seen before a prediction: no result."""
    if view.experiment != "lesion":
        return ()
    whole = replace(view, removed=())
    return (_figures("experiment", (Figure("The network", network(whole), CHANNELS),)),)


def main(view: ExperimentsView, told: Told) -> tuple[Part, ...]:
    """The first figures; of a network, its blocks can be pressed."""
    elements: tuple[Element, ...] = ()
    if view.experiment == "lesion":
        blocks = trace_network(spec_of(view.kind)).blocks
        elements = tuple(_element(view, block) for block in blocks if block.name in removable(view.kind))
    return (
        _figures("experiment first", told.figures[:1], elements),
        _figures("experiment", told.figures[1:FIRST]),
    )


def _element(view: ExperimentsView, block: NetworkBlock) -> Element:
    out = block.name in view.removed
    says = f"{block.name}, {'taken out: press to put it back' if out else 'press to take it out'}"
    left = f"In its place {what_is_left(block, view.kind)}."
    return Element(block.name, says, op=f"block.{block.name}", tip=f"{says}\n{left}")


def verdict(view: ExperimentsView) -> tuple[Part, ...]:
    """Whether the prediction held."""
    one = EXPERIMENTS[view.experiment]
    right, numbers = one.right()
    said = {"predicted": one.predictions[view.predicted], "it_is": one.it_is, "right": one.predictions[right]}
    held = view.predicted == right
    return (part("conclusion", "experiments/verdict.html", said=said, held=held, numbers=numbers),)


def found(told: Told) -> tuple[Part, ...]:
    """What came out; what it shows, and what it does not."""
    return (part("conclusion", "experiments/found.html", told=told),)


def live(told: Told) -> tuple[Part, ...]:
    """What was trained here, as far as it is."""
    return (_figures("experiment", told.figures[FIRST:]),)


def below(view: ExperimentsView, told: Told) -> tuple[Part, ...]:
    """The other figures, next to each other; where they come from."""
    rest = () if view.experiment == "options" else told.figures[FIRST:]
    names = ("experiment one", "experiment two")  # of two columns
    parts = tuple(_figures(name, (figure,)) for name, figure in zip(names, rest, strict=False))
    return (*parts, part("sources", "experiments/sources.html", told=told))


def _figures(name: str, figures: tuple[Figure, ...], elements: tuple[Element, ...] = ()) -> Part:
    drawn = [one._asdict() | {"svg": Markup(one.svg), "told": one.plate.spoken} for one in figures]
    return part(name, "experiments/figures.html", elements, figures=drawn)


def files(view: ExperimentsView, told: Told) -> tuple[Part, ...]:
    """Each figure, and the raw numbers."""
    shown = [replace(view, predicted="", figure=number) for number in range(1, len(told.figures) + 1)]
    entries = [
        Download(figure.name, EXPERIMENT, one, one.to_query()) for figure, one in zip(told.figures, shown, strict=True)
    ]
    numbers = replace(view, predicted="", figure=1)
    return (downloads([*entries, Download("Raw numbers", EXPERIMENT_TABLE, numbers, numbers.to_query())]),)
