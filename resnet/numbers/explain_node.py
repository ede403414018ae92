"""The arithmetic behind an operation of anybody's network: where its parameters and its multiply-adds come from.

What is said is computed here, from shapes and windows alone, and only said if it is what the operation has: a weight
that is shared, or laid out in another way, is given as a number without a formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from resnet import text
from resnet.models.node import NORMS, Node
from resnet.numbers.explain import Formula


def node_formulas(node: Node, batch: int = 1) -> tuple[Formula, ...]:
    """Parameters and multiply-adds of one image, each with its formula where there is one."""
    return (*_parameters(node), *_operations(node, batch))


def _parameters(node: Node) -> Iterator[Formula]:
    if not node.params:
        return
    factors = _factors(node)
    formula = numbers = ""
    if factors and _weights(node) == node.weights:
        formula, numbers = " · ".join(letter for letter, _ in factors), " · ".join(text.count(n) for _, n in factors)
        if node.biases:
            formula, numbers = f"{formula} + biases", f"{numbers} + {text.count(node.biases)}"
    elif node.kind in NORMS and node.scale == node.shift:
        formula, numbers = "γ and β: 2 · C", f"2 · {text.count(node.scale)}"
    yield Formula("params", "Parameters", formula, numbers or text.count(node.params), node.params)


def _factors(node: Node) -> tuple[tuple[str, int], ...]:
    """What a layer's weights are the product of, each with its letter."""
    if node.kind == "linear":
        return (("outputs", node.channels_made), ("inputs", node.channels_read))
    if node.kind != "conv" or node.sweep is None:
        return ()
    groups = node.sweep.groups
    read = ("C_in / groups" if groups > 1 else "C_in", node.channels_read // groups)
    return (("C_out", node.channels_made), read, *(("f", side) for side in node.sweep.kernel))


def _weights(node: Node) -> int:
    return prod(n for _, n in _factors(node))


def _operations(node: Node, batch: int) -> Iterator[Formula]:
    if not node.macs:
        return
    macs = node.macs // batch if node.macs % batch == 0 else node.macs
    formula, numbers = "", text.count(macs)
    made, weights = node.out_shape, _weights(node)
    if made and _factors(node):
        positions = made[2:] if node.kind == "conv" else made[1:-1]
        if weights * prod(positions) == macs:
            formula = "weights · positions of the result"
            numbers = " · ".join([text.count(weights), *map(str, positions)])
    yield Formula("macs", "Multiply-adds", formula, numbers, macs)
