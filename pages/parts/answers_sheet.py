"""The answers as HTML: each folds open, has its own address, and leads to the page that shows it."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from pages.parts.sheet import Part
from resnet.answers import Answer

_OPEN = {"compare": ("./", "See it in the comparison"), "network": ("./network", "See it in the network")}


def listed(found: tuple[Answer, ...], asked: str) -> tuple[Part, ...]:
    """``asked`` is open; if a search leaves one answer, that one is."""
    return tuple(Part(f"answer {one.slug}", _answer(one, one.slug == asked or len(found) == 1)) for one in found)


def _answer(answer: Answer, unfolded: bool) -> str:
    facts = "".join(f"<dt>{escape(fact.what)}</dt><dd>{escape(fact.value)}</dd>" for fact in answer.facts)
    page, words = _OPEN[answer.page]
    query = f"?{urlencode(answer.query)}" if answer.query else ""
    return (
        f"<details{' open' if unfolded else ''}><summary>{answer.number}. {escape(answer.question)}</summary>"
        f"<p>{escape(answer.answer)}</p><dl>{facts}</dl>"
        f'<p class="links"><a href="{page}{escape(query)}" target="_self">{words}</a> '
        f'<a href="./answers?question={answer.slug}" target="_self">Address of this answer</a></p>'
        f"<p><small>Source: {escape(answer.source)}</small></p></details>"
    )
