"""What the page of answers shows, and where the application shows what an answer says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from resnet.lessons.answers import QUESTIONS
from resnet.lessons.questions.answer import OfBlock, OfNetwork
from resnet.spec import conventions
from resnet.spec.conventions import Conventions
from resnet.spec.parameters import OneOf, Parameter
from resnet.views.address import Addressed
from resnet.views.compare import CompareView, view_of
from resnet.views.network import NetworkView

QUESTION = Parameter(
    name="question",
    takes=OneOf(lambda: {one.slug: one.question for one in QUESTIONS}),
    default="",
    label="Question",
    words="The one whose answer is open.",
)


@dataclass(frozen=True, kw_only=True)
class AnswersView(Addressed):
    """``question`` is the slug of the one that is open."""

    PAGE = "answers"
    PARAMETERS = (QUESTION, *conventions.PARAMETERS)

    question: str = QUESTION.default


def shown(see: OfBlock | OfNetwork, said: Conventions) -> CompareView | NetworkView:
    """The page that shows what an answer says, in these conventions."""
    if isinstance(see, OfNetwork):
        return NetworkView(spec=see.spec, quantity=see.quantity, conventions=said)
    return replace(view_of(see.spec), unfolded=see.unfolded, chosen=see.chosen, conventions=said)
