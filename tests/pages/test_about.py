"""The page "About": its limits are those that are enforced, and nothing that it relies on is left out."""

from __future__ import annotations

import ast
import re
from importlib.metadata import metadata
from pathlib import Path

import pytest

from pages.parts import watch
from pages.parts.html import about as html
from resnet.api import desk, limits
from resnet.cache import every
from resnet.lessons import about
from resnet.models import onnx_limits
from resnet.run.local import LocalQueue
from resnet.spec import block
from resnet.spec.names import VERSION
from tests.pages.opening import open_at

ROOT = Path(__file__).parents[2]


def shown(*parts: object) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", part.html) for part in parts)  # type: ignore[attr-defined]


def test_every_limit_is_the_constant_that_enforces_it() -> None:
    listed = {one.what: one.most for group in html._fixed() for one in group.limits}
    assert listed["channels, filters"] == f"{block.MAX_CHANNELS:,}"
    assert listed["made in a minute for one address"] == f"{desk.OF_ONE_ADDRESS:,}"
    assert listed["requests that wait"] == str(desk.WAITING)
    assert listed["operations in it"] == f"{onnx_limits.MAX_NODES:,}"
    assert listed["changes in a minute; then it takes its time"] == f"{watch.RUNS_A_MINUTE:,}"
    queue = LocalQueue()
    assert listed["runs that wait"] == str(queue._most)
    assert listed["how long one may take"] == f"{queue._longest / 60:.0f} minutes"
    words = shown(*html.limits())
    for what, most in listed.items():
        assert what in words and most in words


def test_no_limit_is_typed_by_hand() -> None:
    """Every number in what is listed comes out of a name."""
    for file in (Path(html.__file__), Path(limits.__file__)):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Limit":
                most = node.args[1]
                assert isinstance(most, ast.JoinedStr), ast.unparse(node)
                fixed = "".join(str(one.value) for one in most.values if isinstance(one, ast.Constant))
                assert not re.search(r"\d", fixed), ast.unparse(node)


def test_the_caches_are_all_in_the_sum() -> None:
    (most, _) = html._caches().limits
    infos = every()
    assert most.most == f"{sum(one.maxsize for one in infos.values()) / 1e6:,.0f} MB"
    for name in ("pages.parts.component.sheet.packed", "trace.block.trace", "pages.parts.html.network.picture"):
        assert name in infos


def test_every_library_is_named_with_its_licence() -> None:
    required = re.findall(r"^([\w-]+)", (ROOT / "requirements.txt").read_text(), flags=re.MULTILINE)
    named = {one.name: one for one in about.libraries()}
    assert set(required) == set(named)
    for name, one in named.items():
        if not one.version:
            continue
        found = metadata(name)
        words = f"{found.get('License-Expression', '')} {' '.join(found.get_all('Classifier', []))}"
        if "License" in words or found.get("License-Expression"):
            family = one.licence.split()[0].split("-")[0]
            family = {"LGPL": "LGPL|Lesser", "BSD": "BSD", "MPL": "MPL|Mozilla"}.get(family, family)
            assert re.search(family, words), (name, words)


def test_what_ships_is_named_as_its_readme_says() -> None:
    pictures = (ROOT / "resnet/run/pictures/README.md").read_text()
    for row in re.findall(r"^\| `(\w+)\.png` \|[^|]*\| (.*?) \| (.*?) \|$", pictures, flags=re.MULTILINE):
        name, author, licence = row
        (one,) = (one for one in about.SHIPPED if one.what.startswith(f"Photograph: {name}"))
        assert author.split(" (")[0].split(",")[0] in one.whose
        assert licence.split(";")[0] == one.licence
    assert "CC BY 4.0" in (ROOT / "resnet/run/data/README.md").read_text()


def test_it_is_the_same_version_everywhere() -> None:
    assert f"Version {VERSION}," in shown(*html.opening())
    assert f"version = {{{VERSION}}}" in about.citation()
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()
    assert VERSION in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.slow
def test_the_page_opens_and_explains_what_it_does_not_know() -> None:
    app = open_at("about.py", stride="2")
    assert not app.exception
    assert "stride" in app.warning[0].value
