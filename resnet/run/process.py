"""The parent's end of the process that works: a fresh interpreter that runs worker.py, and two pipes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from resnet.run import worker
from resnet.run.runs import Value

GRACE = 0.7  # seconds in which a run that is to stop may do so by itself


class Process:
    """A fresh interpreter that runs worker.py, and the two pipes between us."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", worker.__file__]  # -P: its neighbours must not hide Python's own modules
        env = os.environ | worker.ONE_THREAD
        self._popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        assert self._popen.stdin and self._popen.stdout
        self._in, self._out = self._popen.stdin, self._popen.stdout
        self._lock = threading.Lock()
        self._number = 0  # of its runs
        self._busy, self._killed = False, False
        self._write(sys.path)

    def answers(self) -> bool:
        """Between two runs. One that was killed may be listed for a while: only an answer shows that it lives."""
        if self._killed:
            return False
        try:
            self._write(None)
            return bool(pickle.load(self._out))
        except (OSError, EOFError):
            return False

    def begin(self) -> None:
        """From now on it can be told to stop, which counts for the next that is sent."""
        with self._lock:
            self._number += 1
            self._busy = True

    def send(self, function: bytes, asked: dict[str, Value], table: worker.Table | None = None) -> None:
        """``table``  of the NamedTuples that may come back, in text; without one, values come back as they are."""
        self._write((self._number, function, asked, table))

    def receive(self) -> Any:  # EOFError when there is nobody to send any
        message = pickle.load(self._out)
        with self._lock:
            self._busy = message[0] == "told"
        return message

    def stop(self) -> None:
        """Asks it to end its run, and does not wait for long."""
        number = self._number
        with suppress(OSError):  # it is dead already
            self._write(number)
        timer = threading.Timer(GRACE, self._kill_in, (number,))
        timer.daemon = True
        timer.start()

    def _kill_in(self, number: int) -> None:
        with self._lock:
            if self._busy and self._number == number:
                self.kill()

    def kill(self) -> None:
        self._killed = True
        self._popen.kill()

    def end(self) -> None:
        self.kill()  # it keeps nothing that would have to be saved
        self._popen.wait()
        for pipe in (self._in, self._out):
            with suppress(OSError):  # something was still to be written
                pipe.close()

    def _write(self, message: Any) -> None:
        with self._lock:
            pickle.dump(message, self._in)
            self._in.flush()
