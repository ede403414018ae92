"""What a library says of an impossible sum: torch, or Keras for who reads in its notation."""

from __future__ import annotations

import importlib
import os
from functools import lru_cache
from typing import NamedTuple

from resnet.modules.layers import Shape
from resnet.trace.addition import try_to_add


class Refusal(NamedTuple):
    """``who`` says it: just now, or as it is quoted where the library is not installed."""

    who: str
    words: str


def refusal(main: Shape, shortcut: Shape, *, keras: bool = False) -> Refusal | None:
    """None if the two can be added. Shapes are (C, H, W); Keras is given (H, W, C)."""
    words = try_to_add(main, shortcut)
    if words is None or not keras:
        return Refusal("torch says", words) if words else None
    real = _keras_says(main, shortcut)
    if real:
        return Refusal("Keras says", real)
    a, b = (_channels_last(shape) for shape in (main, shortcut))
    return Refusal("Keras would say", f"Inputs have incompatible shapes. Received shapes {a} and {b}")


@lru_cache(maxsize=64)
def _keras_says(main: Shape, shortcut: Shape) -> str:
    """What ``keras.layers.Add`` says; empty where Keras is not installed."""
    os.environ.setdefault("KERAS_BACKEND", "torch")  # which is here
    try:
        keras = importlib.import_module("keras")  # seconds, and only for who asks
    except ImportError:
        return ""
    try:
        keras.layers.Add()([keras.Input(_channels_last(shape)) for shape in (main, shortcut)])
    except ValueError as error:
        return str(error)
    return ""


def _channels_last(shape: Shape) -> tuple[int, int, int]:
    channels, height, width = shape
    return height, width, channels
