"""Networks of many kinds, read as modules: every addition is what its author meant."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from resnet.models.graph import residual_sums
from resnet.models.module import read_module
from tests.examples import sparsely
from tests.models.structures import STRUCTURES


@pytest.mark.parametrize("name", sparsely(STRUCTURES, 3))
def test_every_addition_is_what_was_meant(name: str) -> None:
    meant = STRUCTURES[name]
    torch.manual_seed(0)
    module = meant.module().eval()
    graph = read_module(module, meant.shapes if len(meant.shapes) > 1 else meant.shapes[0])
    found = residual_sums(graph)
    assert tuple((one.kind, one.block) for one in found) == meant.sums
    assert Counter(one.why for one in graph.other_sums) == Counter(meant.others)
    assert graph.unknown == ()
    assert graph.params == sum(one.numel() for one in module.parameters())
    assert graph.macs == _macs(module, meant.shapes) // graph.batch


def _macs(module: torch.nn.Module, shapes: tuple[tuple[int, ...], ...]) -> int:
    """torch's own count."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        math = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
        with torch.no_grad(), math, FlopCounterMode(display=False) as counter:
            module(*(torch.randn(shape) for shape in shapes))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    return counter.get_total_flops() // 2
