"""What a run is, where it can be, and what every queue does: plain values, the same in front of one process or of many.

        waiting ──> running ──> done        kept for whoever asks the same
           │           ├──────> failed      it raised an error, or took too long
           └───────────┼──────> cancelled
                       └──────> lost        its process died
                                            (after these three, ``submit`` starts it again)

and ``unknown`` as long as what keeps the runs can't be asked: the run may well go on.

A FullError is a SpecError: a sentence for a reader.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from resnet.spec.errors import SpecError, check_one_of

Phase = Literal["waiting", "running", "done", "failed", "cancelled", "lost", "unknown"]
Value = str | int | float

CANCELLED = "The run was stopped. It can be started again."
LOST = "The process that worked on it ended before it was done, and the run is lost. It can be started again."
FAILED = "The run stopped at an error that is not yours; it is in the server's log. It can be started again."
SHUT = "The server stopped while this was waiting or running. It can be started again."
UNKNOWN = (
    "The queue does not answer just now, so how the run stands is not known. It may well go on; this page looks again."
)
LONG = "The run took longer than {:.0f} minutes and was stopped. Ask for less of it."

MOST_WAITING = 2  # runs of one reader: more would be others' turns


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


class Counts(NamedTuple):
    """What a server's owner watches.

    ``ended``       how many ended in each phase since the counting began; those that are stopped are ``cancelled``
    ``everywhere``  whether all processes say the same numbers, so that they must not be added up
    """

    waiting: int
    running: int
    ended: Mapping[str, int]
    everywhere: bool


class FullError(SpecError):
    """Too many wait already."""

    def __init__(self, many: int) -> None:
        super().__init__("queue", many, "shorter")
        self.args = (f"The queue is full: {many} runs wait in front of yours. Please try again in a few minutes.",)


class TurnError(FullError):
    """Too many of one reader's wait already."""

    def __init__(self, many: int) -> None:
        super().__init__(many)
        self.args = (
            f"{many} runs of yours wait already, and others want their turn too. Please wait until one of them "
            "begins, or stop one.",
        )


class AwayError(SpecError):
    """What keeps the queue does not answer."""

    def __init__(self) -> None:
        super().__init__("queue", "away", "within reach")
        self.args = ("The queue does not answer just now, so nothing can be started. Please try again in a minute.",)


class Queue(Protocol):
    """Every call returns soon, and can be made from any thread."""

    def submit(self, job: Job, *, reader: str = "") -> State:
        """Asks for it. What waits, runs or is done is not started again; what came to nothing is.

        ``reader``  an anonymous name of who asks: at most ``MOST_WAITING`` of one reader wait, and readers take turns.
        Without one, it is nobody's second.

        Raises SpecError for what nobody can do, FullError, TurnError and AwayError.
        """

    def state(self, key: str) -> State | None:
        """None: nobody asked for it, or it is so long ago that it is forgotten."""

    def cancel(self, key: str) -> None:
        """Stops it, for everybody who waits for it. What has ended stays as it is."""

    def counts(self) -> Counts | None:
        """None while they can't be had."""

    def healthy(self) -> str:
        """Empty, or a sentence for the server's owner on what keeps runs from being taken or done.

        All else goes on without: it is no reason to send readers elsewhere, where it is the same.
        """

    def close(self) -> None:
        """Lets go of what this process holds, at its end. What is submitted afterwards starts anew."""


def turn(waiting: Sequence[str], reader: str) -> int:
    """Where the next run of a reader goes among those that wait, whose readers these are.

    Readers take turns: everybody's first before anybody's second, and else in the order in which they came. Runs of
    nobody ("") are first ones each.

    >>> turn(["a", "b", "a"], "c")
    2
    >>> turn(["a", "b", "a"], "b")
    3
    """
    mine = _round(waiting, reader)
    later = (place for place, one in enumerate(waiting) if _round(waiting[:place], one) > mine)
    return next(later, len(waiting))


def _round(before: Sequence[str], reader: str) -> int:
    return before.count(reader) if reader else 0


def checked(job: Job, work: Mapping[str, Callable[..., Any]]) -> Job:
    """The job, if its work can be called with what is asked. Raises SpecError."""
    function = work[check_one_of("what", job.what, work)]
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
