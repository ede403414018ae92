"""How far a position sees: our own networks' numbers, and where there is none to tell."""

from __future__ import annotations

import pytest
from torch import nn

from resnet import network, trace_network
from resnet.models.library import known
from resnet.models.module import read_module
from resnet.models.receptive import receptive_field
from resnet.models.spec_graph import graph_of


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet101", "cifar_resnet20"])
@pytest.mark.parametrize("variant", ["v1", "v1.5", "d", "v2"])
def test_it_is_what_the_trace_says(name: str, variant: str) -> None:
    spec = network(name, variant=variant)
    assert receptive_field(graph_of(spec)) == trace_network(spec).blocks[-1].receptive_field


def test_it_goes_on_through_other_networks() -> None:
    """By hand: stem 4 (s 4); 3 blocks 7×7 add 6 · 4 each, a 2×2 doubles the jump, and so on."""
    field, jump = 4, 4
    for blocks, last in ((3, False), (3, False), (9, False), (3, True)):
        field += blocks * 6 * jump
        if not last:
            field, jump = field + jump, 2 * jump
    assert receptive_field(known("convnext_tiny")) == field
    assert receptive_field(known("mobilenet_v2")) == 491


def test_attention_sees_everything_and_enlarging_has_no_field() -> None:
    assert receptive_field(known("vit_b_32")) is None
    enlarging = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.ConvTranspose2d(4, 4, 2, 2), nn.Conv2d(4, 4, 3))
    assert receptive_field(read_module(enlarging, (1, 3, 16, 16))) is None
