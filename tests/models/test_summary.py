"""The sentences: of our own networks as the comparison of blocks says them, of others with every kind named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

import pytest

from resnet import network, trace_network
from resnet.models.graph import Graph, Input, residual_sums
from resnet.models.node import Dims, Kind, Node, Sweep
from resnet.models.spec_graph import graph_of
from resnet.models.summary import (
    KINDS,
    block_words,
    channels_axis,
    sentence,
    shape_words,
    verdict,
)
from resnet.models.ways import ShortcutKind
from resnet.numbers import compare
from resnet.spec.catalogue import FAMILIES
from resnet.spec.conventions import Conventions
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec

KERAS = Conventions(axes="nchw", counting="keras", unit="flops")


def built(name: str, conventions: Conventions, **options: str) -> NetworkSpec | None:
    """None for option A where it is impossible."""
    spec = conventions.built(network(name, **options))
    try:
        trace_network(spec)
    except SpecError:
        return None
    return spec


def possible(name: str) -> Iterator[tuple[NetworkSpec, Conventions]]:
    for options in [{"variant": v} for v in ("v1", "v1.5", "d", "v2")] + [{"shortcut_option": o} for o in "ABC"]:
        for conventions in (Conventions(), KERAS):
            spec = built(name, conventions, **options)
            if spec is not None:
                yield spec, conventions


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d", "cifar_resnet20", "keras_resnet50v2"])
def test_every_sum_is_told_as_the_comparison_tells_its_block(name: str) -> None:
    """Outcome, headline and sentence, in every variant, with every option and two conventions."""
    for spec, conventions in possible(name):
        g = graph_of(spec)
        said = [tuple(verdict(g, one, conventions)) for one in residual_sums(g)]
        blocks = trace_network(spec).blocks
        assert said == [tuple(compare.verdict(block.trace, conventions)) for block in blocks], spec


@pytest.mark.parametrize("name", FAMILIES)
def test_the_sentence_counts_what_the_trace_counts(name: str) -> None:
    t = trace_network(network(name))
    needed = sum(block.needs_projection for block in t.projections)
    held = 100 * sum(block.shortcut_params for block in t.projections) / t.params
    said = re.sub(r"[0-9.]+ %", "#", sentence(graph_of(network(name))))
    share = re.search(r"([0-9.]+) %", sentence(graph_of(network(name))))
    assert said.startswith(f"{len(t.blocks)} residual sums: ")
    if not t.projections:
        assert said.endswith("; no projection.") and share is None
        return
    assert share and float(share[1]) == pytest.approx(held, abs=0.06)
    assert said.endswith(
        f"; {needed} needed, {len(t.projections) - needed} a choice; projections hold # of the parameters."
    )


# by hand


def layer(name: str, kind: Kind, *reads: str, **fields: object) -> Node:
    return Node(name=name, kind=kind, op=kind, reads=reads, **fields)  # type: ignore[arg-type]


def conv(name: str, read: str, x: Dims, channels: int, *, kernel: int = 3, stride: int = 1) -> Node:
    out = (x[0], channels, *(size // stride for size in x[2:]))
    axes = len(x) - 2
    return layer(
        name, "conv", read, in_shapes=(x,), out_shape=out, weights=x[1] * channels * kernel**axes,
        sweep=Sweep((kernel,) * axes, (stride,) * axes, (kernel // 2,) * 2 * axes, (1,) * axes),
    )  # fmt: skip


def same(name: str, kind: Kind, read: str, x: Dims, **fields: object) -> Node:
    return layer(name, kind, read, in_shapes=(x,), out_shape=x, **fields)


def added(a: str, b: str, x: Dims) -> Node:
    return layer("add", "add", a, b, in_shapes=(x, x), out_shape=x)


def of(x: Dims, *nodes: Node) -> Graph:
    return Graph(name="t", source="module", inputs=(Input("x", x),), nodes=nodes, outputs=(nodes[-1].name,))


def pooled(kind: Kind, kernel: int, stride: int, x: Dims) -> Node:
    out = (*x[:2], *(size // stride for size in x[2:]))
    axes = len(x) - 2
    sweep = Sweep((kernel,) * axes, (stride,) * axes, (0,) * 2 * axes, (1,) * axes)
    return layer("pool", kind, "x", in_shapes=(x,), out_shape=out, sweep=sweep)


X = (1, 8, 6, 6)


def shortcut_of(*nodes: Node, x: Dims = X, channels: int = 8, stride: int = 1) -> Graph:
    """x through two convolutions, beside ``nodes``."""
    first = conv("a", "x", x, channels, stride=stride)
    result = first.out_shape
    assert result is not None
    main = (first, same("relu", "relu", "a", result), conv("b", "relu", result, channels))
    return of(x, *main, *nodes, added("b", nodes[-1].name if nodes else "x", result))


def test_no_sum() -> None:
    only = conv("a", "x", X, 8)
    assert sentence(of(X, only)) == "No addition at all."
    bias = same("bias", "add", "a", X, constants=((8, 1, 1),), shift=8)
    assert sentence(of(X, only, bias)) == "No residual sum among 1 addition."
    twice = layer("two", "add", "bias", "bias", in_shapes=(X, X), out_shape=X)
    assert sentence(of(X, only, bias, twice)) == "No residual sum among 2 additions."


def test_one_sum() -> None:
    assert sentence(shortcut_of()) == "1 residual sum: 1 identity; no projection."
    chosen = shortcut_of(conv("p", "x", X, 8, kernel=1))
    assert sentence(chosen) == (
        "1 residual sum: 1 projection; 0 needed, 1 a choice; the projection holds 5.3 % of the parameters."
    )  # 64 of 2 · 576 + 64
    assert verdict(chosen, residual_sums(chosen)[0]).sentence == (
        "x already has F(x)’s shape: the projection is not needed. It costs +64 parameters, +5.6 %."
    )


def test_kinds_without_a_projection() -> None:
    halved = (1, 8, 3, 3)
    pads = layer("pad", "pad", "pool", in_shapes=(halved,), out_shape=(1, 24, 3, 3), axes=(1,), zeros=True)
    said = {}
    for graph in (
        shortcut_of(pooled("maxpool", 1, 2, X), stride=2),
        shortcut_of(pooled("maxpool", 2, 2, X), stride=2),
        shortcut_of(pooled("avgpool", 2, 2, X), stride=2),
        shortcut_of(pooled("avgpool", 2, 2, X), pads, channels=24, stride=2),
    ):
        (one,) = residual_sums(graph)
        said[verdict(graph, one).sentence] = sentence(graph)
    free = "no parameters, no multiply-adds."
    assert said == {
        f"Only every second pixel of x is kept: {free}": "1 residual sum: 1 max-pool; no projection.",
        f"x goes through a 2×2 max-pool: {free}": "1 residual sum: 1 max-pool; no projection.",
        f"x goes through a 2×2 average pool: {free}": "1 residual sum: 1 average pool; no projection.",
        f"x goes through a 2×2 average pool and 16 channels of zeros are added to x: {free}": (
            "1 residual sum: 1 zero padding; no projection."
        ),
    }


def test_a_shortcut_that_trains_is_not_free() -> None:
    graph = shortcut_of(same("norm", "batchnorm", "x", X, scale=8, shift=8, buffers=16))
    (one,) = residual_sums(graph)
    assert one.kind == "identity"
    assert verdict(graph, one).sentence == "x and F(x) are both 6 × 6 × 8. It costs +16 parameters, +1.4 %."
    assert "+32 parameters" in verdict(graph, one, KERAS).sentence  # the statistics too


def test_a_sequence_is_length_by_channels() -> None:
    x = (1, 50, 768)
    norm = same("norm", "layernorm", "x", x, axes=(2,), scale=768, shift=768)
    mlp = same("fc", "linear", "norm", x, weights=768 * 768)
    graph = of(x, norm, mlp, added("x", "fc", x))
    (one,) = residual_sums(graph)
    for conventions in (Conventions(), KERAS):
        assert "both 50 × 768:" in verdict(graph, one, conventions).sentence


def test_where_the_channels_are() -> None:
    """A map of an audio network has them first, one of Swin last; a transpose says nothing."""
    fir = conv("a", "x", (1, 8, 100), 8)
    assert channels_axis([fir], (8, 100)) == 0
    assert shape_words((8, 100), Conventions(), 0) == "100 × 8"
    assert shape_words((8, 100), KERAS, 0) == "8 × 100"
    swin = (1, 56, 28, 96)
    norm = same("norm", "layernorm", "x", swin, axes=(3,))
    assert channels_axis([norm], swin[1:]) == 2
    assert shape_words(swin[1:], KERAS, 2) == "96 × 56 × 28"
    turned = same("t", "transpose", "x", swin)
    assert channels_axis([turned, norm], swin[1:]) == 0
    assert (shape_words(None), shape_words(()), shape_words((1000,))) == ("unknown", "one number", "1,000")


def test_every_kind_has_words() -> None:
    assert set(KINDS) == set(get_args(ShortcutKind))
    assert [block_words(one) for one in ("bottleneck", "ConvNeXt block", "block")] == [
        "bottleneck block", "ConvNeXt block", "residual block",
    ]  # fmt: skip
