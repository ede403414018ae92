"""Any module as a graph: our own against their traces, others against their parameters and torch's own counter."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from resnet.models.aten import Call, Constant, Result, kind_of, macs_of
from resnet.models.graph import Graph
from resnet.models.module import load_module, read_module
from resnet.models.node import KINDS
from resnet.models.spec_graph import graph_of
from resnet.models.weights import build_network
from resnet.spec.catalogue import network
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec
from resnet.trace.network import trace_network

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
SLOW = [
    *(network(name, variant=variant, height=64, width=64) for name in ("resnet18", "resnet34", "resnet50", "resnet101",
      "resnext50_32x4d", "wide_resnet50_2", "cifar_resnet32", "keras_resnet50", "course_resnet50", "keras_resnet101v2")
      for variant in ("v1", "v1.5", "d", "v2")),
    *(network(name, shortcut_option=option) for name in ("resnet18", "cifar_resnet20", "resnet50") for option in "ABC"
      if (name, option) != ("resnet50", "A")),
    network("resnet152"),
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


MAP, SERIES = (2, 16, 8, 8), (2, 5, 16)
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


def kinds(graph: Graph) -> list[str]:
    return [node.kind for node in graph.nodes]


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


class Function(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(*inputs)


def of(function: Any, *shapes: Any) -> Graph:
    return read_module(Function(function), *shapes)


def test_zeros_are_found_however_they_are_made() -> None:
    for make in (torch.zeros_like, lambda x: x * 0, lambda x: x.new_zeros(x.shape), lambda x: torch.zeros(x.shape)):
        (node,) = of(lambda x, make=make: torch.cat([x, make(x)], 1), MAP).nodes
        assert (node.kind, node.zeros, node.axes, len(node.reads), node.constants) == ("concat", True, (1,), 1, (MAP,))
    (node,) = of(lambda x: torch.cat([x, torch.ones_like(x)], 1), MAP).nodes
    assert not node.zeros
    (node,) = of(lambda x: F.pad(x, (0, 0, 0, 0, 2, 3)), MAP).nodes
    assert (node.kind, node.zeros, node.axes, node.out_shape) == ("pad", True, (1,), (2, 21, 8, 8))
    assert not of(lambda x: F.pad(x, (1, 1), value=1.0), MAP).nodes[0].zeros
    (node,) = of(lambda x: F.pad(x, (1, 1, 0, 2), mode="reflect"), MAP).nodes
    assert (node.kind, node.zeros, node.axes) == ("pad", False, (2, 3))


def test_a_split_is_a_node_for_each_part() -> None:
    graph = of(lambda x: torch.cat(x.chunk(2, -1)[::-1], 1), MAP)
    assert kinds(graph) == ["split", "split", "concat"]
    assert graph.nodes[2].reads == (graph.nodes[1].name, graph.nodes[0].name)
    assert graph.nodes[0].axes == (3,) and graph.nodes[0].out_shape == (2, 16, 8, 4)


def test_windows() -> None:
    (node,) = of(lambda x: x[:, :, ::2, ::3], MAP).nodes
    assert node.sweep and (node.kind, node.axes, node.sweep.stride) == ("slice", (2, 3), (2, 3))
    (node,) = of(lambda x: F.max_pool2d(x, 3, 2, 1), MAP).nodes
    assert node.sweep == ((3, 3), (2, 2), (1, 1, 1, 1), (1, 1), 1)
    (node,) = of(lambda x: F.adaptive_avg_pool2d(x, (4, 1)), MAP).nodes
    assert node.sweep == ((2, 8), (2, 1), (0, 0, 0, 0), (1, 1), 1)
    (node,) = of(lambda x: x.mean((-1, -2), keepdim=True), MAP).nodes
    assert (node.kind, node.sweep) == ("avgpool", ((8, 8), (1, 1), (0, 0, 0, 0), (1, 1), 1))
    (node,) = of(lambda x: x.mean((2, 3)), MAP).nodes
    assert (node.kind, node.axes) == ("reduce", (2, 3))
    (node,) = read_module(nn.Conv2d(16, 4, (4, 3), padding="same"), MAP).nodes
    assert node.sweep and node.sweep.padding == (1, 1, 2, 1)


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (lambda x: x.add_(1), "add"), (lambda x: 1 - x, "sub"), (lambda x: x / 3, "div"), (lambda x: x.relu_(), "relu"),
        (lambda x: x.clamp(0, 6), "relu6"), (lambda x: x.clamp(min=0), "relu"), (lambda x: x.clamp(-1, 1), "other"),
        (F.hardtanh, "activation"), (lambda x: x.softmax(1), "softmax"), (lambda x: x.flatten(1), "reshape"),
        (lambda x: x[..., None], "reshape"), (lambda x: x.transpose(1, 2), "transpose"), (lambda x: x[:, 1:], "slice"),
        (lambda x: x[:, 0], "slice"), (lambda x: x[:, [1, 2]], "gather"), (lambda x: x.repeat(1, 2, 1, 1), "expand"),
        (F.dropout, "identity"), (lambda x: x.sum(1), "reduce"), (lambda x: x.roll(1, 2), "other"),
        (lambda x: F.interpolate(x, size=3), "resize"), (lambda x: F.pad(x, (-1, -1)), "slice"), (torch.erf, "other"),
        (lambda x: F.avg_pool2d(x, 2), "avgpool"), (lambda x: F.adaptive_max_pool2d(x, 1), "maxpool"),
        (lambda x: torch.stack([x, x]), "concat"), (lambda x: F.log_softmax(x, 1), "activation"),
        (lambda x: x.view_as(x), "reshape"), (lambda x: x.to(torch.float64), "identity"),
    ],
)  # fmt: skip
def test_kinds(function: Any, kind: str) -> None:
    assert kinds(of(function, MAP))[-1] == kind


def shifted(x: Tensor) -> Tensor:
    """As temporal shift does it."""
    out = torch.zeros_like(x)
    out[:, 1:] = x[:, :-1]
    return out


def written_in_part(x: Tensor, y: Tensor) -> Tensor:
    out = x * 2
    first, _ = out.chunk(2, 1)
    first += y[:, :8]
    return out + 1


def read_in_part(x: Tensor, y: Tensor) -> Tensor:
    out = x * 2
    part = out[:, 1:]
    out += y
    return part + 1


@pytest.mark.parametrize("function", [shifted, written_in_part, read_in_part])
def test_what_is_written_into_a_part_is_not_lost(function: Any) -> None:
    graph = of(function, *[MAP] * (1 if function is shifted else 2))
    reached: set[str] = set()
    waiting = [*graph.outputs]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += graph.by_name[name].reads if name in graph.by_name else ()
    assert {one.name for one in graph.inputs} <= reached


def test_what_works_in_place_and_nobody_sees_is_read_as_it_is() -> None:
    def in_place(x: Tensor) -> Tensor:
        x = F.relu(x + 1, inplace=True).flatten(1)
        return F.dropout(x, inplace=True).add_(1).relu_()

    graph = of(in_place, MAP)
    assert [one.op for one in graph.nodes][-3:] == ["aten.dropout_.default", "aten.add_.Tensor", "aten.relu_.default"]


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


# the module stays as it was


def test_the_module_is_left_alone() -> None:
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Dropout(), nn.Sequential(nn.LSTM(6, 4)).eval())
    module[1].momentum = 0.3
    seen: list[int] = []
    module[0].register_forward_hook(lambda *_: seen.append(1))
    before = {key: value.clone() for key, value in module.state_dict().items()}
    tensors = {key: id(value) for key, value in (*module.named_parameters(), *module.named_buffers())}
    attributes = [{**vars(one)} for one in module.modules()]
    fast = torch.backends.mha.get_fastpath_enabled()
    read_module(nn.Sequential(*module[:3]), (2, 3, 8, 8))
    with pytest.raises(SpecError):
        read_module(module, (2, 99, 8, 8))
    assert [one.training for one in module.modules()] == [True, True, True, True, False, False]
    assert {key: id(value) for key, value in (*module.named_parameters(), *module.named_buffers())} == tensors
    assert all(torch.equal(before[key], value) for key, value in module.state_dict().items())
    assert [{**vars(one)} for one in module.modules()] == attributes
    assert torch.backends.mha.get_fastpath_enabled() == fast
    read_module(Recurrent(), SERIES)


def test_a_recurrent_module_runs_as_before() -> None:
    module, x = Recurrent(), torch.randn(2, 5, 16)
    before = module(x)
    read_module(module, SERIES)
    assert torch.equal(module(x), before)


def test_a_seed_gives_the_same_numbers_afterwards() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    of(lambda x: x + torch.rand_like(x), MAP)
    assert torch.equal(torch.rand(2), expected)


def test_no_memory_is_taken() -> None:
    graph = read_module(nn.Conv2d(3, 4, 1), (1, 3, 1_000_000, 1_000_000))  # 12 terabytes
    assert graph.out_shapes == ((1, 4, 1_000_000, 1_000_000),)


# what can't be read


def looks_at_numbers(x: Tensor) -> Tensor:
    return x + 1 if x.sum() > 0 else x


@pytest.mark.parametrize(
    ("module", "inputs", "words"),
    [
        (nn.Linear(3, 4), ((1, 5),), "module is 'Linear', but it must be a module that torch.export can follow"),
        (Function(looks_at_numbers), (MAP,), "module is 'Function'"),
        (nn.LazyLinear(3), (SERIES,), "module is 'LazyLinear'"),
        (nn.Linear(3, 4), (), "inputs is ()"),
        (nn.Linear(3, 4), ((),), "inputs is ()"),
        (nn.Linear(3, 4), ((1, 0),), "from 1"),
        (nn.Linear(3, 4), ((1, -3),), "from 1"),
        (nn.Linear(3, 4), ("1x3",), "(1, 3, 224, 224)"),
        (nn.Linear(3, 4), (((1, 3), "x"),), "(1, 3, 224, 224)"),
        (nn.Linear(3, 4), (3,), "(1, 3, 224, 224)"),
        ("resnet50", ((1, 3),), "an nn.Module"),
        (nn.Linear, ((1, 3),), "an nn.Module"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(module: Any, inputs: Any, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_module(module, *inputs)
    sentence = str(caught.value)
    assert words in sentence and "\n" not in sentence and "Traceback" not in sentence and len(sentence) < 400


def test_several_inputs_one_by_one_or_in_a_tuple() -> None:
    add = Function(lambda x, y: x + y)
    for given in (((1, 3), (4, 3)), (((1, 3), (4, 3)),), (torch.zeros(1, 3), (4, 3)), ([(1, 3), torch.zeros(4, 3)],)):
        graph = read_module(add, *given, name="sum")
        assert (graph.in_shapes, graph.out_shapes, graph.name) == (((1, 3), (4, 3)), ((4, 3),), "sum")
    assert graph.nodes[0].reads == tuple(one.name for one in graph.inputs)


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


def test_half_precision_is_read_as_it_is() -> None:
    assert read_module(nn.Linear(3, 4).half(), (1, 3)).params == 16


# the command line's word for a module

OWN = """
from torch import nn
made = nn.Linear(2, 3)
def make(): return nn.Linear(4, 5)
def fails(): return 1 / 0
def wants(size): return nn.Linear(size, size)
number = 3
class Net(nn.Sequential): pass
class Sub: inner = made
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one])
    (tmp_path / "my_own_net.py").write_text(OWN)
    (tmp_path / "my_broken_net.py").write_text("import a_library_that_is_not_there")
    (tmp_path / "my_wrong_net.py").write_text("def (")
    monkeypatch.delitem(sys.modules, "my_own_net", raising=False)
    return "my_own_net"


