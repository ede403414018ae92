"""What comes from a browser that dropped a file: anybody can send anything."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.parts.component.model import Given, unpacked
from resnet.models.onnx_limits import MAX_STRIPPED
from tests.examples import examples


def sent(content: bytes, **other: object) -> dict[str, object]:
    packed = base64.b64encode(zlib.compress(content)).decode()
    return {"name": "m.onnx", "size": 99, "kept": len(content), "packed": packed} | other


@given(st.binary(max_size=3000), st.text(max_size=300), st.integers(1, 10**12))
@settings(max_examples=examples(50))
def test_what_was_packed_is_unpacked(content: bytes, name: str, size: int) -> None:
    assert unpacked(sent(content, name=name, size=size)) == Given(name[:200], content, size, len(content))


def test_how_much_was_kept_is_counted_here() -> None:
    assert unpacked(sent(b"abc", kept=10**9)) == Given("m.onnx", b"abc", 99, 3)


WHOLE = sent(b"something" * 20)
BROKEN: dict[str, object] = {
    "nothing": None,
    "a text": "m.onnx",
    "a list": [1, 2],
    "no name": {key: value for key, value in WHOLE.items() if key != "name"},
    "a name that is no text": WHOLE | {"name": 5},
    "a size that is no number": WHOLE | {"size": "5"},
    "no size": WHOLE | {"size": True},
    "less than nothing": WHOLE | {"size": -1},
    "not base64": WHOLE | {"packed": "ä" * 8},
    "not packed": WHOLE | {"packed": base64.b64encode(b"plain").decode()},
    "cut": WHOLE | {"packed": base64.b64encode(zlib.compress(b"something" * 20)[:-8]).decode()},
}


@pytest.mark.parametrize("case", BROKEN)
def test_anything_else_is_nothing(case: str) -> None:
    assert unpacked(BROKEN[case]) is None


@pytest.mark.parametrize("size", [MAX_STRIPPED + 1, pytest.param(20 * MAX_STRIPPED, marks=pytest.mark.slow)])
def test_nor_is_a_byte_too_much_or_a_bomb(size: int) -> None:
    assert unpacked(sent(bytes(size))) is None


def test_as_much_as_is_allowed_is_taken() -> None:
    found = unpacked(sent(bytes(MAX_STRIPPED)))
    assert found is not None
    assert found.kept == MAX_STRIPPED
