"""Keras 3: a whole network as one file, with a function for each kind of block, one for a stage, and one for it all.

network_file(trace_network(network("keras_resnet50")))
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from resnet import text
from resnet.export.code.keras import IMPORTS, READING, last
from resnet.export.code.keras_block import (
    Names,
    function,
    helpers,
    joined,
    main_path,
    names_of,
    preact,
    shortcut_path,
)
from resnet.export.code.plan import Plan, kind_of
from resnet.export.code.words import main_words, network_function, network_title, network_words, order_words
from resnet.export.code.writing import Lines, call, docstring, indented, module, shaped
from resnet.spec.block import BlockSpec
from resnet.spec.network import NetworkSpec
from resnet.spec.shortcuts import SHORTCUTS
from resnet.trace.network import NetworkTrace

_BLOCKS = {
    "identity": ("identity_block", "x is added as it is."),
    "projects": ("convolutional_block", "A 1×1 convolution brings x to the shape of F(x)."),
    "zero_pad": ("zero_padding_block", "Every stride-th pixel of x, and channels of zeros: no parameters."),
    "max_pool": ("max_pool_block", "Every stride-th pixel of x."),
}
_PADDED_POOL = [
    '@keras.saving.register_keras_serializable(package="resnet")',
    "class PaddedMaxPool(layers.Layer):",
    '    """3×3, stride 2, one pixel of padding: no ReLU comes before it, so zeros around the map could win."""',
    "",
    "    def call(self, x):",
    '        around = keras.ops.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=float("-inf"))',
    "        return keras.ops.max_pool(around, 3, 2)",
]


def network_file(t: NetworkTrace) -> str:
    """A whole network."""
    plan = Plan.of(block.trace.spec for block in t.blocks)
    counted = text.count(t.params + t.buffers)
    about = docstring(
        f"{network_title(t.spec)} in Keras: {counted} parameters, BatchNorm’s statistics included.",
        network_words(t),
        READING,
    )
    needed = [*helpers(plan), *([_PADDED_POOL] if _minus_infinity(t.spec) else [])]
    return module(
        [*about, "", *IMPORTS],
        *needed,
        _main_path(plan),
        *(_block(plan, role) for role in _roles(plan)),
        *_stage(t, plan),
        _network(t),
        _main(t),
    )


def _minus_infinity(spec: NetworkSpec) -> bool:
    return spec.pre_activation and spec.stem.pool == "padded" and not spec.stem.explicit


def _role(block: BlockSpec) -> str:
    """Which function it is a call of."""
    kind = kind_of(block)
    return "projects" if SHORTCUTS[kind].projects else kind


def _roles(plan: Plan) -> list[str]:
    found = {_role(block) for block in plan.blocks}
    return [role for role in _BLOCKS if role in found]


def _part(plan: Plan, role: str) -> Plan:
    return Plan.of(block for block in plan.blocks if _role(block) == role)


def _silent(_: str) -> str:
    return ""


def _shapes(plan: Plan, names: Names) -> dict[str, str]:
    known, small = {}, False
    for conv in plan.convolutions:
        small = small or conv.strides
        known[f"conv{conv.number}"] = f"{'H/s × W/s' if small else 'H × W'} × {names.widths[conv.number - 1]}"
    return known


def _main_path(plan: Plan) -> Lines:
    names = names_of(plan)
    known = _shapes(plan, names)
    read = "preact" if plan.one.pre_activation else "x"
    body = main_path(plan, names, lambda name: known.get(name, ""), read)
    body[-1] = body[-1].replace("out = ", "return ", 1)
    words = f"F(x): {main_words(plan.one)}. {order_words(plan.one)}".strip()
    return function("main_path", _arguments(plan, names), words, body, read)


def _arguments(plan: Plan, names: Names) -> list[str]:
    return [f"filters: {names.filters}", *(["stride: int"] if plan.strides else []), "name: str"]


def _block(plan: Plan, role: str) -> Lines:
    part, names = _part(plan, role), names_of(plan)
    name, words = _BLOCKS[role]
    start, read = ([preact(_silent)], "preact") if plan.one.pre_activation else ([], "x")
    given = "stride, name" if part.strides else "stride=1, name=name" if plan.strides else "name"
    before, shortcut = shortcut_path(part, names, _silent)
    before = [re.sub(rf"\b{names.out_channels}\b", "filters[-1]", line) for line in before]
    body = [*start, f"out = main_path({read}, filters, {given})", *before, *joined(plan.one, shortcut, "")]
    return function(name, _arguments(part, names), words, body)


def _stage(t: NetworkTrace, plan: Plan) -> Iterable[Lines]:
    """A loop over its blocks; in front of it, where it takes one, a function that chooses the block."""
    firsts = {_role(t.stage(number)[0].trace.spec) for number in t.stages}
    others = {_role(block.trace.spec) for number in t.stages for block in t.stage(number)[1:]}
    names = names_of(plan)
    stride = ["stride: int"] if plan.strides else []
    arguments = [f"filters: {names.filters}", "blocks: int", *stride, "name: str"]
    if len(firsts) == 1 and len(others) <= 1 and not t.spec.stride_in_last:
        yield function("stage", arguments, *_in_order(plan, firsts.pop(), others))
        return
    roles = _roles(plan)
    choose = "residual_block" if len(roles) > 1 else _BLOCKS[roles[0]][0]
    if len(roles) > 1:
        yield function(
            choose,
            _arguments(plan, names),
            "The block for this place: what stands on its shortcut depends on what changes.",
            _choice(plan, roles),
        )
    where = "blocks" if t.spec.stride_in_last else "1"
    given = f"stride if i == {where} else 1, " if plan.strides else ""
    loop = ["for i in range(1, blocks + 1):", f'    x = {choose}(x, filters, {given}name=f"{{name}}_block{{i}}")']
    words = "Blocks of the same filters; the last one strides." if t.spec.stride_in_last else ""
    words = words or ("Blocks of the same filters; the first one strides." if plan.strides else "Blocks alike.")
    yield function("stage", arguments, words, [*loop, "return x"])


def _in_order(plan: Plan, first: str, others: set[str]) -> tuple[str, Lines]:
    """Where each stage has the same order of blocks."""
    stride = "stride, " if _part(plan, first).strides else ""
    lines = [f'x = {_BLOCKS[first][0]}(x, filters, {stride}name=f"{{name}}_block1")']
    for other in others:
        one = "stride=1, " if _part(plan, other).strides else ""
        again = f'{_BLOCKS[other][0]}(x, filters, {one}name=f"{{name}}_block{{i}}")'
        lines += ["for i in range(2, blocks + 1):", f"    x = {again}"]
    return "The first block may change the shape, the others keep it.", [*lines, "return x"]


def _choice(plan: Plan, roles: list[str]) -> Lines:
    lines: Lines = []
    changing = [role for role in roles if role not in ("identity", "max_pool")]
    strides = plan.strides and "max_pool" not in roles
    parts = ["stride != 1"] if strides else []
    parts += ["x.shape[-1] != filters[-1]"] if plan.channels_change else []
    for role in changing:
        lines += [f"if {' or '.join(parts)}:", f"    return {_called(plan, role)}"]
    rest = [role for role in roles if role not in changing]
    if len(rest) == 2:
        lines += ["if stride != 1:", f"    return {_called(plan, 'max_pool')}"]
        rest = ["identity"]
    return [*lines, f"return {_called(plan, rest[0])}"]


def _called(plan: Plan, role: str) -> str:
    stride = "stride, " if _part(plan, role).strides else ""
    return f"{_BLOCKS[role][0]}(x, filters, {stride}name)"


# the network


def _network(t: NetworkTrace) -> Lines:
    spec = t.spec
    channels, height, width = t.in_shape
    head = call(
        f"def {network_function(spec)}(",
        [f"input_shape: tuple[int, int, int] = ({height}, {width}, {channels})", f"classes: int = {spec.num_classes}"],
        ") -> keras.Model:",
    )
    body = ["inputs = keras.Input(input_shape)", *_stem(t), *_stages(t), *_head(t)]
    body += [f'return keras.Model(inputs, outputs, name="{network_function(spec)}")']
    return [*head, *indented(body)]


def _stem(t: NetworkTrace) -> Lines:
    spec, stem = t.spec, t.spec.stem
    shapes = {op.name: last(op.out_shape) for op in t.stem if op.out_shape}
    bias = "" if spec.conv_bias else ", use_bias=False"
    lines: Lines = []
    if stem.conv == "3x3":
        one = f'layers.Conv2D({stem.channels}, 3, padding="same"{bias}, name="conv1_conv")(inputs)'
        lines.append(shaped(f"x = {one}", shapes["conv1"]))
    elif stem.conv == "7x7":
        lines.append('x = layers.ZeroPadding2D(3, name="conv1_pad")(inputs)')
        one = f'layers.Conv2D({stem.channels}, 7, strides=2{bias}, name="conv1_conv")(x)'
        lines.append(shaped(f"x = {one}", shapes["conv1"]))
    else:
        lines += _deep_stem(spec, shapes)
    if not spec.pre_activation:
        lines.append('x = norm_relu(x, "conv1")')
    return lines + _stem_pool(spec, shapes.get("maxpool", ""))


def _deep_stem(spec: NetworkSpec, shapes: dict[str, str]) -> Lines:
    half = spec.stem.channels // 2
    inner = "" if spec.conv_bias and not spec.pre_activation else ", use_bias=False"
    bias = "" if spec.conv_bias else ", use_bias=False"
    first = f'x = layers.Conv2D({half}, 3, strides=2{inner}, name="conv1_1_conv")(x)'
    second = f'x = layers.Conv2D({half}, 3, padding="same"{inner}, name="conv1_2_conv")(x)'
    third = f'x = layers.Conv2D({spec.stem.channels}, 3, padding="same"{bias}, name="conv1_3_conv")(x)'
    return [
        'x = layers.ZeroPadding2D(1, name="conv1_pad")(inputs)',
        *(shaped(first, shapes["conv1.0"]), 'x = norm_relu(x, "conv1_1")'),
        *(shaped(second, shapes["conv1.3"]), 'x = norm_relu(x, "conv1_2")'),
        shaped(third, shapes["conv1.6"]),
    ]


def _stem_pool(spec: NetworkSpec, shape: str) -> Lines:
    if spec.stem.pool == "none":
        return []
    if _minus_infinity(spec):
        return [shaped('x = PaddedMaxPool(name="pool1_pool")(x)', shape)]
    pad = ['x = layers.ZeroPadding2D(1, name="pool1_pad")(x)'] if spec.stem.pool == "padded" else []
    return [*pad, shaped('x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)', shape)]


def _stages(t: NetworkTrace) -> Lines:
    lines: Lines = []
    strides = any(block.trace.spec.stride > 1 for block in t.blocks)
    for number, stage in zip(t.stages, t.spec.stages, strict=True):
        stride = f", stride={stage.stride}" if strides else ""
        one = f'stage(x, {t.spec.filters(stage)}, blocks={stage.blocks}{stride}, name="conv{number}")'
        lines.append(shaped(f"x = {one}", last(t.stage(number)[-1].out_shape)))
    return lines


def _head(t: NetworkTrace) -> Lines:
    lines = ['x = norm_relu(x, "post")'] if t.spec.pre_activation else []
    flat = str(t.head[-1].in_shapes[0][0])
    if t.spec.head == "global":
        lines.append(shaped('x = layers.GlobalAveragePooling2D(name="avg_pool")(x)', flat))
    else:
        lines.append('x = layers.AveragePooling2D(2, name="avg_pool")(x)')
        lines.append(shaped("x = layers.Flatten()(x)", flat))
    logits = f"{t.spec.num_classes} logits; keras.applications has a softmax here"
    return [*lines, shaped('outputs = layers.Dense(classes, name="predictions")(x)', logits)]


def _main(t: NetworkTrace) -> Lines:
    return [
        'if __name__ == "__main__":',
        f"    model = {network_function(t.spec)}()",
        '    print(f"{model.count_params():,} parameters")',
        "    print(model.output_shape)",
    ]
