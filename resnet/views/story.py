"""What the story shows: the step at which a reader stands, and what was tried on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace

from resnet.draw.pixel import MOST
from resnet.lessons.story import REPAIRS, STEPS, Place
from resnet.spec import conventions
from resnet.spec.parameters import Flag, OneOf, Parameter, Whole
from resnet.views.address import Addressed

STEP = Parameter(name="step", takes=Whole(STEPS), default=1, label="Step", words="Of the story.")
TRIED = Parameter(
    name="tried", takes=Flag(), default=False, label="Add x and F(x)", words="Step 3: the addition was tried."
)
CHANNEL = Parameter(
    name="channel",
    takes=Whole(MOST),
    default=Place.channel,
    label="Channel",
    words="Steps 2 and 4: the channel of the 1×1 convolution whose weights are looked at, counted from 1.",
)
REPAIR = Parameter(
    name="repair",
    takes=OneOf(lambda: {key: one.name for key, one in REPAIRS.items()}),
    default="nothing",
    label="What to do about the shortcut",
    words="Step 4: what is done to the shortcut.",
    obvious=True,
)
CHANNELS = Parameter(
    name="channels",
    takes=Flag(),
    default=True,
    label="Channels change",
    words="Step 5: the first of two switches.",
    obvious=True,
)
STRIDED = Parameter(
    name="strided",
    takes=Flag(),
    default=False,
    label="Stride greater than 1",
    words="Step 5: the second of two switches.",
    obvious=True,
)


@dataclass(frozen=True, kw_only=True)
class StoryView(Place, Addressed):
    """A place in the story that is an address."""

    PAGE = "story"
    PARAMETERS = (STEP, CHANNEL, TRIED, REPAIR, CHANNELS, STRIDED, *conventions.PARAMETERS)

    def at(self, step: int) -> StoryView:
        return replace(self, step=min(max(step, 1), STEPS))
