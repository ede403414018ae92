"""What the page of the experiments shows: which one, what was predicted, and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from resnet.lessons.experiments import EXPERIMENTS
from resnet.lessons.experiments.lesion import NAMES
from resnet.lessons.experiments.place import BETAS, STEPS, Place
from resnet.lessons.experiments.published import TOPICS
from resnet.run.family import KINDS, MOST_BLOCKS
from resnet.run.lesion import SEEDS, removable
from resnet.run.shatter import INITS, MOST_DEPTH
from resnet.spec import conventions
from resnet.spec.conventions import taken
from resnet.spec.errors import SpecError
from resnet.spec.parameters import Flag, OneOf, Parameter, Text, Whole
from resnet.views.address import Addressed, Parsed

_LISTED = f"some of {', '.join(KINDS)}, with commas"
_KINDS = Text("[A-Za-z0-9,]*", _LISTED, 40)

EXPERIMENT = Parameter(
    name="experiment",
    takes=OneOf(lambda: {key: one.name for key, one in EXPERIMENTS.items()}),
    default=Place.experiment,
    label="Experiment",
    words="Which one.",
    obvious=True,
)
PREDICTED = Parameter(
    name="predicted",
    takes=Text("[a-z]*", "one of the experiment’s predictions", 20),
    default="",
    label="What do you expect?",
    words="What was predicted; nothing is shown before.",
)
KIND = Parameter(
    name="kind",
    takes=OneOf(lambda: NAMES),
    default=Place.kind,
    label="Network",
    words="lesion: the trained network that blocks are taken out of.",
    obvious=True,
)
REMOVED = Parameter(
    name="removed",
    takes=Text("[a-z0-9.,]*", "names of blocks, with commas, such as layer1.1,layer2.2", 120),
    default="",
    label="Blocks that are out",
    words="lesion: names of blocks, with commas, such as layer1.1,layer2.2.",
)
SEED = Parameter(
    name="seed",
    takes=Whole(SEEDS),
    default=Place.seed,
    label="Seed",
    words="lesion, shattered, gradients: which of the networks that were drawn, or trained, at random.",
)
DEPTH = Parameter(
    name="depth", takes=Whole(MOST_DEPTH), default=Place.depth, label="Depth", words="shattered: layers.", obvious=True
)
INIT = Parameter(
    name="init",
    takes=OneOf(lambda: INITS),
    default=Place.init,
    label="Initialisation",
    words="shattered: how the weights are drawn. Looks linear: in mirrored pairs, so that a layer is linear at first.",
)
BETA = Parameter(
    name="beta",
    takes=OneOf(lambda: {one: one for one in BETAS}),
    default=Place.beta,
    label="β of the residual network",
    words="shattered: how much a branch counts, h + β · F(h).",
)
BATCHNORM = Parameter(
    name="batchnorm",
    takes=Flag(),
    default=Place.batchnorm,
    label="BatchNorm in the branch",
    words="shattered: activations are divided by their deviation before each ReLU, as in the paper’s ResNets.",
)
BLOCKS = Parameter(
    name="blocks",
    takes=Whole(MOST_BLOCKS),
    default=Place.blocks,
    label="Blocks",
    words="gradients: how many blocks deep.",
    obvious=True,
)
STEPS_TRAINED = Parameter(
    name="steps",
    takes=OneOf(lambda: {one: one for one in STEPS}),
    default=Place.steps,
    label="Steps of training",
    words="gradients: how many steps of SGD are made before.",
    obvious=True,
)
SHOWN = Parameter(
    name="kinds",
    takes=_KINDS,
    default=",".join(Place.kinds),
    label="Shown",
    words=f"gradients: which kinds are shown, {_LISTED}.",
)
TRAINED = Parameter(
    name="trained",
    takes=_KINDS,
    default=",".join(Place.trained),
    label="Train these",
    words=f"options: which kinds are trained here, {_LISTED}.",
)
EPOCHS = Parameter(
    name="epochs",
    takes=Whole(20),
    default=Place.epochs,
    label="Epochs",
    words="options: of the run here.",
    obvious=True,
)
REPEATS = Parameter(
    name="seeds",
    takes=Whole(5),
    default=Place.seeds,
    label="Seeds",
    words="options: how often each kind is trained here, each time from another seed.",
)
TOPIC = Parameter(
    name="topic",
    takes=OneOf(lambda: {key: one.name for key, one in TOPICS.items()}),
    default=Place.topic,
    label="Results on",
    words="published: what is held against what.",
    obvious=True,
)
FIGURE = Parameter(
    name="figure", takes=Whole(4), default=Place.figure, label="Figure", words="Which of the figures, in a file."
)
_LISTS = ("removed", "kinds", "trained")


@dataclass(frozen=True, kw_only=True)
class ExperimentsView(Place, Addressed):
    """A place among the experiments that is an address."""

    PAGE = "experiments"
    PARAMETERS = (
        EXPERIMENT, PREDICTED, KIND, REMOVED, SEED, DEPTH, INIT, BETA, BATCHNORM, BLOCKS, STEPS_TRAINED, SHOWN,
        TRAINED, EPOCHS, REPEATS, TOPIC, FIGURE, *conventions.PARAMETERS,
    )  # fmt: skip

    @property
    def settled(self) -> bool:
        """Unless a job belongs to it."""
        return EXPERIMENTS[self.experiment].job(self) is None

    def values(self) -> dict[str, Any]:
        """Without the settings of other experiments."""
        mine = EXPERIMENTS[self.experiment].uses
        others = {name for one in EXPERIMENTS.values() for name in one.uses} - set(mine)
        return {name: value for name, value in super().values().items() if name not in others}

    def _value(self, name: str) -> Any:
        value = super()._value(name)
        return ",".join(value) if name in _LISTS else value

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Parsed[Self]:
        """A prediction or a block that the experiment does not have is dropped; lists get their usual order."""
        dropped = []
        said, predictions = values["predicted"], EXPERIMENTS[values["experiment"]].predictions
        if said and said not in predictions:
            dropped.append(SpecError("predicted", said, f"one of {', '.join(predictions)}"))
            values["predicted"] = ""
        out = removable(values["kind"])
        works = f"some of {', '.join(out)}"
        if values["kind"] == "plain":
            works += ": without a shortcut nothing else would fit"
        values["removed"], wrong = _ordered("removed", values["removed"], out, works)
        dropped += wrong
        for one in (SHOWN, TRAINED):
            values[one.name], wrong = _ordered(one.name, values[one.name], tuple(KINDS), _LISTED)
            dropped += wrong
            if wrong or not values[one.name]:
                values[one.name] = tuple(one.default.split(","))
        return Parsed(cls(conventions=taken(values), **values), tuple(dropped))


def _ordered(field: str, said: str, known: tuple[str, ...], works: str) -> tuple[tuple[str, ...], list[SpecError]]:
    names = [name for name in said.split(",") if name]
    wrong = [name for name in names if name not in known]
    errors = [SpecError(field, said, works)] if wrong else []
    return tuple(name for name in known if name in names), errors
