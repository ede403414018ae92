"""The residual blocks as real ``torch.nn`` modules, with torchvision's state-dict keys.

    Bottleneck, filters (F1, F2, F3)            BasicBlock, filters (F1, F2)

    x ─────────────────────────┐                x ─────────────────────────┐
    │                          │                │                          │
    conv1  1×1, F1             │                conv1  f×f, F1             │
    bn1, relu                  │                bn1, relu                  │
    conv2  f×f, F2         downsample           conv2  f×f, F2         downsample
    bn2, relu              .0  1×1, F3          bn2                    .0  1×1, F2
    conv3  1×1, F3         .1  BatchNorm        │                      .1  BatchNorm
    bn3                        │                │                          │
    └────────── + ─────────────┘                └────────── + ─────────────┘
                relu                                        relu

    With pre-activation (v2) each BatchNorm and ReLU stands in front of its convolution, bn1 on the block's input:

    x ── bn1, relu ── conv1 ── bn2, relu ── conv2 ── bn3, relu ── conv3 ── + ──        nothing follows the addition
    │        └──────────────────── downsample.0, a 1×1 convolution ────────┘           a projection reads relu's result
    └────────────────────────────────── or x itself ───────────────────────┘           anything else reads x

``downsample`` is torchvision's name for the projection shortcut, also where it keeps the size (stride 1); published
weights fit because the name is kept. An identity shortcut is no module at all; zero padding has no parameters.

Sources: He et al. 2015, arXiv 1512.03385, §3.2–3.3, and 2016, arXiv 1603.05027 (pre-activation); He et al. 2018,
arXiv 1812.01187, §4 (average pool in the projection); Keras `applications/resnet.py`; torchvision `models/resnet.py`
(v1.5: stride in the 3×3, https://catalog.ngc.nvidia.com/orgs/nvidia/resources/resnet_50_v1_5_for_pytorch).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor, nn

from resnet.modules.layers import made
from resnet.spec.block import BlockSpec
from resnet.spec.shortcuts import SHORTCUTS


def _shortcut(spec: BlockSpec, device: str) -> nn.Sequential | None:
    """What stands on the shortcut; None where x goes to the addition as it is."""
    layers = [made(layer, device) for layer in SHORTCUTS[spec.shortcut].layers(spec)]
    return nn.Sequential(*layers) if layers else None


def _convolutions(spec: BlockSpec, device: str) -> Iterator[nn.Conv2d]:
    """The main path's convolutions, in order."""
    kernels: tuple[int, ...] = (spec.kernel_size, spec.kernel_size)
    strides: tuple[int, ...] = (spec.stride, 1)
    groups: tuple[int, ...] = (1, 1)
    if spec.bottleneck:
        kernels = (1, spec.kernel_size, 1)
        strides = (spec.stride, 1, 1) if spec.stride_at == "first" else (1, spec.stride, 1)
        groups = (1, spec.middle_groups, 1)
    channels = (spec.in_channels, *spec.filters)
    for i, (kernel, stride, group) in enumerate(zip(kernels, strides, groups, strict=True)):
        # Keras gives no bias to a convolution of a pre-activation block that a BatchNorm follows
        bias = spec.conv_bias and (not spec.pre_activation or i == len(kernels) - 1)
        yield nn.Conv2d(
            channels[i], channels[i + 1], kernel, stride, kernel // 2, groups=group, bias=bias, device=device
        )


def _batchnorms(spec: BlockSpec, device: str) -> Iterator[nn.BatchNorm2d]:
    """One for each convolution of the main path: behind it, or in front of it with pre-activation."""
    channels = (spec.in_channels, *spec.filters)
    return (nn.BatchNorm2d(n, device=device) for n in (channels[:-1] if spec.pre_activation else channels[1:]))


