"""What can be asked of the queue, by name. Each is called in the worker's process.

    def work(tell, **asked): ...

``tell(share, value)`` reports how much is done, from 0 to 1, and what came out so far; without a value only the bar
moves. Values and results are plain tuples. What trains is imported when it is asked for: whoever only looks at the
queue need not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from resnet.spec.errors import SpecError, check_whole

if TYPE_CHECKING:
    from resnet.run.gradients import Norms
    from resnet.run.training import Epoch

# What one run may take, so that the next in the queue waits for minutes and not for hours. What trains checks the rest.
MOST_KINDS = 6
MOST_EPOCHS = 50
MOST_SEEDS = 10


class Tell(Protocol):
    """Reports what is done so far."""

    def __call__(self, share: float, value: Any = None) -> None: ...


def training(tell: Tell, *, kinds: str, epochs: int, seeds: int, blocks: int = 10) -> tuple[Epoch, ...]:
    """Networks of these kinds ("A,B,plain"), trained ``seeds`` times each; an Epoch is told when it is over.

    All kinds take their turn before the next seed: a reader can compare after the first round, and stop. Raises
    SpecError.
    """
    from resnet.run.training import train

    names = _kinds(kinds)
    for field, value, most in (("epochs", epochs, MOST_EPOCHS), ("seeds", seeds, MOST_SEEDS)):
        check_whole(field, value, most)
    over: list[Epoch] = []
    expected = len(names) * seeds * (epochs + 1)  # one Epoch is before any training

    def note(epoch: Epoch) -> None:
        over.append(epoch)
        tell(len(over) / expected, epoch)

    for seed in range(1, seeds + 1):
        for kind in names:
            train(kind, epochs=epochs, seed=seed, blocks=blocks, tell=note)
    return tuple(over)


def gradients(tell: Tell, *, kinds: str, blocks: int, steps: int = 0, seed: int = 1) -> tuple[Norms, ...]:
    """How large the gradient is at each block of these kinds of networks, after so many steps of training.

    One Norms for each kind, told when it is there. Raises SpecError.
    """
    from resnet.run.gradients import gradient_norms

    names = _kinds(kinds)
    found: list[Norms] = []

    def note(step: int) -> None:
        tell((len(found) + step / (steps + 1)) / len(names))

    for kind in names:
        found.append(gradient_norms(kind, blocks, steps=steps, seed=seed, tell=note))
        tell(len(found) / len(names), found[-1])
    return tuple(found)


def _kinds(text: str) -> Sequence[str]:
    """Which there are is known to what trains them; here, that there are some, each once."""
    names = [name.strip() for name in text.split(",")]
    if not all(names) or len(set(names)) < len(names) or len(names) > MOST_KINDS:
        raise SpecError("kinds", text, f"1 to {MOST_KINDS} different names with commas between them, such as 'B,plain'")
    return names


WORK: dict[str, Callable[..., Any]] = {"training": training, "gradients": gradients}
# The kinds of tuples in what is told and comes out, and where they live: those may go from one process to another.
VALUES = {"Epoch": "resnet.run.training", "Norms": "resnet.run.gradients"}
