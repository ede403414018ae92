"""The residual sums of a graph: where a tensor is added to what was made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from resnet.models.node import Dims

ShortcutKind = Literal["identity", "projection", "pool_projection", "zero_pad", "max_pool"]


@dataclass(frozen=True, kw_only=True)
class ResidualSum:
    """x + F(x), found in a graph. Counts are for one image; shapes are without the batch axis, as (C, H, W).

    ``name``      the module that it stands in, ``layer1.0``, if the source says; else what the source calls the sum
    ``kind``      of its shortcut: ``identity`` · ``projection``, a 1×1 convolution or a linear layer, with or without a
                  norm · ``pool_projection``, a pool ahead of it · ``zero_pad`` · ``max_pool``
    ``block``     which block that is: ``bottleneck``, ``basic``, ``inverted residual``, ``ConvNeXt block``,
                  ``encoder block``, or ``block``
    ``add``       name of the node that adds;  ``fork``  of the node or the input from which both summands come
    ``main``, ``shortcut``   names of the nodes on the way of each summand, in order
    ``before``    norm and activation in front of the fork that belong to the block (pre-activation)
    ``after``     what follows the addition and belongs to it: an activation
    ``channels_change``, ``size_changes``   from x to F(x);  ``needed``  either: a bare identity would be impossible
    ``params``, ``macs``   of the whole block;  ``shortcut_params``, ``shortcut_macs``  of its shortcut
    ``inside``    names of the additions of residual sums on its main path
    """

    name: str
    kind: ShortcutKind
    block: str
    add: str
    fork: str
    main: tuple[str, ...]
    shortcut: tuple[str, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    in_shape: Dims
    out_shape: Dims
    channels_change: bool
    size_changes: bool
    shortcut_params: int
    shortcut_macs: int
    params: int
    macs: int
    inside: tuple[str, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether the shortcut has to change x's shape."""
        return self.channels_change or self.size_changes


@dataclass(frozen=True, kw_only=True)
class OtherSum:
    """A sum that is not residual. ``why`` is a key: ``bias``, ``embedding``, ``broadcast``, ``branches``, ``untrained``;
    ``words`` say it in a sentence."""

    name: str
    why: str
    words: str
