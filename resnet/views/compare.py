"""What the comparison shows: two blocks next to each other."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from resnet.spec import block, conventions
from resnet.spec.block import BlockSpec, block_of
from resnet.spec.conventions import taken
from resnet.spec.parameters import Flag, OneOf, Parameter, Text
from resnet.spec.shortcuts import Shortcut, plain_shortcut_names
from resnet.views.address import Addressed, Parsed

MAX_ORIGIN = 300  # characters

LEFT = Parameter(
    name="left",
    takes=OneOf(plain_shortcut_names),
    default="identity",
    label="Shortcut of the left block",
    words="identity: x as it is; zero padding: every stride-th pixel and new channels of zeros (option A); "
    "max-pool: Keras V2",
)
UNFOLDED = Parameter(
    name="unfolded",
    takes=Flag(),
    default=False,
    label="Show every layer",
    words="Every layer has a box of its own in the diagrams.",
    obvious=True,
)
POOL = Parameter(
    name="pool",
    takes=Flag(),
    default=False,
    label="Average pool in the projection",
    words="ResNet-D: an average pool strides, and the 1×1 after it reads every pixel. No difference at stride 1.",
)
ORIGIN = Parameter(
    name="origin",
    takes=Text(".*", f"a query of the network page, at most {MAX_ORIGIN} characters", MAX_ORIGIN),
    default="",
    label="Where a reader came from",
    words="The network page’s query, to lead back.",
)
CHOSEN = Parameter(
    name="chosen",
    takes=Text(
        r"((left|right)\.[a-z][a-z0-9_.]{0,30}(:out|:[1-9][0-9]{0,2})?)?",
        "a layer such as right.conv1, its result, right.conv1:out, or a channel of it, right.conv1:18",
        60,
    ),
    default="",
    label="What the inspector explains",
    words="A layer, such as right.conv2; what comes out of it, right.conv2:out; a channel of a 1×1 convolution, "
    "right.conv1:18.",
)


@dataclass(frozen=True, kw_only=True)
class CompareView(Addressed):
    """Two blocks next to each other.

    ``right``     the block that the controls describe, with a projection
    ``left_shortcut``   the shortcut that the same block has on the left
    ``unfolded``  every layer has its own box in the diagrams
    ``pool``      the projection has an average pool in front of it (ResNet-D)
    ``origin``    the network page's query, if a reader came from there
    ``chosen``    what the inspector explains: ``right.conv1``, a layer, or ``right.relu:out``, what comes out of it,
                  or ``right.conv1:18``, one of its channels
    ``conventions``  in which shapes and counts are written
    """

    PAGE = "compare"
    PARAMETERS = (*block.PARAMETERS, LEFT, UNFOLDED, POOL, ORIGIN, CHOSEN, *conventions.PARAMETERS)
    OUTDATES: ClassVar = {"pool": ("shortcut",)}

    right: BlockSpec
    left_shortcut: Shortcut = LEFT.default
    unfolded: bool = UNFOLDED.default
    pool: bool = POOL.default
    origin: str = ORIGIN.default
    chosen: str = CHOSEN.default

    @property
    def left(self) -> BlockSpec:
        return replace(self.right, shortcut=self.left_shortcut)

    @property
    def marked(self) -> str:
        """What is chosen in the diagrams: a layer, whichever of its channels is looked at."""
        return re.sub(r":\d+$", "", self.chosen)

    def as_page(self) -> CompareView:
        """The page's own view of it: whatever shortcut the address named, the right block has the projection."""
        return replace(self, right=replace(self.right, shortcut="pool_projection" if self.pool else "projection"))

    def values(self) -> dict[str, Any]:
        known = self.right.values() | {"left": self.left_shortcut}
        return {
            one.name: known[one.name] if one.name in known else self._value(one.name)
            for one in self.PARAMETERS
            if one.name != "f3" or self.right.bottleneck
        }

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Parsed[Self]:
        said = taken(values)
        own = {one.name: values.pop(one.name) for one in (LEFT, UNFOLDED, POOL, ORIGIN, CHOSEN)}
        right, dropped = block_of(values)
        if right.projects:  # two ways to ask for the same, both understood
            own["pool"] |= right.shortcut == "pool_projection"
            right = replace(right, shortcut="pool_projection" if own["pool"] else "projection")
        return Parsed(cls(right=right, left_shortcut=own.pop("left"), conventions=said, **own), dropped)


def view_of(spec: BlockSpec) -> CompareView:
    """The page on which this block stands: on the right if it has a projection, else on the left."""
    if spec.projects:
        return CompareView(right=spec, pool=spec.shortcut == "pool_projection")
    return CompareView(right=spec, left_shortcut=spec.shortcut).as_page()
