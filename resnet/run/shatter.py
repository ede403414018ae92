"""Shattered gradients: how alike a network's gradients are for inputs that are alike.

    gradient_line(50, residual=False).correlation                # falls at once: the gradient looks like white noise
    gradient_line(50, residual=True, beta=0.1, batchnorm=True)   # falls slowly

After Balduzzi et al. 2017, arXiv 1702.08591, figure 1 and the autocorrelations that follow it. One number goes in and
one comes out; in between stand ``depth`` layers of 200 neurons. 256 inputs lie evenly on a line from −2 to 2, and
dy/dx is taken at each of them:

    h₁ = w x + b                                plain      h ← W ρ(n(h))
    y = v · ρ(n(h_depth)) / √200                residual   h ← h + β W ρ(n(h))

ρ is the ReLU. n subtracts from each neuron its mean over the 256 inputs, as the paper's plain network of figure 1
does; with ``batchnorm`` it divides by the deviation too (scale 1, shift 0), as its residual one does, with β = 0.1. W
is drawn with variance 2/200 (``he``); as √2 times an orthogonal matrix (``orthogonal``); or as the mirrored pair (M,
−M) of an orthogonal M that reads (ρ(h), ρ(−h)), so that a layer is linear until it is trained (``looks_linear``). w, b
and v are standard normal.

What differs from the paper: the means and deviations are those of the line and then held fixed, so that dy/dx is the
slope of one function; only the first layer has biases, and they are drawn; the sum h + β W ρ(n(h)) is not rescaled;
``orthogonal`` is not in its figure; and the averages are over SEEDS networks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor, nn

from resnet.cache import remembered
from resnet.run.training import check_seed
from resnet.spec.errors import SpecError, check_flag, check_one_of, check_whole

POINTS, REACH = 256, 2.0  # of the line, and how far it goes to both sides
WIDTH = 200
LAGS = 40  # up to which inputs are compared: 40 of 255 steps, 0.63 on the line
SEEDS = 10  # networks that are averaged over: those of the seeds 1 … SEEDS
MOST_DEPTH = 100
BANK = 16  # orthogonal matrices that are drawn by a QR decomposition: one for each layer would take seconds

INITS: dict[str, str] = {"he": "He", "orthogonal": "Orthogonal", "looks_linear": "Looks linear (mirrored)"}

Numbers = tuple[float, ...]


class Line(NamedTuple):
    """The gradient along a line of inputs.

    ``x``            256 inputs, from −2 to 2
    ``gradient``     dy/dx at each, of this seed's network, scaled so that the largest is 1 or −1
    ``correlation``  the gradient's autocorrelation at lag 0, 1, … LAGS steps of the line: mean over SEEDS networks
    ``spread``       its standard deviation over these networks
    """

    x: Numbers
    gradient: Numbers
    correlation: Numbers
    spread: Numbers


class _Network(NamedTuple):
    depth: int
    residual: bool
    beta: float
    init: str
    batchnorm: bool


class _Correlation(NamedTuple):
    mean: Numbers
    deviation: Numbers


def gradient_line(
    depth: int, *, residual: bool, beta: float = 1.0, init: str = "he", batchnorm: bool = False, seed: int = 1
) -> Line:
    """The gradient along the line, of a network that is drawn from the seed and not trained.

    ``depth``  1 … 100 layers of 200 neurons;  ``beta``  0 … 1, of a residual network: a plain one has none

    Raises SpecError for anything else.
    """
    if isinstance(beta, bool) or not isinstance(beta, (int, float)) or not 0 <= beta <= 1:
        raise SpecError("beta", beta, "a number from 0 to 1")
    residual = check_flag("residual", residual)
    network = _Network(
        check_whole("depth", depth, MOST_DEPTH),
        residual,
        float(beta) if residual else 1.0,  # which a plain network does not have: it is remembered once
        check_one_of("init", init, INITS),
        check_flag("batchnorm", batchnorm),
    )
    return _line(_gradient(network, check_seed(seed)), _averaged(network))


@remembered(megabytes=1)
def white_noise(seed: int = 1) -> Line:
    """What shattered gradients look like: each number is drawn for itself."""
    return _noise(brown=False, seed=check_seed(seed))


@remembered(megabytes=1)
def brown_noise(seed: int = 1) -> Line:
    """What a shallow network's gradients look like: each number is the last one and a random step."""
    return _noise(brown=True, seed=check_seed(seed))