@pytest.mark.parametrize(("name", "params"), [("made", 9), ("make", 25), ("Net", 0), ("Sub.inner", 9)])
def test_a_module_of_ones_own(own: str, name: str, params: int) -> None:
    assert sum(one.numel() for one in load_module(f"{own}:{name}").parameters()) == params


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("my_own_net", "package.module:name"), (":make", "package.module:name"), ("my_own_net:", "package.module:name"),
        ("not_there:make", "there is no not_there"), ("my_own_net:missing", "missing is not"),
        ("my_own_net:number", "of type int"), ("my_own_net:fails", "division by zero"),
        ("my_own_net:wants", "called with nothing"), ("my_broken_net:make", "there is no a_library_that_is_not_there"),
        ("my_wrong_net:make", "can be imported"), ("..:x", "can be imported"), ("a b:x", "can be imported"),
    ],
)  # fmt: skip
def test_what_is_no_module_gets_a_sentence(own: str, path: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_module(path)
    assert words in str(caught.value) and "\n" not in str(caught.value)


# the vocabulary


def test_every_name_of_torch_is_one_of_torchs() -> None:
    from resnet.models.aten import _KINDS

    assert [one for one in _KINDS if not hasattr(torch.ops.aten, one)] == []


@pytest.mark.parametrize("equation", ["bhld,bhmd->bhlm", "bld,de->ble", "ij,jk,kl->il", "bi,bi->b", "ij,jk,kl,lm->im"])
def test_einsum_counts_what_torch_runs(equation: str) -> None:
    terms = equation.partition("->")[0].split(",")
    size = {letter: 2 + i for i, letter in enumerate(sorted(set("".join(terms))))}
    shapes = [tuple(size[letter] for letter in term) for term in terms]
    with FlopCounterMode(display=False) as counter:
        out = torch.einsum(equation, *map(torch.randn, shapes))
    given = {"equation": equation, "tensors": [Result(str(i), shape) for i, shape in enumerate(shapes)]}
    call = Call("einsum", given, tuple(out.shape))
    assert kind_of(call) == "matmul"
    assert 2 * macs_of("matmul", call) == counter.get_total_flops()
    given["tensors"][-1] = Constant(shapes[-1])  # type: ignore[index]
    assert kind_of(call) == "linear"
