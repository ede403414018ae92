"""How a page is shared: its address, its picture's, and what to paste where it is to appear.

    share(CompareView(…), "https://example.org").snippets

Everything here is text that somebody pastes into a document of their own. What a view says is in an address, where
every character that means something is written as ``%…``; a sentence about a figure is escaped for where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from resnet.draw.style import PLAIN
from resnet.export.form import Subject
from resnet.export.subjects.block import PAIR
from resnet.export.subjects.lessons import EXPERIMENT, SIGNAL, STORY
from resnet.export.subjects.model import MODEL, Asked
from resnet.export.subjects.network import NETWORK
from resnet.models.library import known
from resnet.spec.errors import SpecError
from resnet.views.address import Addressed
from resnet.views.compare import CompareView
from resnet.views.experiments import ExperimentsView
from resnet.views.model import ModelView
from resnet.views.pages import PAGES

APPLICATION = "The residual block, explained"
EMBED = {"embed": "true"}  # Streamlit's own word for a page without its frame


class _Main(NamedTuple):
    """What a page mainly shows.

    ``height``   of a frame around the page, in pixels, in which its figure and its first controls are seen
    ``subject``  its figure; None for a page of words
    ``asked``    what the figure is made of; None where the page does not show it yet
    """

    height: int
    subject: Subject[Any] | None = None
    asked: Callable[[Any], Any] = lambda view: view


def _predicted(view: ExperimentsView) -> ExperimentsView | None:
    """Nothing is shown before it was predicted."""
    return view if view.predicted else None


def _of_model(view: ModelView) -> Asked:
    return Asked(view, known(view.model))


_MAIN = {
    "story": _Main(640, STORY),
    "compare": _Main(760, PAIR),
    "network": _Main(760, NETWORK),
    "model": _Main(800, MODEL, _of_model),
    "signal": _Main(640, SIGNAL),
    "practice": _Main(820),
    "experiments": _Main(820, EXPERIMENT, _predicted),
    "answers": _Main(640),
    "about": _Main(640),
}


class Picture(NamedTuple):
    """A page's main figure.

    ``path``   of its files, without a suffix, and their ``query``
    ``slug``   what they are called once they are downloaded, without a suffix
    ``words``  what it shows, as one paragraph, for who does not see it
    """

    path: str
    query: Mapping[str, str]
    slug: str
    words: str

    @property
    def address(self) -> str:
        """Of the SVG, which a browser shows at any size."""
        return self.file("svg").address

    def file(self, suffix: str) -> File:
        """To download."""
        return File(f"{self.slug}.{suffix}", _address(f"{self.path}.{suffix}", self.query))


class File(NamedTuple):
    name: str
    address: str


class Snippet(NamedTuple):
    """Something to paste. ``key`` is its name in the page, ``label`` its name for a reader.

    ``beside``  a file that has to lie beside the document
    """

    key: str
    label: str
    text: str
    beside: File | None = None


@dataclass(frozen=True, kw_only=True)
class Share:
    """A page that is shared.

    ``link``     its address;  ``embed``  the same, without frame and navigation
    ``title``    what the page is, in a few words;  ``height``  of a frame around it, in pixels
    ``picture``  its main figure; None for a page that has none
    """

    link: str
    embed: str
    title: str
    height: int
    picture: Picture | None

    @property
    def frame(self) -> str:
        """The page inside another one, as HTML."""
        return (
            f'<iframe src="{escape(self.embed)}" title="{escape(self.title)}" width="100%" height="{self.height}" '
            'style="border: 0" loading="lazy"></iframe>'
        )

    @property
    def snippets(self) -> tuple[Snippet, ...]:
        """In the order in which they are offered."""
        found = [Snippet("link", "Link", self.link)]
        if self.picture:
            found += [Snippet("picture", "The picture’s address", self.picture.address)]
            found += [Snippet("img", "The picture, in HTML", _img(self.picture))]
        found += [Snippet("iframe", "The page, in HTML", self.frame)]
        found += [Snippet("markdown", "Markdown", _markdown(self))]
        return (*found, *_documents(self))


def share(view: Addressed, base: str) -> Share:
    """The view's page. ``base`` is what a browser has in front of ``/compare``, without a slash at its end."""
    base, query = quote(base, safe=":/[]%~"), view.to_query()
    page = next(one for one in PAGES if one.name == view.PAGE)
    path = "" if page is PAGES[0] else page.name
    return Share(
        link=_address(f"{base}/{path}", query),
        embed=_address(f"{base}/{path}", query | EMBED),
        title=f"{page.title} · {APPLICATION}",
        height=_MAIN[view.PAGE].height,
        picture=_picture(view, base),
    )


