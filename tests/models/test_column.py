"""A residual sum in steps: each operation in exactly one of them, and what is folded is called by its name."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from resnet.models.column import MOST_STEPS, Column, Step, column
from resnet.models.graph import Graph, residual_sums
from resnet.models.module import read_module
from resnet.models.node import Node, Sweep
from resnet.models.spec_graph import graph_of
from resnet.models.sums import ResidualSum
from resnet.models.words import layer_words
from resnet.spec.catalogue import network
from resnet.trace.network import trace_network
from resnet.trace.words import layer
from tests.draw.networks import MAKERS, Attention, Residual, conv, graph, inverted
from tests.examples import examples
from tests.models.growing import grown
from tests.models.test_as_spec import OTHERS

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out


def all_steps(found: Column) -> list[Step]:
    return [*found.before, *found.main, *found.shortcut, *found.after]


def check(g: Graph, one: ResidualSum) -> None:
    """Nothing is lost, nothing counted twice, folded or not."""
    for unfolded in (False, True):
        found = column(g, one, unfolded=unfolded)
        names = Counter(node.name for step in all_steps(found) for node in step.nodes)
        assert set(names.values()) <= {1}
        expected = {*one.before, *one.main, *one.after, *(one.shortcut if found.shortcut else ())}
        assert set(names) == expected
        assert len(found.main) <= MOST_STEPS
        assert sum(step.params for step in all_steps(found)) + found.add.params == one.params
        assert found.main[-1].out_shape == g.shapes[one.main[-1]]
        for step in all_steps(found):
            assert step.words and all(line.words for line in step.lines)
            if not step.folded:
                assert sum(node.params for line in step.lines for node in line.nodes) == step.params


@pytest.mark.parametrize("name", [*MAKERS, "deep"])
def test_every_operation_is_in_one_step(name: str) -> None:
    for one in residual_sums(graph(name)):
        check(graph(name), one)


@settings(max_examples=examples(60), deadline=None)
@given(seed=st.integers(0, 10**6), blocks=st.integers(1, 8))
def test_every_operation_of_random_networks_is_in_one_step(seed: int, blocks: int) -> None:
    _, g = grown(seed, blocks)
    for one in residual_sums(g):
        check(g, one)


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "keras_resnet50v2", "resnext50_32x4d", "cifar_resnet20"])
def test_our_own_blocks_say_what_their_trace_says(name: str) -> None:
    g = graph_of(network(name))
    for one, block in zip(residual_sums(g), trace_network(network(name)).blocks, strict=True):
        found = column(g, one, unfolded=True)
        for steps, path in ((found.before + found.main, "main"), (found.shortcut, "shortcut")):
            ops = block.trace.on(path)
            assert [step.words for step in steps] == [layer(op) for op in ops]
            assert [step.params for step in steps] == [op.params for op in ops]


def words(module: nn.Module, shape: tuple[int, ...] = (1, 8, 16, 16), unfolded: bool = False) -> list[list[str]]:
    """Of the lines of the main path's steps."""
    g = read_module(module, shape)
    one = residual_sums(g)[-1]
    check(g, one)
    return [[line.words for line in step.lines] for step in column(g, one, unfolded=unfolded).main]


def test_a_layer_its_norm_and_its_activation_are_one_step() -> None:
    assert words(inverted(8)) == [
        ["1×1 conv, 48", "BatchNorm", "ReLU6"],
        ["3×3 conv, 48, depthwise", "BatchNorm", "ReLU6"],
        ["1×1 conv, 8", "BatchNorm"],
    ]
    assert words(inverted(8), unfolded=True)[:3] == [["1×1 conv, 48"], ["BatchNorm"], ["ReLU6"]]


def test_blocks_of_the_field() -> None:
    assert words(OTHERS["ConvNeXt block"]) == [
        ["7×7 conv, 8, depthwise", "LayerNorm"], ["1×1 conv, 32", "GELU"], ["1×1 conv, 8"],
    ]  # fmt: skip
    assert words(OTHERS["dilated"])[1] == ["3×3 conv, 8, dilation 2", "BatchNorm"]
    assert words(Residual(conv(8, 8, 3, groups=2)))[0] == ["3×3 conv, 8, 2 groups", "BatchNorm"]


def test_squeeze_and_excitation_is_a_gate() -> None:
    module = OTHERS["squeeze-and-excitation"]
    assert words(module)[-1] == ["× gate, squeeze-and-excitation"]
    assert words(module, unfolded=True)[-1] == [
        "× gate, squeeze-and-excitation", "global average pool", "1×1 conv, 2", "ReLU", "1×1 conv, 8", "sigmoid",
    ]  # fmt: skip


