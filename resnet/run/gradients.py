"""How large the gradient is that reaches each block: ‖∂loss/∂xᵢ‖ from the last block back to the first.

    gradient_norms("plain", 50).norms     # 51 numbers

The network is that of ``resnet.run.family``, in training mode: BatchNorm uses the batch. The loss is the mean
cross-entropy of one batch of 64 digits, always the same one, and the norm is that of the whole tensor (64, C, H, W).
Its size alone says little, since a BatchNorm behind undoes any scale in front: how it changes from block to block does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet.cache import remembered
from resnet.run.digits import split
from resnet.run.family import KINDS, MOST_BLOCKS, build, forward
from resnet.run.training import BATCH, batches, check_seed, step
from resnet.spec.errors import SpecError, check_one_of, check_whole

MOST_STEPS = 200
RATE, MOMENTUM = 0.05, 0.9


class Norms(NamedTuple):
    """The gradient at each block.

    ``norms``  ‖∂loss/∂xᵢ‖ of the input of block 1 … n, then that of the last block's result: n + 1 numbers
    ``loss``   of the batch that they were taken on
    ``steps``  of SGD that were made before
    """

    kind: str
    blocks: int
    steps: int
    norms: tuple[float, ...]
    loss: float


def gradient_norms(
    kind: str, blocks: int, *, steps: int = 0, seed: int = 1, tell: Callable[[int], None] | None = None
) -> Norms:
    """Draw a network from the seed, train it for so many steps, and take the gradient at each block.

    ``steps``  0 … 200, of batches of 64, learning rate 0.05, momentum 0.9, no weight decay
    ``tell``   is called with the number of each step when it is done; what it raises ends the run

    Raises SpecError for a kind that is not there, or a number outside its bounds.
    """
    check_one_of("kind", kind, KINDS)
    check_whole("blocks", blocks, MOST_BLOCKS)
    check_seed(seed)
    if isinstance(steps, bool) or not isinstance(steps, int) or not 0 <= steps <= MOST_STEPS:
        raise SpecError("steps", steps, f"a whole number from 0 to {MOST_STEPS}")
    return _run(kind, blocks, steps, seed, tell) if tell else _remembered(kind, blocks, steps, seed)


@remembered(megabytes=4)
def _remembered(kind: str, blocks: int, steps: int, seed: int) -> Norms:
    return _run(kind, blocks, steps, seed, None)


def _run(kind: str, blocks: int, steps: int, seed: int, tell: Callable[[int], None] | None) -> Norms:
    digits, _ = split()
    net = build(kind, blocks, seed)
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE, momentum=MOMENTUM)
    shuffle = torch.Generator().manual_seed(seed)
    endless = itertools.chain.from_iterable(batches(digits, shuffle) for _ in itertools.count())
    for done, (images, labels) in enumerate(itertools.islice(endless, steps), start=1):
        step(net, kind, optimiser, images, labels, RATE)
        if tell:
            tell(done)
    norms, loss = along(net, kind, digits.images[:BATCH], digits.labels[:BATCH])
    return Norms(kind, blocks, steps, norms, loss)


def along(net: nn.Module, kind: str, images: Tensor, labels: Tensor) -> tuple[tuple[float, ...], float]:
    """‖∂loss/∂x‖ of each block's input and of the last block's result, and the loss."""
    seen: list[Tensor] = []

    def keep(_: str, x: Tensor) -> None:
        seen.append(x)

    loss = F.cross_entropy(forward(net, kind, images, tell=keep), labels)
    return norms_of(loss, seen), loss.item()


def norms_of(loss: Tensor, tensors: list[Tensor]) -> tuple[float, ...]:
    """‖∂loss/∂x‖ of each tensor, over all its numbers."""
    gradients = torch.autograd.grad(loss, tensors)
    return tuple(gradient.double().norm().item() for gradient in gradients)
