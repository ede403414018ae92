"""Any module as a graph: our own against their traces, others against their parameters and torch's own counter."""

from __future__ import annotations

from functools import cache
from itertools import cycle
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from resnet.models.graph import Graph
from resnet.models.module import read_module
from resnet.models.node import KINDS
from resnet.models.spec_graph import graph_of
from resnet.models.weights import build_network
from resnet.spec.catalogue import network
from resnet.spec.network import VARIANTS, NetworkSpec
from resnet.trace.network import trace_network
from tests.models.test_aten import MAP, SERIES, kinds, of

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

# our own networks


def same_as_its_trace(spec: NetworkSpec) -> None:
    graph = read_module(build_network(spec, "meta"), (1, 3, spec.height, spec.width))
    own = graph_of(spec)
    t = trace_network(spec)
    assert (graph.params, graph.macs, graph.buffers) == (t.params, t.macs, t.buffers)
    assert (graph.in_shapes, graph.out_shapes) == (own.in_shapes, own.out_shapes)
    facts = [
        [(one.kind, one.place, one.in_shapes, one.out_shape, one.params, one.macs, one.sweep, one.axes, one.constants,
          one.zeros) for one in g.nodes] for g in (graph, own)
    ]  # fmt: skip
    assert facts[0] == facts[1]
    assert graph.activation_bytes == t.activation_bytes


QUICK = [
    network("cifar_resnet20"),
    network("resnet18", height=97, width=64),
    network("resnet50", variant="d", height=64, width=64),
    network("keras_resnet50v2", height=64, width=96),
]
TEN = ("resnet18", "resnet34", "resnet50", "resnet101", "resnext50_32x4d", "wide_resnet50_2", "cifar_resnet32",
       "keras_resnet50", "course_resnet50", "keras_resnet101v2")  # fmt: skip
SLOW = [  # each in one variant, one in every; all in all: bench/exports.py
    *(network(name, variant=variant, height=64, width=64) for name, variant in zip(TEN, cycle(VARIANTS), strict=False)),
    *(network("resnet50", variant=variant, height=64, width=64) for variant in ("v1", "v1.5", "v2")),
    *(network(name, shortcut_option=option, height=64, width=64) for name in ("resnet18", "cifar_resnet20")
      for option in "ABC"),
]  # fmt: skip


def named(spec: NetworkSpec) -> str:
    return f"{spec.name}-{spec.variant}-{spec.shortcut_option}"


@pytest.mark.parametrize("spec", QUICK, ids=named)
def test_our_own_networks(spec: NetworkSpec) -> None:
    same_as_its_trace(spec)


@pytest.mark.slow
@pytest.mark.parametrize("spec", SLOW, ids=named)
def test_all_variants_and_options(spec: NetworkSpec) -> None:
    same_as_its_trace(spec)


# others


class Block(nn.Module):
    """x + F(x), and what F is."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.main = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.main(x)
        return result


class Scale(nn.Module):
    """Layer scale, as ConvNeXt has it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return self.gamma.view(1, -1, 1, 1) * x


