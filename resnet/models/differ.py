"""What differs between two units of which one is the other, changed: a fixed set of keys, short words for a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from resnet import text
from resnet.models.node import NAMES
from resnet.models.summary import each_words, shape_words, window_words
from resnet.models.units import Counts, Layer, Unit
from resnet.spec.conventions import DEFAULT, Conventions

# a key -> its words at the head of a line; in the order in which they are told, what follows from the rest last
WHAT: dict[str, str] = {
    "block": "Block",
    "layer": "Layer",
    "shape": "Shape",
    "layers": "Layers",
    "kernel": "Kernel",
    "stride": "Stride",
    "groups": "Groups",
    "dilation": "Dilation",
    "channels": "Channels",
    "side": "Beside the main path",
    "shortcut": "Shortcut",
    "norm": "Norm",
    "activation": "Activation",
    "bias": "Bias",
    "parameters": "Parameters",
    "multiply-adds": "Multiply-adds",
}
FOLDED = "folded into the convolution"
MAYBE_FOLDED = "none, or folded"


class Change(NamedTuple):
    """``what`` is a key of ``WHAT``; ``left``, ``right`` are for a reader: '3×3', 'identity'."""

    what: str
    left: str
    right: str

    @property
    def words(self) -> str:
        """'Kernel'"""
        return WHAT[self.what]


def changes(a: Unit, b: Unit, conventions: Conventions = DEFAULT) -> tuple[Change, ...]:
    """None for two that are the same."""
    return tuple(_changes(a, b, conventions)) if a != b else ()


def _changes(a: Unit, b: Unit, conventions: Conventions) -> Iterator[Change]:
    if a.what != b.what and a.sort == "block":
        yield Change("block", a.what, b.what)
    if (a.in_shape, a.out_shape) != (b.in_shape, b.out_shape):
        yield Change("shape", _shapes(a, conventions), _shapes(b, conventions))
    yield from _layers(a, b)
    if a.side != b.side:
        yield Change("side", _in_full(a.side), _in_full(b.side))
    if a.shortcut != b.shortcut:
        yield Change("shortcut", a.shortcut, b.shortcut)
    yield from _norms(a, b)
    if a.activations != b.activations:
        yield Change("activation", _count(a.activations), _count(b.activations))
    yield from _derived(a, b, conventions)


def _shapes(unit: Unit, conventions: Conventions) -> str:
    shapes = (unit.in_shape, unit.out_shape)
    words = [shape_words(one, conventions, min(unit.axis, max(len(one or ()) - 1, 0))) for one in shapes]
    return " to ".join(dict.fromkeys(words))


def _layers(a: Unit, b: Unit) -> Iterator[Change]:
    if a.of("kind") != b.of("kind"):  # more, fewer, or others: one by one they can't be compared
        alone = len(a.layers) < 2 and len(b.layers) < 2
        yield Change("layer" if alone and a.sort != "block" else "layers", _names(a.layers), _names(b.layers))
        return
    if not a.layers and a.what != b.what and a.norms == b.norms and a.activations == b.activations:
        yield Change("layer", a.what, b.what)  # what else there is outside of blocks: an embedding, a lookup
    for what, words in _OF_LAYERS.items():
        left, right = ([words(one) for one in unit.layers] for unit in (a, b))
        if left != right:
            yield Change(what, *_beside(left, right))


def _names(layers: tuple[Layer, ...]) -> str:
    return ", ".join(one.words for one in layers) or "none"


def _in_full(layers: tuple[Layer, ...]) -> str:
    """'1×1 conv, 16; 1×1 conv, 64':  all that can differ, for layers that are not told one by one."""
    return "; ".join(", ".join([one.words, *_settings(one)]) for one in layers) or "none"


def _settings(layer: Layer) -> Iterator[str]:
    yield text.count(layer.channels)
    if set(layer.stride) - {1}:
        yield f"s={each_words(layer.stride)}"
    if layer.groups > 1:
        yield f"{layer.groups} groups"
    if set(layer.dilation) - {1}:
        yield f"dilation {each_words(layer.dilation)}"


def _beside(left: list[str], right: list[str]) -> tuple[str, str]:
    """'1×1 · 3×3 · 1×1': of each layer; of many only where they differ."""
    if len(left) <= 4:
        return " · ".join(left), " · ".join(right)
    where = [i for i, (one, other) in enumerate(zip(left, right, strict=True)) if one != other]
    said = [", ".join(f"{side[i]} in layer {i + 1}" for i in where[:3]) for side in (left, right)]
    more = ", …" if len(where) > 3 else ""
    return said[0] + more, said[1] + more


_OF_LAYERS: dict[str, Callable[[Layer], str]] = {
    "kernel": lambda one: window_words(one.kernel) or ("–" if one.channels else "whole map"),
    "stride": lambda one: each_words(one.stride) or "–",
    "groups": lambda one: str(one.groups) if one.groups else "depthwise",
    "dilation": lambda one: each_words(one.dilation) or "–",
    "channels": lambda one: text.count(one.channels) if one.channels else "–",
}


def _norms(a: Unit, b: Unit) -> Iterator[Change]:
    """A BatchNorm that was folded leaves a bias in the convolution: that is one change, not two.

    Before any training that bias is 0, and torch's exporter leaves it out: then nothing tells.
    """
    left, right = dict(a.norms), dict(b.norms)
    missing = left.get("batchnorm", 0) - right.get("batchnorm", 0)
    folded = bool(missing) and missing == b.biased - a.biased
    if a.norms != b.norms:
        said = [_count(a.norms), _count(b.norms)]
        if folded:
            fewer = int(missing > 0)
            said[fewer] = FOLDED if said[fewer] == "none" else f"{said[fewer]}, {abs(missing)} {FOLDED}"
        elif missing and "none" in said:
            said[said.index("none")] = MAYBE_FOLDED
        yield Change("norm", *said)
    if a.biased != b.biased and not folded:
        yield Change("bias", _biased(a), _biased(b))


def _count(counts: Counts) -> str:
    """'3 × BatchNorm, LayerNorm'"""
    return ", ".join(f"{many} × {NAMES[kind]}" if many > 1 else NAMES[kind] for kind, many in counts) or "none"


def _biased(unit: Unit) -> str:
    return f"{unit.biased} of its layers" if unit.biased > 1 else ("one" if unit.biased else "none")


def _derived(a: Unit, b: Unit, conventions: Conventions) -> Iterator[Change]:
    """What follows from the rest."""
    params, done = conventions.params, conventions.operations
    for what, left, right in (("parameters", params(a), params(b)), ("multiply-adds", done(a), done(b))):
        if left != right:
            yield Change(what, text.count(left), text.count(right))
