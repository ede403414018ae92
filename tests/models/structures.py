"""Small networks of many kinds, each with the residual sums that its author meant: (kind, block) of each, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Meant(NamedTuple):
    """``sums``  kind and block of each residual sum;  ``others``  why each other addition is none"""

    module: Callable[[], nn.Module]
    shapes: tuple[tuple[int, ...], ...]
    sums: tuple[tuple[str, str], ...]
    others: tuple[str, ...] = ()


def conv(channels: int, out: int, kernel: int = 3, stride: int = 1, **more: int) -> nn.Sequential:
    layer = nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False, **more)
    return nn.Sequential(layer, nn.BatchNorm2d(out))


def act(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(*layers, nn.ReLU())


class Residual(nn.Module):
    """shortcut(x) + main(x)"""

    def __init__(self, main: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.main, self.shortcut = main, shortcut or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x) + self.shortcut(x)


class Branches(nn.Module):
    """What several layers make of the same tensor, added or concatenated."""

    def __init__(self, *branches: nn.Module, concat: bool = False) -> None:
        super().__init__()
        self.branches, self.concat = nn.ModuleList(branches), concat

    def forward(self, x: Tensor) -> Tensor:
        made = [branch(x) for branch in self.branches]
        return torch.cat(made, 1) if self.concat else sum(made[1:], made[0])


class Gate(nn.Module):
    """Squeeze-and-excitation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, 4, 1), nn.ReLU(), nn.Conv2d(4, channels, 1), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(x)


class OptionA(nn.Module):
    """Every second pixel, and channels of zeros: by padding, or put behind it."""

    def __init__(self, concat: bool) -> None:
        super().__init__()
        self.concat = concat

    def forward(self, x: Tensor) -> Tensor:
        x = x[:, :, ::2, ::2]
        if self.concat:
            return torch.cat([x, torch.zeros_like(x)], 1)
        return F.pad(x, (0, 0, 0, 0, 0, x.shape[1]))


class PreActivated(nn.Module):
    """v2: the projection reads what BatchNorm and ReLU made of x."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.norm = act(nn.BatchNorm2d(channels))
        self.main = nn.Sequential(act(*conv(channels, out)), nn.Conv2d(out, out, 3, 1, 1, bias=False))
        self.shortcut = nn.Conv2d(channels, out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x)
        return self.main(x) + self.shortcut(x)


class ConvNeXt(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.mlp = nn.Sequential(nn.Linear(channels, 4 * channels), nn.GELU(), nn.Linear(4 * channels, channels))
        self.scale = nn.Parameter(torch.full((channels, 1, 1), 1e-6))

    def forward(self, x: Tensor) -> Tensor:
        y = self.mlp(self.norm(self.depthwise(x).permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        return x + self.scale * y


class HRNet(nn.Module):
    """Two branches of two sizes, each a residual block, and what they exchange."""

    def __init__(self) -> None:
        super().__init__()
        self.high, self.low = act(*conv(3, 8)), act(*conv(3, 16, 3, 2))
        self.blocks = nn.ModuleList([Residual(nn.Sequential(act(*conv(n, n)), *conv(n, n))) for n in (8, 16)])
        self.up, self.down = conv(16, 8, 1), conv(8, 16, 3, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        high, low = self.blocks[0](self.high(x)).relu(), self.blocks[1](self.low(x)).relu()
        return high + F.interpolate(self.up(low), scale_factor=2.0), self.down(high) + low


class Pyramid(nn.Module):
    """FPN: what a deeper stage saw is enlarged and added to a shallower one."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = act(*conv(3, 8, 3, 2)), act(*conv(8, 16, 3, 2))
        self.sides = nn.ModuleList([nn.Conv2d(n, 8, 1) for n in (8, 16)])

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        second = self.second(first)
        return self.sides[0](first) + F.interpolate(self.sides[1](second), scale_factor=2.0)


class Decoder(nn.Module):
    """An additive skip from an encoder to its decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.inner = act(*conv(3, 8)), act(*conv(8, 16, 3, 2))
        self.up = nn.ConvTranspose2d(16, 8, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.encoder(x)
        return x + self.up(self.inner(x))


class Highway(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.made, self.gate = nn.Linear(16, 16), nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.gate(x))
        return torch.relu(self.made(x)) * gate + x * (1 - gate)


class Rotary(nn.Module):
    """Rotary positions: a sum that trains nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("sines", torch.rand(2, 10, 16))
        self.out = nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        first, second = x.chunk(2, -1)
        return self.out(x * self.sines[0] + torch.cat([-second, first], -1) * self.sines[1])


class Tokens(nn.Module):
    """Word and position embeddings, then an encoder."""

    def __init__(self, norm_first: bool) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.zeros(1, 10, 32))
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x + self.positions)


class CrossAttending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerDecoderLayer(32, 4, 64, batch_first=True)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        return self.layer(x, memory)


