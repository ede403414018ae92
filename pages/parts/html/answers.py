"""The answers: each folds open, has its own address, and leads to the page that shows it."""

from __future__ import annotations

from markupsafe import Markup

from pages.parts.html.part import Part
from pages.parts.html.templates import drawing, link, part
from resnet.draw.pixel import one_pixel
from resnet.draw.sketch import sketch
from resnet.lessons.answers import Answer
from resnet.lessons.glossary import terms_in
from resnet.spec.conventions import Conventions
from resnet.views.answers import AnswersView, shown

_SEE = {"compare": "See it in the comparison", "network": "See it in the network"}


def listed(found: tuple[Answer, ...], view: AnswersView) -> tuple[Part, ...]:
    """The one that is asked for is open; if a search leaves one answer, that one is."""
    return tuple(_answer(one, one.slug == view.question or len(found) == 1, view.conventions) for one in found)


def _answer(answer: Answer, unfolded: bool, conventions: Conventions) -> Part:
    """Every answer has an address of its own, so every answer explains its own terms."""
    there = shown(answer.see, conventions)
    return part(
        f"answer {answer.slug}",
        "answers/answer.html",
        answer=answer,
        unfolded=unfolded,
        drawn=[(caption, drawing(sketch(t, conventions=conventions))) for caption, t in answer.blocks],
        pixel=Markup(one_pixel(answer.pixel, conventions)) if answer.pixel else "",
        terms=terms_in(answer.words),
        there=link(there),
        see=_SEE[there.PAGE],
        own=link(AnswersView(question=answer.slug, conventions=conventions)),
    )
