"""What is traced, against pencil and paper, against torch's own counter, and against a real forward pass."""

from __future__ import annotations

import functools
import itertools
import random
import tracemalloc
from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from resnet import BlockSpec, trace
from resnet.modules.blocks import build
from resnet.numbers.arithmetic import closed_form
from resnet.trace.values import INPUT, BlockTrace
from tests.examples import some

QUESTION = BlockSpec(
    in_channels=64, filters=(64, 64, 256), kernel_size=3, stride=1, shortcut="projection",
    stride_at="middle", height=56, width=56, conv_bias=False,
)  # fmt: skip


def grid() -> list[BlockSpec]:
    """2,304 specs: every combination of a few values of each field."""
    filters = ((1, 1, 1), (5, 7, 11), (16, 16, 64), (8, 8), (12, 20), (3, 1))
    return [
        BlockSpec(
            in_channels=c, filters=f, kernel_size=k, stride=s, shortcut=short, stride_at=at,
            height=h, width=w, conv_bias=bias,
        )
        for c, f, k, s, short, at, (h, w), bias in itertools.product(
            (1, 11, 64), filters, (1, 3, 5, 7), (1, 2), ("identity", "projection"), ("first", "middle"),
            ((1, 1), (9, 14)), (False, True),
        )
    ]  # fmt: skip


@functools.cache
def traced() -> list[BlockTrace]:
    return [trace(spec) for spec in some(grid())]


def test_the_published_numbers() -> None:
    t = trace(QUESTION)
    assert (t.possible, t.params, t.buffers, t.macs, t.out_shape) == (True, 75_008, 1_280, 231_211_008, (256, 56, 56))
    assert sum(op.weights for op in t.ops) == 73_728
    assert sum(op.weights for op in t.on("main")) == 57_344
    assert sum(op.weights for op in t.on("shortcut")) == 16_384
    assert sum(op.params for op in t.on("shortcut")) == 16_384 + 512
    assert trace(BlockSpec(in_channels=256, shortcut="identity")).params == 70_400
    assert trace(BlockSpec(filters=(64, 64), shortcut="identity")).params == 73_984
    square = trace(BlockSpec(in_channels=256))
    assert sum(op.weights for op in square.ops) == 135_168


@pytest.mark.parametrize(
    ("spec", "keras"),
    [
        # Keras prints trainable and moving statistics together, and its convolutions have biases: params + buffers
        (replace(QUESTION, conv_bias=True), 76_928),
        (BlockSpec(in_channels=256, shortcut="identity", conv_bias=True), 71_552),
        (BlockSpec(filters=(64, 64), shortcut="identity", conv_bias=True), 74_368),
    ],
)
def test_counted_as_keras_counts(spec: BlockSpec, keras: int) -> None:
    t = trace(spec)
    assert t.params + t.buffers == keras


def test_closed_form_equals_the_traced_module_over_a_grid() -> None:
    assert len(grid()) >= 2_000
    for t in traced():
        by_hand = {one.name: one for one in closed_form(t.spec)}
        ops = {op.name: op for op in t.ops if op.name in by_hand}
        assert ops.keys() == by_hand.keys(), t.spec
        for name, one in by_hand.items():
            op = ops[name]
            assert (op.out_shape, op.params, op.buffers, op.macs) == one[1:], (t.spec, name)


def test_totals_are_the_sums_of_the_rows_and_operands_are_equal() -> None:
    for t in traced():
        by_hand = closed_form(t.spec)
        assert t.params == sum(op.params for op in t.ops) == sum(one.params for one in by_hand)
        assert t.buffers == sum(op.buffers for op in t.ops) == sum(one.buffers for one in by_hand)
        assert t.macs == sum(op.macs for op in t.ops) == sum(one.macs for one in by_hand)
        assert t.activation_bytes == 4 * sum(op.out_elements for op in t.ops)
        main, shortcut = t.addition.in_shapes
        assert (main == shortcut) == t.possible == (t.out_shape is not None)


