"""Training: that a run is a run, that it can be followed and ended, and what the shipped runs add up to."""

from __future__ import annotations

import statistics

import pytest
import torch

from resnet.run import training
from resnet.run.digits import TEST, TRAIN, split
from resnet.run.family import KINDS, build, forward
from resnet.run.training import MOST_EPOCHS, Epoch, long_run, share_right, summary, train, trained
from resnet.spec.errors import SpecError


def test_a_run_can_be_followed() -> None:
    told: list[Epoch] = []
    found = train("B", epochs=3, seed=1, blocks=3, tell=told.append)
    assert tuple(told) == found
    assert [(row.kind, row.seed, row.epoch) for row in found] == [("B", 1, epoch) for epoch in range(4)]
    assert found[-1].loss < found[0].loss
    assert all(0 <= share <= 1 for row in found for share in (row.train, row.test))


def test_epoch_0_is_before_training_and_the_last_one_is_the_network() -> None:
    net, found = trained("A", epochs=1, seed=4, blocks=3)
    _, test = split()
    with torch.no_grad():
        fresh = build("A", 3, seed=4).eval()
        assert found[0].test == share_right(forward(fresh, "A", test.images), test)
        assert found[1].test == share_right(net(test.images), test)
        assert not net.training


@pytest.mark.slow
def test_a_seed_is_a_run_and_torchs_own_generator_is_left_alone() -> None:
    torch.manual_seed(5)
    before = torch.rand(1)
    torch.manual_seed(5)
    one = train("v2", epochs=1, seed=1, blocks=2)
    assert torch.rand(1) == before
    assert one == train("v2", epochs=1, seed=1, blocks=2)
    assert one != train("v2", epochs=1, seed=2, blocks=2)


def test_who_is_told_can_end_it() -> None:
    told: list[int] = []

    def stop(row: Epoch) -> None:
        told.append(row.epoch)
        if row.epoch == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        train("B", epochs=5, seed=1, blocks=2, tell=stop)
    assert told == [0, 1]


def test_the_rate_rises_and_falls_to_nothing() -> None:
    rates = [training._rate(step / 100) for step in range(100)]
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(training.RATE) and top == 20
    assert rates[: top + 1] == sorted(rates[: top + 1]) and rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < training.RATE / 1000


def test_every_digit_is_seen_once_in_an_epoch() -> None:
    digits, _ = split()
    seen = list(training.batches(digits, torch.Generator().manual_seed(3)))
    assert [len(labels) for _, labels in seen] == [64] * 18 + [TRAIN - 18 * 64]
    images = {one.numpy().tobytes() for batch, _ in seen for one in batch}
    assert images == {one.numpy().tobytes() for one in digits.images}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "E"}, "kind"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": MOST_EPOCHS + 1}, "epochs"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"seed": 2**31}, "seed"),
        ({"blocks": 101}, "blocks"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(SpecError) as raised:
        train(**({"kind": "B", "epochs": 1, "seed": 1} | wrong))
    assert raised.value.field == field


def test_a_summary_is_of_the_last_epoch() -> None:
    tests = {("B", 1): [0.1, 0.5, 0.9], ("B", 2): [0.1, 0.7], ("plain", 1): [0.2]}
    made = [Epoch(*key, epoch, 1.0, 0.0, test) for key, values in tests.items() for epoch, test in enumerate(values)]
    plain, residual = summary(made[::-1])
    assert plain == ("plain", 1, 0.2, 0.0, (0.2,))
    assert residual[:2] == ("B", 2) and residual.values == (0.9, 0.7)
    assert residual.mean == pytest.approx(0.8) and residual.deviation == pytest.approx(0.1 * 2**0.5)
    assert summary(()) == ()


def test_the_shipped_runs_are_complete() -> None:
    found = long_run()
    last = max(row.epoch for row in found)
    assert last >= 30
    seeds = {row.seed for row in found}
    assert len(seeds) >= 10
    assert [(row.kind, row.seed, row.epoch) for row in found] == [
        (kind, seed, epoch) for kind in KINDS for seed in sorted(seeds) for epoch in range(last + 1)
    ]
    for row in found:
        for share, digits in ((row.train, TRAIN), (row.test, TEST)):
            assert share * digits == pytest.approx(round(share * digits), abs=0.01)  # so many digits
    for one in summary(found):
        assert one.values == tuple(row.test for row in found if row.kind == one.kind and row.epoch == last)
        assert one.mean == pytest.approx(statistics.fmean(one.values)) and one.seeds == len(seeds)


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_runs_start_with_these_networks(kind: str) -> None:
    """Before training a run is the same on each machine, but for the last digits of a sum."""
    _, test = split()
    with torch.no_grad():
        fresh = forward(build(kind, 10, seed=3).eval(), kind, test.images)
    shipped = next(row for row in long_run() if (row.kind, row.seed, row.epoch) == (kind, 3, 0))
    assert share_right(fresh, test) == pytest.approx(shipped.test, abs=2 / TEST)
