"""So many in a minute, for each who asks.

    pace = Pace(1200)
    pace.take("who")  # 0.0: it is counted; else the seconds until there is room for one, and nothing is counted

A minute's whole share may be taken at once, as a class does that opens a page together; then one at a time as room
comes back. Whose last one is longest ago is forgotten first, when there are more than ``keys``.

Source: the generic cell rate algorithm (ITU-T I.371, annex A), as a bucket that is full at first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cachetools import LRUCache


class Pace:
    """``most`` in ``seconds``. From any thread."""

    def __init__(
        self, most: int, seconds: float = 60.0, *, keys: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most, self.seconds = most, seconds
        self._step = seconds / most
        self._full: LRUCache[str, float] = LRUCache(keys)  # key -> when everything that was taken is back
        self._clock = clock
        self._lock = threading.Lock()

    def take(self, key: str = "") -> float:
        """Counts one, or says after how many seconds there is room for it."""
        with self._lock:
            now = self._clock()
            full = max(self._full.get(key, now), now) + self._step
            over = full - now - self.seconds
            if over > 1e-9:
                return over
            self._full[key] = full
            return 0.0
