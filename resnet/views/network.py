"""What the network page shows, as a value that prints to and parses from an address's query parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

from resnet.spec.block import MAX_SIZE
from resnet.spec.checks import Reader, SpecError, one_of, read_query, unknown_keys, whole
from resnet.spec.conventions import DEFAULT, READERS, Conventions, taken
from resnet.spec.network import (
    FAMILIES,
    MAX_CLASSES,
    SHORTCUT_OPTIONS,
    VARIANTS,
    NetworkSpec,
    network,
)
from resnet.trace.network import NetworkBlock, NetworkTrace, trace_network
from resnet.views.compare import View, view_of

Quantity = Literal["params", "macs", "activation_bytes", "receptive_field"]
QUANTITIES: tuple[Quantity, ...] = ("params", "macs", "activation_bytes", "receptive_field")
DEFAULT_NETWORK = "resnet50"


_BUILT = ("variant", "shortcut_option", "height", "width", "num_classes")  # what differs from the family


@dataclass(frozen=True, kw_only=True)
class NetworkView:
    """A network, the ``quantity`` that its picture shows, and the block that a reader came back from (``at``)."""

    spec: NetworkSpec
    quantity: Quantity = "params"
    at: str = ""
    conventions: Conventions = DEFAULT

    @property
    def trace(self) -> NetworkTrace:
        """Of the network as these conventions build it."""
        return trace_network(self.conventions.built(self.spec))

    def to_query(self) -> dict[str, str]:
        """Only what differs from the family's own defaults: the addresses stay short."""
        family = FAMILIES[self.spec.name]
        values = {name: str(getattr(self.spec, name)) for name in _BUILT}
        query = {name: value for name, value in values.items() if value != str(getattr(family, name))}
        if self.spec.name != DEFAULT_NETWORK:
            query = {"network": self.spec.name} | query
        if self.quantity != "params":
            query["quantity"] = self.quantity
        return query | ({"at": self.at} if self.at else {}) | self.conventions.to_query()

    def block(self, name: str) -> NetworkBlock:
        return next(block for block in trace_network(self.spec).blocks if block.name == name)

    def comparison(self, name: str) -> View:
        """The comparison that shows this block with exactly its spec, and leads back here."""
        origin = urlencode(replace(self, at=name).to_query())
        return replace(view_of(self.block(name).trace.spec), origin=origin, conventions=self.conventions)


class ParsedNetworkView(NamedTuple):
    """A valid view, whatever the address said, and one SpecError for each parameter that had to be dropped."""

    view: NetworkView
    dropped: tuple[SpecError, ...]


_QUERY: dict[str, Reader] = {  # None: the family's own default
    "network": one_of(tuple(FAMILIES), DEFAULT_NETWORK),
    "variant": one_of(VARIANTS, None),
    "shortcut_option": one_of(SHORTCUT_OPTIONS, None),
    "height": whole(MAX_SIZE, None),
    "width": whole(MAX_SIZE, None),
    "num_classes": whole(MAX_CLASSES, None),
    "quantity": one_of(QUANTITIES, "params"),
    **READERS,
}
NETWORK_KEYS = (*_QUERY, "at")


def parse_network_view(query: Mapping[str, str]) -> ParsedNetworkView:
    values, dropped = read_query(query, _QUERY)
    quantity, name, conventions = values.pop("quantity"), values.pop("network"), taken(values)
    spec = network(name, **values)
    try:
        t = trace_network(spec)
    except SpecError as error:
        dropped.append(error)
        spec = replace(spec, height=FAMILIES[name].height, width=FAMILIES[name].width)
        t = trace_network(spec)
    at = query.get("at", "")
    names = [block.name for block in t.blocks]
    if "at" in query and at not in names:
        dropped.append(SpecError("at", at, f"the name of a block, from {names[0]} to {names[-1]}"))
        at = ""
    view = NetworkView(spec=spec, quantity=quantity, at=at, conventions=conventions)
    return ParsedNetworkView(view, (*dropped, *unknown_keys(query, NETWORK_KEYS)))


def parse_origin(origin: str) -> NetworkView | None:
    """Where a comparison came from; None if it came from nowhere, or from an address that makes no sense."""
    if not origin:
        return None
    try:
        parsed = parse_network_view(dict(parse_qsl(origin, strict_parsing=True, max_num_fields=len(NETWORK_KEYS))))
    except ValueError:
        return None
    return None if parsed.dropped or not parsed.view.at else parsed.view
