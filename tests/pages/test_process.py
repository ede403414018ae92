"""How a process begins."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="no limits of this kind on this system")

SMALL = """
import resource
from pages.parts.process import allow_files
for hard in (4096, 700, 256):  # a process can only lower what the system allows it
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    allow_files()
    print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.slow
def test_as_many_open_files_as_the_system_allows() -> None:
    out = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines() == ["4096 4096", "700 700", "256 256"]


FREED = """
import sys
from pathlib import Path
from pages.parts.process import give_memory_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if sys.argv[1:]:
    give_memory_back()
b"x" * 30_000_000  # from now on glibc leaves what is as large in its heap
before = resident()
pieces = [b"x" * 10_000_000 for _ in range(20)]
last = [b"x" * 1_000_000]  # behind them: the heap's end stays where it is
full = resident()
pieces.clear()
print((full - before) // 10**6, (resident() - before) // 10**6)
"""


@pytest.mark.slow
@pytest.mark.skipif(not platform.libc_ver()[0].startswith("glibc"), reason="it is glibc that keeps what is free")
@pytest.mark.parametrize("asked", [True, False])
def test_free_memory_goes_back(asked: bool) -> None:
    command = [sys.executable, "-c", FREED, *["asked"] * asked]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    full, freed = map(int, out.stdout.split())
    assert full > 190
    assert freed < 20 if asked else freed > 190, "else nothing is asked of it any more"
