"""What a question and its answer are made of, and what most answers need: blocks and networks, traced, and sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from resnet.numbers.quantities import Quantity
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import network
from resnet.spec.conventions import Conventions
from resnet.spec.network import NetworkSpec, Variant
from resnet.trace.block import trace
from resnet.trace.network import NetworkTrace, trace_network
from resnet.trace.values import BlockTrace


class Fact(NamedTuple):
    """A number of the answer: what it is, and the number as a reader sees it."""

    what: str
    value: str


class OfBlock(NamedTuple):
    """The comparison shows it: of this block, with each layer in a box of its own, with a layer explained."""

    spec: BlockSpec
    unfolded: bool = False
    chosen: str = ""


class OfNetwork(NamedTuple):
    """The network page shows it: of this network, in this quantity."""

    spec: NetworkSpec
    quantity: Quantity = "params"


class Answered(NamedTuple):
    """``see`` is where the application shows it. The first sentence of ``answer`` is the answer, the others say why.

    ``blocks``  that a page can draw beside the answer, each with its caption
    ``pixel``   the block of which a page can draw one pixel in numbers
    """

    answer: str
    facts: tuple[Fact, ...]
    source: str
    see: OfBlock | OfNetwork
    blocks: tuple[tuple[str, BlockTrace], ...] = ()
    pixel: BlockSpec | None = None


class Question(NamedTuple):
    """``slug`` is its name in an address; ``answered`` computes its numbers as the conventions write them.

    ``also``  words that people look for it with, beside those that are in it
    """

    slug: str
    question: str
    answered: Callable[[Conventions], Answered]
    also: str = ""


HE_2015 = "He et al. 2015, arXiv 1512.03385"
HE_2016 = "He et al. 2016, arXiv 1603.05027"
TRICKS = "He et al. 2018, arXiv 1812.01187"
ZERO_GAMMA = "Goyal et al. 2017, arXiv 1706.02677, §5.1"
TORCHVISION = "torchvision, models/resnet.py"
KERAS = "Keras, applications/resnet.py"

QUESTION = BlockSpec()
STRIDED = BlockSpec(in_channels=256, filters=(128, 128, 512), stride=2)


def traced(spec: BlockSpec, c: Conventions) -> BlockTrace:
    return trace(c.built(spec))


def network_traced(c: Conventions, name: str = "resnet50", variant: Variant | None = None) -> NetworkTrace:
    return trace_network(c.built(network(name, variant=variant)))
