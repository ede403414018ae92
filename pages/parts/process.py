"""What a process asks of its system when it starts."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_FILES = 65_536
# of glibc's malloc.h: M_ARENA_MAX, and in bytes M_MMAP_THRESHOLD and M_TRIM_THRESHOLD
_MEMORY = {-8: 2, -3: 8 * 2**20, -1: 64 * 2**20}


def allow_files() -> None:
    """As many open files as the system lets a process have: a page that is open takes five, and 1,024 is the usual
    limit until one asks for more."""
    try:
        import resource
    except ImportError:  # Windows, which has none to ask for
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # macOS has a limit of its own below the one that it tells
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def give_memory_back() -> None:
    """What is free goes back to the system, as it does not by itself under glibc: that has a heap for each thread, and
    after one large piece leaves all that are as large in it. ``bench/RESULTS.md`` has what it is worth."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library than glibc
            mallopt = ctypes.CDLL(None).mallopt
            for option, value in _MEMORY.items():
                mallopt(option, value)
