"""A residual sum as a BlockSpec: exactly the block that stands there, or none."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from torch import Tensor, nn

from resnet.models.as_spec import block_spec_of
from resnet.models.graph import Graph, residual_sums
from resnet.models.module import read_module
from resnet.models.spec_graph import graph_of
from resnet.modules.blocks import build
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import FAMILIES, network
from resnet.spec.network import VARIANTS
from resnet.trace.block import trace
from resnet.trace.network import trace_network
from tests.draw.networks import Attention, Residual, basic, conv, expanded, inverted

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out


@pytest.mark.parametrize("option", "ABC")
@pytest.mark.parametrize("variant", [None, *VARIANTS])
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d", "cifar_resnet20", "keras_resnet50v2"])
def test_every_block_of_our_networks_comes_back(name: str, variant: str | None, option: str) -> None:
    spec = network(name, variant=variant, shortcut_option=option)
    sums = residual_sums(graph := graph_of(spec))
    blocks = trace_network(spec).blocks
    assert len(sums) == len(blocks)
    for one, block in zip(sums, blocks, strict=True):
        found = block_spec_of(graph, one)
        assert found is not None, one.name
        t = trace(found)
        assert (t.in_shape, t.out_shape) == (one.in_shape, one.out_shape)
        assert (t.params, t.macs) == (one.params, one.macs) == (block.trace.params, block.trace.macs)
        # what makes no difference to this block may differ: a stride's place without a stride, a pool without one
        same = replace(found, stride_at=block.trace.spec.stride_at, shortcut=block.trace.spec.shortcut)
        assert trace(same).ops == block.trace.ops


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family(name: str) -> None:
    graph = graph_of(network(name))
    assert all(block_spec_of(graph, one) for one in residual_sums(graph))


SPECS = [
    BlockSpec(),
    BlockSpec(stride=2, stride_at="first", kernel_size=5),
    BlockSpec(stride=2, shortcut="pool_projection"),
    BlockSpec(in_channels=256, filters=(128, 128, 256), groups=32, shortcut="identity"),
    BlockSpec(in_channels=24, filters=(144, 144, 24), depthwise=True, linear=True, shortcut="identity"),
    BlockSpec(filters=(64, 96), stride=2, pre_activation=True, conv_bias=True),
    BlockSpec(in_channels=256, stride=2, shortcut="max_pool", pre_activation=True),
    BlockSpec(filters=(64, 128), stride=2, conv_bias=True, height=15, width=20),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: "_".join(map(str, spec.values().values())))
def test_a_block_that_is_read_from_its_module_comes_back(spec: BlockSpec) -> None:
    graph = read_module(build(spec), (1, spec.in_channels, spec.height, spec.width))
    (one,) = residual_sums(graph)
    found = block_spec_of(graph, one)
    assert found is not None
    assert trace(found).ops == trace(spec).ops


def _folded(module: nn.Module) -> nn.Module:
    """Every BatchNorm behind a convolution becomes a bias, as exporters do it."""
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    module.eval()
    for parent in list(module.modules()):
        names = [name for name, _ in parent.named_children()]
        for name, after in pairwise(names):
            layer, norm = getattr(parent, name), getattr(parent, after)
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(layer, norm))
                setattr(parent, after, nn.Identity())
    return module


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("make", [lambda: basic(8, 8), lambda: basic(8, 16, 2), lambda: inverted(8)])
def test_what_an_exporter_folds_is_unfolded(make: object, folded: bool) -> None:
    module = make()
    graph = read_module(_folded(module) if folded else module, (1, 8, 16, 16))
    assert bool(graph.folded) == folded
    (one,) = residual_sums(graph)
    found = block_spec_of(graph, one)
    assert found is not None
    assert trace(found).params == sum(p.numel() for p in make().parameters())
    assert trace(found).macs == one.macs


class Gated(nn.Module):
    """Squeeze-and-excitation on the main path."""

    def __init__(self, main: nn.Module, channels: int) -> None:
        super().__init__()
        self.main = main
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, 2, 1), nn.ReLU(), nn.Conv2d(2, channels, 1), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.main(x)
        return y * self.gate(y)


class ChannelsFirstNorm(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def _convnext() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(8, 8, 7, 1, 3, groups=8), ChannelsFirstNorm(8), nn.Conv2d(8, 32, 1), nn.GELU(), nn.Conv2d(32, 8, 1)
    )


def _swish() -> nn.Module:
    return nn.Sequential(conv(8, 8), nn.SiLU(), conv(8, 8))


OTHERS = {
    "ConvNeXt block": Residual(_convnext()),
    "squeeze-and-excitation": Residual(Gated(nn.Sequential(conv(8, 8), nn.ReLU(), conv(8, 8)), 8), after=nn.ReLU()),
    "dilated": Residual(nn.Sequential(conv(8, 8), nn.ReLU(), conv(8, 8, dilation=2)), after=nn.ReLU()),
    "another activation": Residual(_swish()),
    "a kernel of its own": Residual(nn.Sequential(conv(8, 8, 5), nn.ReLU(), conv(8, 8, 3)), after=nn.ReLU()),
    "a ReLU missing": Residual(nn.Sequential(conv(8, 8), conv(8, 8)), after=nn.ReLU()),
    "a ReLU too many": Residual(nn.Sequential(conv(8, 8), nn.ReLU(), conv(8, 8), nn.ReLU()), after=nn.ReLU()),
    "four convolutions": Residual(nn.Sequential(*(conv(8, 8) for _ in range(4))), after=nn.ReLU()),
    "a 3×3 projection": Residual(expanded(8, 8, 1), conv(8, 8, 3)),
    "a sigmoid behind": Residual(nn.Sequential(conv(8, 8), nn.ReLU(), conv(8, 8)), after=nn.Sigmoid()),
}


def _sum_of(module: nn.Module) -> Graph:
    return read_module(module, (1, 8, 16, 16))


@pytest.mark.parametrize("name", OTHERS)
def test_what_no_spec_says_has_none(name: str) -> None:
    graph = _sum_of(OTHERS[name])
    (one,) = residual_sums(graph)
    assert block_spec_of(graph, one) is None


def test_an_encoder_block_has_none() -> None:
    graph = read_module(Residual(Attention()), (1, 16, 24))
    (one,) = residual_sums(graph)
    assert block_spec_of(graph, one) is None


def test_larger_than_a_block_may_be_has_none() -> None:
    graph = read_module(basic(8, 8), (1, 8, 4097, 2))
    (one,) = residual_sums(graph)
    assert block_spec_of(graph, one) is None
