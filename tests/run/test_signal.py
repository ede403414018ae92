"""Tensors on their way through a block: known answers, and the whole network as an oracle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from resnet.models.weights import build_network, load_weights
from resnet.run import signal as signals
from resnet.run import weights
from resnet.run.picture import Picture, shipped
from resnet.run.record import record
from resnet.run.signal import UNIT, Asked, Signal, signal, signal_of
from resnet.spec.catalogue import network
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec, StageSpec, StemSpec

TRAINED = Asked(network=weights.network_of("trained", ""), source="trained", at="layer1.0")
SMALL = NetworkSpec(
    name="small",
    stages=(StageSpec(2, 8, 1), StageSpec(2, 16, 2)),
    stem=StemSpec("3x3", 8, "none"),
    block="basic",
    height=32,
    width=32,
    num_classes=10,
)
DRAWN = Asked(network=SMALL, source="drawn", at="layer2.0")


def maps(s: Signal, name: str) -> np.ndarray:
    return s.points[name].maps.astype(np.float32)


def added(s: Signal) -> np.ndarray:
    main, shortcut = s.summands
    return maps(s, main) + maps(s, shortcut)


# known answers


def test_a_convolution_made_by_hand() -> None:
    """2 × 2 over 3 × 3: 1·1 + 2·2 + 3·4 + 4·5 = 37, and so on."""
    module = nn.Sequential(nn.Conv2d(1, 1, 2, bias=False), nn.ReLU())
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    with torch.inference_mode():
        module[0].weight.copy_(weight[None, None])
        seen = record(module, torch.arange(1.0, 10.0).reshape(1, 1, 3, 3) - 5)
    expected = torch.tensor([[37.0, 47.0], [67.0, 77.0]]) - 5 * 10
    assert torch.equal(seen["0"][0, 0], expected)
    assert torch.equal(seen["1"][0, 0], expected.clamp(min=0))


def test_the_share_of_the_sum() -> None:
    """Three parts of four; all of it; none; nothing on either side."""
    main = torch.tensor([1.0, 0.0, 5.0, 0.0]).reshape(1, 4, 1, 1).expand(1, 4, 2, 2)
    shortcut = torch.tensor([-3.0, 2.0, 0.0, 0.0]).reshape(1, 4, 1, 1).expand(1, 4, 2, 2)
    assert signals.shares(main, shortcut) == (0.75, 1.0, 0.0, 0.5)


def test_what_is_left_where_two_numbers_cancel() -> None:
    """3 − 1 is 2 of 4; 2 + 2 all of it; 1 − 1 nothing; and of nothing, all."""
    main = torch.tensor([3.0, 2.0, 1.0, 0.0]).reshape(1, 4, 1, 1)
    shortcut = torch.tensor([-1.0, 2.0, -1.0, 0.0]).reshape(1, 4, 1, 1)
    assert signals.left(main, shortcut) == (0.5, 1.0, 0.0, 1.0)


def test_a_histogram_counts() -> None:
    values = torch.tensor([0.0, 0.0, 0.99, -0.99, 5.0])
    found = signals.histogram(values, 1.0)
    assert len(found) == signals.BINS
    assert found[signals.BINS // 2] == pytest.approx(2 / 5)
    assert found[0] == found[-1] == pytest.approx(1 / 5)
    assert sum(found) == pytest.approx(4 / 5)  # 5.0 lies beyond


# the identity


@pytest.mark.parametrize("asked", [replace(TRAINED, at="layer1.1"), replace(TRAINED, at="layer2.3"),
                                   replace(DRAWN, at="layer1.1"), replace(DRAWN, at="layer2.1")])  # fmt: skip
def test_a_projection_that_is_the_identity_gives_what_an_identity_block_gives(asked: Asked) -> None:
    s = signal(replace(asked, shortcut=UNIT), "cat")
    assert s.against == "the identity block’s result"
    assert s.difference is not None and s.difference <= 1e-5
    plain = signal(asked, "cat")
    last = plain.trace.ops[-1].name
    assert np.allclose(maps(s, last), maps(plain, last), atol=1e-2, rtol=1e-3)  # float16
    assert maps(plain, last).std() > 0.05
    n = plain.points["x"].shape[0]
    matrix = np.array([s.weights_of(i) for i in range(n)])
    assert np.array_equal(matrix, np.eye(n))


def test_a_real_projection_does_not() -> None:
    """So that the test above can fail: the same block with a projection that is drawn gives something else."""
    asked = replace(DRAWN, at="layer1.1")
    plain = signal(asked, "cat")
    projected = signal(replace(asked, shortcut="projection"), "cat")
    last = plain.trace.ops[-1].name
    assert np.abs(maps(plain, last) - maps(projected, last)).max() > 0.5


def test_between_unequal_shapes_there_is_no_identity() -> None:
    with pytest.raises(SpecError, match="equal shapes"):
        signal(replace(DRAWN, shortcut=UNIT), "cat")


@pytest.mark.parametrize("asked", [TRAINED, DRAWN])
def test_with_zero_gamma_an_identity_block_is_the_identity_and_a_projection_block_is_not(asked: Asked) -> None:
    identity = signal(replace(asked, at="layer1.1", zero_gamma=True), "cat")
    assert (identity.difference, identity.against) == (0.0, "the block’s input")
    assert np.array_equal(maps(identity, identity.trace.ops[-1].name), maps(identity, "x"))
    main, _ = identity.summands
    assert not maps(identity, main).any()
    at = "layer1.0" if asked is TRAINED else "layer2.0"
    projection = signal(replace(asked, at=at, zero_gamma=True), "cat")
    assert projection.difference is None
    _, shortcut = projection.summands
    assert np.allclose(added(projection), maps(projection, shortcut))
    assert set(projection.shares) == {1.0}


def test_zero_gamma_needs_a_batchnorm_behind_the_main_path() -> None:
    v2 = replace(SMALL, pre_activation=True)
    with pytest.raises(SpecError, match="zero_gamma is True"):
        signal(replace(DRAWN, network=v2, zero_gamma=True), "cat")
    assert signal(replace(DRAWN, network=v2), "cat").shares


# the sum


SUMS = (TRAINED, DRAWN, replace(TRAINED, at="layer1.2"), replace(DRAWN, shortcut="zero_pad"))


@pytest.mark.parametrize("asked", SUMS)
def test_the_sum_is_the_sum(asked: Asked) -> None:
    s = signal(asked, "cat")
    assert np.allclose(maps(s, s.total), added(s), atol=1e-2, rtol=2e-3)
    assert len(s.shares) == s.points[s.total].shape[0]
    assert all(0 <= one <= 1 for one in s.shares)
    main, shortcut = (np.abs(maps(s, name)).sum((1, 2)) for name in s.summands)
    assert np.allclose(s.shares, shortcut / (main + shortcut), atol=1e-2)


def test_64_channels_have_a_partner_and_192_have_none() -> None:
    impossible = signal(replace(TRAINED, shortcut="identity"), "cat")
    main, shortcut = impossible.summands
    assert (impossible.points[shortcut].shape[0], impossible.points[main].shape[0]) == (64, 256)
    assert impossible.shares == () and impossible.total not in impossible.points
    padded = signal(replace(TRAINED, shortcut="zero_pad"), "cat")
    _, shortcut = padded.summands
    assert np.array_equal(maps(padded, shortcut)[:64], maps(padded, "x"))
    assert not maps(padded, shortcut)[64:].any()
    assert set(padded.shares[64:]) == {0.0}
    assert np.array_equal(maps(padded, padded.summands[0]), maps(impossible, main))  # the main path is the same


def test_what_the_projection_writes_is_its_weights_times_the_maps() -> None:
    s = signal(TRAINED, "temple")
    convolution = next(op.name for op in s.trace.on("shortcut") if op.kind == "conv")
    by_hand = np.tensordot(np.array(s.weights_of(17)), maps(s, "x"), axes=1)
    assert np.allclose(maps(s, convolution)[17], by_hand, atol=2e-2, rtol=1e-2)
    assert by_hand.std() > 0.05


# the network


def test_the_maps_are_those_of_the_whole_network() -> None:
    """The network as one module, run by torch alone."""
    file = weights.FOLDER / "photographs.safetensors"
    net = load_weights(TRAINED.network, file)
    seen = {}
    net.get_submodule("layer1").register_forward_hook(lambda _, __, out: seen.update(layer1=out))
    net.get_submodule("layer2.3").register_forward_hook(lambda _, __, out: seen.update(layer2=out))
    with torch.inference_mode():
        net.float()(signals._input(shipped("flower"), TRAINED.network))
    for name, at in (("layer1", "layer1.2"), ("layer2", "layer2.3")):
        s = signal(replace(TRAINED, at=at), "flower")
        ours = maps(s, s.trace.ops[-1].name)
        assert np.allclose(ours, seen[name][0].numpy(), atol=2e-2, rtol=5e-3)
        assert ours.std() > 0.1


def test_weights_that_are_drawn_have_batchnorm_measure_the_picture() -> None:
    s = signal(DRAWN, "coffee")
    last = s.summands[0]
    assert np.allclose(maps(s, last).mean((1, 2)), 0, atol=1e-2)
    assert np.allclose(maps(s, last).std((1, 2)), 1, atol=2e-2)
    assert signal(replace(DRAWN, seed=2), "coffee").points != s.points


def test_maps_of_one_pixel_have_no_variance_and_are_run_all_the_same() -> None:
    tiny = replace(network("cifar_resnet20"), height=4, width=4)
    s = signal(Asked(network=tiny, source="drawn", at="layer3.2"), "cat")
    assert s.points[s.total].shape == (64, 1, 1)
    assert np.isfinite(maps(s, s.total)).all()


@pytest.mark.parametrize("name", ["keras_resnet50v2", "course_resnet50", "resnext50_32x4d"])
@pytest.mark.slow
def test_every_kind_of_network_runs(name: str) -> None:
    spec = replace(network(name), height=64, width=64)
    s = signal(Asked(network=spec, source="drawn", at="layer3.0"), "rocket")
    assert np.isfinite(maps(s, s.total)).all() and maps(s, s.total).std() > 0.1


def test_a_readers_picture_gives_the_same_and_is_not_kept() -> None:
    own = Picture("Your picture", shipped("rocket").pixels)
    before = signal.cache_info().currsize
    mine = signal_of(DRAWN, own)
    assert signal.cache_info().currsize == before
    kept = signal(DRAWN, "rocket")
    assert all(np.allclose(maps(mine, name), maps(kept, name), atol=1e-2) for name in kept.points)


def test_nobody_elses_random_numbers_are_touched() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    signal_of(DRAWN, shipped("cat"))
    assert torch.equal(torch.rand(3), expected)


def test_a_block_that_is_none_gets_a_sentence() -> None:
    with pytest.raises(SpecError, match=r"from layer1.0 to layer2.3"):
        signal(replace(TRAINED, at="layer9.9"), "cat")
    with pytest.raises(SpecError, match="picture is 'dog'"):
        signal(TRAINED, "dog")


# the trained weights, and the owner's


def test_the_trained_network_is_small_and_its_curve_rises() -> None:
    assert (weights.FOLDER / "photographs.safetensors").stat().st_size < 4_000_000
    rows = (weights.FOLDER / "photographs.csv").read_text().splitlines()
    assert rows[0] == "step,loss,accuracy"
    first, last = (tuple(map(float, row.split(","))) for row in (rows[1], rows[-1]))
    assert last[2] == weights.accuracy() > 5 * first[2] and last[1] < first[1] / 2


def test_a_servers_owner_can_give_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "file" not in weights.sources()
    file = tmp_path / "resnet18.pth"
    net = build_network(network("resnet18"))
    torch.save(net.state_dict(), file)
    monkeypatch.setenv(weights.VARIABLE, f"resnet18={file}")
    weights._owners.cache_clear()
    assert "file" in weights.sources()
    s = signal(Asked(network=weights.network_of("file", ""), source="file", at="layer2.0"), "cat")
    given = net.state_dict()["layer2.0.downsample.0.weight"]
    assert np.allclose(s.weights_of(3), given[3, :, 0, 0].numpy())
    file.write_bytes(b"no weights")
    weights._owners.cache_clear()
    asked = Asked(network=weights.network_of("file", ""), source="file", at="layer2.0", seed=7)
    with pytest.raises(SpecError) as refused:
        signal(asked, "cat")
    assert str(tmp_path) not in str(refused.value)
    weights._owners.cache_clear()
