"""What the comments of generated code say, and what its classes and functions are called, whatever the framework."""

from __future__ import annotations

import re

from resnet.numbers.compare import verdict
from resnet.spec import names
from resnet.spec.block import BlockSpec
from resnet.spec.conventions import Conventions
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS, NetworkSpec
from resnet.spec.shortcuts import SHORTCUTS
from resnet.trace.network import NetworkTrace
from resnet.trace.values import BlockTrace
from resnet.trace.words import layer


def class_of(spec: BlockSpec) -> str:
    """By its shortcut: 'ConvolutionalBlock', 'PreActivationIdentityBlock'."""
    return _before(spec) + _camel(SHORTCUTS[spec.shortcut].title)


def shape_of(spec: BlockSpec) -> str:
    """By its main path, as torchvision has it: 'Bottleneck', 'PreActivationBasicBlock'."""
    return _before(spec) + ("Bottleneck" if spec.bottleneck else "BasicBlock")


def function_of(spec: BlockSpec) -> str:
    """As courses and Keras call it: 'identity_block', 'convolutional_block'."""
    return re.sub(r"\W+", "_", SHORTCUTS[spec.shortcut].title.lower())


def two_names(left: str, right: str, join: str = "") -> tuple[str, str]:
    """The same name twice would be one thing."""
    if left != right:
        return left, right
    side = ("left", "right") if join else ("Left", "Right")
    return f"{side[0]}{join}{left}", f"{side[1]}{join}{right}"


def _before(spec: BlockSpec) -> str:
    return "PreActivation" if spec.pre_activation else "Linear" if spec.linear else ""


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"\W+", words))


def main_words(spec: BlockSpec) -> str:
    """'1×1, 3×3 in 32 groups, 1×1'"""
    f = f"{spec.kernel_size}×{spec.kernel_size}"
    if not spec.bottleneck:
        return f"{f}, {f}"
    grouped = f" in {spec.groups} groups" if spec.groups > 1 else ""
    return f"1×1, {f}{' depthwise' if spec.depthwise else grouped}, 1×1"


def order_words(spec: BlockSpec) -> str:
    """Where its layers stand, if that is not the usual place; empty otherwise."""
    if spec.pre_activation:
        return "BatchNorm and ReLU stand in front of each convolution."
    return "No ReLU behind the addition." if spec.linear else ""


def shortcut_words(t: BlockTrace) -> str:
    """'1×1 conv, 256, s=2; BatchNorm'"""
    return "; ".join(layer(op) for op in t.on("shortcut")) or "x itself"


def block_words(t: BlockTrace) -> str:
    """What a class or a function of this block does."""
    return " ".join(
        (f"Main path: {main_words(t.spec)}.", f"Shortcut: {shortcut_words(t)}.", order_words(t.spec))
    ).strip()


def judged(t: BlockTrace, conventions: Conventions) -> str:
    """Whether it works, and why."""
    said = verdict(t, conventions)
    return f"{said.headline}: {said.sentence[0].lower() + said.sentence[1:]}"


def network_words(t: NetworkTrace) -> str:
    """How a network is built, in a sentence or two."""
    spec = t.spec
    option = SHORTCUT_OPTIONS[spec.shortcut_option]
    variant = VARIANTS[spec.variant]
    blocks = " + ".join(str(stage.blocks) for stage in spec.stages)
    built = variant.words if spec.block == "bottleneck" else variant.basic
    how = f"{spec.block} blocks, {blocks}; {variant.name}: {built}; option {spec.shortcut_option}: {option.words}."
    return how[0].upper() + how[1:]


def network_function(spec: NetworkSpec) -> str:
    return spec.name if spec.name.isidentifier() else "resnet"


def network_title(spec: NetworkSpec) -> str:
    title = names.network_title(spec)
    return title[0].upper() + title[1:]
