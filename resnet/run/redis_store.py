"""Redis as the place where runs are: the calls of runs.lua, with names, types and short waits.

    store = Store.at("redis://127.0.0.1:6379/0")
    store.state("training-…").seen      # or None

Each call is one script that Redis runs in one piece, so it cannot be half done, and all processes see the same. What
passes through is JSON (``plain``) in keys that begin with ``residual:``, beside RQ's, which begin with ``rq:``. Nothing
of it is unpickled, and nothing of it names code: of RQ's jobs only the id is looked at. Still whoever can write to this
Redis can write results that readers see, so it must be nobody else's, behind a password or a network of its own.

Every call raises ``redis.RedisError`` when Redis does not answer within half a second.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.job import Job as Ticket

from resnet.run.plain import read
from resnet.run.runs import MOST_WAITING, Counts, Job, Phase

NAME = "residual"
OURS = f"{NAME}:1:"  # the number changes when what is kept there changes
FORGET = 24 * 3600  # seconds: as in runs.lua
PATIENCE = 0.5  # seconds for a connection, and for an answer
log = logging.getLogger(__name__)
SCRIPT = (Path(__file__).parent / "runs.lua").read_text()


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a run may take, and what is kept of it: as LocalQueue's."""

    waiting: int = 20
    each: int = MOST_WAITING
    kept: int = 100
    told: int = 3000
    longest_seconds: float = 1200


class Seen(NamedTuple):
    """What Redis says of a run.

    ``attempt``  of which try of the job this is;  ``many``  so many values it has told in all
    ``fresh``    the newest of them that the asker has not seen, at most as many as are kept
    ``problem``, ``result``  as they were handed in;  ``result``  is None if the asker has it
    """

    phase: Phase
    place: int
    share: float
    problem: str
    attempt: str
    many: int
    fresh: tuple[Any, ...]
    result: Any


class Found(NamedTuple):
    """``memory``  changes when Redis has forgotten everything: what was there before is not over, but lost from it."""

    memory: str
    seen: Seen | None


class Given(NamedTuple):
    """A job and the bounds that were given with it."""

    job: Job
    bounds: Bounds


Taken = Literal["new", "found", "turn", "full"]
Answer = Literal["on", "stop", "again"]


class Store:
    """The calls. Any thread may make them; each process needs its own Store."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._script = client.register_script(SCRIPT)
        self._waiting = tickets(client)
        self._keys = (OURS, self._waiting.key, Ticket.redis_job_namespace_prefix)

    @classmethod
    def at(cls, url: str) -> Store:
        """Connects when it is first asked. Raises ValueError for what is no address of Redis."""
        once = Retry(NoBackoff(), 1)  # a connection that Redis has closed meanwhile is noticed by using it
        waits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "retry": once}
        return cls(Redis.from_url(url, **waits))

    # of those who ask

    def submit(self, job: Job, bounds: Bounds, reader: str) -> tuple[Taken, Found]:
        """Whether it is a new run, was there already, or was not taken, and how it stands if there is one."""
        attempt = secrets.token_hex(4)
        ticket = self._waiting.create_job(
            "resnet.run.redis_worker", job_id=f"{job.key}-{attempt}", description=job.key,
            result_ttl=0, failure_ttl=FORGET,
        )  # fmt: skip
        ticket.origin = self._waiting.name
        with self._client.pipeline() as pipeline:  # RQ looks for its job as soon as the id is in the list
            ticket.save(pipeline)
            pipeline.expire(ticket.key, FORGET)
            pipeline.sadd(Queue.redis_queues_keys, self._waiting.key)
            pipeline.execute()
        said = self._call("submit", job.key, json.dumps(job), json.dumps(asdict(bounds)), reader, attempt)
        memory, word, *seen = said
        if word != b"new":
            self._client.delete(ticket.key)
        return word.decode(), _found(memory, seen)

    def state(self, key: str, attempt: str = "", many: int = 0, done: bool = False) -> Found:
        """``attempt``, ``many``, ``done``: what the asker has seen already, and need not be sent again."""
        memory, *seen = self._call("state", key, attempt, many, int(done))
        return _found(memory, seen)

    def cancel(self, key: str) -> None:
        self._call("cancel", key)

    def counts(self) -> tuple[Counts, int]:
        """And how many workers there are."""
        waiting, running, ended, workers = self._call("counts")
        names = [one.decode() for one in ended[::2]]
        return Counts(waiting, running, dict(zip(names, map(int, ended[1::2]), strict=True)), everywhere=True), workers

    def close(self) -> None:
        self._client.close()

    # of workers

    def here(self, worker: str) -> None:
        self._call("here", worker)

    def begin(self, key: str, attempt: str) -> Given | None:
        """None if that try is not wanted any more."""
        found = self._call("begin", key, attempt)
        if not found:
            return None
        what, asked = json.loads(found[0])
        return Given(Job(what, tuple((name, value) for name, value in asked)), Bounds(**json.loads(found[1])))

    def tell(self, key: str, attempt: str, before: int, share: float, values: Sequence[str]) -> Answer:
        """Also says that the worker lives. ``before``: how many values it had told before these.

        The answer: to go on, to stop, or to restore and tell again.
        """
        said: bytes = self._call("tell", key, attempt, before, share, *values)
        return said.decode()  # type: ignore[return-value]  # one of these words, by runs.lua

    def restore(self, key: str, attempt: str, given: Given, many: int, share: float, values: Sequence[str]) -> None:
        job, bounds = json.dumps(given.job), json.dumps(asdict(given.bounds))
        self._call("restore", key, attempt, job, bounds, many, share, *values)

    def finish(self, key: str, attempt: str, phase: Phase, problem: str, result: str) -> None:
        self._call("finish", key, attempt, phase, problem, result)

    def _call(self, *asked: Any) -> Any:
        return self._script(self._keys, asked)


def tickets(client: Redis) -> Queue:
    """RQ's queue: a job in it is the turn of a run, and its id says of which."""
    return Queue(NAME, connection=client, serializer="json")


def _found(memory: bytes, seen: Sequence[Any]) -> Found:
    try:
        return Found(memory.decode(), _seen(seen[0]) if seen else None)
    except ValueError as error:  # a value of a kind that this version does not know
        log.error("what another version left in Redis can't be read: %s", error)
        return Found(memory.decode(), None)


def _seen(said: Sequence[Any]) -> Seen:
    phase, place, share, problem, attempt, many, fresh, result = said
    values = tuple(map(read, fresh))
    came_to = read(result) if result else None
    return Seen(phase.decode(), place, float(share), problem.decode(), attempt.decode(), many, values, came_to)
