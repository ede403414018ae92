"""What the comparison shows: two blocks next to each other."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from resnet.spec import block, conventions
from resnet.spec.block import BlockSpec, block_of
from resnet.spec.conventions import taken
from resnet.spec.errors import SpecError
from resnet.spec.parameters import Flag, OneOf, Parameter, Text
from resnet.spec.shortcuts import Shortcut, shortcut_names
from resnet.views.address import Addressed, Parsed

MAX_ORIGIN = 300  # characters
Side = Literal["left", "right"]

LEFT = Parameter(
    name="left",
    takes=OneOf(shortcut_names),
    default="identity",
    label="Shortcut of the left block",
    words="identity: x as it is; zero padding: every stride-th pixel and new channels of zeros (option A); "
    "max-pool: Keras V2; projection: a 1×1 convolution (option B); with an average pool: ResNet-D",
)
RIGHT = Parameter(
    name="right",
    takes=OneOf(shortcut_names),
    default="projection",
    label="Shortcut of the right block",
    words="The same kinds.",
    obvious=True,
)
LINK = Parameter(
    name="link",
    takes=Flag(),
    default=True,
    label="Link both",
    words="Both blocks have the same settings but for their shortcuts. Unlocked, the left block has its own.",
)
_OWN = "left_"
LEFT_OWN = tuple(
    replace(one, name=f"{_OWN}{one.name}", words=f"Of the left block, where link=false. {one.words}")
    for one in block.PARAMETERS
    if one.name != "shortcut"
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
    words="In older addresses: right=pool_projection.",
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

    ``right``     the block that the controls describe
    ``left_shortcut``, ``right_shortcut``   what stands on the shortcuts of the two
    ``left_own``  the left block where it has settings of its own; None while it shares the right one's
    ``unfolded``  every layer has its own box in the diagrams
    ``origin``    the network page's query, if a reader came from there
    ``chosen``    what the inspector explains: ``right.conv1``, a layer, or ``right.relu:out``, what comes out of it,
                  or ``right.conv1:18``, one of its channels
    ``conventions``  in which shapes and counts are written
    """

    PAGE = "compare"
    PARAMETERS = (
        *block.PARAMETERS,
        *(LEFT, RIGHT, LINK, UNFOLDED, POOL, ORIGIN, CHOSEN),
        *conventions.PARAMETERS,
        *LEFT_OWN,
    )
    OUTDATES: ClassVar = {"right": ("shortcut", "pool")}

    right: BlockSpec
    left_shortcut: Shortcut = LEFT.default
    right_shortcut: Shortcut = RIGHT.default
    left_own: BlockSpec | None = None
    unfolded: bool = UNFOLDED.default
    origin: str = ORIGIN.default
    chosen: str = CHOSEN.default

    @property
    def left(self) -> BlockSpec:
        return replace(self.left_own or self.right, shortcut=self.left_shortcut)

    @property
    def link(self) -> bool:
        return self.left_own is None

    @property
    def marked(self) -> str:
        """What is chosen in the diagrams: a layer, whichever of its channels is looked at."""
        return re.sub(r":\d+$", "", self.chosen)

    def as_page(self) -> CompareView:
        """The page's own view of it: whatever shortcut the address named for one block, the right block has its own."""
        return replace(self, right=replace(self.right, shortcut=self.right_shortcut))

    def opens(self) -> dict[str, Any]:
        """``right`` says which shortcut the block has, where ``shortcut`` says nothing else."""
        return {**super().opens(), "shortcut": self.right_shortcut}

    def values(self) -> dict[str, Any]:
        known = self.right.values() | {"left": self.left_shortcut, "right": self.right_shortcut, "pool": False}
        if self.left_own is not None:
            known |= {f"{_OWN}{name}": value for name, value in self.left_own.values().items() if name != "shortcut"}
        own = {one.name for one in (LINK, UNFOLDED, ORIGIN, CHOSEN, *conventions.PARAMETERS)}
        return {
            one.name: known[one.name] if one.name in known else self._value(one.name)
            for one in self.PARAMETERS
            if one.name in known or one.name in own
        }

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Parsed[Self]:
        said = taken(values)
        own = {one.name: values.pop(one.name) for one in (LEFT, RIGHT, LINK, UNFOLDED, POOL, ORIGIN, CHOSEN)}
        lefts = {one.name.removeprefix(_OWN): values.pop(one.name) for one in LEFT_OWN}
        right, dropped = block_of(values)
        left_own = None
        if not own.pop("link"):
            left_own, more = block_of(lefts | {"shortcut": own["left"]})
            dropped += tuple(SpecError(f"{_OWN}{one.field}", one.value, one.works) for one in more)
        pooled = own.pop("pool") or right.shortcut == "pool_projection"
        if pooled and own["right"] == RIGHT.default:  # two more ways to ask for the same, all understood
            own["right"] = "pool_projection"
        if right.shortcut in (RIGHT.default, "pool_projection"):  # nothing said for one block alone
            right = replace(right, shortcut=own["right"])
        shortcuts = {"left_shortcut": own.pop("left"), "right_shortcut": own.pop("right")}
        return Parsed(cls(right=right, left_own=left_own, conventions=said, **shortcuts, **own), dropped)


def view_of(spec: BlockSpec) -> CompareView:
    """The page on which this block stands: on the right if it has a projection, else on the left."""
    if spec.projects:
        return CompareView(right=spec, right_shortcut=spec.shortcut)
    return CompareView(right=spec, left_shortcut=spec.shortcut).as_page()


def view_of_pair(left: BlockSpec, right: BlockSpec) -> CompareView:
    """The page on which these two stand, each with its own settings."""
    return CompareView(right=right, right_shortcut=right.shortcut, left_own=left, left_shortcut=left.shortcut)


SIDES: tuple[Side, ...] = ("left", "right")


def query_of_one(view: CompareView, side: Side) -> dict[str, str]:
    """The address of one of the two blocks alone; what the page's says beyond the blocks stays."""
    spec, opens, query = getattr(view, side), BlockSpec().to_query(), view.to_query()
    others = {name: value for name, value in query.items() if name not in opens}
    if side == "left" and spec.shortcut == RIGHT.default:
        others.pop("right", None)  # it would speak for the one block that is asked for
    own = {name: value for name, value in spec.to_query().items() if value != opens[name] or name == "shortcut"}
    return others | own
