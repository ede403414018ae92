"""The pencil-and-paper formulas of a residual block. They import nothing from torch, so that they can check it.

    output size      ⌊(n + 2p − f)/s⌋ + 1
    convolution      f·f·C_in·C_out weights (+ C_out biases);  as many multiply-adds for each output pixel
    BatchNorm        C scales γ and C shifts β to train;  C means and C variances that are only measured

Source: Dumoulin & Visin 2016, arXiv 1603.07285, §2.4 (output size); He et al. 2015, arXiv 1512.03385, §3.2 (shortcuts).
"""

from __future__ import annotations

from typing import NamedTuple

from resnet.spec import BlockSpec


def output_size(n: int, kernel_size: int, stride: int, padding: int) -> int:
    """Pixels along one side after a convolution or a pool: ⌊(n + 2p − f)/s⌋ + 1."""
    return (n + 2 * padding - kernel_size) // stride + 1


def conv_weights(kernel_size: int, in_channels: int, out_channels: int) -> int:
    """f·f·C_in·C_out."""
    return kernel_size * kernel_size * in_channels * out_channels


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

    counts: list[LayerCount] = []
    shape = (spec.in_channels, spec.height, spec.width)
    for i, (filters, kernel, stride) in enumerate(zip(spec.filters, kernels, strides, strict=True), start=1):
        counts += _conv_and_batchnorm((f"conv{i}", f"bn{i}"), spec, shape, filters, kernel, stride)
        shape = counts[-1].out_shape
    if spec.shortcut == "projection":
        entry = (spec.in_channels, spec.height, spec.width)
        counts += _conv_and_batchnorm(("downsample.0", "downsample.1"), spec, entry, spec.filters[-1], 1, spec.stride)
    return tuple(counts)


def _conv_and_batchnorm(
    names: tuple[str, str], spec: BlockSpec, shape: tuple[int, int, int], filters: int, kernel: int, stride: int
) -> list[LayerCount]:
    channels, height, width = shape
    p = kernel // 2
    out = (filters, output_size(height, kernel, stride, p), output_size(width, kernel, stride, p))
    weights = conv_weights(kernel, channels, filters)
    bias = filters if spec.conv_bias else 0
    return [
        LayerCount(names[0], out, weights + bias, 0, weights * out[1] * out[2]),
        LayerCount(names[1], out, 2 * filters, 2 * filters, 0),
    ]
