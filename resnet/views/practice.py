"""What the practice shows: a block to predict, or the summary of ten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from resnet.lessons.practice import LEVELS, MAX_SEED, QUESTIONS, Level
from resnet.spec import conventions
from resnet.spec.errors import SpecError
from resnet.spec.parameters import Flag, OneOf, Parameter, Text, Whole
from resnet.views.address import Addressed, Parsed

SEED = Parameter(
    name="seed", takes=Whole(MAX_SEED), default=1, label="Blocks", words="Which ten blocks: the same for everybody."
)
NUMBER = Parameter(
    name="number",
    takes=Whole(QUESTIONS + 1),
    default=1,
    label="Block",
    words="Of the ten; eleven is the summary.",
)
SCORE = Parameter(
    name="score",
    takes=Text("[01]*", "a 1 or a 0 for each of the blocks before this one", 1000),
    default="",
    label="Score",
    words="A 1 or a 0 for each of the blocks before this one.",
)

LEVEL = Parameter(
    name="level",
    takes=OneOf(lambda: {key: one.name for key, one in LEVELS.items()}),
    default="parameters",
    label="What is asked",
    words="The shape of F(x) alone; whether a projection is needed, too; its parameters, too.",
)
SHEET = Parameter(
    name="sheet",
    takes=Flag(),
    default=False,
    label="All ten with solutions",
    words="The teacher’s page: all ten blocks with their solutions, to print.",
)


@dataclass(frozen=True, kw_only=True)
class PracticeView(Addressed):
    """Where a reader stands: ``score`` has a 1 or a 0 for each block before ``number``; eleven is the summary.

    ``level``  how much is asked;  ``sheet``  all ten with their solutions, for a teacher
    """

    PAGE = "practice"
    PARAMETERS = (SEED, NUMBER, SCORE, LEVEL, SHEET, *conventions.PARAMETERS)

    seed: int = SEED.default
    number: int = NUMBER.default
    score: str = SCORE.default
    level: Level = LEVEL.default
    sheet: bool = SHEET.default

    @property
    def finished(self) -> bool:
        return self.number > QUESTIONS

    @property
    def streak(self) -> int:
        """Blocks in a row, up to now, of which everything was right."""
        return len(self.score) - len(self.score.rstrip("1"))

    def next(self, right: bool) -> PracticeView:
        return replace(self, number=self.number + 1, score=self.score + ("1" if right else "0"))

    @classmethod
    def read(cls, query: Any) -> Parsed[Self]:
        """A number without a score for each block before it starts from the beginning."""
        view, dropped = super().read(query)
        if len(view.score) != view.number - 1:
            if not any(error.field == "score" for error in dropped):
                works = f"a 1 or a 0 for each of the {view.number - 1} blocks before this one"
                dropped = (*dropped, SpecError("score", view.score, works))
            view = replace(view, number=1, score="")
        return Parsed(view, dropped)
