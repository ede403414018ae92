"""Networks of blocks that are described in a line each, and edits of them whose effect on every row is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from resnet.models.graph import Graph, Input
from resnet.models.node import Dims, Kind, Node, Sweep

CHANNELS = 16
SIDE = 64


@dataclass(frozen=True)
class Block:
    """k×k conv to ``width`` channels, 1×1 conv back; a shortcut that fits. ``width`` tells one block from another."""

    width: int
    kernel: int = 3
    groups: int = 1
    stride: int = 1
    shortcut: str = "identity"

    @property
    def possible(self) -> bool:
        return self.stride == 1 or self.shortcut != "identity"


class _Stack:
    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nodes: list[Node] = []
        self.shapes: dict[str, Dims] = {"image": (1, 3, SIDE, SIDE)}

    def add(self, kind: Kind, *reads: str, shape: Dims | None = None, **more: Any) -> str:
        name = f"{self.prefix}{len(self.nodes)}"
        shapes = tuple(self.shapes[one] for one in reads)
        self.shapes[name] = shape or shapes[0]
        made = {"in_shapes": shapes, "out_shape": self.shapes[name], **more}
        self.nodes.append(Node(name=name, kind=kind, op=kind, reads=reads, **made))
        return name

    def conv(self, x: str, channels: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> str:
        read = self.shapes[x]
        side = -(-read[2] // stride)
        weights = channels * read[1] // groups * kernel**2
        sweep = Sweep((kernel,) * 2, (stride,) * 2, (kernel // 2,) * 4, (1, 1), groups)
        shape = (1, channels, side, side)
        return self.add("conv", x, shape=shape, weights=weights, macs=weights * side**2, sweep=sweep)

    def norm(self, x: str) -> str:
        channels = self.shapes[x][1]
        return self.add("batchnorm", x, scale=channels, shift=channels, buffers=2 * channels)

    def pool(self, x: str, stride: int) -> str:
        read = self.shapes[x]
        side = -(-read[2] // stride)
        sweep = Sweep((3, 3), (stride,) * 2, (1,) * 4, (1, 1))
        return self.add("avgpool", x, shape=(1, read[1], side, side), sweep=sweep)

    def block(self, x: str, one: Block) -> str:
        inside = self.norm(self.conv(x, one.width, one.kernel, one.stride, one.groups))
        main = self.norm(self.conv(self.add("relu", inside), CHANNELS))
        shortcut = x
        if "pool" in one.shortcut:
            shortcut = self.pool(shortcut, one.stride)
        if "projection" in one.shortcut:
            shortcut = self.conv(shortcut, CHANNELS, stride=self.shapes[shortcut][2] // self.shapes[main][2])
        return self.add("relu", self.add("add", main, shortcut))


def stack(blocks: Sequence[Block], prefix: str = "n") -> Graph:
    """Stem, the blocks, a mean, a linear layer."""
    made = _Stack(prefix)
    x = made.add("relu", made.norm(made.conv("image", CHANNELS, 3)))
    for one in blocks:
        x = made.block(x, one)
    side = made.shapes[x][2]
    mean = made.add("avgpool", x, shape=(1, CHANNELS, 1, 1), sweep=Sweep((side,) * 2, (1, 1), (0,) * 4, (1, 1)))
    flat = made.add("reshape", mean, shape=(1, CHANNELS))
    made.add("linear", flat, shape=(1, 10), weights=10 * CHANNELS, biases=10, macs=10 * CHANNELS)
    inputs = (Input("image", made.shapes["image"]),)
    return Graph(name=prefix, source="onnx", inputs=inputs, nodes=tuple(made.nodes), outputs=(made.nodes[-1].name,))


@dataclass(frozen=True)
class Edit:
    """At the block ``at``: ``insert`` another in front of it, ``delete`` it, or give a field a new ``value``."""

    what: str
    at: int
    value: Any = None


@dataclass(frozen=True)
class Expected:
    """One row: places of a block on the left and on the right, and the keys of its changes."""

    left: int | None
    right: int | None
    changes: frozenset[str]


def edited(blocks: Sequence[Block], edits: Sequence[Edit]) -> tuple[list[Block], list[Expected]]:
    """The other network, and what a comparison has to find, sizes that changed further down included."""
    by_place = {one.at: one for one in edits}
    right: list[Block] = []
    pairs: list[tuple[int | None, int | None]] = []
    for i, block in enumerate(blocks):
        edit = by_place.get(i)
        if edit and edit.what == "delete":
            pairs.append((i, None))
            continue
        if edit and edit.what == "insert":
            pairs.append((None, len(right)))
            right.append(edit.value)
        pairs.append((i, len(right)))
        right.append(replace(block, **{edit.what: edit.value}) if edit and edit.what != "insert" else block)
    sizes, others = _sizes(blocks), _sizes(right)
    rows = []
    for a, b in pairs:
        found: set[str] = set()
        if a is not None and b is not None:
            fields = ("kernel", "stride", "groups", "shortcut")
            found = {one for one in fields if getattr(blocks[a], one) != getattr(right[b], one)}
            found |= {"shape"} if sizes[a : a + 2] != others[b : b + 2] else set()
        rows.append(Expected(a, b, frozenset(found)))
    return right, rows


def _sizes(blocks: Sequence[Block]) -> list[int]:
    """In front of each block, and behind the last."""
    found = [SIDE]
    for one in blocks:
        found.append(-(-found[-1] // one.stride))
    return found
