"""An ONNX file as a Graph: ``read_onnx("model.onnx")``.

    read_onnx ── a process of its own, with limits ──> ``onnx_child`` parses, works out shapes, says it in JSON
        └── here: what was said becomes nodes (``onnx_nodes``)

The ``onnx`` package never reads in this process. Weights are not needed: initializers that have a name, a type and
dimensions but no numbers are read as well, and so are weights that are inputs, to be handed in when the file runs.
Data in other files is never opened.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from resnet.models import onnx_child
from resnet.models.graph import Graph
from resnet.models.onnx_limits import MAX_ANSWER, MAX_FILE, MAX_SIDE, MAX_STRIPPED
from resnet.models.onnx_nodes import graph_from
from resnet.spec.errors import SpecError, check_whole

__all__ = ["MAX_STRIPPED", "OnnxError", "read_onnx"]

MEMORY = 2**30  # bytes that the reading process gets, and four times the file
SECONDS = 20
AT_ONCE = 2  # processes; who comes later waits
WAIT = 60  # seconds

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)  # each would take memory

_slots = threading.BoundedSemaphore(AT_ONCE)

_BEGINNINGS = {
    b"PK\x03\x04": "it is a zip archive: to be unpacked, or PyTorch's .pt, which has to be exported to ONNX first",
    b"\x89PNG": "it is a PNG picture",
    b"\xff\xd8\xff": "it is a JPEG picture",
    b"%PDF": "it is a PDF",
    b"\x1f\x8b": "it is packed with gzip, and has to be unpacked first",
    b"\xfd7zXZ": "it is packed with xz, and has to be unpacked first",
    b"\x89HDF": "it is an HDF5 file, such as Keras writes, and has to be converted to ONNX first",
    b"\x80\x02": "it is a pickle, which is never opened here",
    b"\x7fELF": "it is a program",
    b"<": "it is a page of HTML or XML",
}


class OnnxError(SpecError):
    """A file that can't be read as a network. ``str(error)`` is a sentence; ``reason`` is its second half."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__("file", name, "an ONNX network")
        self.reason = reason
        self.args = (f"{name} can't be read as an ONNX network: {reason}.",)


def read_onnx(
    source: str | Path | bytes, *, size: tuple[int, int] | None = None, name: str = "", most: int = MAX_FILE
) -> Graph:
    """The network in a file, or in a file's bytes.

    ``source``  a path, or the bytes themselves
    ``size``  height and width of the image, only where the file leaves them open
    ``name``  of the network; else the file's
    ``most``  bytes that are read; a server gives ``MAX_STRIPPED``

    Other open axes: the first becomes 1, an image's channels what the first convolution takes, and any other, such as
    the length of a sequence, 128. Raises OnnxError for what can't be read, and SpecError for a size that does not fit
    or is missing.
    """
    size = _checked_size(size)
    path, data = (None, source) if isinstance(source, bytes) else (Path(source), b"")
    shown = name or (path.name if path else "the file")
    begins, length = _looked_at(path, shown) if path else (data[:16], len(data))
    _check(shown, begins, length, most)
    asked = {
        "sys_path": sys.path,
        "path": str(path.absolute()) if path else None,
        "size": size,
        "memory": MEMORY + 4 * length,
        "seconds": SECONDS,
    }
    said = _said(json.dumps(asked).encode() + b"\n", data, shown)
    problem = said.get("problem")
    if problem is None:
        return graph_from(said, name or (path.stem if path else "network"))
    if problem["field"] == "size":
        raise SpecError("size", size, problem["words"])
    raise OnnxError(shown, problem["words"])


def _checked_size(size: tuple[int, int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise SpecError("size", size, "two whole numbers, height and width, such as (224, 224)")
    height, width = (check_whole("size", side, MAX_SIDE) for side in size)
    return height, width


def _looked_at(path: Path, shown: str) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(16), os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise OnnxError(shown, "it does not exist") from None
    except OSError as error:
        raise OnnxError(shown, (error.strerror or "it can't be opened").lower()) from None


def _check(shown: str, begins: bytes, length: int, most: int) -> None:
    if length == 0:
        raise OnnxError(shown, "it is empty")
    if length > most:
        raise OnnxError(shown, f"it has {length / 1e6:,.0f} MB, and {most / 1e6:,.0f} MB is the most that is read")
    for beginning, words in _BEGINNINGS.items():
        if begins.startswith(beginning):
            raise OnnxError(shown, words)
    if begins[4:8] == b"TFL3":
        raise OnnxError(shown, "it is a TensorFlow Lite file, and has to be converted to ONNX first")


def _said(asked: bytes, data: bytes, shown: str) -> dict[str, Any]:
    """What the process says. Raises OnnxError if it says nothing that makes sense, or not in time."""
    if not _slots.acquire(timeout=WAIT):
        raise OnnxError(shown, "too many files are being read at once; please try again")
    try:
        output, late = _run(asked, data)
    finally:
        _slots.release()
    if late:
        raise OnnxError(shown, f"reading it takes longer than {SECONDS} seconds")
    if len(output) > MAX_ANSWER:
        raise OnnxError(shown, "its names and shapes take more room than is read")
    try:
        said = json.loads(output)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise OnnxError(shown, "the process that read it ended: it needs too much memory or time, or breaks the parser")
    return said


def _run(asked: bytes, data: bytes) -> tuple[bytes, bool]:
    """Output of the process, and whether it had to be stopped."""
    late = threading.Event()
    with subprocess.Popen(
        [sys.executable, "-P", onnx_child.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | _ONE_THREAD,
    ) as process:
        assert process.stdin and process.stdout

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(SECONDS, stop)
        timer.daemon = True
        timer.start()
        feeder = threading.Thread(target=_feed, args=(process.stdin, asked, data), daemon=True)
        feeder.start()
        try:
            output = process.stdout.read(MAX_ANSWER + 1)
        finally:
            timer.cancel()
            process.kill()
            feeder.join()
    return output, late.is_set()


def _feed(pipe: IO[bytes], asked: bytes, data: bytes) -> None:
    with suppress(OSError):  # it has ended already
        pipe.write(asked)
        pipe.write(data)
    with suppress(OSError):
        pipe.close()
