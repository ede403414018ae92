"""Whatever says "the same network built otherwise" works from the network, and not from its name."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from resnet import (
    FAMILIES,
    BlockSpec,
    Conventions,
    NetworkSpec,
    SpecError,
    StageSpec,
    build_network,
    ladder,
    network,
    operations,
    reconcile,
    trace,
    trace_network,
)
from resnet.numbers.counting import keras_has
from resnet.numbers.what_if import options, variants
from resnet.spec.catalogue import rebuilt
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS
from tests.trace.test_network import KERAS_TOTALS, TORCHVISION

SMALL = (StageSpec(1, 16, 1), StageSpec(2, 24, 2))


@pytest.mark.parametrize("name", ["mine", "resnet50"])
def test_a_ladder_is_of_the_network_that_was_asked_for(name: str) -> None:
    spec = NetworkSpec(name=name, stages=SMALL)
    v1, v15, *_ = ladder(spec)
    assert v15.amount == operations(trace_network(spec)) < 10**9
    assert v1.amount == operations(trace_network(replace(spec, stride_at="first")))


@given(
    stages=st.lists(st.builds(StageSpec, st.integers(1, 3), st.sampled_from((8, 16)), st.integers(1, 2)), min_size=1,
                    max_size=3).map(tuple),
    variant=st.sampled_from(list(VARIANTS)),
    name=st.sampled_from(["mine", "resnet50", "keras_resnet50v2"]),
)  # fmt: skip
def test_what_if_is_about_the_same_network(stages: tuple[StageSpec, ...], variant: str, name: str) -> None:
    spec = rebuilt(NetworkSpec(name=name, stages=stages, height=64, width=64, num_classes=7), variant=variant)
    for alternatives in (options(spec), variants(spec)):
        (current,) = (one for one in alternatives if one.current)
        assert current.trace == trace_network(spec)
        for one in alternatives:
            if one.trace is None:
                assert one.problem == "padding can’t take channels away" and one.name == "option A"
                continue
            assert [stage.blocks for stage in one.trace.spec.stages] == [stage.blocks for stage in stages]
            assert (one.trace.spec.num_classes, one.trace.spec.height, one.trace.spec.name) == (7, 64, name)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_known_network_goes_back_to_its_own_way(name: str) -> None:
    family = network(name)
    for variant in VARIANTS:
        for option in SHORTCUT_OPTIONS:
            there = rebuilt(family, variant=variant, shortcut_option=option)
            assert there == network(name, variant=variant, shortcut_option=option)
            assert rebuilt(there, variant=family.variant, shortcut_option=family.shortcut_option) == family


def test_option_a_cannot_take_channels_away() -> None:
    spec = NetworkSpec(name="mine", stages=(StageSpec(1, 8, 1),), shortcut_option="A")
    with pytest.raises(SpecError, match=r"shortcut_option is 'A'.* layer1\.0 makes 32 channels of 64"):
        trace_network(spec)


def test_keras_prints_the_total_of_its_own_networks_alone() -> None:
    assert keras_has(network("resnet50", height=64, variant="v1"))
    assert not keras_has(network("resnet18"))
    assert not keras_has(network("resnet50", num_classes=10))
    assert not keras_has(replace(network("resnet50"), stages=SMALL))


# totals of one library and of the other


def test_reconciliation_of_resnet50() -> None:
    found = reconcile(network("resnet50"))
    assert (found.start.amount, [term.amount for term in found.terms], found.end) == (
        25_557_032, [53_120, 26_560], 25_636_712,
    )  # fmt: skip


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_the_same_terms_explain_the_deeper_networks(depth: int) -> None:
    assert reconcile(network(f"resnet{depth}")).end == KERAS_TOTALS[f"keras_resnet{depth}"]
    assert reconcile(network(f"resnet{depth}")).start.amount == TORCHVISION[f"resnet{depth}"][0]
    assert reconcile(network(f"keras_resnet{depth}")).terms == reconcile(network(f"resnet{depth}")).terms


def test_the_ladder_of_multiply_adds() -> None:
    numbers = [rung.amount / 1e9 for rung in ladder(network("resnet50"))]
    assert [f"{number:.2f}" for number in (numbers[0], numbers[1], numbers[3])] == ["3.86", "4.09", "8.18"]
    assert 4.11 <= numbers[2] <= 4.14  # tools differ in what they add; all of them are in this range
    t = trace_network(network("resnet50"))
    assert operations(t, Conventions(unit="flops")) == 2 * operations(t) == 2 * t.macs


def test_the_ladder_is_of_the_network_that_is_shown() -> None:
    small = network("resnet50", num_classes=10, shortcut_option="C", height=160, width=96)
    assert ladder(small)[1].amount == trace_network(small).macs
    basic = network("resnet18", num_classes=10)
    assert [rung.amount for rung in ladder(basic)][::2] == [trace_network(basic).macs, 2 * trace_network(basic).macs]
    assert not any("1×1" in rung.sentence for rung in ladder(basic))  # a basic block has none


def test_torch_counts_the_same_flops() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    spec = network("resnext50_32x4d", height=64, width=64)
    module = build_network(spec).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(torch.randn(1, 3, 64, 64))
    assert counter.get_total_flops() == operations(trace_network(spec), Conventions(unit="flops"))


def test_what_keras_has_not_it_would_give_and_what_nothing_cancels_is_not_cancelled() -> None:
    said = {name: reconcile(network(name)).term("biases").sentence for name in ("resnet50", "resnet18")}
    assert said["resnet50"].startswith("Keras gives its 53 convolutions a bias") and "cancels it" in said["resnet50"]
    assert said["resnet18"].startswith("Keras would give its 20 convolutions a bias")
    v2 = reconcile(network("keras_resnet50v2")).term("biases").sentence
    assert "nothing cancels them there" in v2 and "BatchNorm, which cancels" not in v2


def test_basic_blocks_have_no_v1_5() -> None:
    v1, v15 = (trace_network(network("resnet34", variant=one)) for one in ("v1", "v1.5"))
    assert (v1.params, v1.macs) == (v15.params, v15.macs)
    assert [block.trace.ops for block in v1.blocks] == [block.trace.ops for block in v15.blocks]


def test_one_pixel_stays_one_pixel_at_any_stride() -> None:
    """So a stride alone is no reason for a projection there."""
    assert trace(BlockSpec(in_channels=256, height=1, width=1, stride=2, shortcut="identity")).possible