class Block(nn.Module):
    """The layers that all blocks have, by torchvision's names; subclasses say in which order they run."""

    conv1: nn.Conv2d
    conv2: nn.Conv2d
    conv3: nn.Conv2d
    bn1: nn.BatchNorm2d
    bn2: nn.BatchNorm2d
    bn3: nn.BatchNorm2d

    def __init__(self, spec: BlockSpec, device: str = "cpu") -> None:
        super().__init__()
        self.projects = spec.projects
        self.linear = spec.linear
        for i, (conv, bn) in enumerate(zip(_convolutions(spec, device), _batchnorms(spec, device), strict=True), 1):
            self.add_module(f"conv{i}", conv)
            self.add_module(f"bn{i}", bn)
        self.relu = nn.ReLU()
        self.downsample = _shortcut(spec, device)

    def forward(self, x: Tensor) -> Tensor:
        read = self.read(x)
        return self.joined(self.main(read) + self.shortcut(x, read))

    def plain(self, x: Tensor) -> Tensor:
        """The block as a plain network has it: nothing is added to F(x)."""
        return self.joined(self.main(self.read(x)))

    def without_main(self, x: Tensor) -> Tensor:
        """The block without its main path: the shortcut alone."""
        return self.joined(self.shortcut(x, self.read(x)))

    def read(self, x: Tensor) -> Tensor:
        """What the first convolution reads, and a projection: x, unless a block does something to it before."""
        return x

    def main(self, read: Tensor) -> Tensor:
        """F(x), in front of the addition."""
        raise NotImplementedError

    def shortcut(self, x: Tensor, read: Tensor) -> Tensor:
        """What is added to F(x): a projection reads what the main path reads, anything else reads x."""
        if self.downsample is None:
            return x
        result: Tensor = self.downsample(read if self.projects else x)
        return result

    def joined(self, summed: Tensor) -> Tensor:
        """Behind the addition: the ReLU, unless the block is linear."""
        result: Tensor = summed if self.linear else self.relu(summed)
        return result


class _PreActivation(Block):
    """Each BatchNorm and ReLU in front of its convolution, and nothing behind the addition."""

    def read(self, x: Tensor) -> Tensor:
        result: Tensor = self.relu(self.bn1(x))
        return result

    def joined(self, summed: Tensor) -> Tensor:
        return summed


class Bottleneck(Block):
    """1×1 → f×f → 1×1; (C_in, H, W) → (F3, ⌈H/s⌉, ⌈W/s⌉)."""

    def main(self, read: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(read)))
        out = self.relu(self.bn2(self.conv2(out)))
        result: Tensor = self.bn3(self.conv3(out))
        return result


class BasicBlock(Block):
    """f×f → f×f; (C_in, H, W) → (F2, ⌈H/s⌉, ⌈W/s⌉)."""

    def main(self, read: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(read)))
        result: Tensor = self.bn2(self.conv2(out))
        return result


class PreActivationBottleneck(_PreActivation):
    """As Bottleneck, pre-activated."""

    def main(self, read: Tensor) -> Tensor:
        out = self.conv2(self.relu(self.bn2(self.conv1(read))))
        result: Tensor = self.conv3(self.relu(self.bn3(out)))
        return result


class PreActivationBasicBlock(_PreActivation):
    """As BasicBlock, pre-activated."""

    def main(self, read: Tensor) -> Tensor:
        result: Tensor = self.conv2(self.relu(self.bn2(self.conv1(read))))
        return result


# (bottleneck, pre-activation)
_CLASSES: dict[tuple[bool, bool], Callable[[BlockSpec, str], Block]] = {
    (True, False): Bottleneck,
    (False, False): BasicBlock,
    (True, True): PreActivationBottleneck,
    (False, True): PreActivationBasicBlock,
}


def build(spec: BlockSpec, device: str = "cpu") -> nn.Module:
    """The block as a module, in training mode, on ``device`` (``"meta"``: shapes without any tensor memory)."""
    # handed down, since `with torch.device(…)` makes building three times as slow
    return _CLASSES[spec.bottleneck, spec.pre_activation](spec, device)
