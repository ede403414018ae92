"""Random networks whose truth is known, because whoever grows them writes down what they add."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from math import prod
from typing import Any

from resnet.models.graph import Graph, Input
from resnet.models.node import Dims, Node, Sweep


@dataclass
class Truth:
    """What a residual sum has to be found as."""

    kind: str
    fork: str
    in_shape: Dims
    out_shape: Dims
    channels_change: bool
    size_changes: bool
    params: int
    shortcut_params: int
    macs: int
    inside: tuple[str, ...]


@dataclass
class Growing:
    """A graph that grows, node by node. Names are numbers in a random order: nobody can read anything from them."""

    seed: int
    shape: Dims = (1, 8, 32, 32)
    nodes: list[Node] = field(default_factory=list)
    residual: dict[str, Truth] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.names = [f"n{i}" for i in self.random.sample(range(10_000), 3000)]
        self.shapes: dict[str, Dims] = {"image": self.shape}

    def graph(self, *outputs: str) -> Graph:
        inputs = (Input("image", self.shape),)
        return Graph(name="grown", source="onnx", inputs=inputs, nodes=tuple(self.nodes), outputs=outputs)

    def node(self, kind: Any, *reads: str, shape: Dims | None = None, **more: Any) -> str:
        name = self.names[len(self.nodes)]
        shapes = tuple(self.shapes[one] for one in reads)
        self.shapes[name] = shape or shapes[0]
        self.nodes.append(
            Node(name=name, kind=kind, op=kind, reads=reads, in_shapes=shapes, out_shape=self.shapes[name], **more)
        )
        return name

    def channels(self, x: str) -> int:
        return self.shapes[x][1]

    # layers

    def conv(self, x: str, out: int, kernel: int = 1, stride: int = 1, *, depthwise: bool = False) -> str:
        n, channels, *size = self.shapes[x]
        out = channels if depthwise else out
        groups = channels if depthwise else 1
        after = [-(-one // stride) for one in size]
        weights = out * channels // groups * kernel**2
        half = kernel // 2
        return self.node(
            "conv",
            x,
            shape=(n, out, *after),
            weights=weights,
            macs=weights * prod(after),
            sweep=Sweep((kernel, kernel), (stride, stride), (half,) * 4, (1, 1), groups),
        )

    def norm(self, x: str) -> str:
        c = self.channels(x)
        return self.node(self.random.choice(["batchnorm", "layernorm", "groupnorm"]), x, scale=c, shift=c)

    def act(self, x: str) -> str:
        return self.node(self.random.choice(["relu", "gelu", "silu", "hardswish"]), x)

    def pool(self, kind: str, x: str, stride: int, kernel: int | None = None) -> str:
        n, c, *size = self.shapes[x]
        k = kernel or stride
        sweep = Sweep((k, k), (stride, stride), (0, 0, 0, 0), (1, 1))
        return self.node(kind, x, shape=(n, c, *(-(-one // stride) for one in size)), sweep=sweep)

    def add(self, a: str, b: str) -> str:
        return self.node("add", *self.random.sample([a, b], 2))

    # parts of a main path

    def gate(self, x: str) -> str:
        """Squeeze-and-excitation."""
        n, c, *_ = self.shapes[x]
        y = self.node("avgpool", x, shape=(n, c, 1, 1))
        y = self.node("sigmoid", self.conv(self.act(self.conv(y, max(1, c // 4))), c))
        return self.node("mul", *self.random.sample([x, y], 2), shape=self.shapes[x])

    def inception(self, x: str) -> str:
        branches = [self.act(self.conv(x, 4)), self.act(self.conv(self.act(self.conv(x, 4)), 4, 3))]
        n, _, *size = self.shapes[x]
        return self.node("concat", *branches, shape=(n, 8, *size), axes=(1,))

    def layer(self, x: str) -> str:
        step = self.random.choice(["conv", "wide", "depthwise", "norm", "act", "gate", "inception", "bias", "scale"])
        if step == "bias":
            c = self.channels(x)
            y = self.node("add", x, constants=((c, 1, 1),), shift=c)
            self.other[y] = "bias"
            return y
        if step == "scale":
            c = self.channels(x)
            return self.node("mul", x, constants=((c, 1, 1),), scale=c)
        makes = {
            "conv": lambda: self.conv(x, self.random.choice([4, 8, 16])),
            "wide": lambda: self.conv(x, self.random.choice([4, 8, 16]), 3),
            "depthwise": lambda: self.conv(x, 0, 3, depthwise=True),
            "norm": lambda: self.norm(x),
            "act": lambda: self.act(x),
            "gate": lambda: self.gate(x),
            "inception": lambda: self.inception(x),
        }
        return makes[step]()

    # blocks

    def block(self, x: str, depth: int, *, inside: bool = False) -> str:
        """A residual block, perhaps with others inside; its truth is written down."""
        kind = self.random.choice(["identity"] * 3 + ["projection"] * 2 + ["pool_projection", "zero_pad", "max_pool"])
        stride = 1 if kind == "identity" or inside else self.random.choice([1, 2])
        channels = self.channels(x)
        out = channels if kind in ("identity", "max_pool") else self.random.choice([channels, 2 * channels, 4])
        if kind == "zero_pad":
            out = 2 * channels
        start = len(self.nodes)
        x, fork = self._preactivated(x) if kind == "projection" and self.random.random() < 0.3 else (x, x)
        first = len(self.nodes)
        y = self._main(fork, depth, stride, out)
        among = len(self.nodes)
        s = self._shortcut(fork, kind, stride, out)
        total = self.add(s, y)
        result = self.act(total) if self.random.random() < 0.5 else total
        own = self.nodes[start:]
        before, after = self.shapes[x][1:], self.shapes[total][1:]
        self.residual[total] = Truth(
            kind=kind,
            fork=fork,
            in_shape=before,
            out_shape=after,
            channels_change=before[0] != after[0],
            size_changes=before[1:] != after[1:],
            params=sum(node.params for node in own),
            shortcut_params=sum(node.params for node in self.nodes[among:]),
            macs=sum(node.macs for node in own),
            inside=tuple(node.name for node in self.nodes[first:among] if node.name in self.residual),
        )
        return result

    def _preactivated(self, x: str) -> tuple[str, str]:
        """Norm and activation that both paths read, behind a pool: nobody's but the block's."""
        x = self.pool("maxpool", x, 1, 3)
        return x, self.act(self.norm(x))

    def _main(self, x: str, depth: int, stride: int, out: int) -> str:
        y = self.act(self.conv(x, self.random.choice([4, 8]), self.random.choice([1, 3]), stride))
        for _ in range(self.random.randint(0, 3)):
            nested = depth > 0 and self.random.random() < 0.4
            y = self.block(self.conv(y, 8, 3), depth - 1, inside=True) if nested else self.layer(y)
        y = self.conv(y, out, self.random.choice([1, 3]))
        return self.norm(y) if self.random.random() < 0.7 else y

    def _shortcut(self, x: str, kind: str, stride: int, out: int) -> str:
        if kind == "identity":
            return x
        if kind == "max_pool":
            return self.pool("maxpool", x, stride, 3)
        if kind == "zero_pad":
            n, c, *size = self.shapes[x]
            if stride > 1:
                sweep = Sweep((1, 1), (stride, stride), (0,) * 4, (1, 1))
                x = self.node("slice", x, shape=(n, c, *(-(-one // stride) for one in size)), sweep=sweep)
            n, c, *size = self.shapes[x]
            return self.node("pad", x, shape=(n, out, *size), zeros=True, axes=(1,))
        if kind == "pool_projection":
            x, stride = self.pool("avgpool", x, stride, 3), 1
        y = self.conv(x, out, 1, stride)
        return self.norm(y) if self.random.random() < 0.7 else y

    # what is no residual sum

    def distraction(self, x: str) -> str:
        """Something that adds, and is none."""
        n, c, *size = self.shapes[x]
        which = self.random.choice(["bias", "embedding", "broadcast", "branches", "untrained", "scales", "fpn"])
        if which in ("bias", "embedding"):
            shape = (c, 1, 1) if which == "bias" else (1, c, *size)
            y = self.node("add", x, constants=(shape,), shift=prod(shape))
        elif which == "broadcast":
            y = self.node("add", x, self.node("avgpool", x, shape=(n, c, 1, 1)))
        elif which == "branches":
            y = self.add(self.act(self.conv(x, 8, 3)), self.act(self.conv(x, 8, 5)))
        elif which == "untrained":
            y = self.add(x, self.node("mul", self.node("tanh", x), constants=((),)))
        else:
            inner = self.act(self.conv(x, c, 3, 2))
            up = self.node("resize", self.conv(inner, c), shape=(n, c, *size))
            y = self.add(self.conv(x, c) if which == "fpn" else x, up)
        self.other[y] = "scales" if which == "fpn" else which
        return y


def grown(seed: int, blocks: int) -> tuple[Growing, Graph]:
    """A whole network."""
    g = Growing(seed)
    x = g.pool("maxpool", g.act(g.norm(g.conv("image", 8, 7, 2))), 1, 3)
    for _ in range(blocks):
        x = g.block(x, depth=2)
        if g.random.random() < 0.4:
            x = g.act(g.distraction(x))
        if min(g.shapes[x][2:]) < 4:
            break
    x = g.node("avgpool", x, shape=(1, g.channels(x), 1, 1))
    return g, g.graph(x)
