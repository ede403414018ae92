"""A cache that is bounded by bytes."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pages.parts.component import sheet
from pages.parts.html import about
from pages.parts.html import compare as html
from resnet.cache import every, remembered, weight
from resnet.numbers.compare import compare
from resnet.spec.block import BlockSpec
from resnet.views.compare import CompareView

ROOT = Path(__file__).parents[1]
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


FILES = [*(ROOT / "resnet").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
# what is remembered for ever has no argument, or one of few: why
FEW = {
    "_told": "where the application is mounted, which the web server is told when it starts",
    "_made": "the four components, or nothing",
    "_code": "the four components",
}


def remembering(file: Path) -> Iterator[tuple[ast.FunctionDef, ast.expr]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield from ((node, one) for one in node.decorator_list if "cache" in ast.unparse(one))


def test_every_cache_has_a_bound() -> None:
    """In bytes (``remembered``), or in a small number of small values."""
    found = 0
    for node, decorator in (pair for file in FILES for pair in remembering(file)):
        words = ast.unparse(decorator)
        found += 1
        if words == "cache":
            arguments = [*node.args.args, *node.args.kwonlyargs]
            assert not arguments or node.name in FEW, node.name
        elif words.startswith("lru_cache"):
            assert isinstance(decorator, ast.Call), f"{node.name}: say how many"
            most = re.fullmatch(r"lru_cache\(maxsize=(\d+|len\(\w+\))\)", words)
            assert most and (not most[1].isdigit() or int(most[1]) <= 4096), words
    assert found > 20
    for file in FILES:
        assert not re.search(r"st\.cache_|LRUCache\(\)|maxsize=None", file.read_text()), file


def test_all_of_them_together_have_a_bound_too() -> None:
    """Half a gigabyte and a bit, beside the four hundred megabytes that a process has anyway: docs and About say it."""
    about._load()
    assert 300e6 < sum(one.maxsize for one in every().values()) < 650e6
