"""A bad value gets a sentence: SpecError, and the checks that raise it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from numbers import Integral


class SpecError(ValueError):
    """A value that nothing can be built from: names the field, the value, and what would work.

    ``str(error)`` is one sentence to show to a reader; ``field``, ``value`` and ``works`` are its parts.

    >>> str(SpecError("stride", 9, "a whole number from 1 to 4"))
    'stride is 9, but it must be a whole number from 1 to 4.'
    """

    def __init__(self, field: str, value: object, works: str) -> None:
        self.field = field
        self.value = _shown(value)
        self.works = works
        super().__init__(f"{field} is {self.value}, but it must be {works}.")


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # CPython refuses to print integers of more than 4,300 digits
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "…"


def check_whole(field: str, value: object, most: int) -> int:
    # True is an int to Python, but nobody means "stride True".
    if isinstance(value, bool) or not isinstance(value, Integral) or not 1 <= int(value) <= most:
        raise SpecError(field, value, f"a whole number from 1 to {most:,}")
    return int(value)


def check_one_of(field: str, value: object, allowed: Iterable[str]) -> str:
    allowed = tuple(allowed)
    if not isinstance(value, str) or value not in allowed:
        raise SpecError(field, value, _choice(value, allowed))
    return value


def _choice(value: object, allowed: tuple[str, ...]) -> str:
    if len(allowed) <= 12:
        return "one of " + ", ".join(map(repr, allowed))
    near = difflib.get_close_matches(str(value)[:100], allowed, n=1, cutoff=0.3) or allowed
    return f"one of {len(allowed)} names, such as {near[0]!r}"


def check_flag(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SpecError(field, value, "True or False")
    return value
