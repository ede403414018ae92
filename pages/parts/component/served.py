"""Streamlit components whose code is a file: a browser fetches it once and keeps it.

Inline it would go along with every message, and be most of it. Streamlit takes files from installed packages only, so
this module introduces itself to the server as one.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from resnet.draw.palette import DARK, LIGHT

_HERE = Path(__file__).parent
_PACKAGE, _FOLDER = "residual_block", "component"
_NAMES = ("sheet", "place", "model", "share", "keep")


def component(name: str) -> Callable[..., Any]:
    """One of ``_NAMES``, known to the server that runs now."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{_PACKAGE}.{name}") is None:
        known = [ComponentConfig(one, asset_dir=_FOLDER) for one in _NAMES]
        manager.register_from_manifest(ComponentManifest(_PACKAGE, "1", known), _files())
        _made.cache_clear()
    return _made(name)


@cache
def _made(name: str) -> Callable[..., Any]:
    return st.components.v2.component(f"{_PACKAGE}.{name}", js=_named(name, _code(name)))


@cache
def _files() -> Path:
    """A folder with the code of every component, each file named after what is in it: it can be kept for ever."""
    folder = Path(tempfile.mkdtemp(prefix="residual-block-"))
    atexit.register(put_away)
    (folder / _FOLDER).mkdir()
    for name in _NAMES:
        code = _code(name)
        (folder / _FOLDER / _named(name, code)).write_text(code)
    return folder


def put_away() -> None:
    """That folder, at the end. For the server to call as well: a signal ends a process without ``atexit``."""
    if _files.cache_info().currsize:
        shutil.rmtree(_files(), ignore_errors=True)
        _files.cache_clear()


def _named(name: str, code: str) -> str:
    return f"{name}.{hashlib.sha256(code.encode()).hexdigest()[:12]}.js"


@cache
def _code(name: str) -> str:
    code = (_HERE / f"{name}.js").read_text()
    if name == "sheet":
        code = f"const STYLE = {json.dumps(style())}, PAGE = {json.dumps(_page_style())};\n{code}"
    if name == "share":
        code = f"const STYLE = {json.dumps((_HERE / 'share.css').read_text())};\n{code}"
    if name == "model":
        strip, look = ((_HERE / file).read_text() for file in ("strip.js", "model.css"))
        code = f"const STYLE = {json.dumps(look)};\n{strip}\n{code}"
    return code


def _page_style() -> str:
    """For Streamlit's own elements, which know the theme's colours by no name: they are named here."""
    colours = [
        f"--{name}: light-dark({light}, {dark});" for name, light, dark in zip(LIGHT._fields, LIGHT, DARK, strict=True)
    ]
    return "\n".join([f":root {{ {' '.join(colours)} }}".replace("_", "-"), (_HERE / "page.css").read_text()])


def style() -> str:
    """The style sheet, with a rule for each colour of a drawing: the theme's own in its place."""
    rules = [
        f'[{part}="{colour}"] {{ {part}: var(--{name.replace("_", "-")}); }}'
        for name, colour in LIGHT._asdict().items()
        for part in ("fill", "stroke")
    ]
    return "\n".join([(_HERE / "sheet.css").read_text(), *rules])
