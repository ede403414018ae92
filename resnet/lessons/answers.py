"""The questions that people keep asking, each with a short answer, its numbers, its source and where to see it.

Every number comes from a call: change how the backend counts, and the answers change with it. Published results come
from ``evidence``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from resnet.lessons.questions import counting, design, repair, shortcut, stride
from resnet.lessons.questions.answer import Fact, OfBlock, OfNetwork, Question
from resnet.lessons.search import Searched, ranked
from resnet.spec.block import BlockSpec
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.values import BlockTrace

QUESTIONS: tuple[Question, ...] = (
    *stride.QUESTIONS,
    *shortcut.QUESTIONS,
    *counting.QUESTIONS,
    *design.QUESTIONS,
    *repair.QUESTIONS,
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A question with its answer; the fields are those of ``Question`` and ``Answered``."""

    number: int
    slug: str
    question: str
    answer: str
    facts: tuple[Fact, ...]
    source: str
    see: OfBlock | OfNetwork
    blocks: tuple[tuple[str, BlockTrace], ...]
    pixel: BlockSpec | None

    @property
    def first(self) -> str:
        """The answer in one sentence."""
        return self.answer.partition(". ")[0].rstrip(".") + "."

    @property
    def why(self) -> str:
        """All the others."""
        return self.answer.partition(". ")[2]

    @property
    def words(self) -> str:
        """Everything that a reader reads of it, but for its source."""
        return " ".join((self.question, self.answer, *(f"{fact.what} {fact.value}" for fact in self.facts)))


@lru_cache(maxsize=8)  # as many as there are conventions
def answers(conventions: Conventions = DEFAULT) -> tuple[Answer, ...]:
    """All of them, in order."""
    return tuple(
        Answer(number=number, slug=one.slug, question=one.question, **one.answered(conventions)._asdict())
        for number, one in enumerate(QUESTIONS, start=1)
    )


def matching(words: str, conventions: Conventions = DEFAULT) -> tuple[Answer, ...]:
    """The answers that fit what somebody types, best first."""
    by_slug = {one.slug: one for one in answers(conventions)}
    return tuple(by_slug[slug] for slug in ranked(words, _searched(conventions)))


@lru_cache(maxsize=8)
def _searched(conventions: Conventions) -> tuple[Searched, ...]:
    return tuple(
        Searched(one.slug, ((1.0, one.question), (0.9, asked.also), (0.6, one.words), (0.5, one.source)))
        for one, asked in zip(answers(conventions), QUESTIONS, strict=True)
    )
