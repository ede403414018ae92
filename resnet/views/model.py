"""What "Your network" shows: any network, perhaps beside another, and one of its residual sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet.models.library import shipped_names
from resnet.models.onnx_limits import MAX_NODES
from resnet.numbers.quantities import QUANTITIES, Quantity
from resnet.spec import conventions
from resnet.spec.block import MAX_SIZE
from resnet.spec.parameters import Flag, OneOf, Parameter, Whole
from resnet.views.address import Addressed

NOBODY = "none"

MODEL = Parameter(
    name="model",
    takes=OneOf(shipped_names),
    default="mobilenet_v2",
    label="Network",
    words="One that is at hand. Your own file takes its place.",
)
AGAINST = Parameter(
    name="against",
    takes=OneOf(lambda: {NOBODY: "nothing"} | shipped_names()),
    default=NOBODY,
    label="Compare with",
    words="Another network, block by block.",
    obvious=True,
)
MEASURE = Parameter(
    name="measure",
    takes=OneOf(lambda: {key: row.label for key, row in QUANTITIES.items() if row.total}),
    default="params",
    label="The picture shows",
    words="What fills the cells of the picture.",
    obvious=True,
)
SUM = Parameter(
    name="sum",
    takes=Whole(MAX_NODES),
    default=None,
    label="Residual sum that is opened",
    words="Counted from 1, in the order in which they run.",
)
THEIRS = Parameter(
    name="theirs",
    takes=Whole(MAX_NODES),
    default=None,
    label="Residual sum of the other network",
    words="Beside it; the one that it is aligned with, if this says nothing.",
)
SIDES = tuple(
    Parameter(
        name=f"{side}",
        takes=Whole(MAX_SIZE),
        default=224,
        label=f"Input {side}",
        words="In pixels, where a file leaves it open.",
        obvious=True,
    )
    for side in ("height", "width")
)
UNFOLDED = Parameter(
    name="unfolded",
    takes=Flag(),
    default=False,
    label="Show every layer",
    words="Every operation has a box of its own in the block’s diagram.",
    obvious=True,
)


@dataclass(frozen=True, kw_only=True)
class ModelView(Addressed):
    """See the parameters. A reader's own file is no part of it: an address can't carry it."""

    PAGE = "model"
    PARAMETERS = (MODEL, AGAINST, MEASURE, SUM, THEIRS, *SIDES, UNFOLDED, *conventions.PARAMETERS)
    OUTDATES: ClassVar = {"model": ("sum", "theirs"), "against": ("theirs",)}

    model: str = MODEL.default
    against: str = AGAINST.default
    measure: Quantity = MEASURE.default
    sum: int | None = SUM.default
    theirs: int | None = THEIRS.default
    height: int = SIDES[0].default
    width: int = SIDES[1].default
    unfolded: bool = UNFOLDED.default

    @property
    def size(self) -> tuple[int, int]:
        return (self.height, self.width)

    @property
    def compares(self) -> bool:
        """Whether it names another network to compare with."""
        return self.against != NOBODY
