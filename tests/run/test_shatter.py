"""Shattered gradients: that the slope is the network's slope, and the correlation that of the slopes."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from resnet.run import shatter
from resnet.run.shatter import (
    INITS,
    LAGS,
    POINTS,
    WIDTH,
    autocorrelation,
    brown_noise,
    gradient_line,
    white_noise,
)
from resnet.spec.errors import SpecError
from tests.examples import sparsely

# the correlation


def test_a_constant_fits_itself() -> None:
    assert autocorrelation(torch.full((POINTS,), 0.3)).tolist() == [1.0] * (LAGS + 1)


def test_what_alternates_fits_itself_every_second_step() -> None:
    found = autocorrelation(torch.tensor([1.0, -1.0] * (POINTS // 2)))
    assert found[:3].tolist() == pytest.approx([1, -(POINTS - 1) / POINTS, (POINTS - 2) / POINTS])


def test_by_hand() -> None:
    found = autocorrelation(torch.tensor([1.0, 2.0, 3.0, 4.0] + [2.5] * (POINTS - 4)))
    assert found[1].item() == pytest.approx((-1.5 * -0.5 + -0.5 * 0.5 + 0.5 * 1.5) / 5)


def test_noise_has_the_correlation_that_it_must_have() -> None:
    white, brown = white_noise(), brown_noise()
    assert white.correlation[0] == brown.correlation[0] == pytest.approx(1)
    assert max(map(abs, white.correlation[1:])) < 4 / math.sqrt(POINTS * shatter.SEEDS) + 0.02
    assert brown.correlation[1] > 0.95 and brown.correlation[10] > 0.7
    assert all(len(one.x) == len(one.gradient) == POINTS for one in (white, brown))


# the slope


def values(depth: int, residual: bool, beta: float, init: str, batchnorm: bool, seed: int) -> tuple[Tensor, Tensor]:
    """Input and output of the network, once more by hand; autograd takes the slope, the statistics held fixed."""
    torch.manual_seed(seed)
    w, b = torch.randn(2, WIDTH)
    x = torch.linspace(-2, 2, POINTS, dtype=torch.float64).requires_grad_()
    h = x.unsqueeze(1) * w + b

    def activated(h: Tensor) -> Tensor:
        h = h - h.mean(0).detach()
        if batchnorm:
            h = h / (h.var(0, unbiased=False) + 1e-5).sqrt().detach()
        return torch.cat([h.relu(), (-h).relu()], 1) if init == "looks_linear" else h.relu()

    def layer(h: Tensor, weights: Tensor) -> Tensor:
        weights = weights.double()
        return activated(h) @ (torch.cat([weights, -weights]) if init == "looks_linear" else weights)

    for _ in range(depth - 1):
        f = layer(h, shatter._weights(init))
        h = h + beta * f if residual else f
    return x, layer(h, torch.randn(WIDTH, 1) / math.sqrt(WIDTH))[:, 0]


@pytest.mark.parametrize("batchnorm", sparsely([False, True], 2))
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("init", INITS)
def test_the_slope_is_autograds(init: str, residual: bool, batchnorm: bool) -> None:
    with torch.random.fork_rng(devices=[]):
        x, y = values(6, residual, 0.4, init, batchnorm, 3)
        (slope,) = torch.autograd.grad(y.sum(), x)
    found = gradient_line(6, residual=residual, beta=0.4, init=init, batchnorm=batchnorm, seed=3)
    close = (torch.tensor(found.gradient).double() - slope / slope.abs().max()).abs() < 1e-3
    assert close.double().mean() > 0.97  # single precision can see a kink one point too early


def test_the_correlation_is_the_mean_over_the_seeds() -> None:
    lines = [gradient_line(4, residual=False, seed=seed) for seed in range(1, shatter.SEEDS + 1)]
    each = torch.stack([autocorrelation(torch.tensor(line.gradient)) for line in lines])
    assert lines[0].correlation == lines[5].correlation == pytest.approx(each.mean(0).tolist(), abs=1e-6)
    assert lines[0].spread == pytest.approx(each.std(0).tolist(), abs=1e-6)


def test_orthogonal_is_orthogonal() -> None:
    with torch.random.fork_rng(devices=[]):
        one, other = shatter._orthogonal(), shatter._orthogonal()
    for square in (one, other):
        assert torch.allclose(square @ square.T, torch.eye(WIDTH), atol=1e-5)
    assert not torch.allclose(one, other, atol=0.1)


@pytest.mark.parametrize("residual", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_looks_linear_is_linear(residual: bool) -> None:
    found = gradient_line(50, residual=residual, beta=0.5, init="looks_linear")
    assert found.correlation == tuple([1.0] * (LAGS + 1))
    assert max(found.gradient) - min(found.gradient) < 1e-3


@pytest.mark.slow
def test_beta_zero_is_one_layer() -> None:
    deep, shallow = (gradient_line(depth, residual=True, beta=0.0) for depth in (2, 30))
    assert deep.correlation[1] == pytest.approx(shallow.correlation[1], abs=0.02)


@pytest.mark.slow
def test_depth_shatters_and_a_small_residual_does_not() -> None:
    """At depth 50, five steps (0.08) further on."""
    plain = gradient_line(50, residual=False).correlation[5]
    small = gradient_line(50, residual=True, beta=0.1).correlation[5]
    normed = gradient_line(50, residual=True, beta=0.1, batchnorm=True).correlation[5]
    full = gradient_line(50, residual=True, beta=1.0).correlation[5]
    assert abs(plain) < 0.1 and small > 0.6 and normed > 0.3
    assert abs(full) < 0.1  # a shortcut alone keeps nothing: the branch must be small beside it
    assert gradient_line(1, residual=False).correlation[5] > 0.9


def test_plain_has_no_beta() -> None:
    assert gradient_line(3, residual=False, beta=0.2) == gradient_line(3, residual=False, beta=0.9)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"depth": 0}, "depth"),
        ({"depth": 101}, "depth"),
        ({"beta": -0.1}, "beta"),
        ({"beta": 1.1}, "beta"),
        ({"beta": float("nan")}, "beta"),
        ({"beta": "1"}, "beta"),
        ({"init": "xavier"}, "init"),
        ({"seed": -1}, "seed"),
        ({"residual": 1}, "residual"),
        ({"batchnorm": None}, "batchnorm"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(SpecError) as raised:
        gradient_line(**({"depth": 2, "residual": True} | wrong))
    assert raised.value.field == field


def test_nobody_elses_generator_moves() -> None:
    torch.manual_seed(5)
    before = torch.rand(1)
    torch.manual_seed(5)
    gradient_line(3, residual=True, init="orthogonal", seed=77)
    white_noise(78)
    assert torch.rand(1) == before
