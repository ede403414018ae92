"""A cache that is bounded by bytes."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest

from pages.parts.component import sheet
from pages.parts.html import compare as html
from resnet.cache import remembered, weight
from resnet.numbers.compare import compare
from resnet.spec.block import BlockSpec
from resnet.views.compare import CompareView

trace = importlib.import_module("resnet.trace.block").trace


def test_what_was_used_least_recently_is_forgotten_first() -> None:
    made = []

    @remembered(megabytes=0.01)
    def text(letter: str) -> str:
        made.append(letter)
        return letter * 4000

    for letter in "abac":
        text(letter)
    assert made == ["a", "b", "c"]
    text("a")
    assert made == ["a", "b", "c"]
    text("b")
    assert made == ["a", "b", "c", "b"]
    assert text.cache_info().currsize <= text.cache_info().maxsize == 10_000


def test_what_weighs_more_than_the_cache_is_made_each_time() -> None:
    made = []

    @remembered(megabytes=0.001)
    def text(n: int) -> str:
        made.append(n)
        return "x" * 5000

    assert text(1) == text(1)
    assert made == [1, 1]


def test_what_was_asked_for_weighs_too() -> None:
    @remembered(megabytes=0.01)
    def length(letters: str) -> int:
        return len(letters)

    for i in range(100):
        assert length(str(i) * 1000) == len(str(i)) * 1000
    assert 1000 < length.cache_info().currsize <= 10_000


def test_a_value_weighs_what_is_in_it() -> None:
    assert weight(("x" * 1000, "y" * 1000)) > 2000
    assert weight(BlockSpec()) > weight(BlockSpec().filters)
    assert weight({"x": "y" * 1000}) > 1000
    assert weight([b"x" * 1000]) > 1000


@pytest.mark.slow
def test_caches_stay_within_their_bytes_however_many_settings() -> None:
    caches = [html.figures, sheet.packed, compare, trace]
    for channels in range(1, 1001):
        spec = BlockSpec(in_channels=channels)
        view = CompareView(right=replace(spec))
        sheet.packed(html.figures(view), "")
    for cache in caches:
        info = cache.cache_info()
        assert 0 < info.currsize <= info.maxsize
    assert html.figures.cache_info().currsize > 0.9 * html.figures.cache_info().maxsize  # it was full: it forgot
