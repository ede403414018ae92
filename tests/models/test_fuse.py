"""Formulas written out: each becomes one operation, by both of torch's exporters and by hand, and nothing else does."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from resnet.models.formulas import FORMULAS, Formula, Tree
from resnet.models.fuse import fuse
from resnet.models.graph import Graph
from resnet.models.module import read_module
from resnet.models.node import Dims, Node
from resnet.models.onnx_file import read_onnx

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

# what exporters write


class Function(nn.Module):
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(*inputs)


class Written(nn.Module):
    """A norm written out, with γ and maybe β. ``size``: their shape."""

    def __init__(self, function: Callable[[Tensor], Tensor], size: Dims, *, shift: bool = True) -> None:
        super().__init__()
        self.function = function
        self.gamma = nn.Parameter(torch.rand(size))
        self.beta = nn.Parameter(torch.rand(size)) if shift else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.gamma * self.function(x)
        return y if self.beta is None else y + self.beta


class Attention(nn.Module):
    """``written``: by hand;  ``bias``: a trained one of positions;  ``causal``: a mask that is a constant."""

    def __init__(self, *, written: bool = False, bias: bool = False, causal: bool = False) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(16, 48), nn.Linear(16, 16)
        nn.init.ones_(self.out.bias)
        self.written, self.causal = written, causal
        self.bias = nn.Parameter(torch.rand(2, 5, 5)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        n, length, channels = x.shape
        q, k, v = self.qkv(x).reshape(n, length, 3, 2, 8).permute(2, 0, 3, 1, 4).unbind(0)
        if self.written:
            scores = q @ k.transpose(-2, -1) * 8**-0.5
            scores = scores if self.bias is None else scores + self.bias
            result = scores.softmax(-1) @ v
        else:
            result = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        y: Tensor = self.out(result.transpose(1, 2).reshape(n, length, channels))
        return y


def layer_norm(dim: Any) -> Callable[[Tensor], Tensor]:
    def norm(x: Tensor) -> Tensor:
        mean = x.mean(dim, keepdim=True)
        variance = (x - mean).pow(2).mean(dim, keepdim=True)
        return (x - mean) / torch.sqrt(variance + 1e-6)

    return norm


def rms_norm(x: Tensor) -> Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)


MAP, SERIES = (2, 16, 6, 6), (2, 5, 16)
MAPS: dict[str, tuple[nn.Module, str]] = {  # what the module is: what it becomes
    "silu": (nn.SiLU(), "silu"),
    "gelu": (nn.GELU(), "gelu"),
    "gelu_tanh": (nn.GELU("tanh"), "gelu"),
    "gelu_by_hand": (Function(lambda x: 0.5 * x * (1 + torch.erf(x / 2**0.5))), "gelu"),
    "gelu_fast": (Function(lambda x: 0.5 * x * (1 + torch.tanh(x * 0.8 * (1 + 0.04 * x * x)))), "gelu"),
    "hardswish": (nn.Hardswish(), "hardswish"),
    "hardswish_by_hand": (Function(lambda x: x * F.relu6(x + 3) / 6), "hardswish"),
    "hardswish_in_two": (Function(lambda x: x * (F.hardtanh(x + 3, 0, 6) / 6)), "hardswish"),
    "hardsigmoid": (Function(lambda x: F.relu6(x + 3) / 6), "hardsigmoid"),
    "mish": (nn.Mish(), "mish"),
    "softplus": (nn.Softplus(), "softplus"),
    "group": (nn.GroupNorm(4, 16), "groupnorm"),
    "instance": (nn.InstanceNorm2d(16, affine=True), "instancenorm"),
    "channels_norm": (Written(layer_norm(1), (16, 1, 1)), "layernorm"),
    "map_norm": (Written(layer_norm((2, 3)), (16, 1, 1)), "instancenorm"),
    "all_norm": (Written(layer_norm((1, 2, 3)), (16, 1, 1)), "layernorm"),
    "conv": (nn.Conv2d(16, 4, 3), "conv"),
    "conv_and_bias": (nn.Sequential(nn.Conv2d(16, 4, 3, bias=False), Written(lambda x: x, (4, 1, 1))), "conv mul add"),
    "every_second": (Function(lambda x: x[:, :, ::2, ::2]), "slice"),
    "excitation": (Function(lambda x: x * torch.sigmoid(x.mean((2, 3), keepdim=True))), "avgpool sigmoid mul"),
}
SERIESES: dict[str, tuple[nn.Module, str]] = {
    "linear": (nn.Linear(16, 4), "linear"),
    "layer": (nn.LayerNorm(16), "layernorm"),
    "layer_by_hand": (Written(layer_norm(-1), (16,)), "layernorm"),
    "rms": (nn.Sequential(Written(rms_norm, (16,), shift=False)), "rmsnorm"),
    "attention": (Attention(), "linear split split split attention linear"),
    "attention_causal": (Attention(causal=True), "linear split split split attention linear"),
    "attention_by_hand": (Attention(written=True), "linear split split split attention linear"),
    "attention_biased": (Attention(written=True, bias=True), "linear split split split attention linear"),
}
CASES = MAPS | SERIESES
MOVES = ("reshape", "transpose", "identity")


class All(nn.Module):
    """Each on an input of its own kind, for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.ModuleDict({name: module for name, (module, _) in MAPS.items()})
        self.series = nn.ModuleDict({name: module for name, (module, _) in SERIESES.items()})

    def forward(self, a: Tensor, b: Tensor) -> list[Tensor]:
        # each output is an input's sum with something, so that exporters don't put two of a kind together
        found = [module(a + i) for i, module in enumerate(self.maps.values())]
        return found + [module(b + i) for i, module in enumerate(self.series.values())]


