"""Every page: its name, its title, its view. The one way from an address to what is shown."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import NamedTuple

from resnet.spec.parameters import misnamed
from resnet.views.about import AboutView
from resnet.views.address import Addressed, Parsed, V
from resnet.views.answers import AnswersView
from resnet.views.compare import CompareView
from resnet.views.experiments import ExperimentsView
from resnet.views.model import ModelView
from resnet.views.network import NetworkView
from resnet.views.practice import PracticeView
from resnet.views.signal import SignalView
from resnet.views.story import StoryView


class Page(NamedTuple):
    """``title`` is its name in the navigation; the first page opens the application."""

    title: str
    view: type[Addressed]

    @property
    def name(self) -> str:
        return self.view.PAGE

    @property
    def file(self) -> str:
        """In the folder of pages, which is on Python's path: a page named after a module of Python's would hide it."""
        return f"{self.name}_page.py" if self.name in sys.stdlib_module_names else f"{self.name}.py"


PAGES: tuple[Page, ...] = (
    Page("Why stride 1?", StoryView),
    Page("Compare two blocks", CompareView),
    Page("Network", NetworkView),
    Page("Your network", ModelView),
    Page("Signal", SignalView),
    Page("Practice", PracticeView),
    Page("Experiments", ExperimentsView),
    Page("Answers", AnswersView),
    Page("About", AboutView),
)
OURS = frozenset(one.name for page in PAGES for one in page.view.PARAMETERS)


def parse(view: type[V], query: Mapping[str, str]) -> Parsed[V]:
    """What an address shows on that page, and one SpecError for each parameter that had to be dropped.

    A parameter that is nobody's here (``fbclid``, ``utm_source``) is left alone; one that is misspelt, or another
    page's, is not.

    >>> parse(CompareView, {"stride": "2", "fbclid": "x"}).dropped
    ()
    >>> str(parse(CompareView, {"strid": "2"}).dropped[0])
    "the name of a parameter is 'strid', but it must be 'stride'."
    """
    found, dropped = view.read(query)
    own = [one.name for one in view.PARAMETERS]
    return Parsed(found, (*dropped, *misnamed(query, own, OURS)))


def foreign(query: Mapping[str, object]) -> list[str]:
    """The names in an address that are nobody's here."""
    return [name for name in query if name not in OURS]
