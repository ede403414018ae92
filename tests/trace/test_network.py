"""Whole networks: published totals, torchvision's state dicts, Keras itself, receptive fields, sizes, weights."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet import (
    FAMILIES,
    KERAS,
    BlockSpec,
    Conventions,
    SpecError,
    StageSpec,
    WeightsError,
    build_network,
    ladder,
    load_weights,
    network,
    operations,
    parameters,
    reconcile,
    trace,
    trace_network,
)
from resnet.export.data import network_to_data
from resnet.export.keras import keras_layers
from resnet.numbers.arithmetic import closed_form, receptive_field
from resnet.numbers.what_if import options, variants
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS

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


@pytest.mark.parametrize("name", FAMILIES)
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
@pytest.mark.parametrize("variant", [*VARIANTS, None])
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


STATE_DICTS = json.loads((Path(__file__).parents[1] / "data/torchvision_state_dict.json").read_text())


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d"])
def test_state_dicts_are_torchvisions(name: str) -> None:
    """Keys, shapes and order of torchvision 0.29.1; the file says where it comes from."""
    built = {key: list(tensor.shape) for key, tensor in build_network(network(name), "meta").state_dict().items()}
    assert list(built.items()) == list(STATE_DICTS[name].items())


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_saved_weights_load_and_give_the_same_output(suffix: str, tmp_path: Path) -> None:
    spec = network("resnet18", height=64, width=64, num_classes=10)
    original = build_network(spec).eval()
    for buffer in original.buffers():  # statistics that a fresh network would not have
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 1.5)
    file = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save(original.state_dict(), file)
    else:
        safetensors.torch.save_file(original.state_dict(), file)
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(load_weights(spec, file)(x), original(x))


def test_old_files_without_batch_counts_load(tmp_path: Path) -> None:
    spec = network("cifar_resnet20")
    state = {k: v for k, v in build_network(spec).state_dict().items() if not k.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "old.pth")
    with torch.no_grad():
        assert load_weights(spec, tmp_path / "old.pth")(torch.randn(1, 3, 32, 32)).shape == (1, 10)


def test_a_tensor_that_does_not_fit_is_named_with_both_shapes(tmp_path: Path) -> None:
    spec = network("cifar_resnet20")
    state = build_network(spec).state_dict()
    state["layer2.0.conv1.weight"] = torch.zeros(32, 16, 5, 5)
    del state["fc.bias"]
    state["extra"] = torch.zeros(3)
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(WeightsError) as caught:
        load_weights(spec, tmp_path / "w.pth")
    for words in (
        "layer2.0.conv1.weight is 32 × 16 × 5 × 5, it must be 32 × 16 × 3 × 3", "fc.bias is missing, it must be 10",
        "extra, 3, is no part of it",
    ):  # fmt: skip
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "name", ["not-there.pth", "garbage.pth", "garbage.safetensors", "code.pth", "list.pth", "x.txt"]
)
def test_a_file_that_is_no_weights_gets_a_sentence(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if name.startswith("garbage") or name == "x.txt":
        file.write_bytes(b"no weights at all")
    elif name == "code.pth":
        torch.save({"x": Path("/")}, file)  # a pickle of something that is no tensor is not unpickled
    elif name == "list.pth":
        torch.save([torch.zeros(1)], file)
    with pytest.raises(WeightsError, match=name.replace(".", r"\.")):
        load_weights(network("resnet18"), file)


# Keras itself


@pytest.fixture(scope="module")
def keras() -> ModuleType:
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    assert keras.backend.backend() == "torch"
    return keras


@pytest.mark.parametrize("version", ["ResNet50", "ResNet50V2"])
def test_every_layer_of_keras(keras: ModuleType, version: str) -> None:
    """Name, output shape, parameters, and that there is no other layer."""
    keras.backend.clear_session()
    model = getattr(keras.applications, version)(weights=None)
    theirs = {
        layer.name: (tuple(layer.output.shape[1:]), layer.count_params())
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    }
    t = trace_network(network(f"keras_{version.lower()}"))
    ours = {layer.name: (layer.out_shape, layer.params) for layer in keras_layers(t)}
    assert ours == theirs
    assert sum(layer.params for layer in keras_layers(t)) == model.count_params()
    assert reconcile(network(f"keras_{version.lower()}")).end == model.count_params()


# conventions


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


@pytest.mark.parametrize(("name", "variant"), [("resnet18", None), ("resnet50", "v1"), ("cifar_resnet20", None)])
def test_receptive_fields_measured(name: str, variant: str | None) -> None:
    """The gradient of one output position with respect to the input, all weights positive so that nothing cancels."""
    spec = network(name, variant=variant, height=640, width=640) if "cifar" not in name else network(
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


@settings(max_examples=300, deadline=None)
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
