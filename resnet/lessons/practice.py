"""Predict, then look: random but sensible blocks, what a reader says of them, and what the trace says.

    question(seed, number)      always the same block for the same seed and number: a teacher can hand them out
    LEVELS                      how much is asked of it

``marking`` holds each prediction against the trace.

Blocks come from the known networks and from near them. Nothing is asked whose answer depends on a convention that the
question does not name.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from resnet.modules.layers import Shape
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import FAMILIES, network
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.block import trace
from resnet.trace.network import trace_network
from resnet.trace.values import BlockTrace, differences

Why = Literal["no", "channels", "size", "both"]
Where = Literal["nowhere", "first", "addition", "relu"]

WHY: dict[Why, str] = {
    "no": "no, an identity shortcut would do",
    "channels": "yes, the channels change",
    "size": "yes, the size changes",
    "both": "yes, channels and size change",
}
WHERE: dict[Where, str] = {
    "nowhere": "nowhere",
    "first": "in the first convolution",
    "addition": "in the addition",
    "relu": "in the last ReLU",
}
_WHY: dict[tuple[str, ...], Why] = {
    (): "no",
    ("channels",): "channels",
    ("size",): "size",
    ("channels", "size"): "both",
}
Level = Literal["shapes", "projections", "parameters"]
Asks = Literal["shape", "why", "params", "where"]


class LevelKind(NamedTuple):
    """At its control, and what is asked, in order."""

    name: str
    asks: tuple[Asks, ...]


LEVELS: dict[Level, LevelKind] = {
    "shapes": LevelKind("Shapes", ("shape",)),
    "projections": LevelKind("Projections too", ("shape", "why", "where")),
    "parameters": LevelKind("Parameters too", ("shape", "why", "params", "where")),
}
QUESTIONS = 10
MAX_SEED = 999_999


def projection_is(conventions: Conventions) -> str:
    """What counts as the projection's parameters, in words."""
    bias = "with" if conventions.counts.biases else "without"
    norm = "scale γ, shift β, mean and variance" if conventions.counts.statistics else "scale γ and shift β"
    return f"1×1 convolution {bias} bias, and BatchNorm’s {norm}"


@dataclass(frozen=True, kw_only=True)
class Question:
    """``spec`` has an identity shortcut, whether that is possible or not."""

    seed: int
    number: int
    spec: BlockSpec
    conventions: Conventions = DEFAULT

    @property
    def bare(self) -> BlockTrace:
        return trace(self.conventions.built(self.spec))

    @property
    def projected(self) -> BlockTrace:
        return trace(self.conventions.built(replace(self.spec, shortcut="projection")))

    @property
    def main_shape(self) -> Shape:
        """(C, H, W) of F(x)."""
        return self.bare.addition.in_shapes[0]

    @property
    def why(self) -> Why:
        return _WHY[differences(self.main_shape, self.bare.in_shape)]

    @property
    def projection_params(self) -> int:
        """Of the 1×1 convolution and its BatchNorm, as the conventions count."""
        return self.conventions.params(*self.projected.on("shortcut"))

    @property
    def where(self) -> Where:
        """Where torch would stop if the shortcut were the identity."""
        return "nowhere" if self.bare.possible else "addition"


@lru_cache(maxsize=256)
def question(seed: int, number: int, conventions: Conventions = DEFAULT) -> Question:
    """The same block for the same seed and number, on every machine."""
    rng = random.Random(f"{seed}/{number}")
    spec = rng.choice(_known())
    if rng.random() < 0.5:  # near a known one
        spec = _near(spec, rng)
    return Question(seed=seed, number=number, spec=replace(spec, shortcut="identity"), conventions=conventions)


@lru_cache(maxsize=1)
def _known() -> tuple[BlockSpec, ...]:
    """Distinct blocks of the known networks, as the paper and torchvision build them."""
    found: dict[BlockSpec, None] = {}
    for name in FAMILIES:
        if not name.startswith(("keras", "course", "resnext")):
            for block in trace_network(network(name)).blocks:
                found[replace(block.trace.spec, shortcut="identity")] = None
    return tuple(found)


def _near(spec: BlockSpec, rng: random.Random) -> BlockSpec:
    """One thing changed: the stride, the input's channels, or its size."""
    change = rng.choice(("stride", "channels", "size"))
    if change == "stride":
        return replace(spec, stride=3 - spec.stride if spec.stride in (1, 2) else 1)
    if change == "channels":
        return replace(spec, in_channels=rng.choice((spec.out_channels, spec.out_channels // 2, 2 * spec.in_channels)))
    return replace(spec, height=rng.choice((7, 14, 15, 28, 30, 57)), width=rng.choice((7, 14, 21, 28, 56)))
