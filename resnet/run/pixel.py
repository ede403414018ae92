"""One pixel of a block's maps, in real numbers: what the shortcut brings there, and what it is added to.

    p = pixel(BlockSpec())
    len(p.x), len(p.main)         # 64, 256
    p.projection.weights(17)      # what channel 17 of the projection is made of: 64 weights for the 64 numbers
    mixed(BlockSpec(), "conv1")   # the same of any 1×1 convolution

The block is the real module, its weights drawn as torchvision draws them, its input like that of a block inside a
network: noise behind a ReLU. Both come from a seed, so that everybody sees the same numbers. BatchNorm is in evaluation
mode: before any training it divides by √(1 + 10⁻⁵), and that is all it does.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from resnet.cache import remembered
from resnet.modules.blocks import build
from resnet.run.record import record
from resnet.run.weights import initialise
from resnet.spec.block import BlockSpec
from resnet.spec.errors import SpecError
from resnet.trace.block import trace
from resnet.trace.values import OpTrace, Path

SIDE = 8  # of the result's map that is run: one pixel is looked at, and what a 3×3 sees around it
MOST = 1024  # channels that are run

Numbers = tuple[float, ...]


class Mixing(NamedTuple):
    """What a 1×1 convolution does at one pixel: every channel of its result is a weighted sum of all that it reads.

    ``read``    the numbers of that pixel, one for each channel
    ``gives``   what the convolution makes of them, in front of its BatchNorm
    ``packed``  its weights as float32, row by row: as tuples they would take eight times the memory
    """

    read: Numbers
    gives: Numbers
    packed: bytes

    def weights(self, channel: int) -> Numbers:
        """Of one channel of the result: a number for each that is read."""
        n = len(self.read)
        return struct.unpack_from(f"{n}f", self.packed, channel * n * struct.calcsize("f"))


@dataclass(frozen=True, kw_only=True)
class Pixel:
    """Everything at one position of the maps.

    ``row``, ``column``  of the result's map
    ``x``           what the shortcut reads there, a number for each channel
    ``brought``     what it brings to the sum;  ``main``  F(x)
    ``total``       x + F(x), in front of the last ReLU; empty if torch refuses to add
    ``message``     then its words, else empty
    ``projection``  the shortcut's convolution, if it has one
    ``last``        the main path's last convolution, if it is a 1×1
    """

    spec: BlockSpec
    row: int
    column: int
    x: Numbers
    brought: Numbers
    main: Numbers
    total: Numbers
    message: str
    projection: Mixing | None
    last: Mixing | None


@remembered(megabytes=24)
def pixel(spec: BlockSpec, row: int = 1, column: int = 1, seed: int = 0) -> Pixel:
    """One position of a small map that is run through the block. An impossible block stops at its addition.

    Raises SpecError for more channels than can be run while a reader waits.
    """
    mixings = {"projection": _one_by_one(spec, "shortcut"), "last": _one_by_one(spec, "main")}
    seen = _run(spec, seed, [name for name in mixings.values() if name])
    at, problem = (row, column), trace(spec).problem
    return Pixel(
        spec=spec,
        row=row,
        column=column,
        x=_numbers(seen.get(f"{mixings['projection']} reads", seen["x"]), at),
        brought=_numbers(seen["brought"], at),
        main=_numbers(seen["main"], at),
        total=() if problem else _numbers(seen["total"], at),
        message=problem.message if problem else "",
        projection=_mixing(seen, mixings["projection"], at),
        last=_mixing(seen, mixings["last"], at),
    )


@remembered(megabytes=24)
def mixed(spec: BlockSpec, name: str, row: int = 1, column: int = 1, seed: int = 0) -> Mixing | None:
    """What the convolution of that name does at one position of its result; None for all but a 1×1 over all channels.

    Raises SpecError for more channels than can be run while a reader waits.
    """
    op = next((op for op in trace(spec).ops if op.name == name), None)
    if op is None or not _mixes(op):
        return None
    return _mixing(_run(spec, seed, [name]), name, (row, column))


def _mixes(op: OpTrace) -> bool:
    return op.kind == "conv" and op.window is not None and op.window.kernel_size == 1 and op.window.groups == 1


def _one_by_one(spec: BlockSpec, path: Path) -> str:
    """The name of a path's last convolution if it is a 1×1."""
    last = next((op for op in reversed(trace(spec).on(path)) if op.kind == "conv"), None)
    return last.name if last and _mixes(last) else ""


def _run(spec: BlockSpec, seed: int, mixings: Sequence[str]) -> dict[str, Tensor]:
    """One forward pass over a small map: the tensors seen on the way, without ``total`` if torch refused to add.

    ``mixings``  the convolutions whose input and weights are kept as well
    """
    for name, channels in (("in_channels", spec.in_channels), ("filters", max(spec.filters))):
        if channels > MOST:
            raise SpecError(name, channels, f"at most {MOST:,}, where real numbers are shown")
    small = replace(spec, height=SIDE * spec.stride, width=SIDE * spec.stride)
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(seed)
        x = torch.relu(torch.randn(1, small.in_channels, small.height, small.width))
        return _seen(initialise(build(small, device="meta"), seed), small, x, mixings)


def _seen(block: nn.Module, spec: BlockSpec, x: Tensor, mixings: Sequence[str]) -> dict[str, Tensor]:
    t, gives = trace(spec), record(block, x)
    main, shortcut = t.addition.reads
    seen = {"x": x, "main": gives[main], "brought": gives[shortcut]}
    if t.addition.name in gives:
        seen["total"] = gives[t.addition.name]
    for name in mixings:
        op = next(op for op in t.ops if op.name == name)
        seen[f"{name} reads"], seen[f"{name} gives"] = gives[op.reads[0]], gives[name]
        seen[f"{name} weights"] = cast("nn.Conv2d", block.get_submodule(name)).weight
    return seen


def _mixing(seen: dict[str, Tensor], name: str, at: tuple[int, int]) -> Mixing | None:
    if not name:
        return None
    read, gives = (_numbers(seen[f"{name} {what}"], at) for what in ("reads", "gives"))
    return Mixing(read, gives, seen[f"{name} weights"].detach().numpy().tobytes())


def _numbers(tensor: Tensor, at: tuple[int, int]) -> Numbers:
    """At this position of the result's map; of a map that is larger, a strided shortcut reads every so many pixels."""
    step = tensor.shape[-1] // SIDE
    return tuple(tensor[0, :, at[0] * step, at[1] * step].tolist())
