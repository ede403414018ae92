"""What a reader of the experiments waits for: each of them once, for a setting that nobody has asked for before.

    python -m bench.experiments

Read the ratios; the seconds belong to the machine. The unit is one forward and backward pass of the residual network of
ten blocks with a batch of 64 digits, in the same run, taken before each measurement and after it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch.nn import functional as F

from resnet.run.digits import split
from resnet.run.family import KINDS, build, forward
from resnet.run.gradients import gradient_norms
from resnet.run.lesion import blocks, lesion, removable
from resnet.run.shatter import gradient_line
from resnet.run.training import BATCH, train

REPEATS = 5


def unit() -> float:
    """Seconds of one pass, the median of five."""
    net, (digits, _) = build("B", 10, seed=1), split()
    return statistics.median(
        seconds(
            lambda: torch.autograd.backward(
                F.cross_entropy(forward(net, "B", digits.images[:BATCH]), digits.labels[:BATCH])
            )
        )
        for _ in range(REPEATS)
    )


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure(name: str, runs: list[Callable[[], object]], within: float) -> None:
    """The median of the runs, none of which was made before."""
    before = unit()
    took = statistics.median(map(seconds, runs))
    ratio = took / statistics.fmean((before, unit()))
    print(f"{name:<58} {took:6.2f} s {ratio:7.1f} passes   {'within' if took <= within else 'OVER'} {within} s")


def main() -> None:
    print(f"torch on {torch.get_num_threads()} threads; one pass {unit():.3f} s")
    seeds = range(1001, 1001 + REPEATS)
    measure("gradients of 50 blocks, all five kinds", [lambda s=s: all_norms(s) for s in seeds], 2.0)
    for name in ("B", "plain"):
        lesion(frozenset(), kind=name)  # the weights are read once
        new = [frozenset((one, other)) for one, other in zip(removable(name), removable(name)[1:], strict=False)]
        measure(f"a lesion click, {name}, ten networks", [lambda n=name, r=r: lesion(r, kind=n) for r in new], 0.3)
    print(f"  of {len(blocks())} blocks, two out that nobody took out before")
    for init in ("he", "orthogonal", "looks_linear"):
        betas = [0.11 + i / 100 for i in range(REPEATS)]
        runs = [lambda b=b, i=init: gradient_line(50, residual=True, beta=b, init=i) for b in betas]
        measure(f"shattered gradients at depth 50, {init}, ten networks", runs, 1.0)
    measure("one epoch of training, option B", [lambda s=s: train("B", epochs=1, seed=s) for s in seeds], 2.0)


def all_norms(seed: int) -> None:
    for kind in KINDS:
        gradient_norms(kind, 50, seed=seed)


if __name__ == "__main__":
    main()
