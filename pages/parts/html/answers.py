"""The answers as HTML: each folds open, has its own address, and leads to the page that shows it."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from pages.parts.component.sheet import Part
from pages.parts.html.compare import small_svg
from resnet.draw.sketch import sketch
from resnet.lessons.answers import Answer, AnswersView
from resnet.lessons.glossary import terms_in
from resnet.spec.conventions import Conventions

_OPEN = {"compare": ("./compare", "See it in the comparison"), "network": ("./network", "See it in the network")}


def listed(found: tuple[Answer, ...], view: AnswersView) -> tuple[Part, ...]:
    """The one that is asked for is open; if a search leaves one answer, that one is."""
    parts = []
    for one in found:
        unfolded = one.slug == view.question or len(found) == 1
        parts.append(Part(f"answer {one.slug}", _answer(one, unfolded, view.conventions)))
    return tuple(parts)


def _answer(answer: Answer, unfolded: bool, conventions: Conventions) -> str:
    facts = "".join(f"<dt>{escape(fact.what)}</dt><dd>{escape(fact.value)}</dd>" for fact in answer.facts)
    page, words = _OPEN[answer.page]
    said = tuple(conventions.to_query().items())
    query = f"?{urlencode(answer.query + said)}" if answer.query or said else ""
    drawn = "".join(
        f"<figure><figcaption>{escape(caption)}</figcaption>{small_svg(sketch(t, conventions=conventions))}</figure>"
        for caption, t in answer.blocks
    )
    figures = f'<div class="corners">{drawn}</div>' if drawn else ""
    own = urlencode((("question", answer.slug), *said))
    return (
        f"<details{' open' if unfolded else ''}><summary>{answer.number}. {escape(answer.question)}</summary>"
        f"<p>{escape(answer.answer)}</p><dl>{facts}</dl>"
        f"{figures}"
        f"{_words_used(answer)}"
        f'<p class="links"><a href="{page}{escape(query)}" target="_self">{words}</a> '
        f'<a href="./answers?{escape(own)}" target="_self">Address of this answer</a></p>'
        f"<p><small>Source: {escape(answer.source)}</small></p></details>"
    )


def _words_used(answer: Answer) -> str:
    """Every answer has an address of its own, so every answer explains its own terms."""
    terms = terms_in(answer.words)
    names = ", ".join(term.name for term in terms)
    meanings = "".join(f"<dt>{escape(term.name)}</dt><dd>{escape(term.meaning)}</dd>" for term in terms)
    return f'<details class="terms"><summary>Words used here: {escape(names)}</summary><dl>{meanings}</dl></details>'
