"""The five kinds of network trained on digits: one that a reader watches, and many that were trained before.

    train("B", epochs=5, seed=1, tell=print)     a run, an Epoch at a time
    summary(long_run())                          mean and spread over the seeds of the shipped runs

SGD with momentum 0.9, batches of 64, weight decay 5·10⁻⁴, a learning rate that rises to 0.05 over the first fifth of
the run and then falls to nothing along a cosine. No augmentation. A seed fixes the weights and the batches.
"""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet.cache import remembered
from resnet.run.digits import Digits, split
from resnet.run.family import KINDS, build, forward
from resnet.spec.errors import SpecError, check_one_of, check_whole

FILE = Path(__file__).parent / "data" / "training.csv"
MOST_EPOCHS = 200
BATCH, MOMENTUM, WEIGHT_DECAY = 64, 0.9, 5e-4
RATE, WARM_UP = 0.05, 0.2  # the largest learning rate; the share of the run that it takes to get there


class Epoch(NamedTuple):
    """How a network does after so many rounds through the digits. Epoch 0 is before any training.

    ``loss``   mean cross-entropy on the 1,197 digits that it trains on, in evaluation mode, as all three are
    ``train``, ``test``   share of right answers on these, and on the 600 that it never sees, 0 to 1
    """

    kind: str
    seed: int
    epoch: int
    loss: float
    train: float
    test: float


def train(
    kind: str, *, epochs: int, seed: int, blocks: int = 10, tell: Callable[[Epoch], None] | None = None
) -> tuple[Epoch, ...]:
    """Train a network, and say after each epoch how it does.

    ``tell``  is called with each Epoch as soon as it is there; what it raises ends the run

    Raises SpecError for a kind that is not there, epochs outside 1 … 200, blocks outside 1 … 100, or a strange seed.
    """
    return trained(kind, epochs=epochs, seed=seed, blocks=blocks, tell=tell)[1]


def trained(
    kind: str, *, epochs: int, seed: int, blocks: int = 10, tell: Callable[[Epoch], None] | None = None
) -> tuple[nn.Module, tuple[Epoch, ...]]:
    """As ``train``, with the network, in evaluation mode."""
    check_one_of("kind", kind, KINDS)
    epochs = check_whole("epochs", epochs, MOST_EPOCHS)
    net = build(kind, blocks, check_seed(seed))
    digits, _ = split()
    optimiser = torch.optim.SGD(net.parameters(), lr=0.0, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    steps = epochs * math.ceil(len(digits.labels) / BATCH)
    rates = iter([_rate(step / steps) for step in range(steps)])
    shuffle = torch.Generator().manual_seed(seed)
    rows: list[Epoch] = []
    for epoch in range(epochs + 1):
        if epoch:
            for images, labels in batches(digits, shuffle):
                step(net, kind, optimiser, images, labels, next(rates))
        rows.append(Epoch(kind, seed, epoch, *_measured(net, kind)))
        if tell:
            tell(rows[-1])
    return net.eval(), tuple(rows)


def batches(digits: Digits, shuffle: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Every digit once, in an order that the generator draws."""
    for chosen in torch.split(torch.randperm(len(digits.labels), generator=shuffle), BATCH):
        yield digits.images[chosen], digits.labels[chosen]


def step(
    net: nn.Module, kind: str, optimiser: torch.optim.Optimizer, images: Tensor, labels: Tensor, rate: float
) -> None:
    """One step of SGD."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad()
    torch.autograd.backward(F.cross_entropy(forward(net.train(), kind, images), labels))
    optimiser.step()


def _rate(done: float) -> float:
    """The learning rate when this share of the run is over."""
    if done < WARM_UP:
        return RATE * (done + 0.01) / (WARM_UP + 0.01)
    return RATE * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))) / 2


def _measured(net: nn.Module, kind: str) -> tuple[float, float, float]:
    """Loss and accuracy on the training digits, accuracy on the others."""
    train_digits, test_digits = split()
    with torch.inference_mode():
        net.eval()
        said = forward(net, kind, train_digits.images)
        loss = F.cross_entropy(said, train_digits.labels).item()
        return loss, share_right(said, train_digits), share_right(forward(net, kind, test_digits.images), test_digits)


def share_right(said: Tensor, digits: Digits) -> float:
    """(N, 10) → the share whose largest output is that of the right digit, 0 to 1."""
    return int((said.argmax(1) == digits.labels).sum()) / len(digits.labels)


def check_seed(seed: object) -> int:
    """Any whole number from 0 on that a generator takes on each machine."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31:
        raise SpecError("seed", seed, f"a whole number from 0 to {2**31 - 1:,}")
    return seed


@remembered(megabytes=2)
def long_run() -> tuple[Epoch, ...]:
    """The runs that ship, one row for each kind, seed and epoch: written by ``tools/train_digits.py``."""
    with FILE.open(newline="") as file:
        return tuple(
            Epoch(
                row["kind"],
                int(row["seed"]),
                int(row["epoch"]),
                *(float(row[name]) for name in ("loss", "train", "test")),
            )
            for row in csv.DictReader(file)
        )


class Summary(NamedTuple):
    """Test accuracy of one kind after each seed's last epoch.

    ``seeds``      how many;  ``values``  of each, in order of the seeds, 0 to 1
    ``deviation``  standard deviation of a sample (n − 1); 0 of a single seed
    """

    kind: str
    seeds: int
    mean: float
    deviation: float
    values: tuple[float, ...]


def summary(rows: Sequence[Epoch]) -> tuple[Summary, ...]:
    """One for each kind that is in the rows, in the order of KINDS."""
    found = []
    for kind in KINDS:
        last: dict[int, Epoch] = {}
        for row in rows:
            if row.kind == kind and (row.seed not in last or row.epoch > last[row.seed].epoch):
                last[row.seed] = row
        values = tuple(last[seed].test for seed in sorted(last))
        if values:
            deviation = statistics.stdev(values) if len(values) > 1 else 0.0
            found.append(Summary(kind, len(values), statistics.fmean(values), deviation, values))
    return tuple(found)
