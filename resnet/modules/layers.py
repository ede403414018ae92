"""Every kind of layer that a block or a network is made of, one row for each: its module, its words, its window.

``trace`` recognises a layer by its module's type, and a shortcut kind asks for one by its key. A module of another
kind is a new row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor, nn

from resnet.spec.shortcuts import Layer

Shape = tuple[int, int, int]


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


class Window(NamedTuple):
    """How an operation moves over its input, the same both ways.

    ``kernel_size``, ``stride``, ``padding``   in pixels
    ``groups``  into which a convolution splits its channels
    """

    kernel_size: int
    stride: int
    padding: int = 0
    groups: int = 1


class LayerKind(NamedTuple):
    """One kind of layer.

    ``words``    for a reader
    ``modules``  of torch's, or ours, that are of this kind; none for what is no module
    ``made``     one on a device, from the settings of a ``Layer``; None if no shortcut asks for it
    ``window``   how it moves over an input of this shape; None if it treats each number for itself
    ``effect``   what it does to x on a shortcut; ``more`` channels, every ``nth`` pixel
    """

    key: str
    words: str
    modules: tuple[type[nn.Module], ...]
    made: Callable[..., nn.Module] | None = None
    window: Callable[[Any, Shape], Window] | None = None
    effect: str = ""


def _convolution(*, in_channels: int, out_channels: int, kernel_size: int, stride: int, bias: int, device: str) -> Any:
    return nn.Conv2d(in_channels, out_channels, kernel_size, stride, bias=bool(bias), device=device)


def _average_pool(*, stride: int, device: str) -> nn.Module:
    # ceil_mode: the result is as large as that of a convolution of this stride, for odd sizes too
    return nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False)


def _pool_window(layer: Any, in_shape: Shape) -> Window:
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        return Window(max(in_shape[1:]), 1)  # the whole map, once
    return Window(_side(layer.kernel_size), _side(layer.stride), _side(layer.padding))


def _side(value: int | tuple[int, ...]) -> int:
    return value if isinstance(value, int) else value[0]


_EVERY_NTH = "only every {nth} pixel of x is kept"

LAYERS: dict[str, LayerKind] = {
    row.key: row
    for row in (
        LayerKind(
            key="conv",
            words="conv",
            modules=(nn.Conv2d,),
            made=_convolution,
            window=lambda layer, _: Window(layer.kernel_size[0], layer.stride[0], int(layer.padding[0]), layer.groups),
        ),
        LayerKind(
            key="batchnorm",
            words="BatchNorm",
            modules=(nn.BatchNorm2d,),
            made=lambda *, channels, device: nn.BatchNorm2d(channels, device=device),
        ),
        LayerKind(key="relu", words="ReLU", modules=(nn.ReLU,)),
        LayerKind(
            key="subsample",
            words="every s-th pixel",
            modules=(Subsample,),
            made=lambda *, stride, device: Subsample(stride),
            window=lambda layer, _: Window(1, layer.stride),
            effect=_EVERY_NTH,
        ),
        LayerKind(
            key="zero_pad",
            words="pad with zeros",
            modules=(ZeroPad,),
            made=lambda *, extra, device: ZeroPad(extra),
            effect="{more:,} channels of zeros are added to x",
        ),
        LayerKind(key="add", words="addition", modules=()),
        LayerKind(
            key="maxpool",
            words="max-pool",
            modules=(nn.MaxPool2d,),
            made=lambda *, stride, device: nn.MaxPool2d(1, stride),
            window=_pool_window,
            effect=_EVERY_NTH,
        ),
        LayerKind(
            key="avgpool",
            words="average pool",
            modules=(nn.AvgPool2d, nn.AdaptiveAvgPool2d),
            made=_average_pool,
            window=_pool_window,
        ),
        LayerKind(key="pad", words="zeros around the map", modules=(nn.ZeroPad2d,)),
        LayerKind(key="flatten", words="flatten", modules=(nn.Flatten,)),
        LayerKind(key="linear", words="linear layer", modules=(nn.Linear,)),
    )
}


def made(layer: Layer, device: str) -> nn.Module:
    """The layer as a module. Raises KeyError for a kind that is no row, or that can't be asked for."""
    make = LAYERS[layer.kind].made
    if make is None:
        raise KeyError(layer.kind)
    return make(**layer.settings, device=device)


def kind_of(module: nn.Module) -> LayerKind | None:
    """The row of a module's own type; None for what is made of other modules."""
    return next((row for row in LAYERS.values() if type(module) in row.modules), None)
