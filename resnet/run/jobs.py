"""What takes longer than a second waits here for its turn, and is done once for everybody who asks.

    job = Job.of("training", kinds="B,plain", epochs=5, seeds=1)
    queue().submit(job).place     # how many are in front of it
    queue().state(job.key)        # how far it is, and in the end its result
    queue().cancel(job.key)

Without more it is done in one process beside the server (``local``). With ``REDIS_URL`` in the environment, all
processes with that Redis have one queue, and workers do what is in it (``redis_queue``, ``redis_worker``).

Progress and result belong to the job and not to who asked: a second tab, or the same one after a reload, finds them by
the key. What a run goes through is in ``runs``.
"""

from __future__ import annotations

import atexit
import os
import threading
from functools import cache

from resnet.run.local import LocalQueue
from resnet.run.runs import CANCELLED, LOST, Counts, FullError, Job, Phase, Queue, State

__all__ = ["CANCELLED", "LOST", "Counts", "FullError", "Job", "LocalQueue", "Phase", "Queue", "State", "queue"]

_lock = threading.Lock()


def queue() -> Queue:
    """The one of this process; closed when it ends."""
    with _lock:  # a cache alone would let two threads make one each
        return _made()


@cache
def _made() -> Queue:
    one: Queue
    if url := os.environ.get("REDIS_URL"):
        from resnet.run.redis_queue import RedisQueue  # redis and rq are needed where they are used

        one = RedisQueue(url)
    else:
        one = LocalQueue()
    atexit.register(one.close)
    return one
