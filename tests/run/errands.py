"""Small pieces of work for the queue's tests: the worker imports them, and so nothing heavy."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any


def count(tell: Any, *, file: str, times: int = 1, pause: float = 0.0) -> tuple[int, ...]:
    """Leaves a line in the file that it ran, then counts slowly."""
    with Path(file).open("a") as lines:
        print(os.getpid(), file=lines)
    for n in range(times):
        tell((n + 1) / times, (n, os.getpid()))
        time.sleep(pause)
    return tuple(range(times))


def surroundings(tell: Any, *, name: str = "") -> dict[str, Any]:
    print("what is printed goes to stderr and not into the answer")
    return {
        "pid": os.getpid(),
        "nice": os.nice(0),
        "modules": set(sys.modules),
        "main": vars(sys.modules["__main__"]).get("__file__"),
        "path": list(sys.path),
        "stdin": sys.stdin.read(),
    }


def torch_threads(tell: Any) -> int:
    import torch

    return torch.get_num_threads()


def breaks(tell: Any) -> None:
    raise ZeroDivisionError("a secret path")


def gives_what_cannot_be_sent(tell: Any) -> Any:
    return lambda: None


def exits(tell: Any, *, code: int) -> None:
    os._exit(code)


def in_c(tell: Any) -> int:
    """Minutes in one call that never gives the interpreter away."""
    tell(0.0, os.getpid())
    return sum(range(10**11))


WORK = {
    function.__name__: function
    for function in (count, surroundings, torch_threads, breaks, gives_what_cannot_be_sent, exits, in_c)
}
