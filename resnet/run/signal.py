"""A picture on its way through a block: what flows out of every operation, and what the two summands add.

    asked = Asked(network=network_of("trained", ""), source="trained", at="layer1.0")
    s = signal(asked, "cat")
    s.points["downsample.1"]       the 256 maps that the projection brings to the sum
    s.shares[17]                   the shortcut's share of the sum in channel 18

The network is run from the picture on: real modules, one after the other up to the block. Weights that are drawn have
no means and variances yet: BatchNorm then takes the picture's own, as in the first step of a training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet.cache import remembered
from resnet.modules.blocks import build
from resnet.modules.layers import Shape
from resnet.modules.networks import stem
from resnet.run.picture import SIDE, Picture, shipped
from resnet.run.record import record, run
from resnet.run.weights import part, state
from resnet.spec.block import BlockSpec
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec
from resnet.trace.block import trace
from resnet.trace.network import trace_network
from resnet.trace.values import INPUT, BlockTrace

# of ImageNet, which torchvision's networks expect
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
BINS = 49  # of a histogram, an odd number: one has zero in its middle
UNIT = "unit"  # a projection that is set to the identity

Numbers = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to run.

    ``source``      of the weights: a key of ``resnet.run.weights.sources()``;  ``seed``  of those that are drawn
    ``at``          the block that is looked at, ``layer1.0``
    ``shortcut``    what stands on its shortcut: ``own``, as the network has it; ``identity``; ``zero_pad``; ``unit``, a
                    projection whose W_s is the identity and whose BatchNorm passes everything on
    ``zero_gamma``  the last BatchNorm of every main path has scale γ = 0, as Goyal et al. 2017 begin (arXiv 1706.02677,
                    §5.1), and shift 0, as before any training
    """

    network: NetworkSpec
    source: str
    at: str
    shortcut: str = "own"
    zero_gamma: bool = False
    seed: int = 0

    @property
    def built(self) -> BlockSpec:
        """The block as the network has it. Raises SpecError for a name that is none of its blocks."""
        blocks = {block.name: block.trace.spec for block in trace_network(self.network).blocks}
        if self.at not in blocks:
            raise SpecError("at", self.at, f"the name of a block, from {next(iter(blocks))} to {[*blocks][-1]}")
        return blocks[self.at]

    @property
    def problem(self) -> SpecError | None:
        """Why it can't be run, if it can't."""
        try:
            _ = self.spec
        except SpecError as error:
            return error
        return None

    @property
    def spec(self) -> BlockSpec:
        """The block as it is run. Raises SpecError where W_s can't be the identity, or γ is no scale of F(x)."""
        spec = self.built
        if self.zero_gamma and not _ends_in_batchnorm(trace(spec)):
            raise SpecError("zero_gamma", True, "False where no BatchNorm ends the main path (v2)")
        if self.shortcut == "own":
            return spec
        if self.shortcut == UNIT:
            if trace(replace(spec, shortcut="identity")).problem or spec.pre_activation:
                works = "another one here: W_s is the identity only between equal shapes, with ReLU behind the sum"
                raise SpecError("shortcut", UNIT, works)
            return replace(spec, shortcut="projection")
        return replace(spec, shortcut=self.shortcut)


