"""Functions of Keras's for the blocks of a plan: functional, channels last, with the layers' names that Keras has.

Keras's ``padding="same"`` is PyTorch's only where nothing strides: with a stride it pads more behind than in front. So
a convolution that strides is padded by a layer of zeros, as in Keras's own ResNets.

Sources: Keras `applications/resnet.py` and `resnet_v2.py` (names, order); https://keras.io/api/layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from resnet.export.code.plan import Convolution, Plan, kind_of, layers_of
from resnet.export.code.writing import Lines, call, docstring, indented, shaped
from resnet.spec.block import BlockSpec
from resnet.spec.errors import SpecError
from resnet.spec.shortcuts import SHORTCUTS, Layer

TENSOR = "KerasTensor"
Shapes = Callable[[str], str]  # by an operation's name, or "joined": what a comment says

NORM = [
    "def norm(x: KerasTensor, name: str) -> KerasTensor:",
    '    """With PyTorch\'s epsilon and momentum, so that its weights fit; Keras\'s own are 1e-3 and 0.99."""',
    '    return layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name=f"{name}_bn")(x)',
]
NORM_RELU = [
    "def norm_relu(x: KerasTensor, name: str) -> KerasTensor:",
    '    return layers.Activation("relu", name=f"{name}_relu")(norm(x, name))',
]
ZERO_CHANNELS = [
    '@keras.saving.register_keras_serializable(package="resnet")',
    "class ZeroChannels(layers.Layer):",
    '    """(H, W, C) -> (H, W, C + extra): channels of zeros behind the others."""',
    "",
    "    def __init__(self, extra: int, **kwargs) -> None:",
    "        super().__init__(**kwargs)",
    "        self.extra = extra",
    "",
    "    def call(self, x):",
    "        return keras.ops.pad(x, [(0, 0), (0, 0), (0, 0), (0, self.extra)])",
    "",
    "    def get_config(self) -> dict:",
    '        return {**super().get_config(), "extra": self.extra}',
]
EDGE_POOL = [
    '@keras.saving.register_keras_serializable(package="resnet")',
    "class AveragePool(layers.Layer):",
    '    """(H, W, C) -> (⌈H/s⌉, ⌈W/s⌉, C): a window that sticks out averages what is there.',
    "",
    '    Keras\'s "same" would let the first window stick out as well as the last.',
    '    """',
    "",
    "    def __init__(self, stride: int, **kwargs) -> None:",
    "        super().__init__(**kwargs)",
    "        self.stride = stride",
    "",
    "    def call(self, x):",
    "        s = self.stride",
    "        beyond = [(0, 0), (0, -x.shape[1] % s), (0, -x.shape[2] % s), (0, 0)]",
    "        inside = keras.ops.pad(keras.ops.ones_like(x), beyond)",
    "        there = keras.ops.average_pool(inside, s, s)",
    "        return keras.ops.average_pool(keras.ops.pad(x, beyond), s, s) / there",
    "",
    "    def get_config(self) -> dict:",
    '        return {**super().get_config(), "stride": self.stride}',
]


class Names(NamedTuple):
    """What a function calls its numbers. ``stride``: whether it takes one."""

    widths: tuple[str, ...]
    stride: bool

    @property
    def out_channels(self) -> str:
        return self.widths[-1]

    @property
    def filters(self) -> str:
        """Their type."""
        return f"tuple[{', '.join(['int'] * len(self.widths))}]"


def names_of(plan: Plan) -> Names:
    return Names(tuple(f"f{i}" for i in range(1, len(plan.convolutions) + 1)), plan.strides)


def function(name: str, arguments: list[str], words: str, body: Lines, tensor: str = "x") -> Lines:
    said = [f"{tensor}: {TENSOR}", *arguments]
    head = call(f"def {name}(", said, f") -> {TENSOR}:")
    return [*head, *docstring(words, depth=1), *indented(body)]


def helpers(plan: Plan) -> list[Lines]:
    """What the functions of this plan need in front of them."""
    layers = [layer for block in plan.blocks for layer in layers_of(block)]
    found = [NORM, NORM_RELU]
    found += [ZERO_CHANNELS] if any(layer.kind == "zero_pad" for layer in layers) else []
    return found + ([EDGE_POOL] if _own_pool(plan) else [])


def _own_pool(plan: Plan) -> bool:
    """Whether some average pool has a window that sticks out by what Keras would split between both sides."""
    pooled = [block for block in plan.blocks if kind_of(block) == "pool_projection"]
    return any(block.stride > 2 and (block.height % block.stride or block.width % block.stride) for block in pooled)


# the main path


