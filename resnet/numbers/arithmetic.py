"""The pencil-and-paper formulas of a residual block. They import nothing from torch, so that they can check it.

    output size      ⌊(n + 2p − f)/s⌋ + 1
    convolution      f·f·C_in·C_out weights (+ C_out biases);  as many multiply-adds for each output pixel
    BatchNorm        C scales γ and C shifts β to train;  C means and C variances that are only measured

Source: Dumoulin & Visin 2016, arXiv 1603.07285, §2.4 (output size); He et al. 2015, arXiv 1512.03385, §3.2 (shortcuts).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from resnet.spec.block import BlockSpec

_PROJECTIONS = ("projection", "pool_projection")  # an oracle of its own: it does not read the table of kinds


def output_size(n: int, kernel_size: int, stride: int, padding: int) -> int:
    """Pixels along one side after a convolution or a pool: ⌊(n + 2p − f)/s⌋ + 1."""
    return (n + 2 * padding - kernel_size) // stride + 1


def pooled_size(n: int, stride: int) -> int:
    """Pixels along one side after a pool of stride s that keeps the last, smaller window: ⌈n/s⌉."""
    return -(-n // stride)


def unread(n: int, kernel_size: int, stride: int, padding: int) -> tuple[int, ...]:
    """Rows (or columns), counted from 0, over which no window of a convolution ever comes to lie."""
    starts = range(-padding, n + padding - kernel_size + 1, stride)
    read = {row for start in starts for row in range(start, start + kernel_size)}
    return tuple(row for row in range(n) if row not in read)


def conv_weights(kernel_size: int, in_channels: int, out_channels: int, groups: int = 1) -> int:
    """f·f·C_in·C_out, divided by the groups: each output channel sees C_in/groups channels."""
    return kernel_size * kernel_size * in_channels // groups * out_channels


def activation_bytes(shape: tuple[int, int, int]) -> int:
    """Of a (C, H, W) result at float32, batch 1: four bytes a number."""
    channels, height, width = shape
    return 4 * channels * height * width


def receptive_field(layers: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Pixels of the input that one output position sees, and the jump from one position to the next.

    ``layers``: (kernel size, stride) in order; r ← r + (f − 1)·j, then j ← j·s, from r = j = 1.
    Source: Araujo, Norris & Sim 2019, https://distill.pub/2019/computing-receptive-fields.
    """
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size, jump = size + (kernel_size - 1) * jump, jump * stride
    return size, jump


class LayerCount(NamedTuple):
    """A layer counted by hand; ``out_shape`` is (C, H, W), ``macs`` are multiply-adds at batch 1."""

    name: str
    out_shape: tuple[int, int, int]
    params: int
    buffers: int
    macs: int


def closed_form(spec: BlockSpec) -> tuple[LayerCount, ...]:
    """Every layer of the block that has parameters, in the order in which it runs, counted by formula."""
    f = spec.kernel_size
    strides: tuple[int, ...]
    kernels: tuple[int, ...]
    if spec.bottleneck:
        strides = (spec.stride, 1, 1) if spec.stride_at == "first" else (1, spec.stride, 1)
        kernels = (1, f, 1)
    else:
        strides, kernels = (spec.stride, 1), (f, f)

    groups = (1, spec.middle_groups, 1) if spec.bottleneck else (1, 1)

    counts: list[LayerCount] = []
    entry = shape = (spec.in_channels, spec.height, spec.width)
    last = len(kernels)
    for i, (filters, kernel, stride, group) in enumerate(zip(spec.filters, kernels, strides, groups, strict=True), 1):
        bias = spec.conv_bias and (not spec.pre_activation or i == last)
        conv = _conv(f"conv{i}", shape, filters, kernel, stride, bias, group)
        norm = _batchnorm(f"bn{i}", shape if spec.pre_activation else conv.out_shape)
        counts += [norm, conv] if spec.pre_activation else [conv, norm]
        shape = conv.out_shape
    if spec.shortcut in _PROJECTIONS:
        pooled = spec.shortcut == "pool_projection" and spec.stride > 1
        stride = spec.stride
        if pooled:  # a window for every s pixels begun: as large as the result of a convolution of stride s
            entry = (entry[0], pooled_size(entry[1], stride), pooled_size(entry[2], stride))
            stride = 1
        conv = _conv(f"downsample.{int(pooled)}", entry, spec.filters[-1], 1, stride, spec.conv_bias)
        counts.append(conv)
        if not spec.pre_activation:
            counts.append(_batchnorm(f"downsample.{pooled + 1}", conv.out_shape))
    return tuple(counts)


def _conv(
    name: str, shape: tuple[int, int, int], filters: int, kernel: int, stride: int, bias: bool, groups: int = 1
) -> LayerCount:
    channels, height, width = shape
    p = kernel // 2
    out = (filters, output_size(height, kernel, stride, p), output_size(width, kernel, stride, p))
    weights = conv_weights(kernel, channels, filters, groups)
    return LayerCount(name, out, weights + filters * bias, 0, weights * out[1] * out[2])


def _batchnorm(name: str, shape: tuple[int, int, int]) -> LayerCount:
    return LayerCount(name, shape, 2 * shape[0], 2 * shape[0], 0)
