"""Small networks of every build, as graphs: what a picture of anybody's network has to cope with."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from torch import Tensor, nn

from resnet.models.graph import Graph, Input
from resnet.models.module import read_module
from resnet.models.node import Node


class Residual(nn.Module):
    def __init__(self, main: nn.Module, shortcut: nn.Module | None = None, after: nn.Module | None = None) -> None:
        super().__init__()
        self.main, self.shortcut, self.after = main, shortcut or nn.Identity(), after or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.main(x) + self.shortcut(x))


def conv(read: int, made: int, kernel: int = 3, stride: int = 1, **more: int) -> nn.Sequential:
    layer = nn.Conv2d(read, made, kernel, stride, more.get("dilation", 1) * (kernel // 2), bias=False, **more)
    return nn.Sequential(layer, nn.BatchNorm2d(made))


def basic(read: int, made: int, stride: int = 1) -> Residual:
    main = nn.Sequential(conv(read, made, 3, stride), nn.ReLU(), conv(made, made))
    shortcut = conv(read, made, 1, stride) if read != made or stride > 1 else None
    return Residual(main, shortcut, nn.ReLU())


def inverted(channels: int) -> Residual:
    return Residual(expanded(channels, channels, 1))


def expanded(read: int, made: int, stride: int) -> nn.Sequential:
    """MobileNetV2's block without its shortcut."""
    wide = 6 * read
    return nn.Sequential(
        conv(read, wide, 1), nn.ReLU6(), conv(wide, wide, 3, stride, groups=wide), nn.ReLU6(), conv(wide, made, 1)
    )


class Attention(nn.Module):
    def __init__(self, width: int = 24, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.qkv, self.out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        weights = (q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(batch, length, width))


class Transformer(nn.Module):
    def __init__(self, layers: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 24, 8, 8)
        mlps = [nn.Sequential(nn.LayerNorm(24), nn.Linear(24, 96), nn.GELU(), nn.Linear(96, 24)) for _ in range(layers)]
        self.blocks = nn.Sequential(*(Residual(one) for mlp in mlps for one in (Attention(), mlp)))
        self.head = nn.Linear(24, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.patches(x).flatten(2).transpose(1, 2)).mean(1))


class Swin(nn.Module):
    """Channels last, and layers that shrink the map between its stages."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 24, 4, 4)
        self.stages = nn.ModuleList(self._stage(width) for width in (24, 48))
        self.shrink = nn.Conv2d(24, 48, 2, 2)

    def _stage(self, width: int) -> nn.Sequential:
        mlp = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 96), nn.GELU(), nn.Linear(96, width))
        return nn.Sequential(Residual(mlp))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stages[0](self.patches(x).permute(0, 2, 3, 1))
        x = self.shrink(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.stages[1](x)


class Branches(nn.Module):
    """As HRNet: blocks at two sizes beside each other, and then mixed."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.down = conv(3, 8), conv(8, 16, 3, 2)
        self.high = nn.ModuleList(nn.Sequential(basic(8, 8), basic(8, 8)) for _ in range(2))
        self.low = nn.ModuleList(nn.Sequential(basic(16, 16), basic(16, 16)) for _ in range(2))
        self.up = nn.Sequential(conv(16, 8, 1), nn.Upsample(scale_factor=2))
        self.mix = conv(8, 16, 3, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        high = self.stem(x)
        low = self.down(high)
        for one, other in zip(self.high, self.low, strict=True):
            high, low = one(high), other(low)
            high, low = high + self.up(low), low + self.mix(high)
        return high, low


def _nested(groups: int, blocks: int) -> nn.Sequential:
    """As RCAN: groups of blocks, each with a shortcut around it, and one around all."""
    inner = [nn.Sequential(*(inverted(4) for _ in range(blocks)), conv(4, 4)) for _ in range(groups)]
    trunk = nn.Sequential(*(Residual(one) for one in inner), conv(4, 4))
    return nn.Sequential(conv(3, 4), Residual(trunk), nn.Conv2d(4, 12, 3, 1, 1), nn.PixelShuffle(2))


def _plain(layers: int) -> nn.Sequential:
    body = [one for _ in range(layers) for one in (conv(4, 4), nn.ReLU())]
    return nn.Sequential(conv(3, 4), *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10))


def _pyramid(blocks: int) -> nn.Sequential:
    """Every block has more channels than the one before it."""
    return nn.Sequential(conv(3, 8), *(basic(8 + i, 9 + i, 2 if i == 10 else 1) for i in range(blocks)))


MAKERS = {
    "mobile": lambda: nn.Sequential(
        conv(3, 8, 3, 2), expanded(8, 12, 2), inverted(12), expanded(12, 16, 2), inverted(16), inverted(16),
        nn.Conv2d(16, 40, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(40, 10),
    ),
    "transformer": lambda: Transformer(12),
    "swin": Swin,
    "branches": Branches,
    "edsr": lambda: _nested(1, 4),
    "rcan": lambda: _nested(3, 8),
    "plain": lambda: _plain(6),
    "pyramid": lambda: _pyramid(20),
    "nothing": nn.ReLU,
}  # fmt: skip


# longer than an export is quick for: each block is two convolutions
CHAINS = {"deep": (60, True), "deep and plain": (80, False)}
NAMES = (*MAKERS, *CHAINS)


@lru_cache(maxsize=32)
def graph(name: str) -> Graph:
    if name in CHAINS:
        return chain(*CHAINS[name])
    return read_module(MAKERS[name](), (1, 3, 32, 32), name=name)


def chain(blocks: int, residual: bool) -> Graph:
    """x + BatchNorm(conv(relu(conv(x)))) so many times, or without the sum."""
    nodes = tuple(_links(blocks, residual))
    return Graph(name="chain", source="onnx", inputs=(Input("x", _MAP),), nodes=nodes, outputs=(nodes[-1].name,))


_MAP = (1, 8, 16, 16)


def _links(blocks: int, residual: bool) -> Iterator[Node]:
    last = "x"
    for i in range(blocks):
        x = last
        for kind in ("conv", "relu", "conv", "batchnorm", *(("add",) if residual else ())):
            reads = (last, x) if kind == "add" else (last,)
            last = f"b{i}.{kind}{'2' if reads[0].endswith('relu') else ''}"
            yield Node(
                name=last, kind=kind, op=kind, reads=reads, in_shapes=(_MAP,) * len(reads), out_shape=_MAP,
                weights=8 * (kind == "conv"), macs=64 * (kind == "conv"),
            )  # fmt: skip
