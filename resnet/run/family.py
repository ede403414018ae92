"""The networks of the experiments: five kinds that differ in their shortcuts, and in nothing else where that can be.

    spec_of("B")                                   a NetworkSpec, to be drawn and counted as any other
    net = build("B", 10, seed=1)                   the same as a module
    forward(net, "B", x, removed={"layer1.2"})     what it says with that block out

They are small relatives of the paper's CIFAR networks (He et al. 2015, arXiv 1512.03385, §4.2): a 3×3 stem without a
pool, basic blocks, 8, 16 and 32 planes, for digits of 8 × 8. ``plain`` has the layers of option A, which has no weights
on its shortcuts; its shortcuts are not run, so both have the same weights, drawn alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

import torch
from torch import Tensor, nn

from resnet.models.weights import build_network
from resnet.modules.blocks import Block
from resnet.modules.networks import ResNet
from resnet.run.digits import CLASSES, SIDE
from resnet.run.weights import draw
from resnet.spec.errors import SpecError, check_one_of, check_whole
from resnet.spec.network import NetworkSpec, ShortcutOption, StageSpec, StemSpec

PLANES, STRIDES = (8, 16, 32), (1, 2, 2)
MOST_BLOCKS = 100
Tell = Callable[[str, Tensor], None]


class Kind(NamedTuple):
    """One kind of network.

    ``key``       in an address;  ``name``  at a control;  ``words``  where it is explained, in a few words
    ``projects``  some of its shortcuts have weights
    """

    key: str
    name: str
    words: str
    projects: bool


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("plain", "Plain", "no shortcut: relu(F(x))", False),
        Kind("A", "Option A", "identity, zero padding where channels change", False),
        Kind("B", "Option B", "identity, a projection where channels change", True),
        Kind("C", "Option C", "a projection in every block", True),
        Kind("v2", "Pre-activation", "BatchNorm and ReLU in front of each convolution, option B’s shortcuts", True),
    )
}
_OPTIONS: dict[str, ShortcutOption] = {"plain": "A", "A": "A", "B": "B", "C": "C", "v2": "B"}


def spec_of(kind: str, blocks: int = 10) -> NetworkSpec:
    """The network as a value: ``blocks`` basic blocks in three stages, in fewer if there are fewer than three.

    The stages get equally many, the first ones one more if it does not come out even: 10 are 4 + 3 + 3. Of ``plain`` it
    is the spec of option A. Raises SpecError for a kind that is not there, and for blocks outside 1 … 100.
    """
    check_one_of("kind", kind, KINDS)
    blocks = check_whole("blocks", blocks, MOST_BLOCKS)
    stages = min(len(PLANES), blocks)
    each, more = divmod(blocks, stages)
    counts = [each + (i < more) for i in range(stages)]
    return NetworkSpec(
        name=f"digits_resnet{2 * blocks + 2}",
        stages=tuple(map(StageSpec, counts, PLANES, STRIDES)),
        block="basic",
        stem=StemSpec("3x3", PLANES[0], "none"),
        stride_at="first",
        shortcut_option=_OPTIONS[kind],
        pre_activation=kind == "v2",
        height=SIDE,
        width=SIDE,
        num_classes=CLASSES,
    )


def build(kind: str, blocks: int, seed: int) -> nn.Module:
    """The network in training mode, initialised from the seed as torchvision's are.

    Convolutions: normal, variance 2 over (outputs × kernel area), He et al. 2015, arXiv 1502.01852; γ = 1, β = 0.
    """
    with torch.random.fork_rng(devices=[]):
        net = build_network(spec_of(kind, blocks))  # layers this small are drawn twice sooner than moved from "meta"
    return channels_last(draw(net, seed))


def channels_last(net: nn.Module) -> nn.Module:
    """The same network, its weights and maps laid out so that a CPU trains it in two thirds of the time."""
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # which torch's types leave out
    return net


def blocks_of(net: nn.Module) -> dict[str, Block]:
    """Its blocks by torchvision's names, in order: ``layer1.0``, …"""
    return {name: block for name, block in net.named_modules() if isinstance(block, Block)}


def forward(
    net: nn.Module, kind: str, x: Tensor, removed: Collection[str] = frozenset(), tell: Tell | None = None
) -> Tensor:
    """(N, 3, 8, 8) → (N, 10), block by block, without the ``removed`` ones.

    Of a removed block its shortcut is left, then its ReLU if it has one: x itself where that is the identity, W_s x
    with its BatchNorm where it projects. Of a plain network's block nothing is left but x.

    ``tell``  is called with the name and the input of each block, removed or not, and with the last one's result ("")

    Raises SpecError for a block that is not there, and where x would not fit what comes behind a removed plain block.
    """
    blocks = blocks_of(net)
    for name in removed:
        check_one_of("removed block", name, blocks)
        if kind == "plain" and not fits(blocks[name]):
            raise SpecError(
                "removed block", name, "one that keeps the shape: without a shortcut nothing else would fit"
            )
    before, after = _around(net)
    for layer in before:
        x = layer(x)
    for name, block in blocks.items():
        if tell:
            tell(name, x)
        x = _through(block, x, kind == "plain", name in removed)
    if tell:
        tell("", x)
    for layer in after:
        x = layer(x)
    return x


def fits(block: Block) -> bool:
    """Whether a basic block's result has the shape of its input."""
    return block.conv1.stride == (1, 1) and block.conv1.in_channels == block.conv2.out_channels


def _around(net: nn.Module) -> tuple[list[nn.Module], list[nn.Module]]:
    """The layers in front of the blocks, and those behind them."""
    assert isinstance(net, ResNet)
    names = [name for name, _ in net.named_children()]
    stages = [i for i, name in enumerate(names) if name.startswith("layer")]
    layers = list(net.children())
    return layers[: stages[0]], layers[stages[-1] + 1 :]


def _through(block: Block, x: Tensor, plain: bool, removed: bool) -> Tensor:
    if plain:
        return x if removed else block.plain(x)
    if removed:
        return block.without_main(x)
    result: Tensor = block(x)
    return result
