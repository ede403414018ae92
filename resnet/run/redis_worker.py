"""Does the runs that wait in Redis, one after the other: ``python -m resnet.run.redis_worker``, as often as there are
processors to spare.

An RQ worker without its forks: torch's threads do not survive one. RQ's ``SpawnWorker`` would start a fresh process for
each run, and so import torch for each. Here RQ takes the turn, keeps the list of workers, waits for Redis, and ends a
worker when it is asked to (SIGTERM: after its run; twice: at once). The run itself is done in the process that
LocalQueue has too (``process``): a fresh interpreter with one thread, nice to others, which stops within 0.7 s and
keeps torch for the next run. It ends with its worker, however that ends.

One thread speaks with Redis about the run, five times a second: what was told, that the worker lives, and it hears
whether to stop. While Redis is away the run goes on and nothing is thrown away; when it has forgotten the run, it is
told again from the beginning. Values are text on the way: this process loads nothing that could hold it up (torch takes
seconds, in which it would be taken for dead).

Of RQ's job only the id counts: which run, and which try of it. What can run is in ``work.WORK``, by name.
"""

from __future__ import annotations

import logging
import os
import pickle
import platform
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job as Ticket
from rq.worker import WorkerStatus

from resnet.log import set_up
from resnet.run import noted
from resnet.run.process import Process
from resnet.run.redis_store import Answer, Given, Store, tickets
from resnet.run.runs import FAILED, LONG, LOST, Phase, checked
from resnet.run.work import VALUES, WORK
from resnet.spec.errors import SpecError

BEAT = 0.2  # seconds from one word to Redis to the next: runs.lua waits five seconds for it
HERE = 1.0  # seconds from one word that the worker is there to the next, whether it has a run or not
PATIENCE = 120.0  # seconds for which a result is kept for a Redis that is away
LISTEN = 30  # seconds: RQ listens for the next turn for half of it, then says that it is still there
RETRY = 1.0  # seconds until a Redis that is away is tried again

log = logging.getLogger("resnet.run.redis_worker")  # also where this file is __main__


class Errand:
    """One try of a run: what it has told, and how it ended. Shared by the thread that does it and the one that tells.

    ``key``, ``attempt``  which;  ``given``  the job and its bounds
    """

    def __init__(self, key: str, attempt: str, given: Given) -> None:
        self.key, self.attempt, self.given = key, attempt, given
        self._lock = threading.Lock()
        self._told: deque[str] = deque(maxlen=given.bounds.told)
        self._many = self._sent = 0
        self._share = 0.0
        self._end: tuple[Phase, str, str] | None = None
        self._began, self._failure = time.monotonic(), ""
        self._until = self._began + given.bounds.longest_seconds
        self.over = threading.Event()  # Redis has heard of its end, or does not want to

    def note(self, share: float, text: str | None) -> None:
        with self._lock:
            self._share = min(max(float(share), 0.0), 1.0)
            if text is not None:
                self._told.append(text)
                self._many += 1

    def end(self, phase: Phase, problem: str = "", result: str = "", failure: str = "") -> None:
        """The first end counts. ``failure``: a traceback, for the log."""
        with self._lock:
            self._failure = self._failure if self._end else failure
            self._end = self._end or (phase, problem, result)

    def log(self) -> None:
        phase, problem, _ = self._end or ("cancelled", "", "")
        seconds, expected = time.monotonic() - self._began, problem not in (FAILED, LOST)
        noted.ended(self.given.job, phase, seconds=seconds, failure=self._failure, expected=expected)

    @property
    def ended(self) -> bool:
        return self._end is not None or self.over.is_set()

    @property
    def late(self) -> bool:
        return not self.ended and time.monotonic() > self._until

    def speak(self, store: Store) -> bool:
        """Tells Redis what it does not know yet; whether to go on. Raises RedisError: then nothing counts as told."""
        with self._lock:
            end, many, share, every = self._end, self._many, self._share, [*self._told]
        fresh = many - self._sent
        said: Answer = "again"
        if fresh <= len(every):  # else more than is kept came while Redis was away
            said = store.tell(self.key, self.attempt, self._sent, share, every[len(every) - fresh :])
        if said == "again":
            store.restore(self.key, self.attempt, self.given, many, share, every)
        self._sent = many
        if said != "stop" and end:
            store.finish(self.key, self.attempt, *end)
        if said == "stop" or end:
            self.over.set()
        return said != "stop"


