"""What a figure depends on besides its parameters: this code, its data, and the libraries that draw."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from resnet.run.weights import owners

_ROOT = Path(__file__).parents[1]
_LIBRARIES = ("torch", "numpy", "graphviz", "pillow", "resvg-py", "svglib", "reportlab", "plotly", "onnx")


@cache
def fingerprint() -> str:
    """Sixteen hexadecimal digits; others as soon as a file of ours, a library or the owner's checkpoint is another."""
    parts = [f"{path.relative_to(_ROOT)} {_told(path)}" for path in sorted(_ROOT.rglob("*")) if _ours(path)]
    parts += [f"{name} {_installed(name)}" for name in _LIBRARIES]
    mine = owners()
    if mine is not None and mine.path.exists():
        changed = mine.path.stat()
        parts.append(f"{mine.network} {mine.path} {changed.st_size} {changed.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _ours(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _told(path: Path) -> str:
    """Of code every letter; of data, which is large, the size."""
    size = path.stat().st_size
    return hashlib.sha256(path.read_bytes()).hexdigest() if size < 1_000_000 else str(size)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
