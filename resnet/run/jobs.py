"""What takes longer than a second waits here for its turn, and is done once for everybody who asks.

    job = Job.of("training", kinds="B,plain", epochs=5, seeds=1)
    queue().submit(job).place     # how many are in front of it
    queue().state(job.key)        # how far it is, and in the end its result
    queue().cancel(job.key)

Progress and result belong to the job and not to who asked: a second tab, or the same one after a reload, finds them by
the key. What a run goes through is in ``runs``.
"""

from __future__ import annotations

import atexit
import threading
from functools import cache

from resnet.run.local import LocalQueue
from resnet.run.runs import CANCELLED, Counts, FullError, Job, Phase, Queue, State

__all__ = ["CANCELLED", "Counts", "FullError", "Job", "LocalQueue", "Phase", "Queue", "State", "queue"]

_lock = threading.Lock()


def queue() -> Queue:
    """The one of this process; closed when it ends."""
    with _lock:  # a cache alone would let two threads make one each
        return _made()


@cache
def _made() -> Queue:
    one = LocalQueue()
    atexit.register(one.close)
    return one
