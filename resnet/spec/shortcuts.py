"""What can stand on a shortcut: one row for each kind. Everything that tells kinds apart reads it here.

A new kind is a new row; if it needs a layer that no other has, that layer is a row of ``resnet.modules.layers``.

Sources: He et al. 2015, arXiv 1512.03385, §3.2 (identity, options A and B); He et al. 2018, arXiv 1812.01187, §4 (the
average pool); TF-slim `resnet_v2.py` and Keras `applications/resnet_v2.py` (the max-pool).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

Shortcut = str  # a key of SHORTCUTS


class Block(Protocol):
    """What a shortcut depends on, of a BlockSpec."""

    @property
    def in_channels(self) -> int: ...
    @property
    def out_channels(self) -> int: ...
    @property
    def stride(self) -> int: ...
    @property
    def conv_bias(self) -> bool: ...
    @property
    def pre_activation(self) -> bool: ...


class Layer(NamedTuple):
    """A layer as a value: a row of ``resnet.modules.layers`` by its key, and the settings that it is made with."""

    kind: str
    settings: Mapping[str, int]


class ShortcutKind(NamedTuple):
    """One kind of shortcut.

    ``key``       in an address, in ``BlockSpec.shortcut``, on the command line
    ``name``      at a control;  ``words``  where it is explained, in a few words
    ``block``     which block has it: 'identity' for an identity block;  ``title``  the same as a heading
    ``projects``  it has weights, and maps x to the shape of F(x)
    ``layers``    that stand on it, in order, for this block; none where x goes on as it is
    ``cannot``    what it can't do, for a block that it makes impossible
    """

    key: Shortcut
    name: str
    words: str
    block: str
    title: str
    projects: bool
    layers: Callable[[Block], Iterator[Layer]]
    cannot: str = ""


def _identity(_: Block) -> Iterator[Layer]:
    return iter(())


def _projection(spec: Block) -> Iterator[Layer]:
    yield from _convolution(spec, spec.stride)


def _pool_projection(spec: Block) -> Iterator[Layer]:
    if spec.stride > 1:
        yield Layer("avgpool", {"stride": spec.stride})
    yield from _convolution(spec, 1)


def _convolution(spec: Block, stride: int) -> Iterator[Layer]:
    channels = {"in_channels": spec.in_channels, "out_channels": spec.out_channels}
    yield Layer("conv", channels | {"kernel_size": 1, "stride": stride, "bias": spec.conv_bias})
    if not spec.pre_activation:
        yield Layer("batchnorm", {"channels": spec.out_channels})


def _zero_pad(spec: Block) -> Iterator[Layer]:
    extra = spec.out_channels - spec.in_channels
    if spec.stride > 1:
        yield Layer("subsample", {"stride": spec.stride})
    if extra > 0:  # padding can add channels, never take any away
        yield Layer("zero_pad", {"extra": extra})


def _max_pool(spec: Block) -> Iterator[Layer]:
    if spec.stride > 1:
        yield Layer("maxpool", {"stride": spec.stride})


SHORTCUTS: dict[Shortcut, ShortcutKind] = {
    kind.key: kind
    for kind in (
        ShortcutKind(
            key="identity",
            name="identity",
            words="identity shortcut",
            block="identity",
            title="Identity block",
            projects=False,
            layers=_identity,
        ),
        ShortcutKind(
            key="projection",
            name="projection",
            words="projection",
            block="convolutional",
            title="Convolutional block",
            projects=True,
            layers=_projection,
        ),
        ShortcutKind(
            key="pool_projection",
            name="average pool and projection",
            words="average pool and projection",
            block="convolutional",
            title="Pooled convolutional block",
            projects=True,
            layers=_pool_projection,
        ),
        ShortcutKind(
            key="zero_pad",
            name="zero padding",
            words="zero padding",
            block="zero-padding",
            title="Zero-padding block",
            projects=False,
            layers=_zero_pad,
            cannot="Padding can add channels, not take them away",
        ),
        ShortcutKind(
            key="max_pool",
            name="max-pool",
            words="max-pool shortcut",
            block="max-pool",
            title="Max-pool block",
            projects=False,
            layers=_max_pool,
        ),
    )
}


def shortcut_names() -> dict[Shortcut, str]:
    """Every kind's key, with its name."""
    return {kind.key: kind.name for kind in SHORTCUTS.values()}
