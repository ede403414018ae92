"""The walls of the house: who may import whom, what is public, what is written down twice, what the README says."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import resnet
from pages.parts.component.served import style
from resnet.api import routes
from resnet.draw.palette import DARK, LIGHT, PRINT, Palette
from tests.helped import help_of
from tools import rooms

ROOT = Path(__file__).parents[1]
BACKEND = sorted((ROOT / "resnet").rglob("*.py"))
# imports point one way: a room may import those before it
ROOMS = [
    "text", "cache", "pace", "turns", "log", "metrics", "spec", "modules", "trace", "models", "run", "numbers", "draw",
    "lessons", "views", "export", "api", "notebook", "__main__", "__init__",
]  # fmt: skip
# a library -> the only rooms that may import it
ONLY = {
    "torch": {"modules", "trace", "run", "models"},
    "safetensors": {"models", "run"},
    "graphviz": {"draw"},
    "pygraphviz": set(),
    "plotly": {"draw"},
    "PIL": {"run", "draw"},
    "starlette": {"api"},
    "streamlit": set(),
    "pages": set(),
}


def module_of(file: Path) -> str:
    """``resnet/trace/block.py`` -> ``trace.block``; a room's own file -> ``trace``."""
    return ".".join(file.relative_to(ROOT / "resnet").with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(file): file for file in BACKEND}