def main_path(plan: Plan, names: Names, shapes: Shapes, read: str = "x") -> Lines:
    """From what the first convolution reads to ``out``, which is F(x)."""
    unpack = f"{', '.join(names.widths)} = filters"
    lines = [unpack, *(["m = f2 // f1  # maps that are made of each"] if plan.one.depthwise else [])]
    for conv in plan.convolutions:
        i, last = conv.number, conv.number == len(plan.convolutions)
        if conv.strides and conv.padding:
            pad = f'out = layers.ZeroPadding2D({conv.padding}, name=f"{{name}}_{i}_pad")({read})'
            lines.append(shaped(pad, '"same" would pad more behind than in front'))
            read = "out"
        lines.append(shaped(f"out = {_convolution(conv, plan, names)}({read})", shapes(f"conv{i}")))
        read = "out"
        if plan.one.pre_activation:
            lines += [] if last else [f'out = norm_relu(out, f"{{name}}_{i}")']
        else:
            lines.append(f'out = {"norm" if last else "norm_relu"}(out, f"{{name}}_{i}")')
    return lines


def _convolution(conv: Convolution, plan: Plan, names: Names) -> str:
    said = [f"{names.widths[conv.number - 1]}, {conv.kernel}"]
    kind = "Conv2D"
    if conv.depthwise:
        kind, said = "DepthwiseConv2D", [str(conv.kernel)]
        said += ["depth_multiplier=m"]
    said += ["strides=stride"] if conv.strides else []
    said += ['padding="same"'] if conv.padding and not conv.strides else []
    said += [f"groups={conv.groups}"] if conv.groups > 1 and not conv.depthwise else []
    said += [] if conv.bias else ["use_bias=False"]
    return f'layers.{kind}({", ".join(said)}, name=f"{{name}}_{conv.number}_conv")'


# the shortcut and the sum


def shortcut_path(plan: Plan, names: Names, shapes: Shapes) -> tuple[Lines, str]:
    """Lines that make it, and its name. ``plan``: of blocks that have the same kind of it, if not all of its layers."""
    projects = any(SHORTCUTS[kind].projects for kind in plan.shortcuts)
    start = read = "preact" if plan.one.pre_activation and projects else "x"
    kinds = [{layer.kind for layer in layers_of(block)} for block in plan.blocks]
    lines: Lines = []
    for layer in _all_layers(plan):
        always = all(layer.kind in kind for kind in kinds)
        if not always and read == start:
            lines, read = [f"shortcut = {start}"], "shortcut"
        line = _layer(layer, plan, names, read)
        line = line if layer.kind == "batchnorm" else shaped(line, shapes(f"downsample.{len(lines)}"))
        lines += [line] if always else [f"if {_when(layer, names)}:", f"    {line}"]
        read = "shortcut"
    return lines, read


def _all_layers(plan: Plan) -> list[Layer]:
    """Of every shortcut among them, in their order; of two of a kind the one that strides."""
    found: dict[str, Layer] = {}
    for block in sorted(plan.blocks, key=lambda one: one.stride):
        own = {layer.kind: layer for layer in layers_of(block)}
        found = {**own, **{kind: own.get(kind, layer) for kind, layer in found.items()}}
    order = ("avgpool", "maxpool", "subsample", "conv", "batchnorm", "zero_pad")
    return sorted(found.values(), key=lambda layer: order.index(layer.kind) if layer.kind in order else len(order))


def _when(layer: Layer, names: Names) -> str:
    """Where some blocks have this layer, and some do not."""
    return f"x.shape[-1] != {names.out_channels}" if layer.kind == "zero_pad" else "stride > 1"


def _layer(layer: Layer, plan: Plan, names: Names, read: str) -> str:
    """Raises SpecError for a kind that no code is known for."""
    strides = layer.settings.get("stride", 1) > 1
    bias = "" if layer.settings.get("bias") else ", use_bias=False"
    stride = ", strides=stride" if strides else ""
    pool = f'layers.AveragePooling2D(stride, padding="same", name=f"{{name}}_0_avgpool")({read})'
    if _own_pool(plan):
        pool = f'AveragePool(stride, name=f"{{name}}_0_avgpool")({read})'
    extra = f"{names.out_channels} - {read}.shape[-1]"
    written = {
        "conv": f'layers.Conv2D({names.out_channels}, 1{stride}{bias}, name=f"{{name}}_0_conv")({read})',
        "batchnorm": f'norm({read}, f"{{name}}_0")',
        "avgpool": pool,
        "maxpool": f"layers.MaxPooling2D(1, strides=stride)({read})",  # Keras gives it no name
        "subsample": f'layers.MaxPooling2D(1, strides=stride, name=f"{{name}}_0_subsample")({read})',
        "zero_pad": f'ZeroChannels({extra}, name=f"{{name}}_0_zero_pad")({read})',
    }
    if layer.kind not in written:
        raise SpecError("shortcut", layer.kind, "a kind whose layers Keras has")
    return f"shortcut = {written[layer.kind]}"


def joined(one: BlockSpec, shortcut: str, shape: str) -> Lines:
    """The addition and what is behind it."""
    if one.linear or one.pre_activation:
        return [shaped(f'return layers.Add(name=f"{{name}}_out")([{shortcut}, out])', shape)]
    return [
        f'out = layers.Add(name=f"{{name}}_add")([{shortcut}, out])',
        shaped('return layers.Activation("relu", name=f"{name}_out")(out)', shape),
    ]


def preact(shapes: Shapes) -> str:
    return shaped('preact = norm_relu(x, f"{name}_preact")', shapes("bn1"))
