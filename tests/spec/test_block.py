from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resnet import PRESETS, BlockSpec, SpecError, parse_query, trace
from resnet.spec import names
from resnet.spec.block import MAX_CHANNELS, MAX_KERNEL, MAX_SIZE, MAX_STRIDE, PARAMETERS, SHORTCUTS, STRIDE_PLACES
from resnet.spec.parameters import by_name
from resnet.trace.words import layer
from resnet.views.compare import CompareView
from resnet.views.pages import parse

MARKUP = "<img src=x onerror=alert(1)>"

specs = st.builds(
    BlockSpec,
    in_channels=st.integers(1, MAX_CHANNELS),
    filters=st.lists(st.integers(1, MAX_CHANNELS), min_size=2, max_size=3).map(tuple),
    kernel_size=st.integers(0, (MAX_KERNEL - 1) // 2).map(lambda n: 2 * n + 1),
    stride=st.integers(1, MAX_STRIDE),
    shortcut=st.sampled_from(list(SHORTCUTS)),
    stride_at=st.sampled_from(STRIDE_PLACES),
    height=st.integers(1, MAX_SIZE),
    width=st.integers(1, MAX_SIZE),
    conv_bias=st.booleans(),
)

WHOLE = {"in_channels": MAX_CHANNELS, "stride": MAX_STRIDE, "height": MAX_SIZE, "width": MAX_SIZE}


@pytest.mark.parametrize("field", WHOLE)
def test_numbers_at_their_bounds_are_taken(field: str) -> None:
    for value in (1, WHOLE[field]):
        assert getattr(BlockSpec(**{field: value}), field) == value


@pytest.mark.parametrize("field", WHOLE)
@pytest.mark.parametrize(
    "bad",
    [0, -1, True, False, 1.0, 2.5, "1", None, [1], MARKUP, 10**9, pytest.param(10**5000, id="huge"), float("nan")],
)
def test_numbers_outside_their_bounds_name_field_value_and_remedy(field: str, bad: object) -> None:
    with pytest.raises(SpecError) as caught:
        BlockSpec(**{field: bad})
    assert isinstance(caught.value, ValueError)
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field} is ")
    assert f"a whole number from 1 to {WHOLE[field]:,}" in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("field", WHOLE)
def test_one_above_the_bound_is_refused(field: str) -> None:
    with pytest.raises(SpecError, match=field):
        BlockSpec(**{field: WHOLE[field] + 1})


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        *[("kernel_size", bad) for bad in (0, 2, 4, MAX_KERNEL + 1, MAX_KERNEL + 2, -3, True, 3.0, "3", None, MARKUP)],
        *[("filters", bad) for bad in ((), (64,), (1, 2, 3, 4), (0, 1, 1), (True, 1, 1), (64, 64, 10**9), 64, MARKUP)],
        *[("filters", bad) for bad in ((64, "64", 256), (64, 64.0), None, {1, 2, 3})],
        *[("shortcut", bad) for bad in ("none", "", None, 1, ["identity"], MARKUP)],
        *[("stride_at", bad) for bad in ("last", None, 1, MARKUP)],
        *[("conv_bias", bad) for bad in (0, 1, "true", None)],
    ],
)
def test_other_fields_refuse_what_cannot_be_built(field: str, bad: object) -> None:
    with pytest.raises(SpecError) as caught:
        BlockSpec(**{field: bad})
    assert caught.value.field.startswith(field)
    assert "must be" in str(caught.value)


def test_a_spec_is_frozen_hashable_and_keyword_only() -> None:
    spec = BlockSpec(filters=[64, 64, 256])
    assert spec.filters == (64, 64, 256)
    assert hash(spec) == hash(BlockSpec())
    with pytest.raises(FrozenInstanceError):
        spec.stride = 2
    with pytest.raises(TypeError):
        BlockSpec(64)


@given(specs)
def test_a_query_gives_the_spec_back(spec: BlockSpec) -> None:
    assert parse_query(spec.to_query()) == (spec, ())
    assert set(spec.to_query()) <= set(by_name(PARAMETERS))