def base_of(url: str, view: Addressed) -> str:
    """Where the application is, from the address that a browser has of the view's page.

    >>> base_of("https://example.org/blocks/compare", CompareView.read({}).view)
    'https://example.org/blocks'
    """
    url = url.rstrip("/")
    return url if PAGES[0].name == view.PAGE else url.removesuffix(f"/{view.PAGE}")


def _address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _picture(view: Addressed, base: str) -> Picture | None:
    main = _MAIN[view.PAGE]
    if isinstance(view, CompareView):  # no part of the figure: its address stays short
        view = replace(view, origin="", chosen="")
    asked = main.asked(view)
    if main.subject is None or asked is None:
        return None
    try:
        return Picture(
            path=f"{base}/api/{main.subject.what}",
            query=view.to_query(),
            slug=re.sub(r"[^\w.-]+", "_", main.subject.slug(asked), flags=re.ASCII),  # LaTeX takes it as it is
            words=_words(main.subject, asked),
        )
    except SpecError:  # there is no such figure
        return None


def _words(subject: Subject[Any], asked: Any) -> str:
    """What the figure says in one breath: its title and its sentence (``resnet/draw/spoken.py``)."""
    said = subject.form("words").make(asked, PLAIN).decode().split("\n\n")[:2]
    return ". ".join(" ".join(one.split()).removesuffix(".") for one in said if one.strip()) + "."


def _img(picture: Picture) -> str:
    return f'<img src="{escape(picture.address)}" alt="{escape(picture.words)}" style="max-width: 100%">'


def _markdown(shared: Share) -> str:
    """The picture, which leads to the page; of a page without one, its title does."""
    shown = _plain(shared.title)
    if shared.picture:
        shown = f"![{_plain(shared.picture.words)}]({shared.picture.address})"
    return f"[{shown}]({shared.link})"


def _documents(shared: Share) -> tuple[Snippet, ...]:
    """For those that become a web page and a PDF: there a picture takes the frame's place.

    ``hidden`` is a class of the theme's: on the web the frame alone is seen.
    """
    words = f"[{_plain(shared.title)}]({shared.link})"
    quarto, myst, pdf, png = words, "", None, None
    if shared.picture:
        pdf, png = shared.picture.file("pdf"), shared.picture.file("png")
        quarto = f"![{_plain(shared.picture.words)}]({pdf.name})"
        myst = f"\n\n:::{{image}} {png.name}\n:alt: {shared.picture.words}\n:class: hidden\n:::"
    return (
        Snippet(
            "quarto",
            "Quarto",
            f'::: {{.content-visible when-format="html"}}\n{shared.frame}\n:::\n\n'
            f'::: {{.content-visible when-format="pdf"}}\n{quarto}\n:::',
            pdf,
        ),
        Snippet(
            "myst",
            "Jupyter Book 2 (MyST)",
            f":::{{iframe}} {shared.embed}\n:width: 100%\n:title: {shared.title}\n:::{myst}",
            png,
        ),
    )


def _plain(words: str) -> str:
    """For Markdown, in which nothing of it takes effect."""
    return re.sub(r"([\\`*_{}\[\]<>()#|~$!&^@\"'])", r"\\\1", words)
