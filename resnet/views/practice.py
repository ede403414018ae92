"""What the practice shows: a block to predict, or the summary of ten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from resnet.lessons.practice import MAX_SEED, QUESTIONS
from resnet.spec import conventions
from resnet.spec.errors import SpecError
from resnet.spec.parameters import Parameter, Text, Whole
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


@dataclass(frozen=True, kw_only=True)
class PracticeView(Addressed):
    """Where a reader stands: ``score`` has a 1 or a 0 for each block before ``number``; eleven is the summary."""

    PAGE = "practice"
    PARAMETERS = (SEED, NUMBER, SCORE, *conventions.PARAMETERS)

    seed: int = SEED.default
    number: int = NUMBER.default
    score: str = SCORE.default

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
            view = cls(seed=view.seed, conventions=view.conventions)
        return Parsed(view, dropped)
