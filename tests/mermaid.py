"""Mermaid itself, as npm has it: one file, which a page in Chromium loads. Fetched once, kept beside the packages."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest

VERSION = "11.17.2"
SHA256 = "581ed7d74bd9048d0e3a91363927d72ef22942d7722546b27f7cc29e35390eb8"
_KEPT = Path(sys.prefix) / f"mermaid-{VERSION}.min.js"


def bundle() -> Path:
    """The file; where there is no npm to fetch it the test is skipped, though not on a machine that tests for all."""
    if not _KEPT.exists():
        if not shutil.which("npm") and not os.environ.get("CI"):
            pytest.skip("no npm is here to fetch Mermaid with")
        _fetch()
    assert hashlib.sha256(_KEPT.read_bytes()).hexdigest() == SHA256, f"{_KEPT} is not Mermaid {VERSION}"
    return _KEPT


def _fetch() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", f"mermaid@{VERSION}", "--silent"], cwd=folder, check=True, timeout=300)
        with tarfile.open(Path(folder) / f"mermaid-{VERSION}.tgz") as packed:
            file = packed.extractfile("package/dist/mermaid.min.js")
            assert file is not None
            partly = _KEPT.with_suffix(f".{os.getpid()}")
            partly.write_bytes(file.read())
            partly.replace(_KEPT)