class Driver:
    """Does errands in its process, one at a time, and speaks of them.

    ``idle_seconds``  then its process ends: torch holds hundreds of megabytes
    """

    def __init__(
        self, store: Store, name: str, work: Mapping[str, Callable[..., Any]] = WORK, *, idle_seconds: float = 180
    ) -> None:
        self._store, self._name, self._work = store, name, dict(work)
        self._idle = idle_seconds
        self._lock = threading.RLock()  # guards the process and the errand
        self._process: Process | None = None
        self._errand: Errand | None = None
        self._used, self._seen = time.monotonic(), 0.0
        self._wake, self._closed = threading.Event(), False
        threading.Thread(target=self._beat, name="beat", daemon=True).start()

    def run(self, key: str, attempt: str) -> None:
        """From its begin to its end. What goes wrong is told to Redis, and not raised."""
        given = self._begin(key, attempt)
        if given is None:
            return
        errand = Errand(key, attempt, given)
        with self._lock:
            self._errand = errand
        try:
            self._do(errand)
        except Exception as error:  # its process died, or could not be started, or sent what cannot be read
            errand.end("lost", LOST, failure="".join(traceback.format_exception(error)))
            self._drop()
        self._wake.set()
        if not errand.over.wait(PATIENCE):
            log.error("A run is over, and for %s seconds there was no Redis to tell it to", PATIENCE)
        errand.log()
        with self._lock:
            self._errand, self._used = None, time.monotonic()

    def close(self) -> None:
        self._closed = True
        self._drop()

    def _begin(self, key: str, attempt: str) -> Given | None:
        for _ in range(round(PATIENCE / RETRY)):
            try:
                return self._store.begin(key, attempt)
            except RedisError:
                time.sleep(RETRY)
        return None

    def _do(self, errand: Errand) -> None:
        try:
            job = checked(errand.given.job, self._work)
        except SpecError as error:
            errand.end("failed", str(error))
            return
        with self._lock:
            if self._process and not self._process.answers():  # the last run took it along
                self._drop()
            if errand.ended:  # it was stopped before it began
                return
            self._process = process = self._process or Process()
            process.begin()
        process.send(pickle.dumps(self._work[job.what]), dict(job.asked), VALUES)
        kind = "told"
        while kind == "told":
            kind, *said = process.receive()
            self._note(errand, kind, *said)

    def _note(self, errand: Errand, kind: str, said: Any, more: Any = None) -> None:
        if kind == "told":
            errand.note(said, more)
        elif kind == "done":
            errand.end("done", result=said)
        elif kind == "failed":
            errand.end("failed", said or FAILED, failure="" if said else more)
        else:
            errand.over.set()

    def _drop(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process:
            process.end()

    # What follows runs in a thread of its own.

    def _beat(self) -> None:
        while not self._closed:
            self._wake.wait(BEAT)
            self._wake.clear()
            with self._lock:
                errand = self._errand
            try:
                if errand and not errand.over.is_set():
                    self._speak(errand)
                if time.monotonic() - self._seen > HERE:
                    self._store.here(self._name)
                    self._seen = time.monotonic()
            except RedisError as error:
                log.debug("Redis is away", exc_info=error)
            except Exception:  # a worker that is silent is taken for dead
                log.exception("what was to be told")
            if errand is None:
                self._rest()

    def _speak(self, errand: Errand) -> None:
        if errand.late:
            errand.end("failed", LONG.format(errand.given.bounds.longest_seconds / 60))
            self._stop(errand)
        if not errand.speak(self._store):
            self._stop(errand)

    def _stop(self, errand: Errand) -> None:
        with self._lock:
            if self._errand is errand and self._process:
                self._process.stop()

    def _rest(self) -> None:
        with self._lock:
            if self._errand is None and self._process and time.monotonic() - self._used > self._idle:
                self._drop()


class Worker(SimpleWorker):
    """RQ's, which hands each turn to the driver. It outlives a Redis that is away."""

    max_connection_wait_time = RETRY
    log_result_lifespan = False

    def __init__(self, client: Redis, driver: Driver) -> None:
        super().__init__([tickets(client)], connection=client, serializer="json", worker_ttl=LISTEN)
        self._driver = driver
        self.stopping = False

    def execute_job(self, job: Ticket, queue: Queue) -> None:
        with suppress(RedisError):  # the turn is taken: nothing of it is left to RQ, and so nothing is tidied up later
            job.delete(remove_from_queue=False)
            self.set_state(WorkerStatus.BUSY)  # a signal to end waits for the run
        key, _, attempt = job.id.rpartition("-")
        self._driver.run(key, attempt)
        with suppress(RedisError):
            self.set_state(WorkerStatus.IDLE)

    def request_stop(self, signum: Any, frame: Any) -> None:
        self.stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def set_shutdown_requested_date(self) -> None:
        with suppress(RedisError):
            super().set_shutdown_requested_date()  # type: ignore[no-untyped-call]

    def subscribe(self) -> None:
        """Takes no commands from Redis: signals do, and a run's own word to stop."""

    def unsubscribe(self) -> None:
        """As it never did."""


def serve(url: str, work: Mapping[str, Callable[..., Any]] = WORK, *, idle_seconds: float = 180) -> None:
    """Until it is asked to end. Raises ValueError if the URL is no address of Redis."""
    store, client = Store.at(url), Redis.from_url(url, retry=Retry(NoBackoff(), 0))  # RQ's own loop tries again
    driver = Driver(store, f"{platform.node()}-{os.getpid()}", work, idle_seconds=idle_seconds)
    worker, said = None, ""
    try:
        while worker is None or not worker.stopping:
            try:
                worker = Worker(client, driver)
                said = ""
                worker.work(logging_level="WARNING")
            except RedisError as error:  # where RQ does not expect one: it begins anew
                if said != str(error):
                    log.warning("Redis is away", exc_info=error)
                    said = str(error)
            if not (worker and worker.stopping):
                time.sleep(RETRY)
    except StopRequested:
        pass
    finally:
        driver.close()


def main() -> None:
    url = os.environ.get("REDIS_URL", "")
    if not url:
        sys.exit("REDIS_URL says where Redis is, such as redis://127.0.0.1:6379/0, and it is not set.")
    try:
        set_up()
        serve(url)
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
