"""What is not made, read from where it is refused: for the API's own description, and for the page that is about all of
it. Nothing is limited here.
"""

from __future__ import annotations

from typing import NamedTuple

from resnet.api.desk import (
    AT_ONCE,
    IN_ALL,
    LARGE_AT_ONCE,
    MAX_QUERY,
    OF_ONE_ADDRESS,
    READ_AT_ONCE,
    WAITING,
)
from resnet.api.heard import MAX_SENT, SLOW


class Limit(NamedTuple):
    """``what`` is limited, and to ``most``, in words with a unit."""

    what: str
    most: str


OF_REQUESTS = (
    Limit("made at the same time; the others wait, and who asks take turns", f"{AT_ONCE}"),
    Limit("requests that wait", f"{WAITING}"),
    Limit("made in a minute for one address", f"{OF_ONE_ADDRESS:,}"),
    Limit("made in a minute in all, by each process", f"{IN_ALL:,}"),
    Limit("an address behind its question mark", f"{MAX_QUERY:,} characters"),
    Limit("a graph that is sent", f"{MAX_SENT:,} bytes within {SLOW:.0f} seconds"),
    Limit("graphs that are on their way here", f"{READ_AT_ONCE}"),
    Limit("large files that are on their way to readers", f"{LARGE_AT_ONCE}"),
)
