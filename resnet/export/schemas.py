"""What the fields of the JSON answers are: types, units and words, as JSON Schema (draft 2020-12).

A field keeps its meaning wherever it stands, so each is declared once, in ``FIELDS``; an object is a list of names.
A schema leaves nothing open: what it does not name is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from resnet.models.node import Kind as NodeKind
from resnet.models.sums import WHY
from resnet.spec.block import MAX_CHANNELS, MAX_KERNEL, MAX_SIZE, MAX_STRIDE
from resnet.spec.conventions import PARAMETERS as CONVENTIONS
from resnet.spec.shortcuts import SHORTCUTS

Schema = dict[str, Any]


def _text(words: str, *values: str) -> Schema:
    return {"type": "string", "description": words} | ({"enum": list(values)} if values else {})


def _flag(words: str) -> Schema:
    return {"type": "boolean", "description": words}


def _whole(unit: str, words: str, most: int | None = None, least: int = 0) -> Schema:
    bounds = {"minimum": least} | ({} if most is None else {"maximum": most})
    return {"type": "integer", **bounds, "x-unit": unit, "description": words}


def _signed(unit: str, words: str) -> Schema:
    return {"type": "integer", "x-unit": unit, "description": words}


def _list(items: Schema, words: str, **bounds: int) -> Schema:
    return {"type": "array", "items": items, "description": words, **bounds}


def _or_null(schema: Schema, words: str = "") -> Schema:
    said = {"description": words} if words else {}
    return {"oneOf": [schema, {"type": "null"}], **said}


def _shape(words: str) -> Schema:
    size = {"type": "integer", "minimum": 1, "x-unit": "channels, rows or columns"}
    return _list(size, words, minItems=3, maxItems=3)


def _dims(words: str) -> Schema:
    return _list({"type": "integer", "x-unit": "positions along one axis"}, words)


_NAME = {"type": "string"}

FIELDS: Mapping[str, Schema] = {
    # blocks and operations
    "in_channels": _whole("channels", "Of x.", MAX_CHANNELS, 1),
    "filters": _list(
        {"type": "integer", "minimum": 1, "maximum": MAX_CHANNELS, "x-unit": "channels"},
        "Of each convolution of the main path.",
        minItems=2,
        maxItems=3,
    ),
    "kernel_size": _whole("pixels", "f of the f×f convolutions.", MAX_KERNEL, 1),
    "stride": _whole("pixels", "Of the block, and so of its shortcut.", MAX_STRIDE, 1),
    "stride_at": _text("The convolution that strides.", "first", "middle"),
    "height": _whole("pixels", "Of the input.", MAX_SIZE, 1),
    "width": _whole("pixels", "Of the input.", MAX_SIZE, 1),
    "conv_bias": _flag("Convolutions have the biases that Keras gives them."),
    "groups": _whole("groups", "Of the f×f convolution.", MAX_CHANNELS, 1),
    "depthwise": _flag("The f×f convolution has a group for each channel."),
    "linear": _flag("No ReLU follows the sum."),
    "pre_activation": _flag("BatchNorm and ReLU stand in front of each convolution."),
    "possible": _flag("Whether x and F(x) can be added."),
    "in_shape": _shape("C, H, W of the input; batch 1."),
    "out_shape": _shape("C, H, W of the result; batch 1."),
    "params": _whole("parameters", "Trainable: BatchNorm's scale and shift and convolution biases included."),
    "buffers": _whole("elements", "Of BatchNorm's running means and variances."),
    "macs": _whole("multiply-adds", "Of convolutions, linear layers and matrix products; one image."),
    "flops": _whole("floating-point operations", "Two for each multiply-add; one image."),
    "activation_elements": _whole("elements", "Of every operation's result; one image, the input not counted."),
    "activation_bytes": _whole("bytes", "Of every operation's result once, float32; one image, the input not counted."),
    "name": _text("Of the module, as in the state dict; in an unknown network what its file calls it."),
    "path": _text("Where an operation stands.", "main", "shortcut", "joined"),
    "reads": _list(_NAME, "Names of the operations whose results it takes; x is the block's input."),
    "in_shapes": _list(_shape("C, H, W."), "Of what it reads; batch 1."),
    "weights": _whole("parameters", "Of a convolution or a linear layer."),
    "biases": _whole("parameters", "Of a convolution or a linear layer."),
    "scale": _whole("parameters", "γ of a BatchNorm."),
    "shift": _whole("parameters", "β of a BatchNorm."),
    "out_elements": _whole("elements", "Of the result."),
    "padding": _whole("pixels", "On each side."),
    "main_shape": _shape("C, H, W of F(x)."),
    "shortcut_shape": _shape("C, H, W of what the shortcut brings."),
    "broadcasts": _flag("torch would repeat one summand to fit; it is no residual sum all the same."),
    "message": _text("What torch said to a real attempt."),
    "headline": _text("The outcome in two or three words."),
    "sentence": _text("Why, with numbers."),
    "detail": _text("torch's own message for what is impossible, else empty."),
    # networks
    "planes": _whole("channels", "Of the paper's table; a bottleneck's F3 is four times as many.", None, 1),
    "base_width": _whole("channels", "Of a group where a stage has 64 planes (ResNeXt, Wide ResNet).", None, 1),
    "stride_in_last": _flag("The last block of a stage strides, with a max-pool (TF-slim, Keras V2)."),
    "shortcut_option": _text("Of the paper.", "A", "B", "C"),
    "pool_projection": _flag("An average pool stands in front of a projection that strides (ResNet-D)."),
    "num_classes": _whole("classes", "Of the linear layer's result.", None, 1),
    "variant": _text("Which of the published variants it is; else in words."),
    "stage": _whole("stages", "As the paper counts: the stem is stage 1.", None, 2),
    "index": _whole("blocks", "In its stage, from 0."),
    "needs_projection": _flag("x and F(x) differ in shape."),
    "why": _list(_text("", "channels", "size"), "What changes from input to result."),
    "shortcut_params": _whole("parameters", "Of the shortcut; trainable."),
    "shortcut_macs": _whole("multiply-adds", "Of the shortcut; one image."),
    "receptive_field": _whole("pixels", "Along one side of the network's input, that one position sees.", None, 1),
    "jump": _whole("pixels", "Of the input from one position to the next.", None, 1),
    # anybody's networks
    "source": _text("Where it was read from.", "onnx", "module", "network"),
    "out_shapes": _list(_or_null(_dims("With the batch axis.")), "Of the network's outputs; null: not known."),
    "nodes": _whole("operations", "Of the whole network."),
    "folded": _flag("BatchNorm is folded into the convolutions, as exporters do."),
    "block": _text("Which block that is: bottleneck, basic, inverted residual, …"),
    "add": _text("The operation that adds."),
    "fork": _text("The operation, or the input, from which both summands come."),
    "main": _list(_NAME, "Operations on the way of F(x), in order."),
    "before": _list(_NAME, "Norm and activation in front of the fork that belong to the block."),
    "after": _list(_NAME, "What follows the sum and belongs to it."),
    "channels_change": _flag("From x to F(x)."),
    "size_changes": _flag("From x to F(x)."),
    "inside": _list(_NAME, "Residual sums on its main path."),
    "needed": _flag("A bare identity would be impossible."),
    "projects": _flag("Its shortcut is a projection."),
    "words": _text("The same as a sentence or in words."),
    "what": _text("Which quantity, or what it is, in a few words."),
    "key": _text("Of the quantity."),
    "difference": _signed("as left and right", "Right minus left."),
    "in_bytes": _flag("Whether it is counted in bytes."),
    "kernel": _dims("Pixels along each axis; empty: the whole map."),
    "dilation": _dims("Pixels along each axis."),
    "channels": _or_null(_whole("channels", "That it makes."), "null: a pool."),
    "biased": _whole("layers", "With a bias."),
}  # fmt: skip


def _object(*names: str, **more: Schema) -> Schema:
    properties = {name: FIELDS[name] for name in names} | more
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


_CONVENTIONS = _object(
    **{one.name: {**one.takes.schema, "description": one.words} for one in CONVENTIONS}
) | {"description": "In which the numbers under `shown` are written."}  # fmt: skip
_UNITS = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": "What is counted, in words, by the name of a field.",
}
_OPERATIONS = {"macs": FIELDS["macs"], "flops": FIELDS["flops"]}


def _shown(**fields: Schema) -> Schema:
    """``macs`` or ``flops``, as the conventions say."""
    shown = _object(**fields)
    shown["properties"] = shown["properties"] | _OPERATIONS
    one_of = [{"required": ["macs"]}, {"required": ["flops"]}]
    return shown | {"oneOf": one_of, "description": "The same as the conventions write and count it."}


_COUNTED = _whole("parameters", "As the conventions count them.")
_OUT = _or_null(FIELDS["out_shape"], "null: an addition that fails has no result.")
_SHOWN = _shown(in_shape=_shape("In the conventions' order."), out_shape=_or_null(_shape("In that order.")),
                params=_COUNTED)  # fmt: skip
_BLOCK_SPEC = _object(
    "in_channels", "filters", "kernel_size", "stride", "stride_at", "height", "width", "conv_bias", "groups",
    "depthwise", "linear", "pre_activation", shortcut=_text("What stands on the shortcut.", *SHORTCUTS),
)  # fmt: skip
_OP = _object(
    "name", "path", "reads", "in_shapes", "weights", "biases", "scale", "shift", "buffers", "macs", "params",
    "out_elements",
    kind=_text("conv, batchnorm, relu, add, …"), out_shape=_OUT, shown=_SHOWN,
    window=_or_null(
        _object("padding", kernel_size=_whole("pixels", "Both ways.", None, 1),
                stride=_whole("pixels", "Both ways.", None, 1), groups=_whole("groups", "", None, 1)),
        "How it moves over its input; null: it does not.",
    ),
)  # fmt: skip
BLOCK = _object(
    "possible", "in_shape", "params", "buffers", "macs", "activation_bytes",
    spec=_BLOCK_SPEC, units=_UNITS, out_shape=_OUT, conventions=_CONVENTIONS, shown=_SHOWN,
    verdict=_object("headline", "sentence", "detail",
                    outcome=_text("What became of it.", "works", "impossible", "needed", "choice")),
    problem=_or_null(_object("main_shape", "shortcut_shape", "broadcasts", "message"),
                     "Why it is impossible; null: it is not."),
    ops=_list(_OP, "In the order in which they run."),
)  # fmt: skip

_STAGE = _object("planes", "stride", blocks=_whole("blocks", "Of the stage.", None, 1))
_STEM = _object(
    conv=_text("7×7; three 3×3 (deep); one 3×3.", "7x7", "deep", "3x3"),
    channels=_whole("channels", "That the blocks get.", None, 1),
    pool=_text("A 3×3 max-pool of stride 2.", "padded", "valid", "none"),
    explicit=_flag("Padding stands in front as a layer of zeros, as Keras writes it."),
)
_NETWORK_SPEC = _object(
    "name", "groups", "base_width", "stride_at", "stride_in_last", "shortcut_option", "pool_projection",
    "pre_activation", "conv_bias", "height", "width", "num_classes",
    stages=_list(_STAGE, "In order."), stem=_STEM, block=_text("Of which it is made.", "bottleneck", "basic"),
    head=_text("The average pool in front of the linear layer.", "global", "2x2"),
)  # fmt: skip
_NETWORK_BLOCK = _object(
    "name", "stage", "index", "needs_projection", "why", "in_shape", "out_shape", "params", "buffers", "macs",
    "activation_elements", "activation_bytes", "shortcut_params", "shortcut_macs", "receptive_field", "jump",
    kind=_text("Which block it is, by its shortcut."), shown=_SHOWN, spec=_BLOCK_SPEC,
)  # fmt: skip
NETWORK = _object(
    "variant", "in_shape", "out_shape", "params", "buffers", "macs", "activation_elements", "activation_bytes",
    spec=_NETWORK_SPEC, units=_UNITS, conventions=_CONVENTIONS, shown=_SHOWN,
    stem=_list(_OP, "In front of the first block."), blocks=_list(_NETWORK_BLOCK, "In order."),
    head=_list(_OP, "Behind the last block."),
)  # fmt: skip

_IN, _RESULT = _dims("Without the batch axis."), _dims("Without the batch axis.")
_SUM = _object(
    "name", "block", "add", "fork", "main", "before", "after", "channels_change", "size_changes", "shortcut_params",
    "shortcut_macs", "params", "macs", "inside", "needed", "projects",
    kind=_text("Of its shortcut."), shortcut=_list(_NAME, "Operations on the shortcut, in order."),
    in_shape=_IN, out_shape=_RESULT,
    verdict=_object("headline", "sentence", "detail", outcome=_text("What became of it.")),
    shown=_shown(in_shape=_text("In the conventions' order."), out_shape=_text("In the conventions' order."),
                 params=_COUNTED, shortcut_params=_COUNTED),
)  # fmt: skip
_LAYER = _object(
    "kernel", "dilation", "channels",
    kind=_text("Of the operation.", *get_args(NodeKind)), stride=_dims("Pixels along each axis."),
    groups={"oneOf": [_whole("groups", "", None, 1), {"const": "depthwise"}],
            "description": "depthwise: one for each channel."},
)  # fmt: skip
_COUNTS = {
    "type": "object",
    "additionalProperties": _whole("layers", ""),
    "description": "How many there are of each kind.",
}
_UNIT = _or_null(
    _object(
        "name", "what", "biased", "params", "buffers", "macs", "shortcut_params",
        sum=_or_null(_text("The name of the residual sum."), "null: a layer outside of blocks."),
        nodes=_list(_NAME, "Operations that belong to it."), in_shape=_or_null(_IN), out_shape=_or_null(_RESULT),
        layers=_list(_LAYER, "On the way from x to F(x), in order."), side=_list(_LAYER, "Beside that way."),
        shortcut=_or_null(_text("Of a block, in words.")), norms=_COUNTS, activations=_COUNTS,
    ),
    "A block, or a layer outside of blocks; null: this network has none here.",
)  # fmt: skip
_TOLD = _object("name", "source")
COMPARISON = _object(
    left=_TOLD, right=_TOLD, units=_UNITS, conventions=_CONVENTIONS,
    counts=_object(**{kind: _whole("rows", "") for kind in ("same", "changed", "only_left", "only_right")}),
    totals=_list(
        _object("key", "words", "in_bytes", "difference", left=_whole("as `words` says; bytes where `in_bytes`", ""),
                right=_whole("as `words` says; bytes where `in_bytes`", "")),
        "Quantities of both.",
    ),
    rows=_list(
        _object(
            kind=_text("", "same", "changed", "only_left", "only_right"), left=_UNIT, right=_UNIT,
            changes=_list(_object("what", "words", left=_text("Before, in words."), right=_text("After, in words.")),
                          "On the way from left to right."),
        ),
        "In running order.",
    ),
)  # fmt: skip
MODEL = _object(
    "name", "source", "sentence", "out_shapes", "nodes", "params", "buffers", "macs", "activation_bytes", "folded",
    units=_UNITS, conventions=_CONVENTIONS, in_shapes=FIELDS["out_shapes"] | {"description": "Of the inputs."},
    shown=_shown(params=_COUNTED), sums=_list(_SUM, "Residual sums, in the order in which they run."),
    other_sums=_list(_object("name", "words", why=_text("Why it is none.", *WHY)), "Additions that are none."),
    unknown=_list(_object("name", why=_text("As a sentence.")), "Operations whose result has no known shape."),
)  # fmt: skip
MODEL["properties"]["comparison"] = COMPARISON | {"description": "Where `against` names another network."}
