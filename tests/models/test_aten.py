"""torch's operations in the field's vocabulary, each alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from resnet.models.aten import _KINDS, Call, Constant, Result, kind_of, macs_of
from resnet.models.graph import Graph
from resnet.models.module import read_module
from resnet.models.node import KINDS

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

MAP, SERIES = (2, 16, 8, 8), (2, 5, 16)


class Function(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(*inputs)


def of(function: Any, *shapes: Any) -> Graph:
    return read_module(Function(function), *shapes)


def kinds(graph: Graph) -> list[str]:
    return [node.kind for node in graph.nodes]


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


def test_every_name_of_torch_is_one_of_torchs() -> None:
    assert [one for one in _KINDS if not hasattr(torch.ops.aten, one)] == []
    assert set(_KINDS.values()) < KINDS


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
