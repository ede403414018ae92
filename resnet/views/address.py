"""A page's view: a frozen value that is an address. What every page's view has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from resnet.spec.conventions import DEFAULT, Conventions, taken
from resnet.spec.errors import SpecError
from resnet.spec.parameters import Parameter, by_name, read_query

V = TypeVar("V", bound="Addressed")


class Parsed(NamedTuple, Generic[V]):
    """A valid view, whatever the address said, and one SpecError for each parameter that had to be dropped."""

    view: V
    dropped: tuple[SpecError, ...]


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """What a page shows, in these conventions. A subclass is a frozen dataclass and says which parameters it has.

    ``PAGE``        the page's name in an address
    ``PARAMETERS``  in the order in which they are written
    ``OUTDATES``    a control -> the parameters of the address that mean nothing any more when it changes
    """

    PAGE: ClassVar[str]
    PARAMETERS: ClassVar[tuple[Parameter, ...]]
    OUTDATES: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    conventions: Conventions = DEFAULT

    @property
    def settled(self) -> bool:
        """Whether it shows the same whenever it is asked for; what a run has told so far does not."""
        return True

    def values(self) -> dict[str, Any]:
        """By parameter, in the order of ``PARAMETERS``; without those that say nothing here."""
        return {one.name: self._value(one.name) for one in self.PARAMETERS}

    def _value(self, name: str) -> Any:
        return getattr(self.conventions if name in Conventions.__dataclass_fields__ else self, name)

    def opens(self) -> Mapping[str, Any]:
        """What the page shows where the address says nothing."""
        return {one.name: one.default for one in self.PARAMETERS}

    def to_query(self) -> dict[str, str]:
        """Only what differs from the page as it opens: the addresses stay short."""
        declared, opens = by_name(self.PARAMETERS), self.opens()
        said = {name: value for name, value in self.values().items() if value != opens[name]}
        return {name: declared[name].write(value) for name, value in said.items()}

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Parsed[Self]:
        """The view that an address names; what it says beyond our parameters is not looked at."""
        values, dropped = read_query(query, cls.PARAMETERS)
        view, more = cls.from_values(values)
        return Parsed(view, (*dropped, *more))

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Parsed[Self]:
        """From a checked value for each parameter. What they can't be together is dropped."""
        return Parsed(cls(conventions=taken(values), **values), ())