@cache
def whole(how: str) -> Graph:
    torch.manual_seed(0)
    module, inputs = All().eval(), (torch.rand(MAP), torch.rand(SERIES))
    for one in module.parameters():
        nn.init.uniform_(one)  # exporters keep one of several equal tensors
    if how == "module":
        return read_module(module, inputs)
    logging.disable(logging.CRITICAL)
    file = io.BytesIO()
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        if how == "dynamo":
            torch.onnx.export(module, inputs, file, dynamo=True, verbose=False)
        else:
            torch.onnx.export(module, inputs, file, dynamo=False, opset_version=int(how))
    logging.disable(logging.NOTSET)
    graph = read_onnx(file.getvalue(), name="all")
    return replace(graph, nodes=fuse(graph.nodes, graph.outputs))


def part(graph: Graph, name: str) -> list[Node]:
    """The nodes behind one of the results."""
    found: set[str] = set()
    waiting = [graph.outputs[list(CASES).index(name)]]
    while waiting:
        one = waiting.pop()
        if one in graph.by_name and one not in found:
            found.add(one)
            waiting += graph.by_name[one].reads
    return [node for node in graph.nodes if node.name in found]


HOW = ["module", "14", pytest.param("18", marks=pytest.mark.slow), pytest.param("dynamo", marks=pytest.mark.slow)]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", CASES)
def test_what_is_written_out_is_one_operation_again(name: str, how: str) -> None:
    module, expected = CASES[name]
    graph = whole(how)
    nodes = part(graph, name)
    first = [node for node in nodes if set(node.reads) <= {one.name for one in graph.inputs}]
    nodes = [node for node in nodes if node not in first or node.kind != "add"]  # the number on the input
    kinds = [node.kind for node in nodes if node.kind not in MOVES]
    if name.startswith("attention") and how == "dynamo":  # a split is written as slices
        kinds = ["split" if kind == "slice" else kind for kind in kinds]
    assert " ".join(kinds) == expected
    assert sum(node.params for node in nodes) == sum(one.numel() for one in module.parameters())
    assert sum(node.macs for node in nodes) == sum(node.macs for node in part(whole("module"), name))


@pytest.mark.parametrize("how", HOW)
def test_axes_and_constants_are_the_norms_own(how: str) -> None:
    graph = whole(how)
    for name, axes in {"channels_norm": (1,), "all_norm": (1, 2, 3), "layer_by_hand": (2,), "rms": (2,)}.items():
        norm = part(graph, name)[-1]
        assert norm.axes == axes
        assert [max(one) for one in norm.constants] == [16] * len(norm.constants)
        assert len(norm.constants) == (1 if name == "rms" else 2)


def test_a_fused_node_stands_where_something_is_trained() -> None:
    assert part(whole("module"), "layer_by_hand")[-1].place == "series.layer_by_hand"


@pytest.mark.parametrize("how", HOW)
def test_a_fused_graph_hangs_together(how: str) -> None:
    hangs_together(whole(how).nodes, tuple(dict(whole(how).inputs)))


def hangs_together(nodes: tuple[Node, ...], inputs: tuple[str, ...]) -> None:
    known = set(inputs)
    for node in nodes:
        assert set(node.reads) <= known and len(node.in_shapes) == len(node.reads)
        known.add(node.name)
    assert len(known) == len(nodes) + len(inputs)


# by hand


def of(function: Callable[..., Any], *shapes: Dims) -> list[str]:
    return [node.kind for node in read_module(Function(function), *shapes).nodes]


