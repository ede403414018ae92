"""What is not answered, and why: one shape for all of it.

    {"errors": [{"field": "stride", "value": "9", "works": "a whole number from 1 to 4", "message": "stride is 9, …"}]}

Each error names the field, its value, what would work, and says so in a sentence to show to a reader.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from resnet.spec.errors import SpecError

PLENTY = 2  # seconds after which a place in the line is worth asking for again


class Refusal(Exception):
    """``status`` and ``headers`` of the answer; ``errors``, one for each thing that is wrong."""

    def __init__(self, status: int, errors: Sequence[SpecError], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(*errors)
        self.status = status
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    @property
    def content(self) -> dict[str, Any]:
        return {
            "errors": [{"field": e.field, "value": e.value, "works": e.works, "message": str(e)} for e in self.errors]
        }


class Said(SpecError):
    """One whose sentence is said as it is."""

    def __init__(self, field: str, value: object, works: str, sentence: str) -> None:
        super().__init__(field, value, works)
        self.args = (sentence,)


def wrong(errors: Sequence[SpecError]) -> Refusal:
    return Refusal(400, errors)


def unknown(path: str, works: str) -> Refusal:
    return Refusal(404, [SpecError("the address", path, works)])


def not_allowed(method: str, allowed: Sequence[str]) -> Refusal:
    return Refusal(
        405, [SpecError("the method", method, "one of " + ", ".join(allowed))], {"Allow": ", ".join(allowed)}
    )


def busy(many: int) -> Refusal:
    """There is no room in the line."""
    works = "asked for again in some seconds"
    sentence = f"So much is asked for just now that {many} wait already. Please ask again in {PLENTY} seconds."
    return Refusal(429, [Said("the request", "one too many", works, sentence)], {"Retry-After": str(PLENTY)})


def too_often(most: int, seconds: float, whose: str) -> Refusal:
    """``whose``: "of one address", "in all"."""
    again = max(1, math.ceil(seconds))
    works = f"at most {most:,} a minute {whose}"
    sentence = (
        f"More was asked for than {most:,} figures a minute {whose}, which is as much as is made. "
        f"Please ask again in {again} second{'s' if again > 1 else ''}; what was made before is answered all the same."
    )
    return Refusal(429, [Said("the request", "one too many", works, sentence)], {"Retry-After": str(again)})


def elsewhere() -> Refusal:
    """A page of another origin sends a file: its reader never asked for that."""
    works = "the same origin’s, or no browser"
    sentence = "A file is read only if this site’s own pages send it, or a program that is no browser."
    return Refusal(403, [Said("the origin", "another site", works, sentence)])


def too_long(characters: int, most: int) -> Refusal:
    return Refusal(414, [SpecError("the address", f"{characters:,} characters long", f"at most {most:,}")])


def too_much(most: int) -> Refusal:
    return Refusal(413, [SpecError("the file", f"more than {most:,} bytes", "a graph without its weights")])


def too_slow(seconds: float) -> Refusal:
    works = f"here within {seconds:.0f} seconds"
    return Refusal(408, [SpecError("the file", "still on its way", works)])


def failed() -> Refusal:
    """An error of ours: the log has it, the answer does not."""
    sentence = "This stopped at an error that is not yours; it is in the server’s log."
    return Refusal(500, [Said("the server", "at fault", "put right", sentence)])
