"""Take blocks out of a trained network and see what it still knows.

    lesion(frozenset({"layer1.2"})).accuracy                  # of the residual network without that block
    lesion(frozenset({"layer1.2"}), kind="plain").accuracy    # of a plain one that was trained in the same way

After Veit et al. 2016, arXiv 1605.06431 (a residual network behaves like an ensemble of shallow paths), and Greff et
al. 2017, arXiv 1612.07771 (its blocks refine what is there, step by step). Ten blocks, option B or plain, trained on
1,197 digits by ``tools/train_digits.py``; the networks of the seeds 1 … SEEDS ship in half precision, and each accuracy
is that of the shipped weights on the 600 digits that no network was trained on. What is left of a removed block: see
``resnet.run.family.forward``. Nothing is trained again, and BatchNorm keeps the statistics of the whole network.
"""

from __future__ import annotations

import csv
import statistics
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, cast

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from resnet.cache import remembered
from resnet.models.weights import build_network
from resnet.run.digits import split
from resnet.run.family import blocks_of, channels_last, fits, forward, spec_of
from resnet.run.training import share_right
from resnet.spec.errors import SpecError, check_one_of, check_whole

SEEDS = 10  # shipped networks of each kind
BLOCKS = 10
SHIPPED = ("B", "plain")
DATA = Path(__file__).parent / "data"
FILE = DATA / "lesion.csv"


class Lesion(NamedTuple):
    """Shares of right answers on the 600 test digits, 0 to 1.

    ``intact``, ``accuracy``        of this seed's network: whole, and without the removed blocks
    ``intact_spread``, ``spread``   the same of each of the SEEDS networks, in order
    """

    intact: float
    accuracy: float
    spread: tuple[float, ...]
    intact_spread: tuple[float, ...]


class Level(NamedTuple):
    """How the networks of a kind do with so many blocks out, over all seeds and the sets of blocks that were tried.

    ``low``, ``high``  10th and 90th percentile of the ``runs``
    """

    removed: int
    mean: float
    low: float
    high: float
    runs: int


@remembered(megabytes=0.01)
def blocks() -> tuple[str, ...]:
    """The ten blocks by torchvision's names, in order."""
    return tuple(blocks_of(_skeleton("B")))


@remembered(megabytes=0.01)
def removable(kind: str) -> tuple[str, ...]:
    """Those that can be taken out: all of a residual network; of a plain one those that keep the shape."""
    check_one_of("kind", kind, SHIPPED)
    return tuple(name for name, block in blocks_of(_skeleton(kind)).items() if kind != "plain" or fits(block))


def lesion(removed: frozenset[str], *, kind: str = "B", seed: int = 1) -> Lesion:
    """What is left of the accuracy when these blocks are out, of one network and of all SEEDS.

    Raises SpecError for a kind or a seed that does not ship, and for a block that can't be taken out.
    """
    check_one_of("kind", kind, SHIPPED)
    index = check_whole("seed", seed, SEEDS) - 1
    for name in removed:
        check_one_of("removed block", name, blocks())
        if name not in removable(kind):
            works = "one that keeps the shape: a plain block has no shortcut that could stand in for it"
            raise SpecError("removed block", name, works)
    intact, accuracy = _accuracies(frozenset(), kind), _accuracies(removed, kind)
    return Lesion(intact[index], accuracy[index], accuracy, intact)


@remembered(megabytes=2)
def _accuracies(removed: frozenset[str], kind: str) -> tuple[float, ...]:
    """Of each shipped network, in order of the seeds."""
    with ThreadPoolExecutor(2) as pool:  # torch lets go of the interpreter: two cores, half the wait
        return tuple(pool.map(lambda net: accuracy_of(net, kind, removed), quick_networks(kind)))


def accuracy_of(net: nn.Module, kind: str, removed: Collection[str]) -> float:
    """Share of right answers on the test digits without these blocks, 0 to 1."""
    _, test = split()
    with torch.inference_mode():
        # half of them at a time: maps that fit a processor's own memory are through sooner
        said = [forward(net, kind, half, removed) for half in test.images.chunk(2)]
        return share_right(torch.cat(said), test)


