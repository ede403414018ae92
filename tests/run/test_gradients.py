"""Gradient norms: known answers of chains that can be done by hand, then the networks."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet.run.digits import split
from resnet.run.family import KINDS, blocks_of, build
from resnet.run.gradients import MOST_STEPS, along, gradient_norms, norms_of
from resnet.spec.errors import SpecError


def chain(factor: float, blocks: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """A sum of numbers that went through so many multiplications; what stands between them."""
    xs = [torch.ones(4, requires_grad=True)]
    for _ in range(blocks):
        xs.append(xs[-1] * factor)
    return xs[-1].sum(), xs


@pytest.mark.parametrize("factor", [0.5, 1.0, -1.5])
def test_a_linear_chain_is_a_geometric_sequence(factor: float) -> None:
    loss, xs = chain(factor, 6)
    expected = [2 * abs(factor) ** (6 - i) for i in range(7)]  # ‖(1, 1, 1, 1)‖ = 2 at the end
    assert norms_of(loss, xs) == pytest.approx(expected)


def test_a_residual_chain_grows_by_one_plus_the_factor() -> None:
    xs = [torch.ones(4, requires_grad=True)]
    for _ in range(5):
        xs.append(xs[-1] + 0.1 * xs[-1])
    assert norms_of(xs[-1].sum(), xs) == pytest.approx([2 * 1.1 ** (5 - i) for i in range(6)])


def test_an_identity_block_that_adds_nothing_passes_the_gradient_on() -> None:
    """Zero γ: F(x) = 0, so the norm changes only where the shape does."""
    net = build("v2", 6, seed=1)  # 2, 2, 2; no ReLU stands behind the addition
    for block in blocks_of(net).values():
        nn.init.zeros_(block.conv2.weight)
    train, _ = split()
    norms, _ = along(net, "v2", train.images[:16], train.labels[:16])
    same = [norms[i] / norms[i + 1] for i in (0, 1, 3, 5)]
    assert same == pytest.approx([1, 1, 1, 1])
    assert norms[2] / norms[3] != pytest.approx(1, abs=0.01)


def test_the_first_norm_is_that_of_a_finite_difference() -> None:
    """Along the gradient itself the loss changes by its norm."""
    net = build("B", 3, seed=1).eval().double()  # in evaluation mode each digit stands for itself
    train, _ = split()
    images, labels = train.images[:4].double(), train.labels[:4]
    norms, loss = along(net, "B", images, labels)
    start = net.relu(net.bn1(net.conv1(images))).detach().requires_grad_()

    def behind(x: torch.Tensor) -> torch.Tensor:
        for block in blocks_of(net).values():
            x = block(x)
        return nn.functional.cross_entropy(net.fc(x.mean((2, 3))), labels)

    value = behind(start)
    assert value.item() == pytest.approx(loss)
    (slope,) = torch.autograd.grad(value, start)
    small = 1e-6 * slope / slope.norm()
    assert (behind(start + small) - behind(start - small)).item() / 2e-6 == pytest.approx(norms[0], rel=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blocks", [1, 7])
def test_a_number_for_each_block_and_one_more(kind: str, blocks: int) -> None:
    found = gradient_norms(kind, blocks)
    assert len(found.norms) == blocks + 1 and all(one > 0 for one in found.norms)
    assert (found.kind, found.blocks, found.steps) == (kind, blocks, 0)


@pytest.mark.slow
def test_without_a_shortcut_the_gradient_explodes_and_with_one_it_does_not() -> None:
    """Through 50 blocks at the start, from the last one's result back to the first one's input."""
    growth = {kind: norms[0] / norms[-1] for kind in KINDS for norms in [gradient_norms(kind, 50).norms]}
    assert growth["plain"] > 1e4 and growth["C"] > 1e3
    assert max(growth["A"], growth["B"], growth["v2"]) < 1e3


@pytest.mark.slow
def test_steps_are_told_and_change_the_loss() -> None:
    told: list[int] = []
    trained = gradient_norms("A", 3, steps=30, tell=told.append)
    assert told == list(range(1, 31))
    assert trained.loss < gradient_norms("A", 3).loss / 2
    assert trained == gradient_norms("A", 3, steps=30)  # with nobody who listens it is the same


def test_who_is_told_can_end_it() -> None:
    def stop(_: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        gradient_norms("A", 2, steps=5, tell=stop)


@pytest.mark.parametrize("steps", [-1, MOST_STEPS + 1, True, 1.5])
def test_no_other_number_of_steps(steps: object) -> None:
    with pytest.raises(SpecError, match="steps is"):
        gradient_norms("A", 2, steps=steps)


def test_nobody_elses_generator_moves() -> None:
    torch.manual_seed(5)
    before = torch.rand(1)
    torch.manual_seed(5)
    gradient_norms("C", 4, seed=91, steps=2)
    assert torch.rand(1) == before
