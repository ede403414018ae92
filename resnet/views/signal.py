"""What the signal page shows: a picture on its way through a block of a network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from resnet.run.picture import PICTURES
from resnet.run.signal import UNIT, Asked
from resnet.run.weights import network_of, sources
from resnet.spec import conventions
from resnet.spec.block import MAX_CHANNELS
from resnet.spec.catalogue import DEFAULT_NETWORK, FAMILIES
from resnet.spec.conventions import taken
from resnet.spec.errors import SpecError
from resnet.spec.names import known_as
from resnet.spec.parameters import Flag, OneOf, Parameter, Text, Whole
from resnet.trace.block import trace
from resnet.trace.network import trace_network
from resnet.trace.values import INPUT
from resnet.views.address import Addressed, Parsed

FIRST = "layer1.0"  # the block of the question
TELLING = 170  # there, a channel in which both paths see the sky, and their sum does not
MAX_SEED = 100
MOST_MACS = 8_000_000_000  # to a block and through it: about a second

PICTURE = Parameter(
    name="picture",
    takes=OneOf(lambda: {key: one.name for key, one in PICTURES.items()}),
    default="temple",
    label="Picture",
    words="That goes through the network.",
    obvious=True,
)
WEIGHTS = Parameter(
    name="weights",
    takes=OneOf(lambda: {key: one.name for key, one in sources().items()}),
    default="trained",
    label="Weights",
    words="trained here: ResNet-50’s first two stages, on cut-outs of five photographs; drawn: at random, from a seed; "
    "a checkpoint: where the server’s owner gives one.",
)
NETWORK = Parameter(
    name="network",
    takes=OneOf(lambda: {name: known_as(name) for name in FAMILIES}),
    default=DEFAULT_NETWORK,
    label="Network",
    words="Where weights are drawn at random.",
    obvious=True,
)
AT = Parameter(
    name="at",
    takes=Text(r"(layer[1-9]\.[0-9]{1,3})?", "the name of a block, such as layer1.0", 12),
    default=FIRST,
    label="Block",
    words="By torchvision’s name: layer1.0 is the first block of stage 2.",
)
SHORTCUT = Parameter(
    name="shortcut",
    takes=OneOf(
        lambda: {
            "own": "the network’s own",
            "identity": "identity",
            "zero_pad": "zero padding",
            UNIT: "projection set to the identity",
        }
    ),
    default="own",
    label="Shortcut of the block",
    words="The main path keeps its weights, whatever stands on the shortcut.",
)
ZERO_GAMMA = Parameter(
    name="zero_gamma",
    takes=Flag(),
    default=False,
    label="Zero-γ",
    words="The last BatchNorm of every main path starts with scale 0 (Goyal et al. 2017): F(x) is 0.",
)
SEED = Parameter(name="seed", takes=Whole(MAX_SEED), default=1, label="Seed", words="Of weights drawn at random.")
CHANNEL = Parameter(
    name="channel",
    takes=Whole(MAX_CHANNELS),
    default=None,
    label="Channel",
    words="The one that is shown large, counted from 1; where the page opens 170, elsewhere 1.",
    obvious=True,
)
UNFOLDED = Parameter(
    name="unfolded",
    takes=Flag(),
    default=False,
    label="Show every layer",
    words="Every layer has a box of its own in the diagram.",
    obvious=True,
)
POINT = Parameter(
    name="point",
    takes=Text(r"([a-z][a-z0-9_.]{0,30})?", "an operation of the block, such as conv1", 31),
    default="",
    label="Box whose maps are shown",
    words="An operation, such as conv1; x is the block’s input.",
)


@dataclass(frozen=True, kw_only=True)
class SignalView(Addressed):
    """A picture, a block, and the channel that is looked at; see the parameters."""

    PAGE = "signal"
    PARAMETERS = (
        *(PICTURE, WEIGHTS, NETWORK, AT, SHORTCUT, ZERO_GAMMA, SEED, CHANNEL, UNFOLDED, POINT),
        *conventions.PARAMETERS,
    )
    OUTDATES: ClassVar = {
        "weights": ("at", "shortcut", "channel", "point", "zero_gamma"),
        "network": ("at", "shortcut", "channel", "point", "zero_gamma"),
        "at": ("shortcut", "channel", "point"),
        "shortcut": ("point",),
    }

    picture: str = PICTURE.default
    weights: str = WEIGHTS.default
    network: str = NETWORK.default
    at: str = AT.default
    shortcut: str = SHORTCUT.default
    zero_gamma: bool = ZERO_GAMMA.default
    seed: int = SEED.default
    channel: int = TELLING
    unfolded: bool = UNFOLDED.default
    point: str = POINT.default

    @property
    def asked(self) -> Asked:
        """What is to run."""
        return Asked(
            network=network_of(self.weights, self.network),
            source=self.weights,
            at=self.at,
            shortcut=self.shortcut,
            zero_gamma=self.zero_gamma,
            seed=self.seed,
        )

    @property
    def slug(self) -> str:
        """How its files are called."""
        return f"signal_{self.asked.network.name}_{self.at}_{self.picture}{self.conventions.suffix}"

    @property
    def blocks(self) -> tuple[str, ...]:
        """Of the network, by name, as far down as a reader would wait for."""
        t, macs = trace_network(network_of(self.weights, self.network)), 0
        names = []
        for block in t.blocks:
            macs += block.macs
            if macs > MOST_MACS:
                break
            names.append(block.name)
        return tuple(names)

    @property
    def channels(self) -> int:
        """Of the main path's result."""
        return self.asked.built.out_channels

    def opens(self) -> dict[str, Any]:
        """Which channel is shown first depends on the block."""
        return {**super().opens(), "channel": first_channel(self.weights, self.at)}

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Parsed[Self]:
        values["at"] = values["at"] or FIRST
        values["channel"] = values["channel"] or first_channel(values["weights"], values["at"])
        view, dropped = cls(conventions=taken(values), **values), []
        if view.at not in view.blocks:
            works = f"the name of a block, from {view.blocks[0]} to {view.blocks[-1]}"
            if view.weights == "drawn":
                works += "; what lies deeper in the largest networks takes more than a second"
            dropped.append(SpecError("at", view.at, works))
            view = replace(view, at=view.blocks[0])
        for one in (ZERO_GAMMA, SHORTCUT):
            problem = view.asked.problem
            if problem and problem.field == one.name:
                dropped.append(problem)
                plain: dict[str, Any] = {one.name: one.default}
                view = replace(view, **plain)
        if view.channel > view.channels:
            dropped.append(SpecError("channel", view.channel, f"a whole number from 1 to {view.channels:,}"))
            view = replace(view, channel=1)
        if view.point and view.point not in _points(view):
            dropped.append(SpecError("point", view.point, "one of " + ", ".join(_points(view))))
            view = replace(view, point="")
        return Parsed(view, tuple(dropped))


def first_channel(weights: str, at: str) -> int:
    """The one that is shown large where nobody has chosen another."""
    return TELLING if (weights, at) == (WEIGHTS.default, FIRST) else 1


def _points(view: SignalView) -> tuple[str, ...]:
    """What has maps: the input, and every operation with a result."""
    return (INPUT, *(op.name for op in trace(view.asked.spec).ops if op.out_shape is not None))