def test_what_is_read_elsewhere_stays() -> None:
    def told(x: Tensor) -> Any:
        gate = torch.sigmoid(x)
        return x * gate, gate

    assert of(told, MAP) == ["sigmoid", "mul"]
    assert of(lambda x: x * torch.sigmoid(x), MAP) == ["silu"]


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: x * torch.sigmoid(y),
        lambda x, y: x * torch.relu(x),
        lambda x, y: x * F.relu6(x + torch.arange(6.0)) / 6,  # no single number
        lambda x, y: y * F.relu6(x + 3) / 6,
        lambda x, y: x * torch.tanh(F.softplus(y)),
        lambda x, y: (x - y.mean(1, keepdim=True)) / torch.sqrt(x.pow(2).mean(1, keepdim=True) + 1),
        lambda x, y: x / torch.sqrt(y.pow(2).mean(1, keepdim=True) + 1),
        lambda x, y: 0.5 * x * (1 + torch.erf(y / 2)),
    ],
)
def test_what_looks_alike_is_left_alone(function: Callable[..., Any]) -> None:
    known = {"silu", "hardswish", "hardsigmoid", "mish", "layernorm", "rmsnorm", "instancenorm", "gelu"}
    assert not known & set(of(function, MAP, MAP))


@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        (lambda q, k, v: (q @ k.mT).softmax(-1) @ v, ["transpose", "attention"]),
        (lambda q, k, v: torch.bmm(v.mT, (k @ q.mT).softmax(-2)), ["transpose", "transpose", "attention"]),
        (lambda q, k, v: F.dropout((q / 4 @ k.mT + torch.ones(5, 5)).softmax(-1)) @ v, ["transpose", "attention"]),
        (lambda q, k, v: torch.einsum("bij,bjc->bic", torch.einsum("bic,bjc->bij", q, k).softmax(-1), v),
         ["attention"]),
        (lambda q, k, v: torch.baddbmm(v @ v.mT, q, k.mT).softmax(-1) @ v,
         ["transpose", "matmul", "transpose", "attention"]),
        (lambda q, k, v: (q @ k.mT) @ v, ["transpose", "matmul", "matmul"]),
        (lambda q, k, v: q.softmax(-1) @ k.mT, ["softmax", "transpose", "matmul"]),
    ],
)  # fmt: skip
def test_attention_however_it_is_written(function: Callable[..., Any], kinds: list[str]) -> None:
    graph = read_module(Function(function), SERIES, SERIES, SERIES)
    assert [node.kind for node in graph.nodes] == kinds
    one_product = 2 * 5 * 5 * 16
    assert [node.macs for node in graph.nodes if node.kind == "matmul"] == [one_product] * kinds.count("matmul")
    assert [node.macs for node in graph.nodes if node.kind == "attention"] == [2 * one_product] * kinds.count(
        "attention"
    )


def test_attention_reads_query_key_value_and_then_a_mask() -> None:
    def masked(v: Tensor, mask: Tensor, k: Tensor, q: Tensor) -> Tensor:
        return (mask + q @ k * 0.5).softmax(-1) @ v

    graph = read_module(Function(masked), SERIES, (2, 5, 5), (2, 16, 5), SERIES)
    v, mask, k, q = (one.name for one in graph.inputs)
    assert [node.reads for node in graph.nodes] == [(q, k, v, mask)]


def test_attention_that_is_shown_stays_in_parts() -> None:
    def shown(q: Tensor, k: Tensor) -> Any:
        weights = (q @ k.mT).softmax(-1)
        return weights @ k, weights

    assert of(shown, SERIES, SERIES) == ["transpose", "matmul", "softmax", "matmul"]


names = (f"n{i}" for i in count())


def node(kind: str, *reads: Node | str, shape: Dims | None = (2, 8, 4, 4), **fields: Any) -> Node:
    return Node(
        name=next(names),
        kind=kind,  # type: ignore[arg-type]
        op=fields.pop("op", kind),
        reads=tuple(one if isinstance(one, str) else one.name for one in reads),
        in_shapes=tuple((2, 8, 4, 4) if isinstance(one, str) else one.out_shape for one in reads),
        out_shape=shape,
        **fields,
    )


@pytest.mark.parametrize(
    ("kind", "shape", "bias", "fused"),
    [
        ("conv", (2, 8, 4, 4), (8, 1, 1), True), ("conv", (2, 8, 4, 4), (1, 8, 1, 1), True),
        ("conv", (2, 8, 4, 8), (8,), False), ("conv", (2, 8, 4, 4), (8, 4, 4), False),
        ("conv_transpose", (2, 8, 4, 4), (8, 1, 1), True), ("linear", (2, 5, 8), (8,), True),
        ("linear", (2, 5, 8), (1, 8), True), ("linear", (2, 5, 8), (1, 5, 8), False),
        ("linear", (2, 8, 8), (8, 1), False), ("matmul", (2, 5, 8), (8,), False),
    ],
)  # fmt: skip
def test_a_bias_belongs_to_its_layer(kind: str, shape: Dims, bias: Dims, fused: bool) -> None:
    layer = node(kind, "x", shape=shape, constants=((8, 3),), weights=24, macs=99, place="here")
    add = node("add", layer, shape=shape, constants=(bias,), shift=8, place="there")
    found = fuse((layer, add), (add.name,))
    assert len(found) == (1 if fused else 2)
    if fused:
        (one,) = found
        assert (one.kind, one.weights, one.biases, one.shift, one.macs) == (kind, 24, 8, 0, 99)
        assert (one.name, one.place, one.constants, one.out_shape) == (add.name, "here", ((8, 3), bias), shape)


