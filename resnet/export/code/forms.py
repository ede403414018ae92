"""The forms that code has, whatever it is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from resnet.export.form import Form

T = TypeVar("T")


def code_forms(pytorch: Callable[[T], str], keras: Callable[[T], str]) -> tuple[Form[T], ...]:
    """Of what these two write the source of."""
    return (
        Form("torch", "py", "code", "PyTorch", lambda asked, _: pytorch(asked).encode()),
        Form("keras", "keras.py", "code", "Keras", lambda asked, _: keras(asked).encode()),
    )
