"""Turns: so many threads work at a time, and the others wait, instead of all at once at a crawl.

    turns = Turns(1)
    with turns.taken():
        ...                   # what is urgent
        with turns.left():    # whoever waits has its turn; what comes after this is less urgent than what is new
            time.sleep(0.1)
        ...

Thirty threads that share one interpreter finish together, each after thirty times as long; one after the other, they
finish half of them in half of that, and the first at once. The urgent have their turn ahead of the less urgent, and
among equals who came first. Whoever takes longer than ``patience`` seconds goes on, and lets another in beside it: so a
long computation holds nobody up, and two that wait for each other do not wait for ever.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """``most`` at a time, from any thread. A thread that has its turn does not take another."""

    def __init__(self, most: int, patience: float = 0.25) -> None:
        self.most, self.patience = most, patience
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: list[tuple[bool, int, threading.Event]] = []  # less urgent?, when it came, what wakes it: a heap
        self._since: dict[int, float] = {}  # thread that has its turn -> since when

    @contextmanager
    def taken(self) -> Iterator[None]:
        self._take(False)
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def left(self) -> Iterator[None]:
        """For a thread that only waits, or waits for another process. Nothing for a thread that has no turn."""
        had = self._leave()
        try:
            yield
        finally:
            if had:
                self._take(True)

    def _take(self, less_urgent: bool) -> None:
        woken = threading.Event()
        me = (less_urgent, next(self._numbers), woken)
        with self._lock:
            heapq.heappush(self._waiting, me)
        while True:
            with self._lock:
                first = self._waiting[0] is me
                if first and self._has_room():
                    heapq.heappop(self._waiting)
                    self._since[threading.get_ident()] = time.monotonic()
                    self._wake_first()
                    return
                woken.clear()
            woken.wait(self.patience if first else None)

    def _leave(self) -> bool:
        """Whether this thread had its turn."""
        with self._lock:
            had = self._since.pop(threading.get_ident(), None) is not None
            self._wake_first()
            return had

    def _has_room(self) -> bool:
        fresh = time.monotonic() - self.patience
        return sum(since > fresh for since in self._since.values()) < self.most

    def _wake_first(self) -> None:
        if self._waiting:
            self._waiting[0][2].set()
