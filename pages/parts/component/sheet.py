"""The one Streamlit component: it shows parts of HTML, keeps those that did not change, and tells what was chosen.

What goes over the wire is what may have changed: the component's code is a file that a browser fetches once and keeps
(inline it would go along with every message, 21 kB each), and the parts are compressed once and kept.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from pages.parts.html.part import Part
from resnet.cache import remembered
from resnet.draw.palette import LIGHT

_HERE = Path(__file__).parent
_PACKAGE, _NAME = "residual_block", "sheet"


def style() -> str:
    """The style sheet, with a rule for each colour of a drawing: the theme's own in its place."""
    rules = [
        f'[{part}="{colour}"] {{ {part}: var(--{name.replace("_", "-")}); }}'
        for name, colour in LIGHT._asdict().items()
        for part in ("fill", "stroke")
    ]
    return "\n".join([(_HERE / "sheet.css").read_text(), *rules])


@cache
def _code() -> Path:
    """The component as one file, its style sheet included, named after what is in it: it can be kept for ever."""
    code = f"const STYLE = {json.dumps(style())};\n{(_HERE / 'sheet.js').read_text()}"
    folder = Path(tempfile.mkdtemp(prefix="residual-block-component-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "component" / f"sheet.{hashlib.sha256(code.encode()).hexdigest()[:12]}.js"
    file.parent.mkdir()
    file.write_text(code)
    return file


def _component() -> Callable[..., object]:
    """The component, made known to this server as an installed package's would be: where its file is."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{_PACKAGE}.{_NAME}") is None:
        manifest = ComponentManifest(_PACKAGE, "1", [ComponentConfig(_NAME, asset_dir="component")])
        manager.register_from_manifest(manifest, _code().parents[1])
        _made.cache_clear()
    return _made()


@cache
def _made() -> Callable[..., object]:
    return st.components.v2.component(f"{_PACKAGE}.{_NAME}", js=_code().name)


def show(key: str, parts: Sequence[Part], chosen: str = "", on_choice: Callable[[], None] | None = None) -> None:
    """``on_choice`` is called when a reader chooses something that has an ``op``."""
    _component()(key=key, data=packed(tuple(parts), chosen), on_chosen_change=on_choice or _nothing)


@remembered(megabytes=8)
def packed(parts: tuple[Part, ...], chosen: str) -> bytes:
    """For the browser; ``unpacked`` reads it."""
    data = {"parts": [part.as_data() for part in parts], "chosen": chosen}
    return zlib.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpacked(data: bytes) -> dict[str, object]:
    """What ``packed`` was given, as the browser sees it."""
    return dict(json.loads(zlib.decompress(data)))


def _nothing() -> None:
    pass
