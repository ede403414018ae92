"""What the log has of a run that is over: one line, and of an error its type and its place, as of all errors.

ended(job, "failed", seconds=2.5, failure=traceback)

run what=training settings=ea6c09d79505b015 phase=failed seconds=2.5 error=ZeroDivisionError at=resnet/run/work.py:56 …
"""

from __future__ import annotations

import logging
import re
from pathlib import PurePath

from resnet.log import told
from resnet.run.runs import Job, Phase

_PLACE = re.compile(r'^  File "([^"\n]+)", line (\d+), in (\S+)$', re.M)
_LEVELS = {"failed": logging.ERROR, "lost": logging.ERROR}

log = logging.getLogger(__name__)


def ended(job: Job, phase: Phase, *, seconds: float | None = None, failure: str = "", expected: bool = False) -> None:
    """``seconds``  since it began, if it did;  ``failure``  a traceback;  ``expected``  a reader was told why."""
    level = logging.INFO if expected else _LEVELS.get(phase, logging.INFO)
    took = None if seconds is None else round(seconds, 1)
    error, at = _error(failure)
    settings = job.key.rpartition("-")[2]
    told("run", level=level, what=job.what, settings=settings, phase=phase, seconds=took, error=error, at=at)
    if failure:
        log.debug("%s\n%s", job.key, failure)


def _error(failure: str) -> tuple[str | None, str | None]:
    """Its type, and where it was raised."""
    if not failure:
        return None, None
    *_, last = failure.strip().splitlines()
    places = [f"{'/'.join(PurePath(file).parts[-3:])}:{line} {name}" for file, line, name in _PLACE.findall(failure)]
    return last.partition(":")[0], places[-1] if places else None
