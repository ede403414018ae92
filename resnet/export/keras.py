"""A network's layers as Keras's ``model.summary()`` lists them: its names, channels last, statistics counted.

Source: Keras `applications/resnet.py` (``residual_block_v1``, ``residual_block_v2``). For networks that Keras has; a
deep stem keeps torchvision's names, since Keras has none for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from resnet.modules.layers import Shape
from resnet.trace.network import NetworkBlock, NetworkTrace
from resnet.trace.values import OpTrace


class KerasLayer(NamedTuple):
    """``out_shape`` is (H, W, C), or (features,); ``params`` includes what Keras calls non-trainable."""

    name: str
    out_shape: tuple[int, ...]
    params: int


_STEM = {
    "conv1": "conv1_conv",
    "bn1": "conv1_bn",
    "relu": "conv1_relu",
    "maxpool": "pool1_pool",
}
_HEAD = {"norm": "post_bn", "relu": "post_relu", "avgpool": "avg_pool", "fc": "predictions"}


def keras_layers(t: NetworkTrace) -> tuple[KerasLayer, ...]:
    """Every layer but the input, in the order in which it runs."""
    layers = [_layer(_STEM.get(op.name, op.name), op) for op in t.stem]
    pools = 0
    for block in t.blocks:
        for name, op in _block(block):
            if op.kind == "maxpool":  # Keras leaves this one without a name of its own
                layers.append(_layer("max_pooling2d" + (f"_{pools}" if pools else ""), op))
                pools += 1
                continue
            if name.endswith("_2_conv") and t.spec.pre_activation and t.spec.stem.explicit and op.window is not None:
                p = op.window.padding
                channels, height, width = op.in_shapes[0]
                pad = name.replace("_conv", "_pad")
                layers.append(KerasLayer(pad, (height + 2 * p, width + 2 * p, channels), 0))
            layers.append(_layer(name, op))
    layers += [_layer(_HEAD[op.name], op) for op in t.head if op.kind != "flatten"]
    return tuple(layers)


def _block(block: NetworkBlock) -> Iterator[tuple[str, OpTrace]]:
    place = f"conv{block.stage}_block{block.index + 1}"
    suffixes = {"conv": "conv", "batchnorm": "bn", "relu": "relu"}
    seen = 0  # convolutions of the main path so far
    for op in block.trace.ops:
        if op.path == "shortcut":
            yield f"{place}_0_{suffixes.get(op.kind, op.kind)}", op
        elif op.path == "joined":
            last = op is block.trace.ops[-1]
            yield f"{place}_{'out' if last else 'add'}", op
        else:
            seen += op.kind == "conv"
            yield f"{place}_{seen or 'preact'}_{suffixes[op.kind]}", op


def _layer(name: str, op: OpTrace) -> KerasLayer:
    return KerasLayer(name, _channels_last(op.out_shape, op.kind), op.params + op.buffers)


def _channels_last(shape: Shape | None, kind: str) -> tuple[int, ...]:
    assert shape is not None
    channels, height, width = shape
    return (channels,) if kind in ("linear", "avgpool") and (height, width) == (1, 1) else (height, width, channels)
