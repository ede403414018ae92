"""What must live at once: by hand, and by a count that frees as Python does."""

from __future__ import annotations

import pytest
import torch

from resnet import BlockSpec, trace
from resnet.modules.blocks import build
from resnet.numbers.peak import peak_bytes

UNIT = 4 * 64 * 56 * 56  # bytes of x


@pytest.mark.parametrize(
    ("spec", "units"),
    [
        (BlockSpec(), 12),  # W x in front of its BatchNorm and behind, beside F(x); then the sum
        (BlockSpec(in_channels=256, shortcut="identity"), 12),  # x, and F(x) around its last BatchNorm
        (BlockSpec(filters=(64, 64), shortcut="identity"), 3),  # x, and what a layer reads and gives
        (BlockSpec(shortcut="zero_pad"), 12),  # F(x), the padded x, and their sum
    ],
)
def test_by_hand(spec: BlockSpec, units: int) -> None:
    assert peak_bytes(trace(spec)) == units * UNIT


def test_it_is_no_more_than_all_that_is_kept_and_no_less_than_the_sum() -> None:
    for shortcut in ("identity", "projection", "zero_pad", "max_pool", "pool_projection"):
        for stride in (1, 2):
            t = trace(BlockSpec(in_channels=256, shortcut=shortcut, stride=stride))
            kept = t.activation_bytes + 4 * 256 * 56 * 56
            assert 3 * 4 * t.addition.out_elements <= peak_bytes(t) <= kept


@pytest.mark.parametrize("shortcut", ["identity", "projection", "zero_pad", "max_pool", "pool_projection"])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_second_count_that_frees_by_hand(shortcut: str, stride: int) -> None:
    """References as Python counts them: each map has one for each operation that is still to read it."""
    t = trace(BlockSpec(in_channels=32, filters=(8, 8, 32), shortcut=shortcut, stride=stride, height=14, width=14))
    readers = {name: sum(op.reads.count(name) for op in t.ops) for name in ["x", *(op.name for op in t.ops)]}
    size = {"x": 32 * 14 * 14} | {op.name: op.out_elements for op in t.ops}
    alive, worst = size["x"], 0
    for op in t.ops:
        alive += size[op.name]
        worst = max(worst, alive)
        for name in op.reads:
            readers[name] -= 1
            if not readers[name]:
                alive -= size[name]
    assert peak_bytes(t) == 4 * worst


@pytest.mark.parametrize("linear", [False, True])
def test_torch_has_what_a_layer_reads_and_gives_at_once(linear: bool) -> None:
    spec = BlockSpec(linear=linear, height=14, width=14)
    block, sizes = build(spec).eval(), []
    for layer in block.modules():
        if not list(layer.children()):
            layer.register_forward_hook(lambda _, given, out: sizes.append(given[0].nbytes + out.nbytes))
    with torch.inference_mode():
        block(torch.zeros(1, spec.in_channels, 14, 14))
    assert peak_bytes(trace(spec)) >= max(sizes)