@lru_cache(maxsize=len(SHIPPED))  # of 3 MB each; nobody writes into them
def quick_networks(kind: str) -> tuple[nn.Module, ...]:
    """The shipped networks to be asked, in order of the seeds."""
    return tuple(quick(net) for net in networks(kind))


def quick(net: nn.Module) -> nn.Module:
    """The same function in less than half the time: a reader's click runs ten of them. The network itself is changed.

    Each BatchNorm is folded into the convolution in front of it, as exporters do, and ReLUs write where they read.
    """
    _fold(net, "conv1", "bn1")
    for block in blocks_of(net).values():
        for number in (1, 2):
            _fold(block, f"conv{number}", f"bn{number}")
        if isinstance(block.downsample, nn.Sequential) and isinstance(block.downsample[0], nn.Conv2d):
            _fold(block.downsample, "0", "1")
    for layer in net.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = True
    return channels_last(net)


def _fold(parent: nn.Module, conv: str, bn: str) -> None:
    layers = cast("nn.Conv2d", parent.get_submodule(conv)), cast("nn.BatchNorm2d", parent.get_submodule(bn))
    parent.set_submodule(conv, fuse_conv_bn_eval(*layers))
    parent.set_submodule(bn, nn.Identity())


def networks(kind: str) -> tuple[nn.Module, ...]:
    """The shipped networks as they were trained, in evaluation mode, in order of the seeds."""
    tensors = load_file(DATA / f"digits_{kind}.safetensors")
    found = []
    for seed in range(1, SEEDS + 1):
        net = _skeleton(kind)
        own = f"{seed}/"
        state = {name.removeprefix(own): one.float() for name, one in tensors.items() if name.startswith(own)}
        counts = {name: torch.tensor(0) for name in net.state_dict() if name.endswith("num_batches_tracked")}
        net.load_state_dict(state | counts, assign=True)
        found.append(net.eval())
    return tuple(found)


def _skeleton(kind: str) -> nn.Module:
    return build_network(spec_of(kind, BLOCKS), device="meta")


class Row(NamedTuple):
    """Of the shipped table: what was measured once, by ``tools/train_digits.py``."""

    kind: str
    seed: int
    removed: frozenset[str]
    accuracy: float


@remembered(megabytes=4)
def rows() -> tuple[Row, ...]:
    """The shipped table. ``removed_blocks`` are names with a space in between."""
    with FILE.open(newline="") as file:
        return tuple(
            Row(row["kind"], int(row["seed"]), frozenset(row["removed_blocks"].split()), float(row["accuracy"]))
            for row in csv.DictReader(file)
        )


@remembered(megabytes=1)
def several(kind: str) -> tuple[Level, ...]:
    """The accuracy with 0, 1, 2 … blocks out: every block for one, sets drawn at random for more."""
    check_one_of("kind", kind, SHIPPED)
    found: dict[int, list[float]] = defaultdict(list)
    for row in rows():
        if row.kind == kind:
            found[len(row.removed)].append(row.accuracy)
    return tuple(_level(removed, found[removed]) for removed in sorted(found))


def _level(removed: int, accuracies: list[float]) -> Level:
    tenths = statistics.quantiles(accuracies, n=10, method="inclusive")
    return Level(removed, statistics.fmean(accuracies), tenths[0], tenths[-1], len(accuracies))


def each_alone(kind: str) -> dict[str, tuple[float, ...]]:
    """The accuracy without one block, for each that can be taken out: of each seed, in order."""
    check_one_of("kind", kind, SHIPPED)
    alone = {(*row.removed, row.seed): row.accuracy for row in rows() if row.kind == kind and len(row.removed) == 1}
    return {name: tuple(alone[name, seed] for seed in range(1, SEEDS + 1)) for name in removable(kind)}
