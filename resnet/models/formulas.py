"""The formulas of activations and norms, as exporters write them out.

    mul(x, sigmoid(x))             SiLU; x is the same tensor wherever it stands
    mul(mul(x, add(erf(div(x)))))  ½ · (x · (erf(x / √2) + 1)), a GELU: constants are left out

``a|b(x)`` is either operation. Sums and products are meant in any order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from resnet.models.node import KINDS, Kind, Node


@dataclass(frozen=True)
class Tree:
    """An operation that is one of ``ops``, and what it reads: None is x."""

    ops: frozenset[str]
    reads: tuple[Tree | None, ...]


@dataclass(frozen=True)
class Formula:
    """``roots``: kinds that its last operation can have."""

    kind: Kind
    tree: Tree

    @property
    def roots(self) -> frozenset[str]:
        known = self.tree.ops & KINDS
        return known if known == self.tree.ops else known | {"other"}


def words(node: Node) -> frozenset[str]:
    """What a formula can call this operation: by its kind, or as its source does."""
    found = _words(node.kind, node.op)
    whole_map = node.kind == "avgpool" and node.out_shape is not None and set(node.out_shape[2:]) == {1}
    return found | {"mean"} if whole_map else found


@lru_cache(maxsize=1024)
def _words(kind: str, op: str) -> frozenset[str]:
    """ONNX's ReduceMean and torch's aten.mean.dim are both a mean."""
    name = op.split(".")[1].rstrip("_") if op.startswith("aten.") else op.lower().removeprefix("reduce")
    return frozenset((kind, name))


def _parsed(text: str) -> Tree | None:
    tree, rest = _parse(re.findall(r"[\w|]+|[(),]", text))
    assert not rest, text
    return tree


def _parse(tokens: list[str]) -> tuple[Tree | None, list[str]]:
    name, *rest = tokens
    if not rest or rest[0] != "(":
        assert name == "x", name
        return None, rest
    reads: list[Tree | None] = []
    while rest[0] != ")":
        read, rest = _parse(rest[1:])
        reads.append(read)
    return Tree(frozenset(name.split("|")), tuple(reads)), rest[1:]


_CUBES = ("mul(x, mul(x, x))", "pow(x)")
_INSIDE_GELU = (
    "erf(div|mul(x))",
    *(f"tanh(mul(add(x, mul({cube}))))" for cube in _CUBES),
    "tanh(mul(mul(x), add(mul(mul(x, x)))))",
    "tanh(mul(mul(x), add(mul(mul(x), x))))",
    "tanh(mul(x, add(mul(mul(x, x)))))",
)
_GELUS = ("mul|div(mul(x, add({inside})))", "mul(x, mul|div(add({inside})))", "mul(mul|div(x), add({inside}))")

_LESS_MEAN = "sub(x, mean(x))"
_SQUARES = ("pow|square({of})", "mul({of}, {of})")
_BY_ROOT = (  # of what is under the root
    "div({of}, sqrt|pow(add({square})))",
    "mul({of}, rsqrt|pow(add({square})))",
    "mul({of}, reciprocal|div(sqrt(add({square}))))",
)


def _written() -> Iterator[tuple[Kind, str]]:
    yield "softplus", "where(greater|gt(x), x, softplus(x))"
    yield "hardsigmoid", "div|mul(relu6|clip|clamp(add(x)))"
    yield "silu", "mul(x, sigmoid(x))"
    yield "silu", "mul(x, sigmoid(mul(x)))"  # with a factor inside
    yield "hardswish", "mul(x, hardsigmoid(x))"
    yield "hardswish", "div|mul(mul(x, relu6|clip|clamp(add(x))))"
    yield "mish", "mul(x, tanh(softplus(x)))"
    for form, inside in product(_GELUS, _INSIDE_GELU):
        yield "gelu", form.format(inside=inside)
    for root in _BY_ROOT:  # LayerNorm first: behind its x − mean it is an RMSNorm too
        yield "layernorm", root.format(of=_LESS_MEAN, square="var(x)")
        for square in _SQUARES:
            yield "layernorm", root.format(of=_LESS_MEAN, square=f"mean({square.format(of=_LESS_MEAN)})")
    yield "layernorm", f"div({_LESS_MEAN}, add(std(x)))"
    for root, square in product(_BY_ROOT, _SQUARES):
        yield "rmsnorm", root.format(of="x", square=f"mean({square.format(of='x')})")


def _formulas() -> Iterator[Formula]:
    for kind, text in _written():
        tree = _parsed(text)
        assert tree is not None
        yield Formula(kind, tree)


FORMULAS: tuple[Formula, ...] = tuple(_formulas())
