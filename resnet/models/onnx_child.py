"""The process that reads one ONNX file and is gone: whatever the file does to its parser ends here.

    comes in    on stdin: a line of JSON (``sys_path``, ``path`` or null, ``size``, ``memory`` in bytes, ``seconds``),
                then the file's bytes if there is no path
    goes out    on stdout, JSON: what ``onnx_answer`` describes, or {"problem": {words, field, value}}

JSON and not pickle: what is said here comes from a stranger's file. The limits are set before anything is read. Only
``onnx`` and numpy are imported, and not torch, which takes seconds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from_here = Path(__file__).parent


def main() -> None:
    asked = json.loads(sys.stdin.buffer.readline())
    limit(asked["memory"], asked["seconds"])
    sys.path[:] = asked["sys_path"]
    _without_init()
    path = asked["path"]
    try:
        data = Path(path).read_bytes() if path else sys.stdin.buffer.read()
    except OSError as error:
        said = json.dumps(
            {"problem": {"words": error.strerror or "it can't be opened", "field": "file", "value": None}}
        )
    else:
        said = tell(data, tuple(asked["size"]) if asked["size"] else None)
    sys.stdout.write(said)
    sys.stdout.flush()


def limit(memory: int, seconds: int) -> None:
    """Bytes of memory and seconds of work that this process gets. Windows has none; the parent's clock stays."""
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),  # it writes no file
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)  # a limit that is there can't be raised
        resource.setrlimit(what, (least, least))


def tell(data: bytes, size: tuple[int, int] | None) -> str:
    """The answer as JSON, or the problem."""
    from resnet.models.onnx_answer import answer
    from resnet.models.onnx_limits import MAX_ANSWER, Problem

    try:
        said = json.dumps(answer(data, size))
        if len(said) > MAX_ANSWER:
            raise Problem("its names and shapes take more room than is read")
        return said
    except Problem as problem:
        return _problem(problem.words, problem.field, problem.value)
    except (MemoryError, RecursionError):
        return _problem("reading it takes more memory than a file gets")
    except Exception as error:  # a parser in C++ raises what it likes
        words = (str(error).strip().splitlines() or [""])[0][:200] or type(error).__name__
        return _problem(words.rstrip("."))


def _problem(words: str, field: str = "file", value: Any = None) -> str:
    return json.dumps({"problem": {"words": words, "field": field, "value": value}})


def _without_init() -> None:
    """Packages of the right names and places, whose ``__init__`` never runs: the real one imports everything."""
    for name, place in (("resnet", from_here.parent), ("resnet.models", from_here)):
        package = ModuleType(name)
        package.__path__ = [str(place)]
        sys.modules[name] = package


if __name__ == "__main__":
    main()
