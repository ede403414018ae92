"""How a process begins."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="no limits of this kind on this system")

SMALL = """
import resource
from pages.parts.start import allow_files
for hard in (4096, 700, 256):  # a process can only lower what the system allows it
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    allow_files()
    print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.slow
def test_as_many_open_files_as_the_system_allows() -> None:
    out = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines() == ["4096 4096", "700 700", "256 256"]
