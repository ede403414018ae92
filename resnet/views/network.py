"""What the network page shows: a whole network, in one quantity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlencode

from resnet.numbers.quantities import QUANTITY, Quantity
from resnet.spec import catalogue, conventions
from resnet.spec.catalogue import DEFAULT_NETWORK, FAMILIES, network
from resnet.spec.conventions import taken
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec
from resnet.spec.parameters import Parameter, Text, misnamed
from resnet.trace.network import NetworkBlock, NetworkTrace, trace_network
from resnet.views.address import Addressed, Parsed
from resnet.views.compare import CompareView, view_of

AT = Parameter(
    name="at",
    takes=Text(".*", "the name of a block, such as layer2.0", 40),
    default=None,
    label="Block that is marked",
    words="A block, such as layer2.0, that a reader came back from.",
)


@dataclass(frozen=True, kw_only=True)
class NetworkView(Addressed):
    """A network, the ``quantity`` that its picture shows, and the block that a reader came back from (``at``)."""

    PAGE = "network"
    PARAMETERS = (*catalogue.PARAMETERS, QUANTITY, AT, *conventions.PARAMETERS)
    OUTDATES: ClassVar = {"network": ("at",)}

    spec: NetworkSpec
    quantity: Quantity = QUANTITY.default
    at: str = ""

    @property
    def trace(self) -> NetworkTrace:
        """Of the network as these conventions build it."""
        return trace_network(self.conventions.built(self.spec))

    def values(self) -> dict[str, Any]:
        known = _settings(self.spec) | {"at": self.at or None}
        return {one.name: known[one.name] if one.name in known else self._value(one.name) for one in self.PARAMETERS}

    def opens(self) -> Mapping[str, Any]:
        """The family's own defaults."""
        return {**super().opens(), **_settings(FAMILIES[self.spec.name]), "network": DEFAULT_NETWORK}

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Parsed[Self]:
        said, quantity, at = taken(values), values.pop("quantity"), values.pop("at")
        dropped = []
        spec = network(values.pop("network"), **values)
        try:
            t = trace_network(spec)
        except SpecError as error:
            dropped.append(error)
            family = FAMILIES[spec.name]
            spec = replace(spec, height=family.height, width=family.width)
            t = trace_network(spec)
        names = [block.name for block in t.blocks]
        if at is not None and at not in names:
            dropped.append(SpecError("at", at, f"the name of a block, from {names[0]} to {names[-1]}"))
            at = None
        return Parsed(cls(spec=spec, quantity=quantity, at=at or "", conventions=said), tuple(dropped))

    def block(self, name: str) -> NetworkBlock:
        return next(block for block in trace_network(self.spec).blocks if block.name == name)

    def comparison(self, name: str) -> CompareView:
        """The comparison that shows this block with exactly its spec, and leads back here."""
        origin = urlencode(replace(self, at=name).to_query())
        return replace(view_of(self.block(name).trace.spec), origin=origin, conventions=self.conventions)


def _settings(spec: NetworkSpec) -> dict[str, Any]:
    return {one.name: spec.name if one.name == "network" else getattr(spec, one.name) for one in catalogue.PARAMETERS}


def parse_origin(origin: str) -> NetworkView | None:
    """Where a comparison came from; None if it came from nowhere, or from an address that makes no sense."""
    if not origin:
        return None
    own = [one.name for one in NetworkView.PARAMETERS]
    try:
        query = dict(parse_qsl(origin, strict_parsing=True, max_num_fields=len(own)))
    except ValueError:
        return None
    view, dropped = NetworkView.read(query)
    return None if dropped or misnamed(query, own, own) or not view.at else view
