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

``downsample`` is torchvision's name for the projection shortcut, also where it keeps the size (stride 1); published
weights fit because the name is kept. An identity shortcut is no module at all; zero padding has no parameters.

Sources: He et al. 2015, arXiv 1512.03385, §3.2–3.3; torchvision `models/resnet.py` (v1.5: stride in the 3×3,
https://catalog.ngc.nvidia.com/orgs/nvidia/resources/resnet_50_v1_5_for_pytorch).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resnet.spec import BlockSpec


class Subsample(nn.Module):
    """(C, H, W) → (C, ⌈H/s⌉, ⌈W/s⌉): every s-th pixel, as a 1×1 convolution of stride s would read them."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride

    def extra_repr(self) -> str:
        return f"stride={self.stride}"

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :, :: self.stride, :: self.stride]


class ZeroPad(nn.Module):
    """(C, H, W) → (C + extra, H, W): new channels of zeros behind the old ones (option A of the paper)."""

    def __init__(self, extra: int) -> None:
        super().__init__()
        self.extra = extra

    def extra_repr(self) -> str:
        return f"extra={self.extra}"

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.pad(x, (0, 0, 0, 0, 0, self.extra))


def _conv(spec: BlockSpec, in_channels: int, out_channels: int, kernel_size: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(
        in_channels, out_channels, kernel_size, stride=stride, padding=kernel_size // 2, bias=spec.conv_bias
    )


def _shortcut(spec: BlockSpec) -> nn.Sequential | None:
    """What stands on the shortcut; None where x goes to the addition as it is."""
    if spec.shortcut == "projection":
        conv = _conv(spec, spec.in_channels, spec.out_channels, 1, spec.stride)
        return nn.Sequential(conv, nn.BatchNorm2d(spec.out_channels))
    steps: list[nn.Module] = []
    if spec.shortcut == "zero_pad":
        extra = spec.out_channels - spec.in_channels
        if spec.stride > 1:
            steps.append(Subsample(spec.stride))
        if extra > 0:  # padding can add channels, never take any away
            steps.append(ZeroPad(extra))
    return nn.Sequential(*steps) if steps else None


class Bottleneck(nn.Module):
    """1×1 → f×f → 1×1; (C_in, H, W) → (F3, ⌈H/s⌉, ⌈W/s⌉)."""

    def __init__(self, spec: BlockSpec) -> None:
        super().__init__()
        f1, f2, f3 = spec.filters
        first, middle = (spec.stride, 1) if spec.stride_at == "first" else (1, spec.stride)
        self.conv1 = _conv(spec, spec.in_channels, f1, 1, first)
        self.bn1 = nn.BatchNorm2d(f1)
        self.conv2 = _conv(spec, f1, f2, spec.kernel_size, middle)
        self.bn2 = nn.BatchNorm2d(f2)
        self.conv3 = _conv(spec, f2, f3, 1, 1)
        self.bn3 = nn.BatchNorm2d(f3)
        self.relu = nn.ReLU()
        self.downsample = _shortcut(spec)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        shortcut = x if self.downsample is None else self.downsample(x)
        joined: Tensor = self.relu(out + shortcut)
        return joined


class BasicBlock(nn.Module):
    """f×f → f×f; (C_in, H, W) → (F2, ⌈H/s⌉, ⌈W/s⌉)."""

    def __init__(self, spec: BlockSpec) -> None:
        super().__init__()
        f1, f2 = spec.filters
        self.conv1 = _conv(spec, spec.in_channels, f1, spec.kernel_size, spec.stride)
        self.bn1 = nn.BatchNorm2d(f1)
        self.conv2 = _conv(spec, f1, f2, spec.kernel_size, 1)
        self.bn2 = nn.BatchNorm2d(f2)
        self.relu = nn.ReLU()
        self.downsample = _shortcut(spec)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        shortcut = x if self.downsample is None else self.downsample(x)
        joined: Tensor = self.relu(out + shortcut)
        return joined


def build(spec: BlockSpec, device: str = "cpu") -> nn.Module:
    """The block as a module, in training mode, on ``device`` (``"meta"``: shapes without any tensor memory)."""
    with torch.device(device):
        return Bottleneck(spec) if spec.bottleneck else BasicBlock(spec)
