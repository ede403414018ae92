"""What a trace is made of, as frozen values: operations, their counts, and why a block is impossible.

Shapes are (C, H, W), batch 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from resnet.modules.layers import Shape, Window
from resnet.spec.block import BlockSpec

Path = Literal["main", "shortcut", "joined"]
Kind = str  # a key of resnet.modules.layers.LAYERS

INPUT = "x"  # how an operation that reads the block's input names it in ``reads``
BYTES_PER_ELEMENT = 4  # float32


@dataclass(frozen=True, kw_only=True)
class OpTrace:
    """One operation of a block.

    ``name``        the module's name in the state dict (``conv1``, ``downsample.0``); a module that is called again
                    gets a number (``relu_1``)
    ``path``        ``main``, ``shortcut``, or ``joined`` from the addition on
    ``kind``        ``conv``, ``batchnorm``, ``relu``, ``add``, …: a key of ``resnet.modules.layers.LAYERS``
    ``reads``       names of the operations whose results it takes; ``INPUT`` for the block's input
    ``in_shapes``   of what it reads, (C, H, W) each, in order
    ``out_shape``   None if it has no result: an addition that fails, and whatever would have followed it
    ``weights``, ``biases``   of a convolution;  ``scale``, ``shift``   γ and β of a BatchNorm
    ``buffers``     elements of BatchNorm's running mean and variance, which no optimiser trains
    ``macs``        multiply-adds of a convolution or a linear layer, batch 1
    ``window``      of whatever moves over its input: a convolution, a pool, a subsampling; else None
    """

    name: str
    kind: Kind
    path: Path
    reads: tuple[str, ...]
    in_shapes: tuple[Shape, ...]
    out_shape: Shape | None
    weights: int = 0
    biases: int = 0
    scale: int = 0
    shift: int = 0
    buffers: int = 0
    macs: int = 0
    window: Window | None = None

    @property
    def params(self) -> int:
        """Trainable parameters: weights, biases, and BatchNorm's scale and shift."""
        return self.weights + self.biases + self.scale + self.shift

    @property
    def out_elements(self) -> int:
        """Numbers in the result."""
        return 0 if self.out_shape is None else _elements(self.out_shape)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a block is impossible: the shapes that the addition was given, and torch's words.

    ``main_shape``, ``shortcut_shape``   of F(x) and of what the shortcut brings, (C, H, W)
    ``broadcasts``  torch would have accepted this addition by repeating one operand; it is no residual sum all the same
    ``message``     what a real attempt on the CPU said
    """

    main_shape: Shape
    shortcut_shape: Shape
    broadcasts: bool
    message: str


class Counted:
    """Totals over ``ops``: what every BlockTrace, NetworkBlock and NetworkTrace has."""

    if TYPE_CHECKING:

        @property
        def ops(self) -> tuple[OpTrace, ...]: ...

    @property
    def params(self) -> int:
        """Everything trainable, BatchNorm's scale and shift and convolution biases included."""
        return sum(op.params for op in self.ops)

    @property
    def buffers(self) -> int:
        """Elements of BatchNorm's running means and variances."""
        return sum(op.buffers for op in self.ops)

    @property
    def macs(self) -> int:
        """Multiply-adds of convolutions and linear layers, batch 1."""
        return sum(op.macs for op in self.ops)

    @property
    def activation_elements(self) -> int:
        """Numbers in every operation's result, batch 1, the input not counted."""
        return sum(op.out_elements for op in self.ops)

    @property
    def activation_bytes(self) -> int:
        """Bytes of every operation's result kept once, as training does: float32, batch 1, the input not counted."""
        return BYTES_PER_ELEMENT * self.activation_elements


@dataclass(frozen=True, kw_only=True)
class BlockTrace(Counted):
    """A block as a value: every operation in order, up to the addition that fails if the block is impossible.

    ``spec``       what was asked for
    ``in_shape``   of x, (C, H, W)
    ``ops``        the operations, in the order in which they run
    ``unreached``  what would have followed an addition that fails (no shapes, no result); empty for a possible block
    ``problem``    why the block is impossible; None if it works
    """

    spec: BlockSpec
    in_shape: Shape
    ops: tuple[OpTrace, ...]
    unreached: tuple[OpTrace, ...]
    problem: Problem | None

    @property
    def possible(self) -> bool:
        """Whether x + F(x) exists."""
        return self.problem is None

    @property
    def out_shape(self) -> Shape | None:
        """Of the block's result, (C, H, W); None for an impossible block."""
        return self.ops[-1].out_shape

    @property
    def addition(self) -> OpTrace:
        """The ⊕, whose two ``in_shapes`` are the main path's result and the shortcut's."""
        return next(op for op in self.ops if op.kind == "add")

    def on(self, path: Path) -> tuple[OpTrace, ...]:
        """The operations of one path, in order."""
        return tuple(op for op in self.ops if op.path == path)


def _elements(shape: Shape) -> int:
    channels, height, width = shape
    return channels * height * width


def differences(main: Shape, shortcut: Shape) -> tuple[str, ...]:
    """What keeps x + F(x) from existing: ``channels``, ``size``, both or neither.

    >>> differences((256, 28, 28), (64, 56, 56))
    ('channels', 'size')
    """
    return ("channels",) * (main[0] != shortcut[0]) + ("size",) * (main[1:] != shortcut[1:])
