"""Where a network's numbers come from: drawn from a seed, trained and shipped, or a server owner's file.

    sources()           the three, and what a page calls them
    part(build, …)      a block or a stem, on the CPU, with these weights in it
    drawn(spec, seed)   all of a block or a network by name, for a file

The trained network is ResNet-50's stem and first two stages. It learned, from cut-outs of five photographs, to say by
how much each was turned (``tools/train_signal.py``; Gidaris et al. 2018, arXiv 1803.07728; Asano et al. 2020,
arXiv 1904.13132). It is in half precision, and runs in single.

A server's owner gives torchvision's checkpoint of a network by an environment variable, such as
``RESIDUAL_BLOCK_WEIGHTS=resnet50=/srv/resnet50.pth``. Nothing is downloaded.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from resnet.models.weights import WeightsError, build_network, load_weights
from resnet.modules.blocks import build
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import FAMILIES, network
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec

FOLDER = Path(__file__).parent / "trained"
PLACES = 200  # that the trained network tells apart
VARIABLE = "RESIDUAL_BLOCK_WEIGHTS"
MOST_DRAWN = 128_000_000  # bytes of weights that are made for a file: a block could have a hundred times as many


class Source(NamedTuple):
    """``name`` at a control; ``measured``: BatchNorm has means and variances of its own, from training."""

    key: str
    name: str
    measured: bool


def sources() -> dict[str, Source]:
    """Those that this server has."""
    found = [Source("trained", "trained here", True), Source("drawn", "drawn at random", False)]
    if owners() is not None:
        found.append(Source("file", "the server’s checkpoint", True))
    return {one.key: one for one in found}


class Owners(NamedTuple):
    """A checkpoint, and the network that it is of."""

    network: str
    path: Path


def owners() -> Owners | None:
    """What the server's owner gave, if it makes sense."""
    name, _, path = os.environ.get(VARIABLE, "").partition("=")
    return Owners(name, Path(path)) if name in FAMILIES and path else None


def network_of(source: str, name: str) -> NetworkSpec:
    """What runs: the trained network is one, and the owner's another; drawn weights fit all of ``FAMILIES``."""
    if source == "trained":
        whole = network("resnet50")
        return replace(whole, stages=whole.stages[:2], num_classes=PLACES)
    given = owners()
    return network(given.network if source == "file" and given else name)


def state(source: str) -> Mapping[str, Tensor] | None:
    """Every tensor by name, in single precision; None where they are drawn. Raises SpecError for an unfit file."""
    if source == "trained":
        return _trained()
    if source == "file":
        return _owners()
    return None


@lru_cache(maxsize=1)
def _trained() -> Mapping[str, Tensor]:
    found = load_file(FOLDER / "photographs.safetensors")
    return {name: one.float() if one.is_floating_point() else one for name, one in found.items()}


@lru_cache(maxsize=1)
def _owners() -> Mapping[str, Tensor]:
    given = owners()
    if given is None:
        raise SpecError("weights", "file", f"'trained' or 'drawn': this server has no file ({VARIABLE})")
    try:
        return load_weights(network(given.network), given.path).state_dict()
    except WeightsError:  # its path is nobody's business
        works = "'trained' or 'drawn': this server's file can't be read, or is of another network"
        raise SpecError("weights", "file", works) from None


def part(build: Callable[[str], nn.Module], name: str, given: Mapping[str, Tensor] | None, seed: int) -> nn.Module:
    """A part of a network with its weights, in evaluation mode. ``build(device)`` makes it.

    ``name``  in front of its tensors' names: ``layer1.0.``; what is not among the tensors given is drawn
    ``given`` every tensor by name, or None; then all is drawn from the seed
    """
    module = initialise(build("meta"), seed, name)
    if given is not None:
        own = {key: given[name + key] for key in module.state_dict() if name + key in given}
        own = {key: one for key, one in own.items() if one.shape == module.state_dict()[key].shape}
        module.load_state_dict(own, strict=False)
    return module


def initialise(module: nn.Module, seed: int, name: str = "") -> nn.Module:
    """A module that was built on ``meta``, with weights of torchvision's size (He et al. 2015, arXiv 1502.01852).

    Whatever stands on its shortcut, the main path has the same ones: its layers come first. ``name`` tells parts of one
    network apart.
    """
    return draw(module.to_empty(device="cpu").eval(), seed if not name else _seed(seed, name))


def draw(module: nn.Module, seed: int) -> nn.Module:
    """The module, its weights drawn anew from the seed: torchvision's sizes; no bias in front of a BatchNorm, as Keras.

    Nobody else's random numbers are touched.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in module.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
            elif isinstance(layer, (nn.BatchNorm2d, nn.Linear)):
                layer.reset_parameters()
    return module


def drawn(spec: BlockSpec | NetworkSpec, seed: int) -> dict[str, NDArray[np.float32]]:
    """Every tensor of a block or a network by its name in the state dict, drawn from the seed.

    Raises SpecError, before anything is drawn, where they would take more than ``MOST_DRAWN`` bytes.
    """
    module = build_network(spec, "meta") if isinstance(spec, NetworkSpec) else build(spec, "meta")
    size = sum(one.nbytes for one in module.state_dict().values())
    if size > MOST_DRAWN:
        works = f"at most {MOST_DRAWN / 1e6:,.0f} MB; without its weights, any size will do"
        raise SpecError("the file with weights", f"{size / 1e6:,.0f} MB", works)
    tensors = initialise(module, seed).state_dict()
    return {name: one.numpy() for name, one in tensors.items() if one.is_floating_point()}


def _seed(seed: int, name: str) -> int:
    """Not hash(): it differs from one process to the next."""
    return seed * 1_000_003 + int.from_bytes(name.encode()[:8], "big") % 1_000_003


@lru_cache(maxsize=1)
def accuracy() -> float:
    """The share of cut-outs that the trained network got right over the last hundred steps of its training."""
    with (FOLDER / "photographs.csv").open(newline="") as file:
        return float([*csv.DictReader(file)][-1]["accuracy"])
