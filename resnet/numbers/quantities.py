"""What a network is measured in: one row for each quantity. Pictures, charts, addresses and options read it here.

A quantity that adds up has a sum over operations, and the shortcut has a share of it; a receptive field does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from resnet import text
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.spec.parameters import OneOf, Parameter
from resnet.trace.network import NetworkBlock
from resnet.trace.values import BYTES_PER_ELEMENT, OpTrace

Quantity = str  # a key of QUANTITIES
Ops = tuple[OpTrace, ...]


class QuantityKind(NamedTuple):
    """One quantity.

    ``label``    at a control: the same whatever the conventions, so that a choice stays chosen
    ``name``     in a sentence;  ``heading``  over a chart;  both as these conventions call it
    ``amount``   a number of it as a reader sees it: '231.2 M', '3.1 MiB', '427 px'
    ``unit``     what is added to say of what: ' parameters'
    ``total``    over operations; None if it does not add up
    ``of``       a block's
    """

    key: Quantity
    label: str
    name: Callable[[Conventions], str]
    heading: Callable[[Conventions], str]
    amount: Callable[[int], str]
    unit: Callable[[Conventions], str]
    total: Callable[[Ops, Conventions], int] | None
    of: Callable[[NetworkBlock, Conventions], int]

    def with_unit(self, value: int, conventions: Conventions = DEFAULT) -> str:
        """'25.6 M parameters', '231.2 M MACs', '3.1 MiB'"""
        return self.amount(value) + self.unit(conventions)

    def share(self, block: NetworkBlock, conventions: Conventions = DEFAULT) -> int:
        """How much of it the shortcut's operations have."""
        return self.total(block.trace.on("shortcut"), conventions) if self.total else 0


QUANTITIES: dict[Quantity, QuantityKind] = {
    row.key: row
    for row in (
        QuantityKind(
            key="params",
            label="Parameters",
            name=lambda _: "parameters",
            heading=lambda conventions: conventions.counts.heading,
            amount=text.million,
            unit=lambda _: " parameters",
            total=lambda ops, conventions: conventions.params(*ops),
            of=lambda block, conventions: conventions.params(block),
        ),
        QuantityKind(
            key="macs",
            label="Multiply-adds, FLOPs",
            name=lambda conventions: conventions.operation.plural,
            heading=lambda conventions: conventions.operation.heading,
            amount=text.million,
            unit=lambda conventions: f" {conventions.operation.name}",
            total=lambda ops, conventions: conventions.operations(*ops),
            of=lambda block, conventions: conventions.operations(block),
        ),
        QuantityKind(
            key="activation_bytes",
            label="Activation memory",
            name=lambda _: "activation memory",
            heading=lambda _: "Activation memory in bytes (float32, batch 1)",
            amount=text.memory,
            unit=lambda _: "",
            total=lambda ops, _: BYTES_PER_ELEMENT * sum(op.out_elements for op in ops),
            of=lambda block, _: block.activation_bytes,
        ),
        QuantityKind(
            key="receptive_field",
            label="Receptive field",
            name=lambda _: "receptive field",
            heading=lambda _: "Receptive field",
            amount=lambda value: f"{value:,} px",
            unit=lambda _: "",
            total=None,
            of=lambda block, _: block.receptive_field,
        ),
    )
}

QUANTITY = Parameter(
    name="quantity",
    takes=OneOf(lambda: {key: row.label for key, row in QUANTITIES.items()}),
    default="params",
    label="The picture shows",
    words="What fills the cells of the network’s picture.",
    obvious=True,
)
