"""A block out of a trained network: that what is shown is what the shipped weights say."""

from __future__ import annotations

import random
import statistics

import pytest
import torch

from resnet.run.digits import split
from resnet.run.family import blocks_of, build, forward
from resnet.run.lesion import (
    DATA,
    SEEDS,
    SHIPPED,
    accuracy_of,
    blocks,
    each_alone,
    lesion,
    networks,
    quick,
    removable,
    rows,
    several,
)
from resnet.run.training import long_run, trained
from resnet.spec.errors import SpecError

ONE = 1 / 600  # digit


def test_ten_blocks() -> None:
    assert blocks() == tuple(f"layer{stage}.{i}" for stage, n in ((1, 4), (2, 3), (3, 3)) for i in range(n))
    assert removable("B") == blocks()
    assert removable("plain") == tuple(name for name in blocks() if name not in ("layer2.0", "layer3.0"))


def test_the_weights_are_small() -> None:
    assert sum(file.stat().st_size for file in DATA.glob("digits_*.safetensors")) < 4_000_000


@pytest.mark.parametrize("kind", ["plain", "A", "B", "C"])
def test_quick_is_the_same_function(kind: str) -> None:
    net = build(kind, 4, seed=1)
    for _ in range(3):  # statistics that a fresh network would not have
        forward(net, kind, split()[0].images[:64])
    images = split()[1].images[:20]
    with torch.no_grad():
        for removed in (set(), {"layer1.1"}, set() if kind == "plain" else {"layer2.0"}):
            slow = forward(net.eval(), kind, images, removed)
            again = build(kind, 4, seed=1)
            again.load_state_dict(net.state_dict())
            assert torch.allclose(forward(quick(again.eval()), kind, images, removed), slow, atol=1e-4)


@pytest.mark.parametrize("kind", SHIPPED)
def test_the_table_is_what_the_weights_say(kind: str) -> None:
    """Some rows, recomputed with the networks as they were trained; folding may turn a digit that hangs in between."""
    nets = networks(kind)
    chosen = random.Random(3).sample([row for row in rows() if row.kind == kind], 12)
    for row in chosen:
        assert accuracy_of(nets[row.seed - 1], kind, row.removed) == pytest.approx(row.accuracy, abs=1.01 * ONE)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHIPPED)
def test_a_click_is_the_table(kind: str) -> None:
    name = removable(kind)[1]
    found = lesion(frozenset({name}), kind=kind, seed=3)
    assert found.spread == pytest.approx(each_alone(kind)[name], abs=1.01 * ONE)
    assert found.accuracy == found.spread[2] and found.intact == found.intact_spread[2]
    assert len(found.spread) == len(found.intact_spread) == SEEDS
    assert all(0 <= one <= 1 for one in (*found.spread, *found.intact_spread))
    assert found == lesion(frozenset({name}), kind=kind, seed=3)


@pytest.mark.parametrize("kind", SHIPPED)
def test_the_weights_are_those_of_the_curves(kind: str) -> None:
    """Half precision turns a digit or two."""
    last = max(row.epoch for row in long_run())
    trained_to = {row.seed: row.test for row in long_run() if row.kind == kind and row.epoch == last}
    intact = lesion(frozenset(), kind=kind).intact_spread
    assert len(trained_to) == SEEDS
    for seed, accuracy in enumerate(intact, start=1):
        assert accuracy == pytest.approx(trained_to[seed], abs=3.01 * ONE)


@pytest.mark.parametrize("kind", SHIPPED)
def test_the_table_is_complete(kind: str) -> None:
    mine = [row for row in rows() if row.kind == kind]
    assert len({(row.seed, row.removed) for row in mine}) == len(mine)
    levels = several(kind)
    assert [level.removed for level in levels] == list(range(len(removable(kind)) + 1))
    assert levels[0].runs == SEEDS and levels[1].runs == SEEDS * len(removable(kind))
    for level in levels:
        found = [row.accuracy for row in mine if len(row.removed) == level.removed]
        assert level.mean == pytest.approx(statistics.fmean(found)) and level.runs == len(found)
        assert min(found) <= level.low <= level.high <= max(found)
        assert sum(one < level.low for one in found) <= 0.1 * len(found)


def test_a_residual_network_hardly_misses_a_block_and_a_plain_one_is_lost_without() -> None:
    """The medians over blocks and seeds; single blocks differ, as the table shows."""
    lost = {
        kind: statistics.median(
            whole - without
            for each in each_alone(kind).values()
            for whole, without in zip(lesion(frozenset(), kind=kind).intact_spread, each, strict=True)
        )
        for kind in SHIPPED
    }
    assert lost["B"] < 0.1 and lost["plain"] > 0.4


def test_without_many_blocks_the_residual_network_is_lost_too() -> None:
    means = [level.mean for level in several("B")]
    assert means[0] > 0.95 and means[-1] < 0.3
    assert means[1] > means[3] > means[6]


def test_a_plain_block_that_changes_the_shape_stays() -> None:
    with pytest.raises(SpecError, match=r"removed block is 'layer3.0', but it must be one that keeps the shape"):
        lesion(frozenset({"layer3.0"}), kind="plain")


@pytest.mark.parametrize(
    ("removed", "kind", "seed", "field"),
    [
        (frozenset({"layer4.0"}), "B", 1, "removed block"),
        (frozenset(), "A", 1, "kind"),
        (frozenset(), "B", 0, "seed"),
        (frozenset(), "B", SEEDS + 1, "seed"),
    ],
)
def test_what_does_not_ship_is_a_sentence(removed: frozenset[str], kind: str, seed: int, field: str) -> None:
    with pytest.raises(SpecError) as raised:
        lesion(removed, kind=kind, seed=seed)
    assert raised.value.field == field


def test_what_is_packed_is_half_of_what_was_trained() -> None:
    from tools.train_digits import packed

    net, _ = trained("B", epochs=1, seed=1, blocks=3)
    state = net.state_dict()
    for name, one in packed(net, 7).items():
        assert torch.allclose(one.float(), state[name.removeprefix("7/")], rtol=1e-3, atol=1e-7)
    assert len(packed(net, 7)) == sum(one.is_floating_point() for one in state.values())
    assert blocks_of(net)


def test_nobody_elses_generator_moves() -> None:
    torch.manual_seed(5)
    before = torch.rand(1)
    torch.manual_seed(5)
    lesion(frozenset({"layer1.0", "layer3.2"}))
    assert torch.rand(1) == before
