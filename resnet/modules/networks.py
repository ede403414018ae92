"""A whole network as real ``torch.nn`` modules, with torchvision's state-dict keys.

    x ── conv1, bn1, relu, maxpool ── layer1 ── layer2 ── layer3 ── layer4 ── avgpool, flatten, fc ──
         the stem                     a stage each: blocks 0, 1, …            the head

A deep stem (ResNet-D) has its three 3×3 in ``conv1``. With pre-activation ``bn1`` and ``relu`` of the stem are gone,
and the head starts with ``norm`` and ``relu``. Where Keras pads with a layer of its own, it is ``conv1_pad`` and
``pool1_pad``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from resnet.spec.network import NetworkSpec

Layers = OrderedDict[str, nn.Module]


def stem(spec: NetworkSpec, device: str = "cpu") -> nn.Sequential:
    """(3, H, W) → (C, H', W'): what stands in front of the first block."""
    with torch.device(device):
        return nn.Sequential(_stem(spec))


def _stem(spec: NetworkSpec) -> Layers:
    stem = spec.stem
    layers: Layers = OrderedDict()
    if stem.explicit:
        layers["conv1_pad"] = nn.ZeroPad2d(1 if stem.conv == "deep" else 3)
    layers["conv1"] = _stem_convolution(spec)
    if not spec.pre_activation:
        layers["bn1"] = nn.BatchNorm2d(stem.channels)
        layers["relu"] = nn.ReLU()
    if stem.pool == "padded" and stem.explicit:
        layers["pool1_pad"] = nn.ZeroPad2d(1)
    if stem.pool != "none":
        layers["maxpool"] = nn.MaxPool2d(3, 2, 1 if stem.pool == "padded" and not stem.explicit else 0)
    return layers


def _stem_convolution(spec: NetworkSpec) -> nn.Module:
    stem, bias = spec.stem, spec.conv_bias
    if stem.conv == "3x3":
        return nn.Conv2d(3, stem.channels, 3, 1, 1, bias=bias)
    if stem.conv == "7x7":
        return nn.Conv2d(3, stem.channels, 7, 2, 0 if stem.explicit else 3, bias=bias)
    half = stem.channels // 2
    inner = bias and not spec.pre_activation  # as in a pre-activation block: none where a BatchNorm follows
    return nn.Sequential(
        *(nn.Conv2d(3, half, 3, 2, 0 if stem.explicit else 1, bias=inner), nn.BatchNorm2d(half), nn.ReLU()),
        *(nn.Conv2d(half, half, 3, 1, 1, bias=inner), nn.BatchNorm2d(half), nn.ReLU()),
        nn.Conv2d(half, stem.channels, 3, 1, 1, bias=bias),
    )


def head(spec: NetworkSpec, in_shape: tuple[int, int, int], device: str = "cpu") -> nn.Sequential:
    """(C, H, W) → (classes,): what stands behind the last block, for a map of this size."""
    with torch.device(device):
        return nn.Sequential(_head(spec, *in_shape))


def _head(spec: NetworkSpec, channels: int, height: int, width: int) -> Layers:
    layers: Layers = OrderedDict()
    if spec.pre_activation:
        layers["norm"] = nn.BatchNorm2d(channels)
        layers["relu"] = nn.ReLU()
    layers["avgpool"] = nn.AdaptiveAvgPool2d((1, 1)) if spec.head == "global" else nn.AvgPool2d(2)
    layers["flatten"] = nn.Flatten()
    features = channels if spec.head == "global" else channels * (height // 2) * (width // 2)
    # a map that is too small for the pool fails there, not here
    layers["fc"] = nn.Linear(max(1, features), spec.num_classes)
    return layers


class ResNet(nn.Module):
    """(3, H, W) → (classes,): stem, blocks by stage, head."""

    def __init__(self, stem: nn.Sequential, stages: Iterable[nn.Sequential], head: nn.Sequential) -> None:
        super().__init__()
        parts = [
            *stem.named_children(),
            *((f"layer{i}", stage) for i, stage in enumerate(stages, start=1)),
            *head.named_children(),
        ]
        for name, part in parts:
            self.add_module(name, part)
        self._order = [name for name, _ in parts]

    def forward(self, x: Tensor) -> Tensor:
        for name in self._order:
            x = self.get_submodule(name)(x)
        return x
