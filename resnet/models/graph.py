"""Anybody's network as a value: its operations in the order in which they run, and what they add up to.

    g = read_onnx("model.onnx")
    g.params, g.macs, g.in_shapes, g.out_shapes, len(g.nodes)
    g.unknown        operations whose shape can't be known, and why

No tensor is kept. Shapes are as the file or the module has them, with the batch axis.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from resnet.models.node import NORMS, Dims, Node
from resnet.models.sums import Found, OtherSum, ResidualSum, find
from resnet.models.web import Web

BYTES_PER_ELEMENT = 4  # float32


class Input(NamedTuple):
    """What a graph is given. ``shape`` is None where the source does not say enough."""

    name: str
    shape: Dims | None


class Unknown(NamedTuple):
    """An operation whose result has no known shape. ``why`` is a sentence."""

    name: str
    op: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A network.

    ``name``     of the file, the module's class or the network
    ``source``   ``onnx``, ``module`` or ``network``
    ``inputs``   names and shapes of what it is given
    ``nodes``    in an order in which they can run: each reads what stands before it
    ``outputs``  names of nodes, or of inputs, that are the graph's results
    """

    name: str
    source: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]

    @property
    def in_shapes(self) -> tuple[Dims | None, ...]:
        """Of its inputs, with the batch axis."""
        return tuple(one.shape for one in self.inputs)

    @property
    def out_shapes(self) -> tuple[Dims | None, ...]:
        """Of its results, with the batch axis."""
        return tuple(self.shapes.get(name) for name in self.outputs)

    @cached_property
    def shapes(self) -> dict[str, Dims | None]:
        """Of every input and every node, by its name."""
        return {one.name: one.shape for one in self.inputs} | {one.name: one.out_shape for one in self.nodes}

    @cached_property
    def by_name(self) -> dict[str, Node]:
        """Every node by its name."""
        return {one.name: one for one in self.nodes}

    def named(self, names: Iterable[str]) -> tuple[Node, ...]:
        """The nodes with these names."""
        return tuple(self.by_name[name] for name in names)

    @property
    def batch(self) -> int:
        """Images that go through at once: the first axis of the first input."""
        shape = self.inputs[0].shape if self.inputs else None
        return shape[0] if shape else 1

    @property
    def params(self) -> int:
        """All that is trained, what is shared counted once."""
        return sum(one.params for one in self.nodes)

    @property
    def buffers(self) -> int:
        """Elements of BatchNorm's running means and variances."""
        return sum(one.buffers for one in self.nodes)

    @property
    def macs(self) -> int:
        """Multiply-adds of convolutions, linear layers, matrix products and attention, for one image."""
        return self.per_image(sum(one.macs for one in self.nodes))

    @property
    def activation_bytes(self) -> int:
        """Bytes of every operation's result kept once, as training does: float32, one image, the input not counted."""
        return BYTES_PER_ELEMENT * self.per_image(sum(elements(one.out_shape) for one in self.nodes if one.out_shape))

    def per_image(self, count: int) -> int:
        """What one image's share is of a count for the whole batch; the count itself where that is no whole number."""
        return count // self.batch if self.batch > 0 and count % self.batch == 0 else count

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """Operations without a known shape, and why; everything in front of them stands."""
        return tuple(Unknown(one.name, one.op, one.why) for one in self.nodes if one.out_shape is None)

    @cached_property
    def _found(self) -> Found:
        return find(Web(self.shapes, self.nodes), self.batch or 1)

    @property
    def other_sums(self) -> tuple[OtherSum, ...]:
        """Additions that are no residual sums, in the order in which they run, and why."""
        return self._found.other

    @property
    def folded(self) -> tuple[Node, ...]:
        """Convolutions that look as if an exporter had folded a BatchNorm into them; none if one is left behind any.

        No norm of another kind is in the network. Where there is no norm at all, all of them do: a bias that is zero
        may have been left out, as torch's exporter does. Else those with a bias. A network that never had a BatchNorm
        looks the same: a file does not tell. What works on single positions (squeeze-and-excitation) is not meant.
        """
        norms = [one for one in self.nodes if one.kind in NORMS]
        if any(one.kind != "batchnorm" or self._behind_conv(one) for one in norms):
            return ()
        return tuple(
            one for one in self.nodes if one.kind == "conv" and (one.biases or not norms) and max(_map(one)) > 1
        )

    def _behind_conv(self, norm: Node) -> bool:
        source = self.by_name.get(norm.reads[0]) if norm.reads else None
        return source is not None and source.kind == "conv"


def _map(convolution: Node) -> Dims:
    """The size that it reads; where that is not known, taken for a map."""
    shape = convolution.in_shapes[0] if convolution.in_shapes else None
    return shape[2:] if shape and len(shape) > 2 else (2,)


def elements(shape: Dims) -> int:
    count = 1
    for one in shape:
        count *= one
    return count


def residual_sums(graph: Graph) -> tuple[ResidualSum, ...]:
    """Every place where a tensor is added to what was made of it, in the order in which they run.

    ``graph``  from ``read_onnx`` or ``read_module``

    Shapes of a sum are without the batch axis, and its counts are for one image. Never raises: an addition that is no
    residual sum is one of ``graph.other_sums``, with the reason.
    """
    return graph._found.residual


def own_nodes(graph: Graph, one: ResidualSum) -> tuple[Node, ...]:
    """All that belongs to a residual sum, its shortcut included, in the order in which it runs."""
    return graph.named((*one.before, *one.main, *one.shortcut, one.add, *one.after))
