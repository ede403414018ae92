"""What a reader says of a block, held against the trace: right, half right with what is missing, or not so.

    mark(question, given)   one mark for each thing that was asked, with the arithmetic behind the right answer
    right(question, level)  what has to be said

A mistake has one picture that explains it: the window on its way, the sum at one pixel, or a channel of the projection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from resnet import text
from resnet.lessons.practice import LEVELS, WHERE, WHY, Level, Question, Where, Why
from resnet.modules.layers import Shape
from resnet.numbers.explain import Formula, explain
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.values import OpTrace

Picture = Literal["window", "sum", "weights"]


class Given(NamedTuple):
    """A reader's predictions for one block; None for what the level does not ask."""

    height: int
    width: int
    channels: int
    why: Why | None = None
    params: int | None = None
    where: Where | None = None
    conventions: Conventions = DEFAULT  # in which it was said


class Mark(NamedTuple):
    """One prediction, and the arithmetic behind the right answer.

    ``nearly``   it is half right: what it would be right for, and what is missing
    ``picture``  that explains it
    """

    part: str
    right: bool
    given: str
    correct: str
    picture: Picture
    arithmetic: tuple[Formula, ...] = ()
    nearly: str = ""


def mark(asked: Question, given: Given) -> tuple[Mark, ...]:
    """Each prediction against the trace."""
    asked = replace(asked, conventions=given.conventions)
    return tuple(_marks(asked, given))


def right(asked: Question, level: Level) -> Given:
    """What has to be said."""
    channels, height, width = asked.main_shape
    asks = LEVELS[level].asks
    return Given(
        height,
        width,
        channels,
        why=asked.why if "why" in asks else None,
        params=asked.projection_params if "params" in asks else None,
        where=asked.where if "where" in asks else None,
        conventions=asked.conventions,
    )


def strided(asked: Question) -> OpTrace:
    """The main path's convolution that strides; the first one if none does."""
    convolutions = [op for op in asked.bare.on("main") if op.kind == "conv"]
    return next((op for op in convolutions if op.window and op.window.stride > 1), convolutions[0])


def _marks(asked: Question, given: Given) -> Iterator[Mark]:
    said = (given.channels, given.height, given.width)
    as_said, as_is = (asked.conventions.shape(one) for one in (said, asked.main_shape))
    right = said == asked.main_shape
    yield Mark(
        "Shape of F(x)", right, as_said, as_is, "window", _shape(asked), "" if right else _half_shape(asked, said)
    )
    stops: Picture = "window" if asked.why == "size" else "sum"
    if given.why is not None:
        right = given.why == asked.why
        nearly = "One of the two reasons is missing." if not right and asked.why == "both" and given.why != "no" else ""
        yield Mark("Is a projection needed?", right, WHY[given.why], WHY[asked.why], stops, nearly=nearly)
    if given.params is not None:
        params = asked.projection_params
        right = given.params == params
        nearly = "" if right else _half_params(asked, given.params)
        counted = text.count(given.params), text.count(params)
        yield Mark("Parameters of the projection", right, *counted, "weights", _projection(asked), nearly)
    if given.where is not None:
        right = given.where == asked.where
        yield Mark("Where would torch stop?", right, WHERE[given.where], WHERE[asked.where], stops)


def _shape(asked: Question) -> tuple[Formula, ...]:
    convolutions = [op for op in asked.bare.on("main") if op.kind == "conv"]
    size = [one for one in explain(asked.bare, strided(asked).name).formulas if one.key in ("height", "width")]
    last = [one for one in explain(asked.bare, convolutions[-1].name).formulas if one.key == "channels"]
    return (*size, *last)


def _projection(asked: Question) -> tuple[Formula, ...]:
    return tuple(
        one
        for op in asked.projected.on("shortcut")
        for one in explain(asked.projected, op.name, asked.conventions).formulas
        if one.key in ("weights", "biases", "params")
    )


def _half_shape(asked: Question, said: Shape) -> str:
    channels, *size = asked.main_shape
    stride = asked.spec.stride
    same = (asked.spec.height, asked.spec.width)
    if list(said[1:]) == size:
        of_x = "those of x" if said[0] == asked.spec.in_channels else "not those of the last convolution"
        return f"Height and width are right. {text.count(said[0])} channels are {of_x}: the last convolution has {channels:,} filters."
    if said[0] == channels:
        if stride > 1 and said[1:] == same:
            return f"The channels are right. Height and width would be those of stride 1, and this stride is {stride}."
        if list(said[1:]) == [n // stride for n in same]:
            return "The channels are right. A window that begins inside the map counts, so an odd size is rounded up."
        if list(said[1:]) == size[::-1]:
            return "The numbers are right: height and width are exchanged."
        return "The channels are right; height or width is not."
    return ""


def _half_params(asked: Question, said: int) -> str:
    """What the number would be right for."""
    conv, norm = asked.projected.on("shortcut")[-2:]
    bare, counted = conv.weights, asked.projection_params
    channels = norm.scale
    f = asked.spec.kernel_size
    missing, buffers = counted - bare, norm.buffers
    says = "biases and " if conv.biases else ""
    known = {
        bare: f"{text.count(bare)} is the weights; the {text.count(missing)} numbers of {says}BatchNorm are missing.",
        bare + channels: f"The weights and {text.count(channels)} more: BatchNorm has a scale γ and a shift β for each channel.",
        bare + norm.scale + norm.shift: "Without what this notation counts as well: see the arithmetic.",
        bare + norm.scale + norm.shift + buffers: f"With {text.count(buffers)} running means and variances, which are not trained: PyTorch keeps them as buffers.",
        counted + (0 if conv.biases else channels): "With a bias in the convolution, which it does not have: BatchNorm’s β takes its place.",
        f * f * bare: f"That is the weights of a {f}×{f}; the projection is a 1×1.",
        f * f * bare + missing: f"That would be a {f}×{f}; the projection is a 1×1.",
    }  # fmt: skip
    known.pop(counted, None)
    return known.get(said, "")
