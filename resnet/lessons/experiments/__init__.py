"""The experiments: a question, a prediction, a picture of what was really computed, and what it does and does not show.

    EXPERIMENTS["lesion"]            its question, what can be predicted, and which of it the data says
    told(Place(experiment="lesion", removed=("layer1.2",)))      figures and words, for page, file and API alike

One module for each. Nothing is started here: what has to run longer than a second is a job, and ``told`` shows what it
has told so far.
"""

from __future__ import annotations

from typing import Any

from resnet.lessons.experiments.gradients import GRADIENTS
from resnet.lessons.experiments.lesion import LESION
from resnet.lessons.experiments.options import OPTIONS
from resnet.lessons.experiments.place import Experiment, Place, Rows, Told
from resnet.lessons.experiments.published import PUBLISHED
from resnet.lessons.experiments.shattered import SHATTERED
from resnet.run.jobs import State, queue

EXPERIMENTS: dict[str, Experiment] = {one.key: one for one in (LESION, SHATTERED, GRADIENTS, OPTIONS, PUBLISHED)}


def state(place: Place) -> State | None:
    """Of the job that belongs to what is asked; None if it needs none, or nobody has started it."""
    job = EXPERIMENTS[place.experiment].job(place)
    return queue().state(job.key) if job else None


def told(place: Place) -> Told:
    """What the experiment says at that place, with what its job has told so far."""
    return EXPERIMENTS[place.experiment].told(place, _rows(place))


def table(place: Place) -> Rows:
    """The raw numbers of it, a header first."""
    return EXPERIMENTS[place.experiment].table(place, _rows(place))


def _rows(place: Place) -> tuple[Any, ...]:
    found = state(place)
    return () if found is None else tuple(found.result or found.told)
