"""A block is called what it is, wherever it is named."""

from __future__ import annotations

import pytest

from resnet import network, trace_network
from resnet.export.data import network_to_data
from resnet.export.tables import block_rows
from resnet.numbers.describe import describe

KINDS = {
    "identity": "identity", "projection": "convolutional", "pool_projection": "convolutional",
    "zero_pad": "zero-padding", "max_pool": "max-pool",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "option"),
    [("cifar_resnet20", "A"), ("resnet50", "A"), ("resnet50", "B"), ("resnet50", "C"), ("keras_resnet50v2", "B")],
)
def test_a_block_that_changes_its_shape_is_no_identity_block(name: str, option: str) -> None:
    t = trace_network(network(name, shortcut_option=option))
    rows, data = block_rows(t), network_to_data(t)["blocks"]
    for block, row, plain in zip(t.blocks, rows, data, strict=True):
        kind = KINDS[block.trace.spec.shortcut]
        assert (block.kind, row["kind"], plain["kind"]) == (kind, kind, kind)
        assert describe(block).startswith(f"{block.name}, {kind} block of stage")
        assert not (block.why and kind == "identity")
    assert all(block.kind == "convolutional" for block in t.projections)


def test_what_a_shortcut_costs_is_said() -> None:
    padded = next(block for block in trace_network(network("cifar_resnet20")).blocks if block.why)
    assert "channels and size change: zero padding, no parameters" in describe(padded)
    first = trace_network(network("resnet50")).blocks[0]
    assert "channels change: projection, 16,896 parameters" in describe(first)
