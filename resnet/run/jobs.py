"""What takes longer than a second waits here for its turn, and is done once for everybody who asks.

    job = Job.of("training", kinds="B,plain", epochs=5, seeds=1)
    queue().submit(job).place     # how many are in front of it
    queue().state(job.key)        # how far it is, and in the end its result
    queue().cancel(job.key)

        waiting ──> running ──> done        kept for whoever asks the same
           │           ├──────> failed      it raised an error, or took too long
           └───────────┼──────> cancelled
                       └──────> lost        its process died
                                            (after these three, ``submit`` starts it again)

Progress and result belong to the job and not to who asked: a second tab, or the same one after a reload, finds them by
the key. A Queue is four calls with plain values, so that one behind Redis can take this one's place.

LocalQueue works in one process beside the server, which the first job starts and some idle minutes end. A run that is
to stop does so when it tells the next thing, and its process, in which torch is loaded, takes the next job at once; if
it tells nothing for 0.7 s, the process is killed. pebble was tried for all this: an exception that cannot be
unpickled, or an idle process that dies, leaves its pool unusable, a run inside one long C call takes three seconds to
stop, and it has neither progress nor an end when the parent dies.
"""

from __future__ import annotations

import atexit
import hashlib
import inspect
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Literal, NamedTuple, Protocol

from cachetools import LRUCache

from resnet.run import worker
from resnet.run.work import WORK
from resnet.spec.errors import SpecError, check_one_of

Phase = Literal["waiting", "running", "done", "failed", "cancelled", "lost"]
Value = str | int | float

CANCELLED = "The run was stopped. It can be started again."
LOST = "The process that worked on it ended before it was done, and the run is lost. It can be started again."
FAILED = "The run stopped at an error that is not yours; it is in the server's log. It can be started again."
SHUT = "The server stopped while this was waiting or running. It can be started again."
LONG = "The run took longer than {:.0f} minutes and was stopped. Ask for less of it."

GRACE = 0.7  # seconds

log = logging.getLogger(__name__)


class Job(NamedTuple):
    """What is asked: one of the names in ``work.WORK``, and its arguments, sorted by name."""

    what: str
    asked: tuple[tuple[str, Value], ...]

    @classmethod
    def of(cls, what: str, **asked: Value) -> Job:
        return cls(what, tuple(sorted(asked.items())))

    @property
    def key(self) -> str:
        """Short, and the same in every process and on every day: it can stand in an address."""
        words = json.dumps([self.what, sorted(self.asked)])
        return f"{self.what}-{hashlib.sha256(words.encode()).hexdigest()[:16]}"


class State(NamedTuple):
    """Where a job is.

    ``place``    jobs in front of it; 0 for the one that runs
    ``told``     what it told so far, the newest thousands
    ``share``    how much of it is done, from 0 to 1
    ``result``   what it came to, once it is done
    ``problem``  one sentence to show to a reader if it came to nothing, else empty
    """

    key: str
    phase: Phase
    place: int
    told: tuple[Any, ...]
    share: float
    result: Any
    problem: str


class FullError(SpecError):
    """Too many wait already."""

    def __init__(self, many: int) -> None:
        super().__init__("queue", many, "shorter")
        self.args = (f"The queue is full: {many} runs wait in front of yours. Please try again in a few minutes.",)


class Queue(Protocol):
    """Every call returns at once, and can be made from any thread."""

    def submit(self, job: Job) -> State:
        """Asks for it. What waits, runs or is done is not started again; what came to nothing is.

        Raises SpecError for what nobody can do, and FullError.
        """

    def state(self, key: str) -> State | None:
        """None: nobody asked for it, or it is so long ago that it is forgotten."""

    def cancel(self, key: str) -> None:
        """Stops it, for everybody who waits for it. What has ended stays as it is."""

    def close(self) -> None:
        """Stops everything. What is submitted afterwards starts anew."""