def autocorrelation(gradient: Tensor) -> Tensor:
    """(POINTS,) → (LAGS + 1,): how well the numbers fit those so many steps further on; 1 at lag 0.

    The mean is taken off, and each lag's sum is divided by that of lag 0, so that a long lag, with fewer pairs, comes
    out a little small. A gradient that does not change at all fits itself at each lag: 1.
    """
    off = gradient.double() - gradient.double().mean()
    power = off.square().sum()
    if power <= 1e-6 * gradient.double().square().sum():  # rounding, and no change
        return torch.ones(LAGS + 1, dtype=torch.float64)
    sums = [(off[: len(off) - lag] * off[lag:]).sum() for lag in range(LAGS + 1)]
    return torch.stack(sums) / power


@remembered(megabytes=4)
def _gradient(network: _Network, seed: int) -> Numbers:
    return tuple(_slopes(network, seed).tolist())


@remembered(megabytes=2)
def _averaged(network: _Network) -> _Correlation:
    return _summed_up(torch.tensor(_gradient(network, seed)) for seed in range(1, SEEDS + 1))


def _summed_up(gradients: Iterable[Tensor]) -> _Correlation:
    found = torch.stack([autocorrelation(one) for one in gradients])
    return _Correlation(tuple(found.mean(0).tolist()), tuple(found.std(0).tolist()))


def _slopes(network: _Network, seed: int) -> Tensor:
    """dy/dx at each point of the line: value and slope go through the layers side by side."""
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(seed)
        w, b = torch.randn(2, WIDTH)
        value = _points().unsqueeze(1) * w + b
        slope = w.expand(POINTS, WIDTH)
        for _ in range(network.depth - 1):
            weights = _weights(network.init)
            main_value, main_slope = _layer(network, value, slope, weights)
            if network.residual:
                value, slope = value + network.beta * main_value, slope + network.beta * main_slope
            else:
                value, slope = main_value, main_slope
        last = torch.randn(WIDTH, 1) / math.sqrt(WIDTH)
        return _layer(network, value, slope, last)[1][:, 0]


def _layer(network: _Network, value: Tensor, slope: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """W ρ(n(h)) and its slope."""
    value = value - value.mean(0)
    if network.batchnorm:
        deviation = (value.square().mean(0) + 1e-5).sqrt()
        value, slope = value / deviation, slope / deviation
    on = value > 0
    if network.init == "looks_linear":
        # ρ(h) M − ρ(−h) M: the two halves share M, so they are subtracted before they are multiplied
        value = value * on - (-value) * ~on
        slope = slope * on - (-slope) * ~on
    else:
        value, slope = value * on, slope * on
    both = torch.cat([value, slope]) @ weights
    return both[:POINTS], both[POINTS:]


def _weights(init: str) -> Tensor:
    """(WIDTH, WIDTH); of a mirrored pair the first half."""
    if init == "he":
        return torch.randn(WIDTH, WIDTH) * math.sqrt(2 / WIDTH)
    return _orthogonal() * (1 if init == "looks_linear" else math.sqrt(2))


def _orthogonal() -> Tensor:
    """One of a few drawn ones, its rows and columns shuffled and their signs drawn: that is as random, and no QR."""
    drawn = _bank()[int(torch.randint(BANK, ()))]
    rows, columns = torch.randperm(WIDTH), torch.randperm(WIDTH)
    signs = torch.randint(0, 2, (2, WIDTH)) * 2.0 - 1
    return drawn[rows][:, columns] * signs[0].unsqueeze(1) * signs[1]


@lru_cache(maxsize=1)  # of 2.6 MB; nobody writes into it
def _bank() -> Tensor:
    """Orthogonal matrices, each as likely as any other."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return torch.stack([nn.init.orthogonal_(torch.empty(WIDTH, WIDTH)) for _ in range(BANK)])


def _noise(*, brown: bool, seed: int) -> Line:
    def drawn(seed: int) -> Tensor:
        white = torch.randn(POINTS, generator=torch.Generator().manual_seed(seed))
        return white.cumsum(0) if brown else white

    return _line(tuple(drawn(seed).tolist()), _summed_up(drawn(seed) for seed in range(1, SEEDS + 1)))


def _line(gradient: Numbers, correlation: _Correlation) -> Line:
    largest = max(map(abs, gradient)) or 1.0
    scaled = tuple(one / largest for one in gradient)
    return Line(tuple(_points().tolist()), scaled, correlation.mean, correlation.deviation)


def _points() -> Tensor:
    return torch.linspace(-REACH, REACH, POINTS)
