"""The other side of the queue: the process that does what was asked, one thing after the other.

It is a fresh interpreter that runs this file, and not a child of ``multiprocessing``: that one would read the parent's
main module once more, which under Streamlit is the reader's page. Only Python's own library is imported here, so that
it listens within a tenth of a second; torch comes with the first work that needs it.

    comes in    on stdin, pickled: the parent's ``sys.path``, then for each job (number; function, pickled; what is
                asked; a table of values or None), a number alone if that job is to stop, and None to hear whether we
                are there
    goes out    on stdout, pickled: ("told", share, value) while it runs, then ("done", result),
                ("failed", sentence for a reader or nothing, traceback) or ("stopped", nothing); ("here",) to None.
                With a table, values and results are text: whoever hands them on need not import what they are of

Both ends are this project's own: nothing that a reader sends is ever unpickled.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import IO, Any

NICE = 10  # the pages come first
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)  # has to be in the environment before torch is imported: it reads them once

Table = Mapping[str, str]  # the names of NamedTuples and their modules
Asked = tuple[int, bytes, dict[str, Any], Table | None]
_stopped: set[int] = set()  # numbers of runs: one may be over when we hear that it is to stop, and another running


def main() -> None:
    """Until the parent closes stdin, or is no more."""
    for heard in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C, or the end of a whole service, reaches us as well
        signal.signal(heard, signal.SIG_IGN)  # but it is the parent who ends us
    asked, told = _pipes()
    sys.path[:] = pickle.load(asked)
    if sys.platform != "win32":
        os.nice(NICE)
    waiting: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked, waiting), daemon=True).start()
    while True:
        if job := waiting.get():
            _do(*job, told)
        else:
            _send(told, "here")


class Stopped(BaseException):
    """Nobody waits for the run any more. No Exception, so that no work takes it for an error of its own."""


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """stdin and stdout, out of the reach of whatever prints: that goes to stderr."""
    asked, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return asked, told


def _listen(asked: IO[bytes], waiting: queue.SimpleQueue[Asked | None]) -> None:
    """The system closes the pipe when the parent ends, however it ends: then there is nobody to work for."""
    try:
        while True:
            message = pickle.load(asked)
            if isinstance(message, int):
                _stopped.add(message)
            else:
                waiting.put(message)
    finally:
        os._exit(0)  # a training in the main thread would not hear of anything softer


def _do(number: int, function: bytes, asked: dict[str, Any], table: Table | None, out: IO[bytes]) -> None:
    def sent(value: Any) -> Any:
        return value if table is None else written(value, table)

    def tell(share: float, value: Any = None) -> None:
        if number in _stopped:
            raise Stopped
        _send(out, "told", share, None if value is None else sent(value))

    try:
        _send(out, "done", sent(pickle.loads(function)(tell, **asked)))
    except Stopped:
        _send(out, "stopped", None)
    except Exception as error:
        _send(out, "failed", _words(error), traceback.format_exc())


def written(value: Any, table: Table) -> str:
    """As ``plain`` says, which reads it."""
    return json.dumps(_plain(value, table), separators=(",", ":"))


def _plain(value: Any, table: Table) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    name = type(value).__name__
    if not isinstance(value, tuple) or (type(value) is not tuple and table.get(name) != type(value).__module__):
        raise TypeError(f"{name} is neither plain nor in the table of values")
    inside = [_plain(one, table) for one in value]
    return inside if type(value) is tuple else {name: inside}


def _send(out: IO[bytes], *message: Any) -> None:
    packed = pickle.dumps(message)  # first, so that what cannot be sent leaves nothing half sent
    out.write(packed)
    out.flush()


def _words(error: Exception) -> str:
    """A SpecError is written for readers. Who raised one has imported it; importing it here would bring torch."""
    errors = sys.modules.get("resnet.spec.errors")
    return str(error) if errors and isinstance(error, errors.SpecError) else ""


if __name__ == "__main__":
    main()