class Point(NamedTuple):
    """The maps that flow out of an operation. ``packed``: (C, H, W) as float16, of which a screen shows 6 bits."""

    shape: Shape
    packed: bytes

    @property
    def maps(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
        return np.frombuffer(self.packed, np.float16).reshape(self.shape)


class Histogram(NamedTuple):
    """Shares of all numbers by bin, ``BINS`` from −reach to reach; the few that lie beyond are left out."""

    name: str
    shares: Numbers


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What was computed.

    ``points``      by operation of ``trace(asked.spec)``, and ``x``; up to the sum, if torch refuses it
    ``shares``      Σ|shortcut| / (Σ|shortcut| + Σ|F(x)|) of each channel, from 0 to 1; empty if there is no sum
    ``left``        Σ|sum| / (Σ|shortcut| + Σ|F(x)|) of each channel: less than 1 where the two cancel
    ``scale``       a size that 98 % of both summands and of their sum stay below: the end of a colour scale
    ``histograms``  of F(x), of the shortcut, and of a projection in front of its BatchNorm;  ``reach``  their scale
    ``weights``     of the projection's convolution, (F3, C) as float32, row by row; empty without one
    ``difference``  largest |difference| to ``against``, which ought to give the same; None if nothing ought to
    """

    asked: Asked
    points: Mapping[str, Point]
    shares: Numbers
    left: Numbers
    scale: float
    histograms: tuple[Histogram, ...]
    reach: float
    weights: bytes
    difference: float | None
    against: str

    @property
    def trace(self) -> BlockTrace:
        return trace(self.asked.spec)

    @property
    def summands(self) -> tuple[str, str]:
        """The operations whose results are added: the main path's and the shortcut's."""
        main, shortcut = self.trace.addition.reads
        return main, shortcut

    @property
    def total(self) -> str:
        """The addition."""
        return self.trace.addition.name

    def weights_of(self, channel: int) -> Numbers:
        """Of the projection's channel, counted from 0: one for each channel of x."""
        n = self.points[INPUT].shape[0]
        return tuple(np.frombuffer(self.weights, np.float32, n, channel * n * 4).tolist())


@remembered(megabytes=64)
def signal(asked: Asked, picture: str) -> Signal:
    """Of a picture that ships. Raises SpecError for what can't be run, in words."""
    spec = asked.spec  # what can't be is told ahead of the long way
    x = np.frombuffer(_arrival(replace(asked, shortcut="own"), picture), np.float32)
    return _signal(asked, spec, torch.from_numpy(x.reshape(1, *trace(asked.built).in_shape).copy()))


def signal_of(asked: Asked, picture: Picture) -> Signal:
    """Of a reader's own picture: nothing of it is kept here."""
    spec = asked.spec
    with torch.inference_mode():
        return _signal(asked, spec, _arrives(asked, picture))


@remembered(megabytes=32)
def _arrival(asked: Asked, picture: str) -> bytes:
    """The block's input, as float32."""
    with torch.inference_mode():
        return _bytes(_arrives(asked, shipped(picture)), np.float32)


def _arrives(asked: Asked, picture: Picture) -> Tensor:
    """What is left of the picture in front of the block."""
    given = state(asked.source)
    x = _input(picture, asked.network)
    x = run(_ready(part(partial(stem, asked.network), "", given, asked.seed), x, given is None), x)
    for block in trace_network(asked.network).blocks:
        if block.name == asked.at:
            break
        x = run(_block(asked, block.trace.spec, block.name, x), x)
    return x


def _input(picture: Picture, spec: NetworkSpec) -> Tensor:
    """(1, 3, H, W), as the network gets it."""
    pixels = torch.frombuffer(bytearray(picture.pixels), dtype=torch.uint8).reshape(1, SIDE, SIDE, 3)
    x = pixels.permute(0, 3, 1, 2).float() / 255
    if (spec.height, spec.width) != (SIDE, SIDE):
        x = F.interpolate(x, (spec.height, spec.width), mode="bilinear", antialias=True)
    return normalised(x)


def normalised(pictures: Tensor) -> Tensor:
    """(N, 3, H, W) from 0 to 1, without ImageNet's mean and deviation of each colour."""
    return (pictures - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]


def _block(asked: Asked, spec: BlockSpec, name: str, x: Tensor) -> nn.Module:
    given = state(asked.source)
    block = _ready(part(partial(build, spec), f"{name}.", given, asked.seed), x, given is None)
    if asked.zero_gamma:
        last = block.get_submodule(trace(spec).addition.reads[0])
        for one in last.parameters():  # before a training its shift is 0 anyhow
            nn.init.zeros_(one)
    return block


def _ready(module: nn.Module, x: Tensor, unmeasured: bool) -> nn.Module:
    """BatchNorm takes the picture's own mean and variance where it has none from training.

    Not on maps that can shrink to a pixel: one number has no variance.
    """
    if unmeasured and min(x.shape[2:]) > 2:
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.train()
    return module


def _ends_in_batchnorm(t: BlockTrace) -> bool:
    return t.on("main")[-1].kind == "batchnorm"


def _pass_on(block: nn.Module) -> None:
    """W_s = I, and a BatchNorm that gives what it gets."""
    convolution, batchnorm = (block.get_submodule(f"downsample.{i}") for i in (0, 1))
    assert isinstance(convolution, nn.Conv2d) and isinstance(batchnorm, nn.BatchNorm2d)
    nn.init.dirac_(convolution.weight)
    batchnorm.eval().reset_parameters()
    nn.init.constant_(batchnorm.weight, (1 + batchnorm.eps) ** 0.5)  # it divides by √(1 + ε)


@torch.inference_mode()
def _signal(asked: Asked, spec: BlockSpec, x: Tensor) -> Signal:
    block = _block(asked, spec, asked.at, x)
    if asked.shortcut == UNIT:
        _pass_on(block)
    seen = record(block, x)
    t = trace(spec)
    main, brought = (seen[name] for name in t.addition.reads)
    total = seen.get(t.addition.name)
    against, other = _ought_to_give(asked, spec, x)
    output = seen.get(t.ops[-1].name)
    histograms, reach = _histograms(t, seen)
    return Signal(
        asked=asked,
        points={name: _point(one) for name, one in seen.items()},
        shares=() if total is None else shares(main, brought),
        left=() if total is None else left(main, brought),
        scale=_almost_all([main, brought] if total is None else [main, brought, total]),
        histograms=histograms,
        reach=reach,
        weights=_projection(block, t),
        difference=None if other is None or output is None else float((output - other).abs().max()),
        against=against,
    )


def _point(maps: Tensor) -> Point:
    return Point(cast("Shape", tuple(maps.shape[1:])), _bytes(maps, np.float16))


def _ought_to_give(asked: Asked, spec: BlockSpec, x: Tensor) -> tuple[str, Tensor | None]:
    """What the block's result has to equal, if anything."""
    if asked.shortcut == UNIT:
        twin = replace(spec, shortcut="identity")
        return "the identity block’s result", run(_block(asked, twin, asked.at, x), x)
    if asked.zero_gamma and spec.shortcut == "identity" and trace(spec).possible:
        return "the block’s input", x
    return "", None


def shares(main: Tensor, shortcut: Tensor) -> Numbers:
    """Σ|shortcut| / (Σ|shortcut| + Σ|main|) for each channel of two (1, C, H, W); ½ where both are all zeros."""
    a, b = (one[0].abs().sum((1, 2)) for one in (shortcut, main))
    both = a + b
    return tuple(torch.where(both > 0, a / both, torch.full_like(both, 0.5)).tolist())


def left(main: Tensor, shortcut: Tensor) -> Numbers:
    """Σ|main + shortcut| / (Σ|main| + Σ|shortcut|) for each channel: 1 where nothing cancels, or there is nothing."""
    total = (main + shortcut)[0].abs().sum((1, 2))
    both = main[0].abs().sum((1, 2)) + shortcut[0].abs().sum((1, 2))
    return tuple(torch.where(both > 0, total / both, torch.ones_like(both)).tolist())


def _histograms(t: BlockTrace, seen: Mapping[str, Tensor]) -> tuple[tuple[Histogram, ...], float]:
    main, shortcut = t.addition.reads
    named = {"F(x)": seen[main], "shortcut": seen[shortcut]}
    side = t.on("shortcut")
    if side and side[-1].kind == "batchnorm" and not torch.equal(seen[shortcut], seen[side[-1].reads[0]]):
        named["shortcut, without its BatchNorm"] = seen[side[-1].reads[0]]
    reach = _almost_all(list(named.values()), 0.995)
    return tuple(Histogram(name, histogram(one, reach)) for name, one in named.items()), reach


def histogram(values: Tensor, reach: float) -> Numbers:
    """Shares of the numbers by bin."""
    counts = torch.histc(values, BINS, -reach, reach)
    return tuple((counts / values.numel()).tolist())


def _almost_all(tensors: list[Tensor], share: float = 0.98) -> float:
    """The size that this share of the numbers stay below, of the tensor where that is largest."""
    return max(float(np.quantile(np.abs(one.numpy()), share)) for one in tensors) or 1.0


def _projection(block: nn.Module, t: BlockTrace) -> bytes:
    convolution = next((op.name for op in t.on("shortcut") if op.kind == "conv"), None)
    return _bytes(cast("Tensor", block.get_submodule(convolution).weight), np.float32) if convolution else b""


def _bytes(tensor: Tensor, kind: type[np.float16] | type[np.float32]) -> bytes:
    most = np.finfo(kind).max
    return tensor.detach().clamp(-float(most), float(most)).numpy().astype(kind).tobytes()
