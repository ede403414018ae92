"""A parameter is one thing that can be asked for, and is declared once.

    Parameter(name="stride", takes=Whole(4), default=1, label="Stride", words="Of the block, and so of its shortcut.")

From that one declaration follow: how an address is read and written, the control's bounds and its help, the API's
document, the command line's option, the README's table. ``read_query`` reads a whole address with them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, NamedTuple, Protocol

from resnet.spec.errors import SpecError, check_flag, check_one_of, check_whole


class Takes(Protocol):
    """What values a parameter takes: how they are read from text, checked, written, and described."""

    def read(self, text: str) -> object:
        """A value from an address's text, or the text itself if it makes no sense: ``check`` then explains."""

    def check(self, name: str, value: object) -> Any:
        """The value, or a SpecError."""

    def write(self, value: object) -> str:
        """What ``read`` understands."""

    @property
    def described(self) -> str:
        """For a reader of documentation: '1 to 4'."""

    @property
    def schema(self) -> dict[str, object]:
        """The same as JSON Schema."""


class Whole(NamedTuple):
    """A whole number from 1 on."""

    most: int

    def read(self, text: str) -> object:
        return _number(text)

    def check(self, name: str, value: object) -> int:
        return check_whole(name, value, self.most)

    def write(self, value: object) -> str:
        return str(value)

    @property
    def described(self) -> str:
        return f"1 to {self.most:,}"

    @property
    def schema(self) -> dict[str, object]:
        return {"type": "integer", "minimum": 1, "maximum": self.most}


class Odd(NamedTuple):
    """An odd number from 1 on."""

    most: int

    def read(self, text: str) -> object:
        return _number(text)

    def check(self, name: str, value: object) -> int:
        works = f"an odd whole number from 1 to {self.most}, so that padding (f − 1)/2 keeps the size at stride 1"
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise SpecError(name, value, works)
        number = int(value)
        if not 1 <= number <= self.most or number % 2 == 0:
            raise SpecError(name, value, works)
        return number

    def write(self, value: object) -> str:
        return str(value)

    @property
    def described(self) -> str:
        return f"odd, 1 to {self.most:,}"

    @property
    def schema(self) -> dict[str, object]:
        return {"type": "integer", "enum": list(range(1, self.most + 1, 2))}


class OneOf(NamedTuple):
    """One key of a table. ``names`` gives the table's keys, each with the name that a reader sees, as it is now."""

    names: Callable[[], Mapping[str, str]]

    def read(self, text: str) -> object:
        return text

    def check(self, name: str, value: object) -> str:
        return check_one_of(name, value, self.names())

    def write(self, value: object) -> str:
        return str(value)

    @property
    def described(self) -> str:
        keys = list(self.names())
        return ", ".join(keys) if len(keys) <= 12 else f"one of {len(keys)}: {', '.join(keys[:2])} …"

    @property
    def schema(self) -> dict[str, object]:
        return {"type": "string", "enum": list(self.names())}


class Flag(NamedTuple):
    """True or false."""

    def read(self, text: str) -> object:
        return {"true": True, "false": False}.get(text.lower(), text)

    def check(self, name: str, value: object) -> bool:
        return check_flag(name, value)

    def write(self, value: object) -> str:
        return str(value).lower()

    @property
    def described(self) -> str:
        return "true, false"

    @property
    def schema(self) -> dict[str, object]:
        return {"type": "boolean"}


class Text(NamedTuple):
    """Text that matches. ``works`` says in words what does."""

    pattern: str
    works: str
    longest: int

    def read(self, text: str) -> object:
        return text

    def check(self, name: str, value: object) -> str:
        text = str(value)
        if len(text) > self.longest or not re.fullmatch(self.pattern, text, flags=re.DOTALL):
            raise SpecError(name, value, self.works)
        return text

    def write(self, value: object) -> str:
        return str(value)

    @property
    def described(self) -> str:
        return self.works

    @property
    def schema(self) -> dict[str, object]:
        bounds = {"type": "string", "maxLength": self.longest}
        return bounds if self.pattern == ".*" else bounds | {"pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One thing that can be asked for.

    ``name``     in an address, as a field, and (with hyphens) on the command line
    ``takes``    which values
    ``default``  what it is if nothing is said; None where that depends on another parameter
    ``label``    at its control
    ``words``    what it is, in a sentence or two, wherever it is explained
    ``obvious``  its label says enough at its control, which then offers no help
    """

    name: str
    takes: Takes
    default: Any
    label: str
    words: str
    obvious: bool = False

    @property
    def choices(self) -> Mapping[str, str]:
        """Each key that it takes, with the name that a reader sees; none where it takes anything else."""
        return self.takes.names() if isinstance(self.takes, OneOf) else {}

    def read(self, text: str) -> Any:
        """From an address's text. Raises SpecError."""
        return self.takes.check(self.name, self.takes.read(text))

    def check(self, value: object) -> Any:
        """The value, or a SpecError."""
        return self.takes.check(self.name, value)

    def write(self, value: object) -> str:
        """For an address."""
        return self.takes.write(value)


def by_name(parameters: Iterable[Parameter]) -> dict[str, Parameter]:
    return {one.name: one for one in parameters}


def read_query(
    query: Mapping[str, str], parameters: Iterable[Parameter]
) -> tuple[dict[str, Any], tuple[SpecError, ...]]:
    """A value for each parameter, and a SpecError for each that had to be dropped.

    What the query does not say takes its default, and so does what can't be used.
    """
    values: dict[str, Any] = {}
    dropped: list[SpecError] = []
    for one in parameters:
        values[one.name] = one.default
        if one.name in query:
            try:
                values[one.name] = one.read(query[one.name])
            except SpecError as error:
                dropped.append(error)
    return values, tuple(dropped)


def misnamed(query: Mapping[str, str], own: Collection[str], ours: Collection[str]) -> tuple[SpecError, ...]:
    """A SpecError for each name that was probably meant for us: nearly one of our ``own``, or another page's.

    ``ours`` are the names of all pages. What is neither (``fbclid``, ``utm_source``) is somebody else's: left alone.
    """
    errors = []
    for name in query:
        if name not in own:
            near = difflib.get_close_matches(name, own, n=1, cutoff=0.75)
            if near or name in ours:
                works = repr(near[0]) if near else "one of " + ", ".join(own)
                errors.append(SpecError("the name of a parameter", name, works))
    return tuple(errors)


def _number(text: str) -> object:
    # int() would also take "1_000", " 7 " and digits of other scripts
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else text
