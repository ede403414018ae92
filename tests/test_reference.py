"""Every public name is documented: each field and parameter, shapes, units, errors; and `make docs` works."""

from __future__ import annotations

import dataclasses
import inspect
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import resnet
from resnet import (
    BlockSpec,
    NetworkSpec,
    StageSpec,
    build_network,
    diagram,
    load_weights,
    network,
    parse_query,
    read_module,
    read_onnx,
    render,
    trace,
    trace_network,
)  # fmt: skip
from tools.reference import markdown, write

CLASSES = [name for name in resnet.__all__ if inspect.isclass(getattr(resnet, name))]
FUNCTIONS = [name for name in resnet.__all__ if inspect.isfunction(inspect.unwrap(getattr(resnet, name)))]
VALUES = {"FAMILIES", "KERAS", "PRESETS", "PYTORCH"}


def fields(kind: Any) -> list[str]:
    if dataclasses.is_dataclass(kind):
        return [one.name for one in dataclasses.fields(kind)]
    return list(getattr(kind, "_fields", ()))


def named_in(docstring: str) -> set[str]:
    """The names that its lists explain, and those of its sentences."""
    return set(re.findall(r"``(\w+)``", docstring))


def methods(kind: Any) -> dict[str, Any]:
    """Its own public methods and properties, those of a library's class left out."""
    found = {}
    for name, member in inspect.getmembers(kind):
        function = getattr(member, "fget", None) or getattr(member, "func", None) or member
        ours = str(getattr(function, "__module__", "")).startswith("resnet")
        if ours and callable(function) and not name.startswith("_") and name not in fields(kind):
            found[name] = function
    return found


def test_every_public_name_is_a_class_a_function_or_a_value() -> None:
    assert set(CLASSES) | set(FUNCTIONS) | VALUES == set(resnet.__all__)
    assert named_in(resnet.__doc__ or "") >= VALUES


@pytest.mark.parametrize("name", CLASSES)
def test_every_field_and_every_method_is_explained(name: str) -> None:
    kind = getattr(resnet, name)
    said = inspect.getdoc(kind) or ""
    assert said and said != inspect.getdoc(tuple)
    if name != "Diagram":  # a Digraph
        assert set(fields(kind)) <= named_in(said), set(fields(kind)) - named_in(said)
    for method, function in methods(kind).items():
        assert inspect.getdoc(function), f"{name}.{method}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_is_explained(name: str) -> None:
    function = getattr(resnet, name)
    said = inspect.getdoc(function) or ""
    asked = {one for one in inspect.signature(function).parameters if one != "name" or name != "network"}
    assert asked <= named_in(said), asked - named_in(said)


@pytest.mark.parametrize(
    "name", [name for name in CLASSES if any("shape" in one for one in dir(getattr(resnet, name)))]
)
def test_a_shape_says_its_axes(name: str) -> None:
    """Which axes, and whether with the batch."""
    kind = getattr(resnet, name)
    said = [inspect.getdoc(kind) or "", *(inspect.getdoc(one) or "" for one in methods(kind).values())]
    module = inspect.getdoc(inspect.getmodule(kind)) or ""
    assert re.search(r"\(C, H, W\)|batch", " ".join([*said, module])), name


@pytest.mark.parametrize("quantity", ["params", "buffers", "macs", "activation_bytes", "activation_elements"])
def test_a_count_says_what_is_counted(quantity: str) -> None:
    units = {"params": "train", "buffers": "lements", "macs": "ultiply-adds"}
    for name in ("BlockTrace", "NetworkTrace", "NetworkBlock", "Graph"):
        function = methods(getattr(resnet, name)).get(quantity)
        if function:
            assert units.get(quantity, "result") in (inspect.getdoc(function) or ""), (name, quantity)


BAD: dict[str, Callable[[], Any]] = {
    "BlockSpec": lambda: BlockSpec(stride=9),
    "NetworkSpec": lambda: NetworkSpec(name="none", stages=(StageSpec(0, 64, 1),)),
    "build_network": lambda: build_network(network("course_resnet50", height=20, width=20)),
    "load_weights": lambda: load_weights(network("resnet18"), "nowhere.pth"),
    "network": lambda: network("nonsense"),
    "read_module": lambda: read_module(3, (1, 2)),  # type: ignore[arg-type]
    "read_onnx": lambda: read_onnx(b"nonsense"),
    "render": lambda: render(diagram(trace(BlockSpec())), "gif"),  # type: ignore[arg-type]
    "trace_network": lambda: trace_network(network("course_resnet50", height=20, width=20)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_an_error_is_announced(name: str) -> None:
    """What a bad value raises is named behind "Raises"."""
    said = " ".join((inspect.getdoc(getattr(resnet, name)) or "").partition("Raises")[2].split())
    with pytest.raises(Exception) as caught:
        BAD[name]()
    kinds = [one.__name__ for one in type(caught.value).__mro__[:2]]
    assert any(one in said for one in kinds), (kinds, said)


def test_what_never_raises_does_not() -> None:
    assert parse_query({"stride": "nonsense"}).dropped[0].field == "stride"


# the pages


def test_a_list_of_names_becomes_a_list() -> None:
    said = markdown(
        "Says.\n\n``a``, ``b``  one;  ``c``  two\n           and more\n\nAnd ``d``  is none.\n``e`` neither."
    )
    assert [line for line in said.splitlines() if line.startswith("- ")] == [
        "- ``a``, ``b`` one",
        "- ``c`` two and more",
    ]


@pytest.mark.slow
def test_the_reference_is_built_without_a_warning_and_its_links_lead_somewhere(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        write(tmp_path / "api")
    pages = {file.name: file.read_text() for file in (tmp_path / "api").glob("*.html")}
    page = pages["resnet.html"]
    anchors = {name: set(re.findall(r'id="([^"]+)"', text)) for name, text in pages.items()}
    for name in resnet.__all__:
        assert name in anchors["resnet.html"], name
    for method in ("Counted.params", "Graph.unknown", "NetworkTrace.stage"):
        assert method in anchors["resnet.html"], method
    for name, text in pages.items():
        for target in re.findall(r'href="([^"]*)"', text):
            file, _, anchor = target.partition("#")
            if not target.startswith(("http:", "https:", "data:")):
                assert (file or name) in pages or not file, target
                assert not anchor or anchor in anchors[file or name], target
    assert "<li>" in page and "``" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.S)
