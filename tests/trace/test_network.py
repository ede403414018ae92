"""Whole networks: published totals, torchvision's state dicts, Keras itself, receptive fields, sizes, weights."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet import (
    FAMILIES,
    KERAS,
    BlockSpec,
    SpecError,
    StageSpec,
    build_network,
    network,
    parameters,
    trace,
    trace_network,
)
from resnet.export.data import network_to_data
from resnet.numbers.arithmetic import closed_form, receptive_field
from resnet.numbers.what_if import options, variants
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS
from tests.examples import examples, sparsely

# torchvision's own tables (https://pytorch.org/vision/stable/models.html): parameters, GMACs at 1 × 3 × 224 × 224
TORCHVISION = {
    "resnet18": (11_689_512, "1.81"),
    "resnet34": (21_797_672, "3.66"),
    "resnet50": (25_557_032, "4.09"),
    "resnet101": (44_549_160, "7.80"),
    "resnet152": (60_192_808, "11.51"),
    "resnext50_32x4d": (25_028_904, "4.23"),
    "resnext101_32x8d": (88_791_336, "16.41"),
    "resnext101_64x4d": (83_455_272, "15.46"),
    "wide_resnet50_2": (68_883_240, "11.40"),
    "wide_resnet101_2": (126_886_696, "22.75"),
}
# Keras Applications, count_params()
KERAS_TOTALS = {
    "keras_resnet50": 25_636_712,
    "keras_resnet101": 44_707_176,
    "keras_resnet152": 60_419_944,
    "keras_resnet50v2": 25_613_800,
    "keras_resnet101v2": 44_675_560,
    "keras_resnet152v2": 60_380_648,
}


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvisions_totals(name: str) -> None:
    t = trace_network(network(name))
    assert (t.params, f"{t.macs / 1e9:.2f}") == TORCHVISION[name]


@pytest.mark.parametrize("name", KERAS_TOTALS)
def test_keras_totals(name: str) -> None:
    t = trace_network(network(name))
    assert t.params + t.buffers == KERAS_TOTALS[name] == parameters(network(name), KERAS)


def test_the_courses_network() -> None:
    t = trace_network(network("course_resnet50"))
    assert (t.in_shape, t.out_shape) == ((3, 64, 64), (6, 1, 1))
    assert (t.params + t.buffers, t.buffers) == (23_600_006, 53_120)
    assert t.blocks[0].in_shape == (64, 15, 15)  # pooled without padding: 15, not 16
    assert trace_network(network("course_resnet50", height=224, width=224)).blocks[0].in_shape == (64, 55, 55)


@pytest.mark.parametrize(("depth", "millions"), [(20, "0.27"), (32, "0.46"), (44, "0.66"), (56, "0.85"), (110, "1.7")])
def test_the_papers_cifar_networks(depth: int, millions: str) -> None:
    t = trace_network(network(f"cifar_resnet{depth}"))
    assert f"{t.params / 1e6:.{len(millions) - 2}f}" == millions  # table 6 of the paper
    assert 6 * ((depth - 2) // 6) + 2 == depth
    assert sum(op.kind in ("conv", "linear") for op in t.ops) == depth
    assert not t.projections


def test_the_question_stands_where_it_should() -> None:
    t = trace_network(network("resnet50", height=224, width=224, num_classes=1000, variant="v1.5", shortcut_option="B"))
    first = t.blocks[0]
    assert (first.name, first.stage, first.kind, first.why) == ("layer1.0", 2, "convolutional", ("channels",))
    assert first.trace == trace(BlockSpec())
    assert [block.name for block in t.projections] == ["layer1.0", "layer2.0", "layer3.0", "layer4.0"]
    assert [block.why for block in t.projections[1:]] == [("channels", "size")] * 3
    assert sum(block.shortcut_params for block in t.projections) == 2_776_576
    assert f"{sum(block.shortcut_macs for block in t.projections) / 1e9:.2f}" == "0.36"
    assert [trace_network(network(f"resnet{n}")).blocks[0].kind for n in (18, 34)] == ["identity"] * 2


@pytest.mark.parametrize(
    ("option", "params", "macs"), [("A", 22_780_456, "3.730"), ("B", 25_557_032, "4.089"), ("C", 40_128_552, "6.555")]
)
def test_shortcut_options(option: str, params: int, macs: str) -> None:
    t = trace_network(network("resnet50", shortcut_option=option))
    assert (t.params, f"{t.macs / 1e9:.3f}") == (params, macs)
    assert len(t.projections) == {"A": 0, "B": 4, "C": 16}[option]


@pytest.mark.parametrize("name", sparsely(FAMILIES, 3))
def test_parts_sum_to_totals_whatever_is_built(name: str) -> None:
    for variant in VARIANTS:
        for option in SHORTCUT_OPTIONS:
            t = trace_network(network(name, variant=variant, shortcut_option=option))
            assert t.spec.variant == variant
            for total in ("params", "buffers", "macs", "activation_elements"):
                op_name = "out_elements" if total == "activation_elements" else total
                ends = sum(getattr(op, op_name) for op in (*t.stem, *t.head))
                assert getattr(t, total) == ends + sum(getattr(block, total) for block in t.blocks)
            assert all(block.trace.possible for block in t.blocks)
            places = [block.in_shape for block in t.blocks[1:]]
            assert places == [block.out_shape for block in t.blocks[:-1]]
            json.dumps(network_to_data(t))


def test_only_distinct_blocks_are_traced() -> None:
    t = trace_network(network("resnet152"))
    assert len(t.blocks) == 50
    assert len({id(block.trace) for block in t.blocks}) == 8


# against torch: the module that is built


@pytest.mark.parametrize(
    "name", ["resnet18", "resnext50_32x4d", "keras_resnet50v2", "course_resnet50", "cifar_resnet20"]
)
@pytest.mark.parametrize("variant", sparsely([None, *VARIANTS], 5))
def test_the_trace_is_what_the_real_network_does(name: str, variant: str | None) -> None:
    spec = network(name, height=64, width=48, variant=variant) if "resnet5" not in name else network(
        name, height=75, width=64, variant=variant)  # fmt: skip
    t, module = trace_network(spec), build_network(spec).eval()
    assert t.params == sum(p.numel() for p in module.parameters())
    seen: dict[str, tuple[int, ...]] = {}
    for number in t.stages:
        for i, block in enumerate(module.get_submodule(f"layer{number - 1}")):
            block.register_forward_hook(
                lambda _, __, out, key=f"layer{number - 1}.{i}": seen.__setitem__(key, tuple(out.shape[1:]))
            )
    with torch.no_grad():
        out = module(torch.randn(1, *t.in_shape))
    assert (*out.shape[1:], 1, 1) == t.out_shape
    assert seen == {block.name: block.out_shape for block in t.blocks}


# receptive fields


@pytest.mark.parametrize(("variant", "expected"), [("v1.5", [11, 35, 91, 267, 427]), ("v1", [11, 35, 99, 291, 483])])
def test_receptive_fields_after_each_stage(variant: str, expected: list[int]) -> None:
    t = trace_network(network("resnet50", variant=variant))
    assert [t.stem_field.size, *(t.stage(number)[-1].receptive_field for number in t.stages)] == expected
    assert t.blocks[-1].jump == 32


@pytest.mark.parametrize(
    ("name", "variant", "size"),
    [("resnet50", "v1", 483), ("resnet101", "v1", 1027), ("resnet152", "v1", 1507), ("resnet18", None, 435),
     ("resnet34", None, 899)],
)  # fmt: skip
def test_receptive_fields_by_hand(name: str, variant: str | None, size: int) -> None:
    """google-research/receptive_field, and the recurrence over the windows of the main path."""
    spec = network(name, variant=variant)
    windows = [(7, 2), (3, 2)]
    for stage in spec.stages:
        for index in range(stage.blocks):
            stride = stage.stride if index == 0 else 1
            if spec.block == "basic":
                windows += [(3, stride), (3, 1)]
            else:
                windows += [(1, stride), (3, 1), (1, 1)]
    assert receptive_field(windows) == (size, 32)
    last = trace_network(spec).blocks[-1]
    assert (last.receptive_field, last.jump) == (size, 32)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant"), [("resnet18", None), ("resnet50", "v1"), ("cifar_resnet20", None)])
def test_receptive_fields_measured(name: str, variant: str | None) -> None:
    """The gradient of one output position with respect to the input, all weights positive so that nothing cancels."""
    spec = network(name, variant=variant, height=512, width=512) if "cifar" not in name else network(
        name, height=160, width=160)  # fmt: skip
    t, module = trace_network(spec), build_network(spec).eval()
    for parameter in module.parameters():
        parameter.data.fill_(1 / max(1, parameter[0].numel()))
    if spec.stem.pool != "none":  # a maximum passes on one gradient of nine; its window is what counts
        module.maxpool = torch.nn.AvgPool2d(3, 2, 1)
    x = torch.ones(1, *t.in_shape, dtype=torch.float64, requires_grad=True)
    out = x
    for part in module.double()._order:
        if part == "avgpool":
            break
        out = module.get_submodule(part)(out)
    _, height, width = t.blocks[-1].out_shape
    out[0, :, height // 2, width // 2].sum().backward()
    touched = x.grad[0].abs().sum(0) > 0
    for axis in (0, 1):
        where = touched.any(axis).nonzero().flatten()
        assert int(where[-1] - where[0]) + 1 == t.blocks[-1].receptive_field


# sizes


@pytest.mark.parametrize("size", [(197, 211), (32, 32), (1024, 1024), (1, 1)])
@pytest.mark.parametrize("variant", VARIANTS)
def test_odd_sizes(size: tuple[int, int], variant: str) -> None:
    spec = network("resnet50", height=size[0], width=size[1], variant=variant)
    last = trace_network(spec).blocks[-1].out_shape
    assert last == (2048, -(-size[0] // 32), -(-size[1] // 32))


def test_a_real_forward_at_an_odd_size() -> None:
    spec = network("resnet18", height=197, width=211, variant="d")
    with torch.no_grad():
        assert build_network(spec).eval()(torch.randn(1, 3, 197, 211)).shape == (1, 1000)
    assert trace_network(spec).blocks[-1].out_shape == (512, 7, 7)


@pytest.mark.parametrize("side", [1, 20, 36])
def test_too_small_an_input_names_the_layer_and_the_smallest_size(side: int) -> None:
    with pytest.raises(SpecError) as caught:
        trace_network(network("course_resnet50", height=side, width=side))
    assert f"{side} × {side}" in str(caught.value)
    assert "at least 37 × 37" in str(caught.value)
    assert ("maxpool" if side == 1 else "avgpool") in str(caught.value)
    assert ("layer1.0" if side == 1 else "layer4.2") in str(caught.value)
    assert trace_network(network("course_resnet50", height=37, width=37)).out_shape == (6, 1, 1)


# bad values, alternatives


@pytest.mark.parametrize(
    ("field", "bad"),
    [("height", 0), ("height", 4097), ("width", True), ("num_classes", 0), ("num_classes", 100_001),
     ("num_classes", 10**9), ("variant", "v3"), ("variant", 1), ("shortcut_option", "D"), ("height", "224")],
)  # fmt: skip
def test_a_bad_value_is_named(field: str, bad: object) -> None:
    with pytest.raises(SpecError) as caught:
        network("resnet50", **{field: bad})
    assert caught.value.field == field
    assert caught.value.works


@pytest.mark.parametrize("name", ["resnet51", "", None, 50])
def test_an_unknown_network_names_the_known_ones(name: object) -> None:
    with pytest.raises(SpecError, match="resnet50"):
        network(name)


@pytest.mark.parametrize(
    "bad",
    [{"stages": ()}, {"stages": [StageSpec(1, 1, 1)]}, {"stages": (StageSpec(0, 1, 1),)},
     {"stages": (StageSpec(201, 1, 1),)}, {"stages": (StageSpec(1, 4096, 1),)}, {"stages": (StageSpec(1, 1, 5),)},
     {"stages": ((1, 1, 1),)}, {"groups": 0}, {"conv_bias": 1}, {"head": "none"}, {"block": "plain"}],
)  # fmt: skip
def test_a_network_that_cannot_be_built_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(SpecError):
        replace(FAMILIES["resnet50"], **bad)


def test_alternatives_are_the_networks_that_they_name() -> None:
    spec = network("resnet50", height=160, width=128, num_classes=7)
    for one in (*options(spec), *variants(spec)):
        assert one.trace is not None
        assert one.current == (one.trace.spec == spec)
        assert (one.trace.spec.height, one.trace.spec.num_classes) == (160, 7)


# the blocks that networks need


def random_spec(rng: random.Random) -> BlockSpec:
    width, basic = 4 * rng.randint(1, 6), rng.random() < 0.4
    last = rng.randint(1, 40)
    return BlockSpec(
        in_channels=rng.choice([last, rng.randint(1, 40)]),
        filters=(width, last) if basic else (width, width, last),
        kernel_size=rng.choice([1, 3, 5]),
        stride=rng.randint(1, 4),
        shortcut=rng.choice(["identity", "projection", "pool_projection", "zero_pad", "max_pool"]),
        stride_at=rng.choice(["first", "middle"]),
        height=rng.randint(1, 19),
        width=rng.randint(1, 19),
        conv_bias=rng.random() < 0.5,
        groups=1 if basic else rng.choice([1, 2, 4]),
        pre_activation=rng.random() < 0.5,
    )


@settings(max_examples=examples(300), deadline=None)
@given(st.integers(0, 2**32))
def test_closed_form_equals_the_trace_and_the_real_module(seed: int) -> None:
    from resnet.modules.blocks import build

    spec = random_spec(random.Random(seed))
    t = trace(spec)
    by_hand = {one.name: one for one in closed_form(spec)}
    traced = {op.name: op for op in t.ops if op.params or op.macs}
    assert {name: (op.out_shape, op.params, op.buffers, op.macs) for name, op in traced.items()} == {
        name: one[1:] for name, one in by_hand.items()
    }
    module = build(spec).eval()
    assert t.params == sum(p.numel() for p in module.parameters())
    if t.possible:
        with torch.no_grad():
            assert tuple(module(torch.randn(1, *t.in_shape)).shape[1:]) == t.out_shape
