"""The digits, and the networks of the experiments: that they are what they say."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet.run.digits import TEST, TRAIN, split
from resnet.run.family import KINDS, MOST_BLOCKS, blocks_of, build, fits, forward, spec_of
from resnet.spec.errors import SpecError
from resnet.trace.network import trace_network


def images(many: int = 8) -> torch.Tensor:
    return split()[1].images[:many]


# the digits


def test_they_are_scikit_learns() -> None:
    found = pytest.importorskip("sklearn.datasets").load_digits()
    theirs = {(tuple((one / 8 - 1).flatten()), label) for one, label in zip(found.images, found.target, strict=True)}
    ours = {
        (tuple(one[0].flatten().tolist()), label)
        for part in split()
        for one, label in zip(part.images, part.labels.tolist(), strict=True)
    }
    assert ours == theirs and len(found.target) == TRAIN + TEST == 1797


def test_each_is_trained_on_or_tested_on() -> None:
    train, test = split()
    assert train.images.shape == (TRAIN, 3, 8, 8) and test.images.shape == (TEST, 3, 8, 8)
    seen, new = ({one.numpy().tobytes() for one in part.images} for part in (train, test))
    assert len(seen) == TRAIN and len(new) == TEST and not seen & new
    for part in (train, test):
        assert part.images.min() == -1 and part.images.max() == 1
        assert torch.equal(part.images[:, 0], part.images[:, 2])
        shares = torch.bincount(part.labels, minlength=10) / len(part.labels)
        assert shares.min() > 0.08 and shares.max() < 0.12


# the networks


@pytest.mark.parametrize(
    ("blocks", "counts"),
    [(1, [1]), (2, [1, 1]), (3, [1, 1, 1]), (10, [4, 3, 3]), (11, [4, 4, 3]), (50, [17, 17, 16]), (100, [34, 33, 33])],
)
def test_blocks_are_shared_out_evenly(blocks: int, counts: list[int]) -> None:
    assert [stage.blocks for stage in spec_of("B", blocks).stages] == counts


@pytest.mark.parametrize("blocks", [0, MOST_BLOCKS + 1, True, 2.5, "3"])
def test_no_other_number_of_blocks(blocks: object) -> None:
    with pytest.raises(SpecError, match=r"blocks is .*a whole number from 1 to 100"):
        spec_of("B", blocks)


def test_no_other_kind() -> None:
    with pytest.raises(SpecError, match="kind is 'D', but it must be one of 'plain', 'A', 'B', 'C', 'v2'"):
        spec_of("D")


@pytest.mark.parametrize("kind", KINDS)
def test_the_module_is_the_spec(kind: str) -> None:
    spec = spec_of(kind, 10)
    net = build(kind, 10, seed=1)
    assert sum(one.numel() for one in net.parameters()) == trace_network(spec).params
    projections = sum(block.downsample is not None and block.projects for block in blocks_of(net).values())
    assert projections == len(trace_network(spec).projections) == {"B": 2, "v2": 2, "C": 10}.get(kind, 0)
    assert KINDS[kind].projects == (projections > 0)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "plain"])
def test_block_by_block_is_what_the_network_says(kind: str) -> None:
    net = build(kind, 5, seed=3).eval()
    assert torch.equal(forward(net, kind, images()), net(images()))


def test_plain_has_the_weights_of_option_a_and_no_addition() -> None:
    plain, padded = build("plain", 4, seed=2).eval(), build("A", 4, seed=2).eval()
    for ours, theirs in zip(plain.parameters(), padded.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    x = plain.relu(plain.bn1(plain.conv1(images())))
    for block in blocks_of(plain).values():
        x = torch.relu(block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x))))))
    by_hand = plain.fc(x.mean((2, 3)))
    assert torch.allclose(forward(plain, "plain", images()), by_hand, atol=1e-6)
    assert not torch.allclose(padded(images()), by_hand, atol=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_is_a_network(kind: str) -> None:
    torch.manual_seed(5)
    before = torch.rand(1)
    torch.manual_seed(5)
    one, same, other = build(kind, 3, seed=1), build(kind, 3, seed=1), build(kind, 3, seed=2)
    assert torch.rand(1) == before  # nobody else's generator has moved
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one.conv1.weight, other.conv1.weight)
    assert one.training
    spread = one.get_submodule("layer1.0.conv1").weight.std().item()
    assert spread == pytest.approx((2 / (9 * 8)) ** 0.5, rel=0.1)  # of 8 × 9 numbers that each output goes to


# a block out


def inputs(net: nn.Module, kind: str, removed: frozenset[str] = frozenset()) -> dict[str, torch.Tensor]:
    seen: dict[str, torch.Tensor] = {}
    forward(net, kind, images(), removed, tell=seen.__setitem__)
    return seen


def some(kind: str) -> nn.Module:
    """A network whose BatchNorms are not all alike."""
    net = build(kind, 4, seed=1)  # 2, 1, 1
    for _ in range(3):
        net(split()[0].images[:64])
    return net.eval()


def test_each_block_is_told_and_the_end() -> None:
    seen = inputs(some("B"), "B")
    assert list(seen) == ["layer1.0", "layer1.1", "layer2.0", "layer3.0", ""]
    assert [one.shape[1] for one in seen.values()] == [8, 8, 8, 16, 32]


@pytest.mark.parametrize("kind", ["A", "B", "v2", "plain"])
def test_without_an_identity_block_x_goes_on(kind: str) -> None:
    seen = inputs(some(kind), kind, frozenset({"layer1.1"}))
    assert torch.equal(seen["layer2.0"], seen["layer1.1"])  # behind a ReLU, which changes nothing a second time


@pytest.mark.parametrize(("kind", "name", "after"), [("B", "layer2.0", "layer3.0"), ("C", "layer1.0", "layer1.1")])
def test_without_a_projection_block_the_projection_goes_on(kind: str, name: str, after: str) -> None:
    net = some(kind)
    seen = inputs(net, kind, frozenset({name}))
    conv, bn = net.get_submodule(f"{name}.downsample")
    x = nn.functional.conv2d(seen[name], conv.weight, stride=conv.stride)
    shift, scale = bn.running_mean, (bn.running_var + bn.eps).sqrt()
    expected = torch.relu((x - shift.view(-1, 1, 1)) / scale.view(-1, 1, 1) * bn.weight.view(-1, 1, 1))
    assert torch.allclose(seen[after], expected, atol=1e-5)
    assert not torch.allclose(seen[after], inputs(net, kind)[after], atol=1e-2)


def test_without_a_projection_block_of_v2_its_projection_reads_the_activated_input() -> None:
    net = some("v2")
    seen = inputs(net, "v2", frozenset({"layer2.0"}))
    block = net.get_submodule("layer2.0")
    expected = nn.functional.conv2d(torch.relu(block.bn1(seen["layer2.0"])), block.downsample[0].weight, stride=2)
    assert torch.allclose(seen["layer3.0"], expected, atol=1e-6)


def test_a_block_whose_last_gamma_is_zero_is_not_missed() -> None:
    net = some("B")
    assert not torch.equal(forward(net, "B", images()), forward(net, "B", images(), {"layer1.1"}))
    nn.init.zeros_(net.get_submodule("layer1.1.bn2").weight)
    nn.init.zeros_(net.get_submodule("layer1.1.bn2").bias)
    assert torch.equal(forward(net, "B", images()), forward(net, "B", images(), {"layer1.1"}))


def test_a_plain_block_that_changes_the_shape_stays() -> None:
    net = some("plain")
    assert [name for name, block in blocks_of(net).items() if not fits(block)] == ["layer2.0", "layer3.0"]
    with pytest.raises(SpecError, match=r"removed block is 'layer2.0', but it must be one that keeps the shape"):
        forward(net, "plain", images(), {"layer2.0"})


def test_a_block_that_is_not_there_can_not_go() -> None:
    with pytest.raises(SpecError, match=r"removed block is 'layer9.0'"):
        forward(some("B"), "B", images(), {"layer9.0"})