@given(st.dictionaries(st.sampled_from([*by_name(PARAMETERS), "left", "unfolded", "strid"]), st.text(max_size=20)))
@example({"block": "", "conv_bias": "FALSE"})
@example({"stride": "01", "groups": "1"})
@example({"shortcut": "projection"})
@example({"shortcut": "pool_projection"})
@example({"shortcut": "zero_pad", "left": "projection"})
def test_any_query_gives_a_valid_view_and_says_what_it_dropped(query: dict[str, str]) -> None:
    view, dropped = parse(CompareView, query)
    assert isinstance(view, CompareView)
    now = {name: by_name(CompareView.PARAMETERS)[name].write(value) for name, value in view.values().items()}
    for key, asked in query.items():
        kept = now.get(key) == asked.lower()
        unused = key == "f3" and not view.right.bottleneck
        same_number = asked.isascii() and asked.isdigit() and now.get(key) == str(int(asked))
        assert kept or unused or same_number or any(key in error.field or key in error.value for error in dropped)


@pytest.mark.parametrize("text", ["", " 64", "6_4", "٦٤", "64.0", "1e3", "0x40", "-1", "+1", "9" * 50, MARKUP])
def test_a_query_number_is_ascii_digits_only(text: str) -> None:
    spec, dropped = parse_query({"in_channels": text})
    assert spec == BlockSpec()
    assert [error.field for error in dropped] == ["in_channels"]


def test_presets_are_the_blocks_of_resnet50() -> None:
    assert len(PRESETS) == 8
    assert PRESETS[0].spec == BlockSpec()
    assert "the question" in PRESETS[0].name
    first = [preset.spec for preset in PRESETS[::2]]
    assert [(s.in_channels, s.filters, s.stride, s.height) for s in first] == [
        (64, (64, 64, 256), 1, 56),
        (256, (128, 128, 512), 2, 56),
        (512, (256, 256, 1024), 2, 28),
        (1024, (512, 512, 2048), 2, 14),
    ]
    assert len({preset.spec for preset in PRESETS}) == 8


def test_every_field_is_documented() -> None:
    for field in fields(BlockSpec):
        name = "in_channels" if field.name in ("height", "width") else field.name
        assert name == "in_channels" or f"``{name}``" in BlockSpec.__doc__


def test_a_depthwise_middle_and_a_linear_end() -> None:
    """An inverted residual of MobileNetV2 is a bottleneck that is wide inside, depthwise and linear."""
    inverted = BlockSpec(in_channels=24, filters=(144, 144, 24), shortcut="identity", depthwise=True, linear=True)
    t = trace(inverted)
    assert t.possible
    middle = next(op for op in t.ops if op.name == "conv2")
    assert (middle.window.groups, middle.weights) == (144, 9 * 144)
    assert layer(middle) == "3×3 conv, 144, depthwise"
    assert [op.kind for op in t.on("joined")] == ["add"]
    usual = trace(replace(inverted, depthwise=False, linear=False))
    assert [op.kind for op in usual.on("joined")] == ["add", "relu"]
    assert usual.params - t.params == 9 * 144 * 144 - 9 * 144
    # torchvision's own inverted residual, features.3 of MobileNetV2, has as many parameters
    by_hand = 24 * 144 + 9 * 144 + 144 * 24 + 2 * (144 + 144 + 24)
    assert t.params == by_hand == 8_832
    assert names.title(inverted) == "Linear identity block, s = 1"


@pytest.mark.parametrize(
    ("filters", "words"),
    [((64, 96, 256), "64 does not divide 96"), ((64, 64), "a basic block has no convolution in its middle")],
)
def test_depthwise_that_does_not_fit_is_explained_and_dropped(filters: tuple[int, ...], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        BlockSpec(filters=filters, depthwise=True)
    query = {f"f{i}": str(n) for i, n in enumerate(filters, start=1)} | {"depthwise": "true"}
    query["block"] = "basic" if len(filters) == 2 else "bottleneck"
    spec, (error,) = parse_query(query)
    assert (spec.depthwise, error.field) == (False, "depthwise")


@given(specs)
def test_a_linear_block_differs_by_its_last_relu_alone(spec: BlockSpec) -> None:
    usual, linear = trace(spec), trace(replace(spec, linear=True))
    assert linear.ops == tuple(op for op in usual.ops if op.path != "joined" or op.kind == "add")
