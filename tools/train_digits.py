"""Train the experiments' networks on digits, and write what ships: curves, weights, and accuracies with blocks out.

python -m tools.train_digits            everything, into resnet/run/data: about half an hour on one thread
python -m tools.train_digits --lesions  the table of lesions alone, anew from the weights that are there

training.csv             one row for each kind, seed and epoch; epoch 0 is before training
digits_B.safetensors     the networks of all seeds after their last epoch, in half precision: "3/layer1.0.conv1.weight"
digits_plain.safetensors
lesion.csv               one row for each network and set of removed blocks: none, each alone, and sets drawn at random
                         of two and more, at most SETS of a size for each network
"""

from __future__ import annotations

import argparse
import csv
import itertools
import random
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from resnet.run import lesion, training
from resnet.run.family import KINDS

EPOCHS = 30
SETS = 20  # of removed blocks, of each size and for each network
SHIPPED_FIRST = (*lesion.SHIPPED, *(kind for kind in KINDS if kind not in lesion.SHIPPED))


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the experiments' networks on digits.")
    parser.add_argument("--lesions", action="store_true", help="only the table of lesions, from the weights")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--out", type=Path, default=lesion.DATA)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if not asked.lesions:
        train_all(asked.epochs, asked.out)
    if asked.out == lesion.DATA:  # whose weights the module reads
        write(lesion.FILE, ("kind", "seed", "removed_blocks", "accuracy"), lesions())


def train_all(epochs: int, out: Path) -> None:
    rows: list[training.Epoch] = []
    for kind in SHIPPED_FIRST:
        tensors: dict[str, torch.Tensor] = {}
        start = time.perf_counter()
        for seed in range(1, lesion.SEEDS + 1):
            net, run = training.trained(kind, epochs=epochs, seed=seed)
            rows += run
            tensors |= packed(net, seed)
            print(f"{kind} {seed}: {run[-1].test:.4f} after {time.perf_counter() - start:.0f} s", flush=True)
        if kind in lesion.SHIPPED:
            save_file(tensors, out / f"digits_{kind}.safetensors")
        save_curves(rows, out / training.FILE.name)  # after each kind: half an hour is long


def save_curves(rows: list[training.Epoch], file: Path) -> None:
    order = list(KINDS)
    ordered = sorted(rows, key=lambda row: (order.index(row.kind), row.seed, row.epoch))
    numbers = ((*row[:3], *(f"{number:.6f}" for number in row[3:])) for row in ordered)
    write(file, training.Epoch._fields, numbers)


def packed(net: nn.Module, seed: int) -> dict[str, torch.Tensor]:
    """Half precision, without BatchNorm's counts of batches."""
    state = net.state_dict()
    return {f"{seed}/{name}": one.half().contiguous() for name, one in state.items() if one.is_floating_point()}


def lesions() -> Iterator[tuple[str, int, str, str]]:
    """From the weights as they ship."""
    for kind in lesion.SHIPPED:
        for seed, net in enumerate(lesion.quick_networks(kind), start=1):
            for removed in removals(lesion.removable(kind), seed):
                yield kind, seed, " ".join(removed), f"{lesion.accuracy_of(net, kind, removed):.6f}"
            print(f"{kind} {seed}: taken apart", flush=True)


def removals(blocks: tuple[str, ...], seed: int) -> Iterator[tuple[str, ...]]:
    choose = random.Random(seed)
    for size in range(len(blocks) + 1):
        sets = list(itertools.combinations(blocks, size))
        yield from sets if size < 2 else sorted(choose.sample(sets, min(SETS, len(sets))))


def write(file: Path, heading: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """At once, when all rows are there: a page may be reading the old ones."""
    beside = file.with_suffix(".new")
    with beside.open("w", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)
    beside.replace(file)


if __name__ == "__main__":
    main()
