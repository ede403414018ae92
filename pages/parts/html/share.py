"""What a page is shared with; and, in an embedded page, the way out of its frame."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from pages.parts.html.part import Part
from pages.parts.html.templates import link, part
from resnet.export.share import share
from resnet.views.address import Addressed
from resnet.views.experiments import ExperimentsView

_ACROSS, _MOST = 80, 12  # characters of a line and lines of a box, about


def shared(view: Addressed, base: str, own: Sequence[str] = ()) -> Part:
    """``own`` says what of the page an address can't carry."""
    found = share(view, base)
    rows = {one.key: min(sum(ceil(max(len(line), 1) / _ACROSS) for line in one.text.split("\n")), _MOST)
            for one in found.snippets}  # fmt: skip
    later = " before something is predicted" if isinstance(view, ExperimentsView) else ""
    return part("shared", "share.html", shared=found, own=own, rows=rows, later=later)


def way_out(view: Addressed) -> Part:
    """The same page, with all around it."""
    return part("out", "embedded.html", link=link(view))
