"""What a page is shared with; and, in an embedded page, the way out of its frame."""

from __future__ import annotations

from math import ceil

from pages.parts.html.part import Part
from pages.parts.html.templates import link, part
from resnet.export.share import base_of, share
from resnet.views.address import Addressed
from resnet.views.experiments import ExperimentsView

_ACROSS, _MOST = 80, 12  # characters of a line and lines of a box, about


def shared(view: Addressed, url: str, own: bool = False) -> Part:
    """Of the page at that address. ``own``: something of it is the reader's own, and in no address."""
    found = share(view, base_of(url, view))
    rows = {one.key: min(sum(ceil(max(len(line), 1) / _ACROSS) for line in one.text.split("\n")), _MOST)
            for one in found.snippets}  # fmt: skip
    later = " before something is predicted" if isinstance(view, ExperimentsView) else ""
    return part("shared", "share.html", shared=found, own=own, rows=rows, later=later)


def way_out(view: Addressed) -> Part:
    """The same page, with all around it."""
    return part("out", "embedded.html", link=link(view))
