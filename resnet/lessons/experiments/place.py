"""Where a reader stands among the experiments, what an experiment is, and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from resnet.draw.curves import BEHIND, EVERYWHERE, IDENTITY, PLAIN, PROJECTION, Look
from resnet.draw.spoken import Plate
from resnet.run.family import KINDS
from resnet.run.jobs import Job
from resnet.spec.conventions import DEFAULT, Conventions

BETAS = ("0.05", "0.1", "0.2", "0.3", "0.5", "0.7", "1")
STEPS = ("0", "10", "30")
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
LOOKS: Mapping[str, Look] = {
    "plain": PLAIN,
    "A": IDENTITY,
    "B": PROJECTION,
    "C": EVERYWHERE,
    "v2": BEHIND,
}
SHORT: Mapping[str, str] = {"plain": "plain", "A": "A", "B": "B", "C": "C", "v2": "pre-act."}
IN_WORDS: Mapping[str, str] = {**SHORT, "v2": "pre-activation"}
TERMS: Mapping[str, str] = {kind.name: kind.words for kind in KINDS.values()}
Rows = Sequence[Sequence[object]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """What is looked at. A setting means something in the experiments that are named beside it.

    ``predicted``           what the reader said beforehand; empty until then
    ``kind``, ``removed``   lesion: which network, and the blocks that are out
    ``seed``                lesion, shattered, gradients: of the network that is drawn or was trained
    ``depth``, ``init``, ``beta``, ``batchnorm``   shattered
    ``blocks``, ``steps``, ``kinds``               gradients: how deep, trained how long, and which are shown
    ``trained``, ``epochs``, ``seeds``             options: what is trained here
    ``topic``               published: what is held against what
    ``figure``              which of the figures, in a file
    """

    experiment: str = "lesion"
    predicted: str = ""
    kind: str = "B"
    removed: tuple[str, ...] = ()
    seed: int = 1
    depth: int = 50
    init: str = "he"
    beta: str = "0.1"
    batchnorm: bool = False
    blocks: int = 50
    steps: str = "0"
    kinds: tuple[str, ...] = tuple(KINDS)
    trained: tuple[str, ...] = ("plain", "B")
    epochs: int = 5
    seeds: int = 1
    topic: str = "shortcuts"
    figure: int = 1
    conventions: Conventions = DEFAULT


class Figure(NamedTuple):
    """``words`` stand under it, its name over it where it is ``headed``: most have a title in the picture.

    ``above``  what a reader is to do with it, before it is looked at

    ``ours``  our own numbers, where others' stand beside them
    """

    name: str
    plate: Plate
    words: str = ""
    ours: bool = False
    headed: bool = False
    above: str = ""

    @property
    def svg(self) -> str:
        return self.plate.svg


class Told(NamedTuple):
    """``words`` say what came out, ``shows`` what follows from it, and ``shows_not`` what does not."""

    figures: tuple[Figure, ...]
    words: tuple[str, ...]
    shows: str
    shows_not: str
    sources: tuple[str, ...]
    seeds: str


def _no_job(_: Place) -> Job | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One experiment.

    ``name``         at the choice;  ``question``  its heading;  ``asks``  what is looked at, before any result
    ``terms``        names that are used in it, and what they mean
    ``answers``      what a reader can say beforehand;  ``right``  which of it the data says, and the numbers for it
    ``it_is``        what stands in front of the right answer, where it was another one
    ``told``         everything else, with what a job has told so far;  ``table``  the raw numbers, a header first
    ``job``          what has to run for it, if anything has
    ``uses``         the settings that mean something in it
    """

    key: str
    name: str
    question: str
    asks: Callable[[], str]
    answers: Callable[[], Mapping[str, str]]
    right: Callable[[], tuple[str, str]]
    told: Callable[[Place, Sequence[Any]], Told]
    table: Callable[[Place, Sequence[Any]], Rows]
    job: Callable[[Place], Job | None] = _no_job
    uses: tuple[str, ...] = ()
    terms: Mapping[str, str] = field(default_factory=dict)
    it_is: str = "It is"

    @property
    def setting(self) -> str:
        """Asked for when it is shown: its numbers are read from what was measured."""
        return self.asks()

    @property
    def predictions(self) -> Mapping[str, str]:
        return self.answers()


def written(number: int) -> str:
    """A small number as a word, as in a sentence.

    >>> written(10), written(54)
    ('ten', '54')
    """
    return NUMBERS[number] if number < len(NUMBERS) else f"{number}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["A", "B", "C"])
    'A, B and C'
    """
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), *names[-1:]])


def percent(share: float, digits: int = 1) -> str:
    """A share of one as a reader sees it.

    >>> percent(0.9312)
    '93.1 %'
    """
    return f"{100 * share:.{digits}f} %"