def test_parameters_are_those_of_the_module() -> None:
    for t in random.Random(1).sample(traced(), 60):
        module = build(t.spec)
        assert t.params == sum(p.numel() for p in module.parameters())
        buffers = (b for name, b in module.named_buffers() if not name.endswith("num_batches_tracked"))
        assert t.buffers == sum(b.numel() for b in buffers)


def test_shapes_and_macs_of_a_real_forward_pass() -> None:
    possible = [t for t in traced() if t.possible]
    for t in random.Random(2).sample(possible, 60):
        module, seen = build(t.spec).eval(), {}

        def note(layer: torch.nn.Module, _: object, out: torch.Tensor, seen: dict = seen) -> None:
            seen[layer] = tuple(out.shape[1:])

        layers = dict(module.named_modules())
        for layer in layers.values():
            layer.register_forward_hook(note)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            out = module(torch.randn(1, *t.in_shape))
        assert tuple(out.shape[1:]) == t.out_shape
        assert counter.get_total_flops() == 2 * t.macs  # torch counts a multiply and an add as two
        for op in t.ops:
            if op.params:  # the one relu is called three times, the addition is no module
                assert seen[layers[op.name]] == op.out_shape, (t.spec, op.name)


def test_zero_padding_really_pads_and_subsamples() -> None:
    spec = BlockSpec(in_channels=3, filters=(4, 4, 8), shortcut="zero_pad", stride=2, height=7, width=5)
    t = trace(spec)
    assert [(op.kind, op.out_shape, op.params) for op in t.on("shortcut")] == [
        ("subsample", (3, 4, 3), 0),
        ("zero_pad", (8, 4, 3), 0),
    ]
    x = torch.randn(1, 3, 7, 5)
    padded = build(spec).downsample(x)
    assert torch.equal(padded[:, :3], x[:, :, ::2, ::2])
    assert not padded[:, 3:].any()


def test_state_dict_keys_are_torchvisions() -> None:
    # torchvision 0.29.1, resnet50().layer1[0].state_dict(): keys and shapes, in order
    def batchnorm(name: str, n: int) -> list[tuple[str, tuple[int, ...]]]:
        parts = ("weight", "bias", "running_mean", "running_var")
        return [*((f"{name}.{part}", (n,)) for part in parts), (f"{name}.num_batches_tracked", ())]

    expected = [
        ("conv1.weight", (64, 64, 1, 1)), *batchnorm("bn1", 64),
        ("conv2.weight", (64, 64, 3, 3)), *batchnorm("bn2", 64),
        ("conv3.weight", (256, 64, 1, 1)), *batchnorm("bn3", 256),
        ("downsample.0.weight", (256, 64, 1, 1)), *batchnorm("downsample.1", 256),
    ]  # fmt: skip
    assert [(name, tuple(value.shape)) for name, value in build(QUESTION).state_dict().items()] == expected


def test_the_stride_stands_where_it_is_asked_for() -> None:
    for place, strides in (("first", [2, 1, 1]), ("middle", [1, 2, 1])):
        t = trace(replace(QUESTION, stride=2, stride_at=place))
        assert [op.window.stride for op in t.on("main") if op.window] == strides
        assert [op.window.stride for op in t.on("shortcut") if op.window] == [2]


def test_order_edges_and_paths_come_from_the_module() -> None:
    t = trace(QUESTION)
    assert [op.name for op in t.ops] == [
        "conv1", "bn1", "relu", "conv2", "bn2", "relu_1", "conv3", "bn3", "downsample.0", "downsample.1",
        "add", "relu_2",
    ]  # fmt: skip
    assert t.addition.reads == ("bn3", "downsample.1")
    assert {op.name for op in t.on("shortcut")} == {"downsample.0", "downsample.1"}
    assert {op.name for op in t.on("joined")} == {"add", "relu_2"}
    assert trace(BlockSpec(in_channels=256, shortcut="identity")).addition.reads == ("bn3", INPUT)


