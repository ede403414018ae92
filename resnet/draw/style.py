"""How a figure is dressed for where it goes: its colours, and the room that it has there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from resnet.spec.parameters import OneOf, Parameter

Look = Literal["light", "dark", "print"]
Fit = Literal["own", "slide", "column"]

LOOK = Parameter(
    name="look",
    takes=OneOf(lambda: {"light": "light", "dark": "dark", "print": "black and white"}),
    default="light",
    label="Colours",
    words="light: on white paper; dark: on a dark slide; print: black on white, for a printer without colours.",
)
FIT = Parameter(
    name="fit",
    takes=OneOf(lambda: {"own": "its own size", "slide": "a slide, 16:9", "column": "a paper’s column, 84 mm"}),
    default="own",
    label="Room",
    words="own: as large as it is on the page; slide: in the middle of 16:9; column: 84 mm wide, a column of a paper.",
)
PARAMETERS = (LOOK, FIT)


@dataclass(frozen=True, kw_only=True)
class Style:
    """See the parameters. What a figure shows is the same in every style.

    ``home``  where the application answers, for the way back from a document; empty: nobody knows
    """

    look: Look = LOOK.default
    fit: Fit = FIT.default
    home: str = ""

    @property
    def suffix(self) -> str:
        """For a file's name, of what is not as it always is: '_dark_slide'"""
        return "".join(f"_{said}" for said in (self.look, self.fit) if said not in (LOOK.default, FIT.default))


PLAIN = Style()
