"""The queue of many processes: with ``REDIS_URL`` set, they see one list of runs, and workers elsewhere do them.

A run belongs to Redis and its worker (``redis_worker``): it goes on when the process that asked for it ends, and every
process finds it by its key. If a worker is killed, nothing is heard of it for five seconds, and then its run is said
to be lost. If Redis ends, workers work on, and hand in what it has forgotten as soon as it is back.

No call waits long: Redis has half a second to connect and half a second to answer. When it does not, for one second
nobody asks it, and then one thread does while the others go on without: a page is not slower because Redis is away.
Meanwhile ``submit`` raises AwayError, ``state`` says ``unknown`` with what was seen last, and ``cancel`` does nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cachetools import LRUCache
from redis import RedisError

from resnet.run.redis_store import Bounds, Found, Seen, Store
from resnet.run.runs import CANCELLED, LOST, UNKNOWN, AwayError, Counts, FullError, Job, State, TurnError, checked
from resnet.run.work import WORK

SEEN = 32  # runs whose last state is remembered here
AGAIN = 1.0  # seconds until Redis is asked again
RETURN = 3.0  # seconds in which a worker hands in again what Redis has forgotten

GONE = "Redis does not answer at REDIS_URL: no run can be started or followed. All else works."
WRONG = "REDIS_URL is no address of Redis, such as redis://127.0.0.1:6379/0: no run can be started."
ALONE = "No worker is there, and what is asked for waits. `python -m resnet.run.redis_worker` starts one."

log = logging.getLogger(__name__)
T = TypeVar("T")


class RedisQueue:
    """``url``  as Redis has it: ``redis://``, ``rediss://`` or ``unix://``;  ``bounds``  of what is asked for here.

    ``work``  what can be asked for: the workers must know the same
    """

    def __init__(
        self, url: str, work: Mapping[str, Callable[..., Any]] = WORK, *, bounds: Bounds | None = None
    ) -> None:
        self._work, self._bounds = dict(work), bounds or Bounds()
        try:
            self._store: Store | None = Store.at(url)
        except ValueError as error:
            self._store = None
            log.error(WRONG, exc_info=error)
        self._lock = threading.Lock()  # guards what follows; held for microseconds at a time
        self._away, self._ask_at = False, 0.0
        self._known: LRUCache[str, _Known] = LRUCache(SEEN)

    def submit(self, job: Job, *, reader: str = "") -> State:
        checked(job, self._work)
        said, found = self._ask(lambda store: store.submit(job, self._bounds, reader))
        if said == "full":
            raise FullError(self._bounds.waiting)
        if said == "turn":
            raise TurnError(self._bounds.each)
        return self._note(job.key, found) or _lost(job.key)

    def state(self, key: str) -> State | None:
        with self._lock:
            known = self._known.get(key)
        attempt, many, done = (known.attempt, known.many, known.done) if known else ("", 0, False)
        try:
            return self._note(key, self._ask(lambda store: store.state(key, attempt, many, done)), known)
        except AwayError:
            return known.unknown() if known else _unknown(key)

    def cancel(self, key: str) -> None:
        try:
            self._ask(lambda store: store.cancel(key))
        except AwayError:
            log.info("A run could not be stopped: Redis is away")

    def counts(self) -> Counts | None:
        try:
            return self._ask(lambda store: store.counts())[0]
        except AwayError:
            return None

    def healthy(self) -> str:
        if self._store is None:
            return WRONG
        try:
            _, workers = self._ask(lambda store: store.counts())
        except AwayError:
            return GONE
        return "" if workers else ALONE

    def close(self) -> None:
        """Nobody's run ends with it."""
        if self._store:
            self._store.close()

    def _ask(self, call: Callable[[Store], T]) -> T:
        with self._lock:
            if self._store is None or (self._away and time.monotonic() < self._ask_at):
                raise AwayError
            if self._away:
                self._ask_at = time.monotonic() + AGAIN  # this thread tries; nobody else waits with it
        try:
            answer = call(self._store)
        except (RedisError, OSError) as error:
            with self._lock:
                first, self._away = not self._away, True
                self._ask_at = time.monotonic() + AGAIN
            if first:
                log.warning("Redis does not answer", exc_info=error)
            raise AwayError from None
        with self._lock:
            back, self._away = self._away, False
        if back:
            log.warning("Redis answers again")
        return answer

    def _note(self, key: str, found: Found, before: _Known | None = None) -> State | None:
        """Puts what is fresh to what is known of the run already."""
        seen = found.seen
        with self._lock:
            known = self._known.get(key)
            if seen is None:
                return self._missing(key, known, found.memory)
            if known is None or known.attempt != seen.attempt:
                if before and before.attempt == seen.attempt:
                    known = before  # it fell out meanwhile, and what it knew was not sent again
                else:
                    known = _Known(key, seen.attempt, self._bounds.told)
                self._known[key] = known
            known.memory = found.memory
            known.note(seen)
            return known.state

    def _missing(self, key: str, known: _Known | None, memory: str) -> State | None:
        """Redis knows nothing of it. If it has forgotten everything, perhaps a worker will remind it."""
        if known is None or known.memory == memory or known.state.phase not in ("waiting", "running", "lost"):
            self._known.pop(key, None)
            return None
        known.missing = known.missing or time.monotonic()
        return known.unknown() if time.monotonic() - known.missing < RETURN else known.lost()


class _Known:
    """What this process knows of one try of a job; changes under the queue's lock only."""

    def __init__(self, key: str, attempt: str, told: int) -> None:
        self.attempt = attempt
        self.many = 0
        self.memory = ""  # Redis's, in which it was seen
        self.missing = 0.0  # since when Redis knows nothing of it
        self._told: deque[Any] = deque(maxlen=told)
        self.state = State(key, "waiting", 0, (), 0.0, None, "")

    @property
    def done(self) -> bool:
        return self.state.phase == "done"

    def note(self, seen: Seen) -> None:
        self.missing = 0.0
        told, result = self.state.told, self.state.result
        if seen.many > self.many:  # two threads may have asked: what comes later may be the earlier news
            self._told.extend(seen.fresh[self.many - seen.many :])
            self.many, told = seen.many, tuple(self._told)
        if seen.phase == "done" and not self.done:
            result = seen.result
        problem = {"cancelled": CANCELLED, "lost": LOST}.get(seen.phase, seen.problem)
        self.state = State(self.state.key, seen.phase, seen.place, told, seen.share, result, problem)

    def unknown(self) -> State:
        """While nobody can say how it stands. What has ended stays as it is."""
        if self.state.phase in ("waiting", "running"):
            return self.state._replace(phase="unknown", problem=UNKNOWN)
        return self.state

    def lost(self) -> State:
        self.state = self.state._replace(phase="lost", problem=LOST)
        return self.state


def _unknown(key: str) -> State:
    return State(key, "unknown", 0, (), 0.0, None, UNKNOWN)


def _lost(key: str) -> State:
    return State(key, "lost", 0, (), 0.0, None, LOST)