def test_attention_takes_its_projections_along() -> None:
    g = read_module(Residual(Attention(24)), (1, 16, 24))
    (one,) = residual_sums(g)
    norm, attention = column(g, one).main
    assert (norm.words, attention.words) == ("LayerNorm", "attention")
    assert attention.params == sum(
        p.numel() for layer in ("qkv", "out") for p in getattr(Attention(24), layer).parameters()
    )
    lines = [line.words for line in column(g, one, unfolded=True).main[1].lines]
    assert lines[0] == "attention" and "linear layer, 72" in lines and "linear layer, 24" in lines


class Cross(nn.Module):
    """Keys and values come from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.query, self.pair, self.out = (
            nn.LayerNorm(16), nn.Linear(16, 16), nn.Linear(16, 32), nn.Linear(16, 16),
        )  # fmt: skip

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        q, (k, v) = self.query(self.norm(x)), self.pair(memory).chunk(2, -1)
        return x + self.out((q @ k.transpose(1, 2) / 4).softmax(-1) @ v)


def test_attention_to_something_else_is_attention() -> None:
    g = read_module(Cross(), (1, 10, 16), (1, 7, 16))
    (one,) = residual_sums(g)
    check(g, one)
    assert [step.words for step in column(g, one).main] == ["LayerNorm", "attention"]
    assert column(g, one).main[1].params == 2 * (16 * 16 + 16)


class Inception(nn.Module):
    def __init__(self, join: str = "cat") -> None:
        super().__init__()
        self.join = join
        long = [nn.Sequential(conv(8, 4, kernel), nn.ReLU(), conv(4, 4)) for kernel in (1, 3)]
        self.ways = nn.ModuleList((*long, conv(8, 4, 1)))
        self.out = nn.Conv2d(12 if join == "cat" else 4, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        ways = [way(x) for way in self.ways]
        return self.out(torch.cat(ways, 1) if self.join == "cat" else ways[0] + ways[1])


def test_branches_are_one_step() -> None:
    assert words(Residual(Inception())) == [["3 branches, concatenated"], ["1×1 conv, 8"]]
    assert words(Residual(Inception("add"))) == [["2 branches, added"], ["1×1 conv, 8"]]


class Gated(nn.Module):
    """SwiGLU."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(8, 24), nn.Linear(8, 24), nn.Linear(24, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.c(nn.functional.silu(self.a(x)) * self.b(x))


def test_what_has_no_other_name_is_branches_that_are_multiplied() -> None:
    assert words(Residual(Gated()), (1, 5, 8)) == [["2 branches, multiplied"], ["linear layer, 8"]]


def test_a_residual_block_inside_is_one_step() -> None:
    found = words(Residual(nn.Sequential(inverted(8), OTHERS["dilated"], conv(8, 8))))
    assert found == [
        ["residual block inside: inverted residual"], ["residual block inside: basic"], ["3×3 conv, 8", "BatchNorm"],
    ]  # fmt: skip


def test_a_long_column_is_folded_in_its_middle() -> None:
    g = read_module(Residual(nn.Sequential(*(conv(4, 4) for _ in range(21)))), (1, 4, 8, 8))
    (one,) = residual_sums(g)
    found = column(g, one)
    assert len(found.main) == MOST_STEPS
    assert [step.words for step in found.main if step.folded] == ["… 10 more"]
    check(g, one)


def test_what_only_moves_numbers_is_no_step() -> None:
    class Moved(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            return self.linear(x.permute(0, 2, 3, 1).reshape(1, -1, 8)).reshape(1, 16, 16, 8).permute(0, 3, 1, 2)

    assert words(Residual(nn.Sequential(Moved(), nn.ReLU()))) == [["linear layer, 8", "ReLU"]]


def test_pre_activation_stands_in_front_of_both() -> None:
    g = graph_of(network("resnet50", variant="v2"))
    found = column(g, residual_sums(g)[0])
    assert [[line.words for line in step.lines] for step in found.before] == [["BatchNorm", "ReLU"]]
    assert [step.words for step in found.shortcut] == ["1×1 conv, 256, s=1"]


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation", "groups", "expected"),
    [((3, 3), (2, 2), (1, 1), 1, "3×3 conv, 16, s=2"), ((1, 7), (1, 1), (1, 1), 1, "1×7 conv, 16"),
     ((3, 3), (1, 1), (4, 4), 8, "3×3 conv, 16, depthwise, dilation 4"),
     ((5,), (2,), (1,), 2, "5×1 conv, 16, 2 groups, s=2"),
     ((3, 3, 3), (1, 2, 2), (1, 1, 1), 1, "3×3×3 conv, 16, s=1×2×2")],
)  # fmt: skip
def test_words_of_a_convolution(
    kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...], groups: int, expected: str
) -> None:
    sweep = Sweep(kernel, stride, (0,) * 2 * len(kernel), dilation, groups)
    shapes = (1, 8, *(9,) * len(kernel)), (1, 16, *(9,) * len(kernel))
    node = Node(name="a", kind="conv", op="Conv", reads=("x",), in_shapes=shapes[:1], out_shape=shapes[1], sweep=sweep)
    assert layer_words(node) == expected