class Split(nn.Module):
    """Res2Net: a part of the channels is added to what was made of another part."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = act(*conv(8, 8)), act(*conv(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        a, b = x.chunk(2, 1)
        made = self.first(a)
        return torch.cat([made, self.second(made + b)], 1)


def _bottleneck(channels: int, width: int, out: int, stride: int = 1, **more: int) -> nn.Sequential:
    return nn.Sequential(
        act(*conv(channels, width, 1)), act(*conv(width, width, 3, stride, **more)), conv(width, out, 1)
    )


IMAGE, MAP = (1, 3, 32, 32), (1, 16, 16, 16)
IDENTITY, PROJECTION = ("identity", "basic"), ("projection", "basic")

STRUCTURES: dict[str, Meant] = {
    "plain": Meant(lambda: nn.Sequential(act(*conv(3, 8)), act(*conv(8, 8))), (IMAGE,), ()),
    "inception": Meant(
        lambda: Residual(
            nn.Sequential(Branches(act(*conv(16, 8, 1)), act(*conv(16, 8)), concat=True), nn.Conv2d(16, 16, 1))
        ),
        (MAP,),
        (("identity", "block"),),
    ),
    "resnext": Meant(lambda: Residual(_bottleneck(16, 8, 16, groups=4)), (MAP,), (("identity", "bottleneck"),)),
    "se": Meant(
        lambda: Residual(nn.Sequential(_bottleneck(16, 8, 32, 2), Gate(32)), conv(16, 32, 1, 2)),
        (MAP,),
        (("projection", "bottleneck"),),
    ),
    "resnet_d": Meant(
        lambda: Residual(_bottleneck(16, 8, 32, 2), nn.Sequential(nn.AvgPool2d(2), *conv(16, 32, 1))),
        (MAP,),
        (("pool_projection", "bottleneck"),),
    ),
    "max_pool": Meant(
        lambda: Residual(_bottleneck(16, 8, 16, 2), nn.MaxPool2d(1, 2)), (MAP,), (("max_pool", "bottleneck"),)
    ),
    "option_a": Meant(
        lambda: nn.Sequential(*(Residual(_basic(n, 2), OptionA(concat)) for n, concat in ((16, False), (32, True)))),
        (MAP,),
        (("zero_pad", "basic"),) * 2,
    ),
    "dilated": Meant(
        lambda: Residual(nn.Sequential(act(nn.Conv2d(16, 16, 3, padding=2, dilation=2)), *conv(16, 16))),
        (MAP,),
        (IDENTITY,),
    ),
    "pre_activation": Meant(
        lambda: nn.Sequential(nn.MaxPool2d(2), PreActivated(16, 32)), (MAP,), (PROJECTION,)
    ),
    "inverted": Meant(
        lambda: Residual(
            nn.Sequential(act(*conv(16, 64, 1)), act(*conv(64, 64, 3, groups=64)), conv(64, 16, 1))
        ),
        (MAP,),
        (("identity", "inverted residual"),),
    ),
    "fused": Meant(
        lambda: Residual(nn.Sequential(*conv(16, 64), nn.SiLU(), *conv(64, 16, 1))),
        (MAP,),
        (("identity", "inverted residual"),),
    ),
    "convnext": Meant(lambda: ConvNeXt(16), (MAP,), (("identity", "ConvNeXt block"),)),
    "long_skip": Meant(
        lambda: Residual(nn.Sequential(Residual(_basic(16)), Residual(_basic(16)), nn.Conv2d(16, 16, 3, 1, 1))),
        (MAP,),
        (IDENTITY, IDENTITY, ("identity", "block")),
    ),
    "hrnet": Meant(HRNet, (IMAGE,), (IDENTITY, IDENTITY), ("branches", "branches")),
    "pyramid": Meant(Pyramid, (IMAGE,), (), ("scales",)),
    "decoder": Meant(Decoder, (IMAGE,), (), ("scales",)),
    "two_of_a_kind": Meant(lambda: Branches(conv(16, 8), conv(16, 8)), (MAP,), (), ("branches",)),
    "reparametrised": Meant(
        lambda: Branches(conv(16, 16), conv(16, 16, 1)), (MAP,), (), ("branches",)
    ),
    "split": Meant(Split, (MAP,), (), ("branches",)),
    "highway": Meant(Highway, ((4, 16),), (), ("branches",)),
    "rotary": Meant(Rotary, ((1, 10, 16),), (), ("untrained",)),
    "post_norm": Meant(lambda: Tokens(False), ((1, 10, 32),), (("identity", "encoder block"),) * 4, ("embedding",)),
    "pre_norm": Meant(lambda: Tokens(True), ((1, 10, 32),), (("identity", "encoder block"),) * 4, ("embedding",)),
    "cross_attention": Meant(
        CrossAttending, ((1, 10, 32), (1, 12, 32)), (("identity", "encoder block"),) * 3
    ),
}  # fmt: skip


def _basic(channels: int, widening: int = 1) -> nn.Sequential:
    """Twice as wide and half as large, or neither."""
    out = channels * widening
    return nn.Sequential(act(*conv(channels, out, 3, widening)), *conv(out, out))
