"""Bad values get a sentence: SpecError, the checks that raise it, and how an address is read with them.

SpecError(ValueError)         field, value, and what would work
check_whole(field, value, …)  the value, or a SpecError; also check_one_of, check_flag
read_query(query, readers)    text -> checked values, and a SpecError for each parameter that had to be dropped
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple


class SpecError(ValueError):
    """A value that nothing can be built from: names the field, the value, and what would work.

    ``str(error)`` is one sentence to show to a reader; ``field``, ``value`` and ``works`` are its parts.
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


def check_one_of(field: str, value: object, allowed: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise SpecError(field, value, _choice(value, allowed))
    return value


def _choice(value: object, allowed: Sequence[str]) -> str:
    if len(allowed) <= 12:
        return "one of " + ", ".join(map(repr, allowed))
    near = difflib.get_close_matches(str(value)[:100], allowed, n=1, cutoff=0.3) or allowed
    return f"one of {len(allowed)} names, such as {near[0]!r}"


def check_flag(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SpecError(field, value, "True or False")
    return value


class Reader(NamedTuple):
    """How one parameter of an address is read: from text, checked, and what it is if it is not there."""

    read: Callable[[str], object]
    check: Callable[[str, object], object]
    default: object


def whole(most: int, default: object) -> Reader:
    return Reader(number, lambda key, value: check_whole(key, value, most), default)


def one_of(allowed: Sequence[str], default: object) -> Reader:
    return Reader(str, lambda key, value: check_one_of(key, value, allowed), default)


def flag(default: bool) -> Reader:
    return Reader(truth, check_flag, default)


def matching(pattern: str, works: str) -> Reader:
    """Text that matches; empty if it is not there."""

    def check(key: str, value: object) -> object:
        if not re.fullmatch(pattern, str(value)):
            raise SpecError(key, value, works)
        return value

    return Reader(str, check, "")


def number(text: str) -> object:
    """A query's text as a whole number, or the text itself if it is none."""
    # int() would also take "1_000", " 7 " and digits of other scripts
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text


def truth(text: str) -> object:
    """A query's text as a flag, or the text itself if it is none."""
    return {"true": True, "false": False}.get(text.lower(), text)


def read_query(query: Mapping[str, str], readers: Mapping[str, Reader]) -> tuple[dict[str, Any], list[SpecError]]:
    """A value for each reader: what the query says, or the default if it says nothing or what can't be used."""
    values: dict[str, Any] = {}
    dropped: list[SpecError] = []
    for key, (read, check, default) in readers.items():
        values[key] = default
        if key in query:
            try:
                values[key] = check(key, read(query[key]))
            except SpecError as error:
                dropped.append(error)
    return values, dropped


def unknown_keys(query: Mapping[str, str], known: Sequence[str]) -> list[SpecError]:
    """A SpecError for each parameter that nobody reads, with the name that was probably meant."""
    errors = []
    for key in query:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            works = repr(near[0]) if near else "one of " + ", ".join(known)
            errors.append(SpecError("the name of a parameter", key, works))
    return errors