def imports(file: Path) -> set[str]:
    """Every module and name that is imported, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def own_imports(file: Path) -> set[str]:
    """The modules of the backend among them."""
    names = {name.removeprefix("resnet.") for name in imports(file) if name.startswith("resnet.")}
    return names & set(MODULES) - {module_of(file)}


@pytest.mark.parametrize("file", BACKEND, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_one_way(file: Path) -> None:
    room = module_of(file).split(".")[0]
    for library in {name.split(".")[0] for name in imports(file)} & set(ONLY):
        assert room in ONLY[library], f"{file.name} must not import {library}"
    for other in own_imports(file):
        there = other.split(".")[0]
        assert there == room or ROOMS.index(there) < ROOMS.index(room), f"{room} must not import {other}"


def test_every_file_is_in_a_room() -> None:
    assert {module.split(".")[0] for module in MODULES} == set(ROOMS)


def test_there_is_no_circle() -> None:
    """Not inside a room either: files can be put in an order in which each imports those before it."""
    waiting = {module: own_imports(file) for module, file in MODULES.items()}
    while waiting:
        ready = {module for module, needs in waiting.items() if not needs & set(waiting)}
        assert ready, f"these import each other in a circle: {sorted(waiting)}"
        waiting = {module: needs for module, needs in waiting.items() if module not in ready}


@pytest.mark.slow
def test_the_picture_of_the_rooms_is_theirs() -> None:
    """And no arrow in it leads up."""
    shown = set(re.findall(r"<title>(\w+)&#45;&gt;(\w+)</title>", rooms.TARGET.read_text()))
    found = {(room.strip("_"), other.strip("_")) for room, other in rooms.skeleton(rooms.edges())}
    assert shown == found, "run `make readme`"
    order = [*(room.strip("_") for room in ROOMS), "pages", "app"]
    assert all(order.index(other) < order.index(room) for room, other in shown)


@pytest.mark.parametrize("room", ["spec", "modules", "trace", "numbers", "models", "draw", "lessons", "views",
                                  "export", "api"])  # fmt: skip
def test_a_room_says_what_lives_there(room: str) -> None:
    words = ast.get_docstring(ast.parse((ROOT / "resnet" / room / "__init__.py").read_text()))
    for part in ("Comes in: ", "Goes out: ", "May import: "):
        assert part in " ".join(words.split()), part


def test_no_file_is_long() -> None:
    for file in [*BACKEND, *(ROOT / "pages").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        code = [line for line in file.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert len(code) <= 400, file


@pytest.mark.slow
def test_the_backend_runs_without_streamlit() -> None:
    code = "import sys, resnet, resnet.draw.charts, resnet.api, resnet.__main__; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_session_state_and_the_url_live_in_one_place() -> None:
    for file in (ROOT / "pages").rglob("*.py"):
        if file.parent.name != "controls":
            assert not re.search(r"session_state|query_params|bind=", file.read_text()), file


def test_pages_are_thin() -> None:
    for file in (ROOT / "pages").glob("*.py"):
        assert len(file.read_text().splitlines()) <= 45, file


def test_the_public_surface_is_complete_and_documented() -> None:
    assert {"BlockSpec", "SpecError", "trace", "compare", "diagram"} <= set(resnet.__all__)
    for name in resnet.__all__:
        thing = getattr(resnet, name)
        assert isinstance(thing, tuple) or thing.__doc__, name


def test_every_backend_module_says_what_it_is() -> None:
    for file in BACKEND:
        assert ast.get_docstring(ast.parse(file.read_text())), file


# colours

CONFIG = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
CSS = style()
THEME_NAMES = {
    "paper": "backgroundColor", "ink": "textColor", "muted": "grayTextColor", "line": "borderColor",
    "card": "secondaryBackgroundColor", "accent": "primaryColor", "accent_card": "blueBackgroundColor",
    "alarm": "orangeTextColor", "alarm_card": "orangeBackgroundColor",
}  # fmt: skip


@pytest.mark.parametrize(("mode", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_the_theme_is_the_palette(mode: str, palette: Palette) -> None:
    assert {name: CONFIG[mode][THEME_NAMES[name]] for name in Palette._fields} == palette._asdict()


@pytest.mark.parametrize("name", Palette._fields)
def test_the_page_maps_every_colour_of_a_diagram(name: str) -> None:
    variable = name.replace("_", "-")
    for attribute in ("fill", "stroke"):
        assert f'[{attribute}="{getattr(LIGHT, name)}"] {{ {attribute}: var(--{variable}); }}' in CSS
    assert f"--{variable}: var(--st-" in CSS


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_text_reads_on_its_ground(palette: Palette) -> None:
    pairs = [
        ("ink", "paper"), ("ink", "card"), ("ink", "accent_card"), ("ink", "alarm_card"), ("muted", "paper"),
        ("muted", "card"), ("muted", "accent_card"), ("muted", "alarm_card"), ("accent", "paper"), ("accent", "card"),
        ("accent", "accent_card"), ("alarm", "paper"), ("alarm", "alarm_card"),
    ]  # fmt: skip
    for text, ground in pairs:
        assert contrast(getattr(palette, text), getattr(palette, ground)) >= 4.5, (text, ground)


@pytest.mark.parametrize("palette", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_colours_that_carry_meaning_stand_out(palette: Palette) -> None:
    """Lines, bars, solids: at least 3:1 on every ground. ``line`` means nothing, and may be faint."""
    for name in ("ink", "muted", "accent", "alarm"):
        for ground in ("paper", "card", "accent_card", "alarm_card"):
            assert contrast(getattr(palette, name), getattr(palette, ground)) >= 3, (name, ground)


def test_what_means_something_is_not_drawn_in_the_faint_colour() -> None:
    for rule in re.findall(r"\.(?:kernel|corners|story|box|network|inspector)[^{}]*\{[^}]*var\(--line\)[^}]*\}", CSS):
        assert "button" in rule, rule


# the README

README = (ROOT / "README.md").read_text()


def test_the_readme_names_every_command_option_and_parameter() -> None:
    for command in ("make run", "make test", "pip install -r requirements.txt", "streamlit run app.py", "TORCH_INDEX"):
        assert command in README
    for command in ("block", "compare", "network", "model"):
        for option in set(re.findall(r"--(?!no-)[a-z0-9-]+", help_of(command))) - {"--help"}:
            parameter = f"`{option.removeprefix('--').replace('-', '_')}`"
            assert option in README or parameter in README, option
    for route in routes:
        assert route.path.partition(".")[0] in README, route.path


def test_the_readme_maps_every_room() -> None:
    for room in ROOMS[:-3]:
        folder = (ROOT / "resnet" / room).is_dir()
        assert f"`resnet/{room}{'/' if folder else '.py'}`" in README, room
    for folder in ("pages/templates", "pages/parts/component", "pages/parts/html", "pages/parts/controls"):
        assert (ROOT / folder).is_dir()
        assert f"{folder.removeprefix('pages/')}/" in README, folder


def test_the_make_targets_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert {"run", "env", "test", "check", "bench"} <= targets
    for target in re.findall(r"make (\w+)", README):
        assert target in targets
