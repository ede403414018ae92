"""LocalQueue works in one process beside the server, which the first job starts and some idle minutes end.

A run that is to stop does so when it tells the next thing, and its process, in which torch is loaded, takes the next
job at once; if it tells nothing for 0.7 s, the process is killed. pebble was tried for all this: an exception that
cannot be unpickled, or an idle process that dies, leaves its pool unusable, a run inside one long C call takes three
seconds to stop, and it has neither progress nor an end when the parent dies.
"""

from __future__ import annotations

import pickle
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from cachetools import LRUCache

from resnet.run import noted
from resnet.run.process import Process
from resnet.run.runs import (
    CANCELLED,
    FAILED,
    LONG,
    LOST,
    MOST_WAITING,
    SHUT,
    Counts,
    FullError,
    Job,
    Phase,
    State,
    TurnError,
    checked,
    turn,
)
from resnet.run.work import WORK


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
        self._counted: Counter[str] = Counter()
        self._server: threading.Thread | None = None
        self._process: Process | None = None

    def submit(self, job: Job, *, reader: str = "") -> State:
        run = _Run(checked(job, self._work), self._told, reader)
        with self._lock:
            found = self._find(run.key)
            if found and found.phase in ("waiting", "running", "done"):
                return self._seen(found)
            readers = [one.reader for one in self._waiting]
            if reader and readers.count(reader) >= MOST_WAITING:
                raise TurnError(MOST_WAITING)
            if len(self._waiting) >= self._most:
                raise FullError(self._most)
            self._waiting.insert(turn(readers, reader), run)
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

    def counts(self) -> Counts:
        with self._lock:
            return Counts(len(self._waiting), int(self._running is not None), dict(self._counted), everywhere=False)

    def healthy(self) -> str:
        return ""  # its thread and its process start with the next job, whatever became of the last ones

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

    def _find(self, key: str) -> _Run | None:
        alive = (run for run in (self._running, *self._waiting) if run and run.key == key)
        return next(alive, None) or self._ended.get(key)

    def _seen(self, run: _Run) -> State:
        place = self._waiting.index(run) + bool(self._running) if run.phase == "waiting" else 0
        return State(run.key, run.phase, place, tuple(run.told), run.share, run.result, run.problem)

    def _end(self, run: _Run, phase: Phase, *, result: Any = None, problem: str = "", failure: str = "") -> None:
        """The first end counts: a run that was cancelled may still be told to be done."""
        if run.phase not in ("waiting", "running"):
            return
        if run is self._running:
            self._running = None
        else:
            self._waiting.remove(run)
        run.phase, run.result, run.problem = phase, result, problem
        self._ended[run.key] = run
        self._counted[phase] += 1
        seconds = time.monotonic() - run.began if run.began else None
        noted.ended(run.job, phase, seconds=seconds, failure=failure, expected=problem not in (FAILED, LOST))

    def _stop(self, run: _Run, phase: Phase, problem: str) -> None:
        with self._lock:
            if run is self._running and self._process:
                self._process.stop()
            self._end(run, phase, problem=problem)

    # What follows runs in the queue's own thread.

    def _serve(self) -> None:
        process: Process | None = None
        while run := self._next():
            if process and not process.answers():  # the last run took it along, or it died while nobody needed it
                process.end()
                process = None
            limit = threading.Timer(self._longest, self._stop, (run, "failed", LONG.format(self._longest / 60)))
            limit.daemon = True
            limit.start()
            try:
                process = process or Process()
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
            run.phase, run.began = "running", time.monotonic()
            return run

    def _follow(self, run: _Run, process: Process) -> None:
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
            self._end(run, "failed", problem=said or FAILED, failure="" if said else more)

    def _lose(self, run: _Run, error: Exception) -> None:
        with self._lock:
            self._end(run, "lost", problem=LOST, failure="".join(traceback.format_exception(error)))


class _Run:
    """One try of a job; what is in it changes under the queue's lock only."""

    def __init__(self, job: Job, told: int, reader: str) -> None:
        self.job, self.reader = job, reader
        self.key = job.key
        self.phase: Phase = "waiting"
        self.told: deque[Any] = deque(maxlen=told)
        self.share, self.began = 0.0, 0.0
        self.result: Any = None
        self.problem = ""

    def note(self, share: float, value: Any) -> None:
        self.share = min(max(float(share), 0.0), 1.0)
        if value is not None:
            self.told.append(value)
