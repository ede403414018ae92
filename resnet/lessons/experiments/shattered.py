"""Shattered gradients: whether the gradient changes slowly from input to input."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from resnet import text
from resnet.cache import remembered
from resnet.draw.chart_words import told_curves
from resnet.draw.curves import PLAIN, PROJECTION, REFERENCE, Axis, Panel, Series
from resnet.draw.spoken import Plate
from resnet.lessons.experiments.place import Experiment, Figure, Place, Rows, Told
from resnet.run.shatter import LAGS, POINTS, REACH, SEEDS, WIDTH, Line, gradient_line, white_noise

LAG, KEPT = 5, 0.5  # a gradient is called smooth if inputs LAG steps apart correlate at least so much
DEPTH = 50
BATCHNORM = (
    "Activations are divided by their deviation before each ReLU, as in the paper’s ResNets. BatchNorm in the branch divides by the "
    "deviation, so it sets the branch’s size anew."
)


def _lines(place: Place) -> tuple[Line, Line]:
    """Plain, residual."""
    line = partial(gradient_line, place.depth, init=place.init, batchnorm=place.batchnorm, seed=place.seed)
    return line(residual=False), line(residual=True, beta=float(place.beta))


def _told(place: Place, _: Sequence[Any]) -> Told:
    plain, residual = _lines(place)
    at = f"{LAG} steps ({LAG * 2 * REACH / (POINTS - 1):.2f}) apart"
    both = {"plain": plain.correlation[LAG], f"residual, β = {place.beta},": residual.correlation[LAG]}
    said = " and ".join(f"{text.signed(value)} ({name.strip(',')})" for name, value in both.items())
    return Told(
        figures=(
            Figure(
                "The gradient along a line of inputs",
                _along(plain, residual, place),
                f"One network, seed {place.seed}.",
            ),
            Figure(
                "How alike neighbours are", _alike(plain, residual), f"Mean and standard deviation of {SEEDS} networks."
            ),
        ),
        words=(
            f"At depth {place.depth}, gradients of inputs {at} correlate by {said}; white noise by {text.signed(white_noise().correlation[LAG])}.",
            f"{_compared(plain, residual, place)} Shattered: the correlation is below {KEPT:g}.",
        ),
        shows=(
            "How smooth the gradient is at the start depends on how much a block adds to what its shortcut brings: not on the "
            "shortcut alone. With “looks linear” weights a plain network starts as a linear one, so its gradient does not change "
            "(try it above)."
        ),
        shows_not=(
            "That training fails where the gradient looks like noise: nothing is trained here, the networks are fully connected, "
            "and the inputs lie on one line."
        ),
        sources=("Balduzzi et al. 2017, arXiv 1702.08591, figure 1, and the autocorrelations that follow",),
        seeds=f"{WIDTH} neurons a layer; seeds 1 to {SEEDS}. Two differences from the paper: means and deviations are taken over the line and then held "
        "fixed, so that dy/dx is the slope of one function; and the sum h + β · F(h) is not rescaled.",
    )


def _compared(plain: Line, residual: Line, place: Place) -> str:
    smooth = [line.correlation[LAG] >= KEPT for line in (plain, residual)]
    there = f"With β = {place.beta}{' and BatchNorm in the branch' if place.batchnorm else ''} the residual network’s gradient is"
    return {
        (False, True): f"{there} not shattered; the plain one’s is.",
        (False, False): f"{there} shattered, as the plain one’s is: the shortcut alone does not prevent it.",
        (True, True): f"{there} not shattered, and the plain one’s is not, either.",
        (True, False): f"{there} shattered; the plain one’s is not.",
    }[smooth[0], smooth[1]]


def _along(plain: Line, residual: Line, place: Place) -> Plate:
    x, y = Axis("input x", -REACH, REACH), Axis("gradient dy/dx, largest = 1", -1, 1)
    shown = (("plain", plain, PLAIN._replace(dash="", wide=1.2)), ("residual", residual, PROJECTION._replace(wide=1.2)))
    panels = [
        Panel(f"{name[0].upper()}{name[1:]}", [Series("", list(zip(line.x, line.gradient, strict=True)), look)], x, y)
        for name, line, look in shown
    ]
    said = f"The gradient along a line of inputs at depth {place.depth}: {_compared(plain, residual, place)}"
    return told_curves(panels, "The gradient along a line of inputs", said, plot=110)


def _alike(plain: Line, residual: Line) -> Plate:
    shown = (("plain", plain, PLAIN), ("residual", residual, PROJECTION), ("white noise", white_noise(), REFERENCE))
    series = [Series(name, _lags(line), look, _band(line) if line.spread else ()) for name, line, look in shown]
    least = min(low for one in series for _, low, *_ in (*one.points, *one.band))
    panel = Panel(
        "Autocorrelation of the gradient",
        series,
        Axis(f"steps apart, of {POINTS - 1}", 0, LAGS),
        Axis("correlation", min(0.0, math.floor(10 * least) / 10), 1),
    )
    said = ", ".join(f"{name} {line.correlation[LAG]:.2f}" for name, line, _ in shown)
    return told_curves([panel], panel.title, f"Autocorrelation of the gradient; {LAG} steps apart: {said}")


def _lags(line: Line) -> list[tuple[float, float]]:
    return list(enumerate(line.correlation))


def _band(line: Line) -> list[tuple[float, float, float]]:
    both = zip(line.correlation, line.spread, strict=True)
    return [(lag, mean - deviation, mean + deviation) for lag, (mean, deviation) in enumerate(both)]


@remembered(megabytes=1)
def _right() -> tuple[str, str]:
    plain = gradient_line(DEPTH, residual=False).correlation[LAG]
    strong, weak = (gradient_line(DEPTH, residual=True, beta=beta).correlation[LAG] for beta in (1.0, 0.1))
    normed = gradient_line(DEPTH, residual=True, beta=1.0, batchnorm=True).correlation[LAG]
    key = "both" if plain >= KEPT else "shortcut" if strong >= KEPT else "scale" if weak >= KEPT else "neither"
    return key, (
        f"At depth {DEPTH} (He initialisation), gradients {LAG} steps apart correlate by {text.signed(plain)} without shortcuts, by "
        f"{text.signed(strong)} with β = 1, by {text.signed(normed)} with β = 1 and BatchNorm in the branch, and by {text.signed(weak)} with β = 0.1."
    )


def _table(place: Place, _: Sequence[Any]) -> Rows:
    header = ("network", "x", "gradient", "lag", "correlation", "deviation")
    found: list[tuple[object, ...]] = []
    for name, line in zip(("plain", "residual"), _lines(place), strict=True):
        found += [(name, x, g, "", "", "") for x, g in zip(line.x, line.gradient, strict=True)]
        found += [
            (name, "", "", lag, mean, deviation)
            for lag, (mean, deviation) in enumerate(zip(line.correlation, line.spread, strict=True))
        ]
    return [header, *found]


SHATTERED = Experiment(
    key="shattered",
    name="Shattered gradients",
    question="Does a shortcut keep the gradient alike for inputs that are alike?",
    asks=lambda: (
        f"Fully connected networks, {DEPTH} layers of {WIDTH}, not trained. The input x moves along a line. At each point we take dy/dx: how the "
        "output changes with the input (not with the weights). In a residual network a block gives h + β · F(h): β says how much the branch counts."
    ),
    answers=lambda: {
        "shortcut": "yes, whatever β is",
        "scale": "only if β is small",
        "both": "it stays alike without shortcuts, too",
        "neither": "no: it is noise, with and without",
    },
    right=_right,
    told=_told,
    table=_table,
    uses=("depth", "init", "beta", "batchnorm", "seed"),
)