def test_another_order_in_the_module_shows_in_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edges are read from forward(), not from a list of our own."""
    from resnet.modules import blocks

    class PreActivated(blocks.Bottleneck):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out = self.conv1(self.relu(self.bn1(x)))
            out = self.conv3(self.relu(self.bn3_(self.conv2(self.relu(self.bn2(out))))))
            return out + self.downsample(x)

        def __init__(self, spec: BlockSpec, device: str) -> None:
            super().__init__(spec, device)
            self.bn3_ = torch.nn.BatchNorm2d(spec.filters[1])

    monkeypatch.setitem(blocks._CLASSES, (True, False), PreActivated)
    trace.cache_clear()
    t = trace(replace(QUESTION, in_channels=64, height=57))
    assert [op.name for op in t.on("main")] == [
        "bn1",
        "relu",
        "conv1",
        "bn2",
        "relu_1",
        "conv2",
        "bn3_",
        "relu_2",
        "conv3",
    ]
    assert t.ops[-1].kind == "add"
    trace.cache_clear()


@pytest.mark.parametrize(
    ("spec", "main", "shortcut"),
    [
        (replace(QUESTION, shortcut="identity"), (256, 56, 56), (64, 56, 56)),
        (BlockSpec(in_channels=256, shortcut="identity", stride=2), (256, 28, 28), (256, 56, 56)),
        (BlockSpec(in_channels=512, shortcut="zero_pad"), (256, 56, 56), (512, 56, 56)),
        (BlockSpec(in_channels=8192, filters=(1, 8192), stride=4, height=4096, width=4096, shortcut="identity"),
         (8192, 1024, 1024), (8192, 4096, 4096)),
    ],
)  # fmt: skip
def test_an_impossible_block_is_a_result(spec: BlockSpec, main: tuple[int, ...], shortcut: tuple[int, ...]) -> None:
    t = trace(spec)
    assert not t.possible
    assert t.out_shape is None
    assert t.ops[-1] is t.addition
    assert t.addition.in_shapes == (main, shortcut) == (t.problem.main_shape, t.problem.shortcut_shape)
    assert [op.kind for op in t.unreached] == ["relu"]
    if max(main) < 1000:
        with pytest.raises(RuntimeError) as real:
            torch.zeros(1, *main) + torch.zeros(1, *shortcut)
        assert t.problem.message == str(real.value)
    assert "must match the size of tensor b" in t.problem.message
    assert not t.problem.broadcasts


@pytest.mark.parametrize(
    "spec",
    [
        BlockSpec(in_channels=1, shortcut="identity"),
        BlockSpec(in_channels=256, stride=2, height=2, width=2, shortcut="identity"),
        BlockSpec(in_channels=64, filters=(8, 8, 1), shortcut="identity"),
        BlockSpec(in_channels=64, filters=(8, 8, 1), shortcut="zero_pad"),
    ],
)
def test_what_torch_would_only_broadcast_is_impossible_all_the_same(spec: BlockSpec) -> None:
    t = trace(spec)
    assert not t.possible
    assert t.problem.broadcasts
    out = torch.zeros(1, *t.problem.main_shape) + torch.zeros(1, *t.problem.shortcut_shape)
    assert str(list(out.shape)) in t.problem.message
    assert "torch raises no error" in t.problem.message


def test_needs_follow_from_shapes_not_from_the_stride() -> None:
    assert trace(BlockSpec(in_channels=256, stride=2, height=1, width=1, shortcut="identity")).possible


def test_the_largest_block_takes_no_tensor_memory() -> None:
    tracemalloc.start()
    spec = BlockSpec(in_channels=8192, filters=(8192,) * 3, kernel_size=31, height=4096, width=4095, stride=3)
    t = trace(spec)
    trace(replace(spec, shortcut="identity"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert t.macs > 10**16
    assert peak < 5_000_000
    assert all(parameter.is_meta for parameter in build(spec, device="meta").parameters())


def test_a_trace_holds_no_module_and_no_tensor() -> None:
    def plain(value: object) -> bool:
        if isinstance(value, tuple):
            return all(map(plain, value))
        if hasattr(value, "__dataclass_fields__"):
            return all(plain(getattr(value, name)) for name in value.__dataclass_fields__)
        return value is None or isinstance(value, (int, str, bool))

    for spec in (QUESTION, replace(QUESTION, shortcut="identity")):
        t = trace(spec)
        assert isinstance(t, BlockTrace)
        assert plain(t)
        hash(t)