class LocalQueue:
    """A queue with one process, and nothing at all as long as nobody asks.

    ``work``             what can be asked for: functions that can be imported by their name
    ``waiting``          so many may wait beside the one that runs
    ``kept``             so many ended jobs are remembered; the one longest not asked for is forgotten first
    ``told``             so much of what a job tells is kept
    ``idle_seconds``     then the process ends: torch holds hundreds of megabytes
    ``longest_seconds``  then a run is stopped, so that none holds up the queue for ever
    """

    def __init__(
        self,
        work: Mapping[str, Callable[..., Any]] = WORK,
        *,
        waiting: int = 20,
        kept: int = 32,
        told: int = 3000,
        idle_seconds: float = 180,
        longest_seconds: float = 1200,
    ) -> None:
        self._work = dict(work)
        self._most, self._told = waiting, told
        self._idle, self._longest = idle_seconds, longest_seconds
        self._lock = threading.RLock()  # guards everything below; held for microseconds at a time
        self._changed = threading.Condition(self._lock)
        self._waiting: deque[_Run] = deque()
        self._running: _Run | None = None
        self._ended: LRUCache[str, _Run] = LRUCache(kept)
        self._server: threading.Thread | None = None
        self._process: _Process | None = None

    def submit(self, job: Job) -> State:
        run = _Run(self._checked(job), self._told)
        with self._lock:
            found = self._find(run.key)
            if found and found.phase in ("waiting", "running", "done"):
                return self._seen(found)
            if len(self._waiting) >= self._most:
                raise FullError(self._most)
            self._waiting.append(run)
            if self._server is None:
                self._server = threading.Thread(target=self._serve, name="jobs", daemon=True)
                self._server.start()
            self._changed.notify_all()
            return self._seen(run)

    def state(self, key: str) -> State | None:
        with self._lock:
            run = self._find(key)
            return self._seen(run) if run else None

    def cancel(self, key: str) -> None:
        with self._lock:
            if run := self._find(key):
                self._stop(run, "cancelled", CANCELLED)

    def close(self) -> None:
        with self._lock:
            if self._process:
                self._process.kill()
            for run in (self._running, *self._waiting):
                if run:
                    self._end(run, "cancelled", problem=SHUT)
            server, self._server = self._server, None
            self._changed.notify_all()
        if server and server is not threading.current_thread():
            server.join(5)  # it sees to the end of its process

    def _checked(self, job: Job) -> Job:
        """The job, if its work can be called with what is asked."""
        function = self._work[check_one_of("what", job.what, self._work)]
        for name, value in job.asked:
            if not isinstance(value, Value):
                raise SpecError(name, value, "text or a number")
        try:
            inspect.signature(function).bind(None, **dict(job.asked))
        except TypeError:
            names = list(inspect.signature(function).parameters)[1:]
            raise SpecError(
                "asked", [name for name, _ in job.asked], f"values for {', '.join(names)}, and for nothing else"
            ) from None
        return job

    def _find(self, key: str) -> _Run | None:
        alive = (run for run in (self._running, *self._waiting) if run and run.key == key)
        return next(alive, None) or self._ended.get(key)

    def _seen(self, run: _Run) -> State:
        place = self._waiting.index(run) + bool(self._running) if run.phase == "waiting" else 0
        return State(run.key, run.phase, place, tuple(run.told), run.share, run.result, run.problem)

    def _end(self, run: _Run, phase: Phase, *, result: Any = None, problem: str = "") -> None:
        """The first end counts: a run that was cancelled may still be told to be done."""
        if run.phase not in ("waiting", "running"):
            return
        if run is self._running:
            self._running = None
        else:
            self._waiting.remove(run)
        run.phase, run.result, run.problem = phase, result, problem
        self._ended[run.key] = run

    def _stop(self, run: _Run, phase: Phase, problem: str) -> None:
        with self._lock:
            if run is self._running and self._process:
                self._process.stop()
            self._end(run, phase, problem=problem)

    # What follows runs in the queue's own thread.

    def _serve(self) -> None:
        process: _Process | None = None
        while run := self._next():
            if process and not process.answers():  # the last run took it along, or it died while nobody needed it
                process.end()
                process = None
            limit = threading.Timer(self._longest, self._stop, (run, "failed", LONG.format(self._longest / 60)))
            limit.daemon = True
            limit.start()
            try:
                process = process or _Process()
                self._follow(run, process)
            except Exception as error:  # it died, or could not be started, or sent what cannot be read
                self._lose(run, error)
                if process:
                    process.kill()
            finally:
                limit.cancel()
        if process:
            process.end()

    def _next(self) -> _Run | None:
        """Waits for a job; None if none came for some minutes, or the queue was closed."""
        me = threading.current_thread()
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._server is not me, self._idle)
            if self._server is not me:
                return None
            if not self._waiting:
                self._server = None  # the next job starts another
                return None
            self._running = run = self._waiting.popleft()
            run.phase = "running"
            return run

    def _follow(self, run: _Run, process: _Process) -> None:
        """Sends it and listens until it is over."""
        with self._lock:
            if run.phase != "running":  # cancelled while its process was starting
                return
            self._process = process
            process.begin()
        try:
            process.send(pickle.dumps(self._work[run.job.what]), dict(run.job.asked))
            kind = "told"
            while kind == "told":
                kind, *said = process.receive()
                with self._lock:
                    if run.phase == "running":  # otherwise it was cancelled, and may not have heard of it
                        self._note(run, kind, *said)
        finally:
            with self._lock:
                self._process = None if self._process is process else self._process

    def _note(self, run: _Run, kind: str, said: Any, more: Any = None) -> None:
        if kind == "told":
            run.note(said, more)
        elif kind == "done":
            run.share = 1.0
            self._end(run, "done", result=said)
        else:
            log.log(logging.INFO if said else logging.ERROR, "%s failed\n%s", run.key, more)
            self._end(run, "failed", problem=said or FAILED)

    def _lose(self, run: _Run, error: Exception) -> None:
        with self._lock:
            if run.phase == "running":
                log.error("%s is lost: %r", run.key, error)
            self._end(run, "lost", problem=LOST)


class _Run:
    """One try of a job; what is in it changes under the queue's lock only."""

    def __init__(self, job: Job, told: int) -> None:
        self.job = job
        self.key = job.key
        self.phase: Phase = "waiting"
        self.told: deque[Any] = deque(maxlen=told)
        self.share = 0.0
        self.result: Any = None
        self.problem = ""

    def note(self, share: float, value: Any) -> None:
        self.share = min(max(float(share), 0.0), 1.0)
        if value is not None:
            self.told.append(value)


class _Process:
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

    def send(self, function: bytes, asked: dict[str, Value]) -> None:
        self._write((self._number, function, asked))

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


_lock = threading.Lock()


def queue() -> Queue:
    """The one of this process; closed when it ends."""
    with _lock:  # a cache alone would let two threads make one each
        return _made()


@cache
def _made() -> LocalQueue:
    one = LocalQueue()
    atexit.register(one.close)
    return one
