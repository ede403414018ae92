"""How a process begins."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="no limits of this kind on this system")

SMALL = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}))
from pages.parts.start import allow_files
allow_files()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize("hard", [256, 700, 4096])
def test_as_many_open_files_as_the_system_allows(hard: int) -> None:
    out = subprocess.run([sys.executable, "-c", SMALL.format(hard=hard)], capture_output=True, text=True, check=True)
    assert out.stdout.split() == [str(hard), str(hard)]