def test_a_layer_has_one_bias() -> None:
    layer = node("conv", "x", constants=((8, 3, 1, 1), (8,)), weights=24, biases=8)
    add = node("add", layer, constants=((8, 1, 1),), shift=8)
    assert len(fuse((layer, add), (add.name,))) == 2


def test_slices_one_behind_another_are_one() -> None:
    (one,) = read_module(Function(lambda x: x[1:, ::2, :, 1::3]), MAP).nodes
    assert one.sweep and (one.kind, one.axes, one.sweep.stride) == ("slice", (0, 1, 3), (1, 2, 3))
    assert one.out_shape == (1, 8, 6, 2)
    assert of(lambda x: x[:, 1:][:, 1:], MAP) == ["slice", "slice"]  # twice along one axis
    assert of(lambda x: x[:, 1:][:, :, 0], MAP) == ["slice", "slice"]  # an axis less


# every formula, in any order, with anything else around it


def grown(tree: Tree | None, draw: st.DrawFn, nodes: list[Node]) -> str:
    """The tree as nodes, with numbers for what it leaves out."""
    if tree is None:
        return "x"
    word = draw(st.sampled_from(sorted(tree.ops)))
    reads = [grown(one, draw, nodes) for one in tree.reads]
    if word in ("add", "mul") and draw(st.booleans()):
        reads.reverse()
    kinds = {"add", "mul", "sub", "div", "sigmoid", "softplus", "tanh", "relu6", "hardsigmoid"}
    axes = (1,) if word in ("mean", "var", "std") else ()
    kind = word if word in kinds else "reduce" if word == "mean" else "other"
    constants = ((),) if len(reads) == 1 and word in ("add", "mul", "div", "pow") else ()
    if draw(st.booleans()) and reads[-1] != "x":
        nodes.append(node("identity", reads[-1], op="Cast"))
        reads[-1] = nodes[-1].name
    nodes.append(node(kind, *reads, op=draw(st.sampled_from((word.title(), f"aten.{word}.default"))), axes=axes,
                      constants=constants, shift=draw(st.integers(0, 1))))  # fmt: skip
    nodes[-1] = replace(nodes[-1], in_shapes=((2, 8, 4, 4),) * len(reads))
    return nodes[-1].name


@st.composite
def formulas(draw: st.DrawFn) -> tuple[Formula, list[Node]]:
    formula = draw(st.sampled_from(FORMULAS))
    nodes: list[Node] = []
    grown(formula.tree, draw, nodes)
    return formula, nodes


@given(formulas())
def test_every_formula_is_found(found: tuple[Formula, list[Node]]) -> None:
    formula, nodes = found
    (one,) = fuse(tuple(nodes), (nodes[-1].name,))
    assert one.kind == formula.kind
    assert (one.name, one.reads, one.params) == (nodes[-1].name, ("x",), sum(part.params for part in nodes))
    assert fuse((one,), (one.name,)) == (one,)


@given(formulas(), st.data())
def test_a_reader_from_outside_keeps_what_it_reads(found: tuple[Formula, list[Node]], data: st.DataObject) -> None:
    _, nodes = found
    seen = data.draw(st.sampled_from(nodes))
    reader = node("relu", seen)
    fused = fuse((*nodes, reader), (nodes[-1].name, reader.name))
    assert {seen.name, reader.name, nodes[-1].name} <= {one.name for one in fused}
    assert sum(one.params for one in fused) == sum(one.params for one in nodes)
    hangs_together(fused, ("x",))


@given(formulas())
def test_a_result_stays(found: tuple[Formula, list[Node]]) -> None:
    _, nodes = found
    outputs = tuple(one.name for one in nodes)
    assert fuse(tuple(nodes), outputs) == tuple(nodes)


def test_a_long_network_takes_no_time() -> None:
    """5,000 nodes with a softmax behind sums of sums: ways back are walked once, not once for every path."""

    def chain() -> Iterator[Node]:
        x: Node | str = "x"
        for _ in range(1600):
            yield (scaled := node("mul", x, constants=((),)))
            yield (gate := node("sigmoid", scaled))
            yield (x := node("add", scaled, gate))
        yield (soft := node("softmax", x))
        yield node("matmul", soft, "x")

    nodes = tuple(chain())
    assert fuse(nodes, (nodes[-1].name,)) == nodes