class ChannelsLast(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.layer(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return result


class Excitation(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        weights = self.up(F.relu(self.down(x.mean((2, 3), keepdim=True)), inplace=True))
        return x * torch.sigmoid(weights)


class Attention(nn.Module):
    """Of x to itself. ``apart``: keys from elsewhere, so that q, k, v have parts of one weight."""

    def __init__(self, *, told: bool = False, apart: bool = False) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.told, self.apart = told, apart

    def forward(self, x: Tensor) -> Any:
        keys = x[:, :3] if self.apart else x
        result, weights = self.attention(x, keys, keys, need_weights=self.told)
        return (x + result, weights) if self.told else x + result


class Patches(nn.Module):
    """A class token and positions in front of an encoder, as in ViT."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = nn.Conv2d(3, 16, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, 16))
        self.positions = nn.Parameter(torch.zeros(1, 99, 16))  # more than are read
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.cut(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
        result: Tensor = self.encoder(x + self.positions[:, : x.shape[1]])
        return result[:, 0]


class Tied(nn.Module):
    """The first layer's weight is the last one's too."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(50, 16)
        self.inner = nn.Linear(16, 16)
        self.out = nn.Linear(16, 50, bias=False)
        self.out.weight = self.words.weight

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.out(self.inner(self.words(x)))
        return result


class Products(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w, self.b = nn.Parameter(torch.ones(16, 8)), nn.Parameter(torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.addmm(self.b, x[0], self.w)  # (N, 8)
        z = torch.einsum("bnc,cd->bnd", x, self.w)
        scores = torch.einsum("bnd,bmd->bnm", z, z)
        return torch.bmm(scores, z) + y + x @ self.w


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(16, 8, num_layers=2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.lstm(x)[0]
        return result


OTHERS: dict[str, tuple[nn.Module, Any]] = {
    "encoder": (nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), SERIES),
    "decoder": (nn.TransformerDecoderLayer(16, 4, 32, batch_first=True, norm_first=True), (SERIES, (2, 7, 16))),
    "attention": (Attention(), SERIES),
    "attention that is shown": (Attention(told=True), SERIES),
    "attention to others": (Attention(apart=True), SERIES),
    "ViT": (Patches(), (2, 3, 16, 16)),
    "ConvNeXt": (Block(nn.Conv2d(16, 16, 7, padding=3, groups=16), ChannelsLast(nn.LayerNorm(16)),
                       nn.Conv2d(16, 64, 1), nn.GELU(), nn.Conv2d(64, 16, 1), Scale(16)), MAP),
    "inverted residual": (Block(nn.Conv2d(16, 48, 1, bias=False), nn.BatchNorm2d(48), nn.ReLU6(inplace=True),
                                nn.Conv2d(48, 48, 3, padding="same", groups=48), nn.BatchNorm2d(48), nn.Hardswish(),
                                Excitation(48), nn.Conv2d(48, 16, 1)), MAP),
    "groups": (Block(nn.GroupNorm(4, 16), nn.SiLU(), nn.Conv2d(16, 16, 3, padding=2, dilation=2),
                     nn.InstanceNorm2d(16, affine=True), nn.PReLU(16)), MAP),
    "up and down": (nn.Sequential(nn.Conv2d(16, 8, 3, 2, 1), nn.ConvTranspose2d(8, 16, 4, 2, 1, groups=2),
                                  nn.Upsample(scale_factor=2), nn.ConvTranspose2d(16, 4, 2, 2)), MAP),
    "one and three axes": (nn.Sequential(nn.Conv1d(16, 8, 3), nn.Unflatten(1, (2, 2, 2)), nn.Conv3d(2, 4, (1, 2, 3)),
                                         nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, 3)), (2, 16, 9)),
    "weight norm": (nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(16, 8, 3)), nn.Flatten()), MAP),
    "products": (Products(), SERIES),
    "RMSNorm": (nn.Sequential(nn.RMSNorm(16), nn.Linear(16, 4)), SERIES),
}  # fmt: skip


@cache
def read(name: str) -> tuple[Graph, nn.Module]:
    module, inputs = OTHERS[name]
    return read_module(module, inputs), module


@pytest.mark.parametrize("name", OTHERS)
def test_all_parameters_are_counted_once(name: str) -> None:
    graph, module = read(name)
    assert graph.params == sum(one.numel() for one in module.parameters())
    assert graph.buffers == sum(one.numel() for key, one in module.named_buffers() if "running" in key)


@pytest.mark.parametrize("name", OTHERS)
def test_multiply_adds_are_torchs(name: str) -> None:
    """torch counts what it runs, an operation at a time, and twice each."""
    (graph, module), (_, inputs) = read(name), OTHERS[name]
    shapes = inputs if isinstance(inputs[0], tuple) else (inputs,)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # which torch's counter knows nothing of
    with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        found = module.eval()(*(torch.randn(shape) for shape in shapes))
    torch.backends.mha.set_fastpath_enabled(fast)
    assert 2 * sum(one.macs for one in graph.nodes) == counter.get_total_flops()
    results = found if isinstance(found, tuple) else (found,)
    assert graph.out_shapes == tuple(tuple(one.shape) for one in results)


@pytest.mark.parametrize("name", OTHERS)
def test_a_graph_hangs_together(name: str) -> None:
    graph, _ = read(name)
    shapes = dict(graph.inputs)
    for node in graph.nodes:
        assert node.kind in KINDS and node.name not in shapes
        assert node.in_shapes == tuple(shapes[one] for one in node.reads), node
        shapes[node.name] = node.out_shape
    assert graph.outputs and set(graph.outputs) <= set(shapes)
    read_by_somebody = {one for node in graph.nodes for one in node.reads} | set(graph.outputs)
    assert {node.name for node in graph.nodes} <= read_by_somebody


def test_kinds_of_a_few() -> None:
    assert kinds(read("ConvNeXt")[0]) == [
        "conv", "transpose", "layernorm", "transpose", "conv", "gelu", "conv", "mul", "add"
    ]  # fmt: skip
    assert kinds(read("inverted residual")[0]) == [
        "conv", "batchnorm", "relu6", "conv", "batchnorm", "hardswish", "avgpool", "conv", "relu", "conv", "sigmoid",
        "mul", "conv", "add",
    ]  # fmt: skip
    assert kinds(read("groups")[0]) == ["groupnorm", "silu", "conv", "instancenorm", "prelu", "add"]
    assert kinds(read("up and down")[0]) == ["conv", "conv_transpose", "resize", "conv_transpose"]
    assert kinds(read("products")[0]).count("linear") == 3
    assert "attention" in kinds(read("encoder")[0])


def test_each_constant_has_a_role() -> None:
    graph, _ = read("ConvNeXt")
    scale = next(one for one in graph.nodes if one.kind == "mul")
    assert (scale.scale, scale.place, scale.constants) == (16, "main.5", ((1, 16, 1, 1),))
    graph, _ = read("ViT")
    first, second = (one for one in graph.nodes if one.kind in ("concat", "add") and one.params)
    assert (first.kind, first.weights, first.reads) == ("concat", 16, (graph.nodes[2].name,))
    assert (second.kind, second.shift, second.constants) == ("add", 99 * 16, ((1, 17, 16),))
    graph, _ = read("attention to others")
    assert [one.weights for one in graph.nodes if one.kind == "linear"] == [256, 512, 256]  # q; k and v; out
    assert [one.biases for one in graph.nodes if one.kind == "linear"] == [16, 32, 16]


def test_what_is_shared_counts_where_it_is_read_first() -> None:
    module = Tied()
    graph = read_module(module, (2, 7))  # a shape alone: what words need is found out
    assert graph.params == sum(one.numel() for one in module.parameters()) == 50 * 16 + 16 * 16 + 16
    assert [one.params for one in graph.nodes] == [800, 272, 0]
    assert graph.params == read_module(module, torch.zeros(2, 7, dtype=torch.int64)).params


def test_recurrent_layers() -> None:
    """torch's counter does not know them: each matrix once for each of 2 × 5 steps."""
    module = Recurrent()
    graph = read_module(module, SERIES)
    assert graph.params == sum(one.numel() for one in module.parameters())
    matrices = sum(one.numel() for one in module.parameters() if one.dim() == 2)
    assert sum(one.macs for one in graph.nodes) == 10 * matrices


def test_what_runs_without_gradients_is_read_too() -> None:
    class Half(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(16, 16), nn.Linear(16, 16)

        def forward(self, x: Tensor) -> Tensor:
            with torch.enable_grad():
                x = self.a(x).relu()
            result: Tensor = self.b(x)
            return result

    graph = read_module(Half(), SERIES)
    assert kinds(graph) == ["linear", "relu", "linear"]
    assert [one.place for one in graph.nodes] == ["a", "", "b"]


def test_a_layer_that_runs_twice_counts_once() -> None:
    layer = nn.Linear(16, 16)
    graph = read_module(nn.Sequential(layer, nn.ReLU(), layer), SERIES)
    assert graph.params == 272 and graph.macs == 2 * 256 * 5


def test_what_depends_on_the_numbers_has_no_shape_and_says_why() -> None:
    graph = of(lambda x, y: (x[x > 0] * 2, y + 1), MAP, SERIES)
    assert [one.op for one in graph.unknown] == ["aten.index.Tensor", "aten.mul.Tensor"]
    assert all("depends on the numbers" in one.why for one in graph.unknown)
    assert graph.out_shapes == (None, SERIES)


def test_of_several_results_one_counts() -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(16, 8, batch_first=True)

        def forward(self, x: Tensor) -> Any:
            return self.gru(x)[1], x.max(1)

    module = Last()
    graph = read_module(module, SERIES)
    assert graph.params == sum(one.numel() for one in module.parameters())
    assert graph.out_shapes == ((1, 2, 8), (2, 16), (2, 16))


def test_a_recurrent_module_runs_as_before() -> None:
    module, x = Recurrent(), torch.randn(2, 5, 16)
    before = module(x)
    read_module(module, SERIES)
    assert torch.equal(module(x), before)
