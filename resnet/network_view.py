"""What the network page shows, as a value that prints to and parses from an address's query parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

from resnet.families import (
    FAMILIES,
    MAX_CLASSES,
    SHORTCUT_OPTIONS,
    VARIANTS,
    NetworkSpec,
    network,
)
from resnet.network_trace import NetworkBlock, trace_network
from resnet.spec import MAX_SIZE, SpecError, check_one_of, check_whole, number
from resnet.view import View, unknown, view_of

Quantity = Literal["params", "macs", "activation_bytes", "receptive_field"]
QUANTITIES: tuple[Quantity, ...] = ("params", "macs", "activation_bytes", "receptive_field")
DEFAULT_NETWORK = "resnet50"

NETWORK_KEYS = ("network", "variant", "shortcut_option", "height", "width", "num_classes", "quantity", "at")


@dataclass(frozen=True, kw_only=True)
class NetworkView:
    """A network, the ``quantity`` that its picture shows, and the block that a reader came back from (``at``)."""

    spec: NetworkSpec
    quantity: Quantity = "params"
    at: str = ""

    def to_query(self) -> dict[str, str]:
        """Only what differs from the family's own defaults: the addresses stay short."""
        family = FAMILIES[self.spec.name]
        values = {name: str(getattr(self.spec, name)) for name in NETWORK_KEYS[1:6]}
        query = {name: value for name, value in values.items() if value != str(getattr(family, name))}
        if self.spec.name != DEFAULT_NETWORK:
            query = {"network": self.spec.name} | query
        if self.quantity != "params":
            query["quantity"] = self.quantity
        return query | ({"at": self.at} if self.at else {})

    def block(self, name: str) -> NetworkBlock:
        return next(block for block in trace_network(self.spec).blocks if block.name == name)

    def comparison(self, name: str) -> View:
        """The comparison that shows this block with exactly its spec, and leads back here."""
        return replace(view_of(self.block(name).trace.spec), origin=urlencode(replace(self, at=name).to_query()))


class ParsedNetworkView(NamedTuple):
    """A valid view, whatever the address said, and one SpecError for each parameter that had to be dropped."""

    view: NetworkView
    dropped: tuple[SpecError, ...]


def parse_network_view(query: Mapping[str, str]) -> ParsedNetworkView:
    dropped: list[SpecError] = [unknown(key, NETWORK_KEYS) for key in query if key not in NETWORK_KEYS]

    def read(key: str, check: Callable[[], object], default: object) -> object:
        if key not in query:
            return default
        try:
            return check()
        except SpecError as error:
            dropped.append(error)
            return default

    name = str(read("network", lambda: check_one_of("network", query["network"], tuple(FAMILIES)), DEFAULT_NETWORK))
    choices = {"variant": VARIANTS, "shortcut_option": SHORTCUT_OPTIONS}
    bounds = {"height": MAX_SIZE, "width": MAX_SIZE, "num_classes": MAX_CLASSES}
    given = {key: read(key, lambda key=key: check_one_of(key, query[key], choices[key]), None) for key in choices}  # type: ignore[misc]
    given |= {key: read(key, lambda key=key: check_whole(key, number(query[key]), bounds[key]), None) for key in bounds}  # type: ignore[misc]
    spec = network(name, **given)  # type: ignore[arg-type]
    try:
        t = trace_network(spec)
    except SpecError as error:
        dropped.append(error)
        spec = replace(spec, height=FAMILIES[name].height, width=FAMILIES[name].width)
        t = trace_network(spec)
    quantity = read("quantity", lambda: check_one_of("quantity", query["quantity"], QUANTITIES), "params")
    names = tuple(block.name for block in t.blocks)
    at = read("at", lambda: _block_name(query["at"], names), "")
    return ParsedNetworkView(NetworkView(spec=spec, quantity=quantity, at=at), tuple(dropped))  # type: ignore[arg-type]


def _block_name(value: str, names: tuple[str, ...]) -> str:
    if value not in names:
        raise SpecError("at", value, f"the name of a block, from {names[0]} to {names[-1]}")
    return value


def parse_origin(origin: str) -> NetworkView | None:
    """Where a comparison came from; None if it came from nowhere, or from an address that makes no sense."""
    if not origin:
        return None
    try:
        parsed = parse_network_view(dict(parse_qsl(origin, strict_parsing=True, max_num_fields=len(NETWORK_KEYS))))
    except ValueError:
        return None
    return None if parsed.dropped or not parsed.view.at else parsed.view
