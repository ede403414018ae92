"""One operation of anybody's network, as a value: what it is, what it reads, its shapes, what it trains, what it costs.

    an ONNX file ─┐
    an nn.Module ─┼─> nodes ─> Graph ─> its residual sums
    a NetworkSpec ┘

A node has one result. An operation with several (a split) is as many nodes, each of which reads what it reads.
No tensor and no value of a weight is kept. Shapes are as the file or the module has them, with the batch axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Dims = tuple[int, ...]

Kind = Literal[
    "conv", "conv_transpose",
    "linear",  # a product with something that is trained: Linear, Gemm, MatMul with a weight
    "matmul",  # a product of two results
    "attention",  # softmax(q kᵀ) v where it is one operation
    "batchnorm", "layernorm", "groupnorm", "instancenorm", "rmsnorm", "norm",  # the last: any other
    "relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "hardswish", "hardsigmoid", "sigmoid", "tanh",
    "mish", "softplus", "softmax", "activation",  # the last: any other
    "maxpool", "avgpool", "pool",  # global ones too; the last: any other
    "add", "mul", "sub", "div",
    "concat", "split", "slice", "pad", "resize",
    "reshape", "transpose", "expand", "reduce", "gather", "embedding",
    "identity",  # what changes no number at inference: dropout, a cast, a copy, (de)quantisation
    "other",
]  # fmt: skip
KINDS: frozenset[str] = frozenset(get_args(Kind))

NORMS = frozenset(("batchnorm", "layernorm", "groupnorm", "instancenorm", "rmsnorm", "norm"))
ACTIVATIONS = frozenset((
    "relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "hardswish", "hardsigmoid", "sigmoid", "tanh",
    "mish", "softplus", "softmax", "activation",
))  # fmt: skip
POOLS = frozenset(("maxpool", "avgpool", "pool"))
WEIGHTED = frozenset(("conv", "conv_transpose", "linear"))  # one more layer of "50 layers"

NAMES: dict[str, str] = {
    "conv": "conv", "conv_transpose": "transposed conv", "linear": "linear layer", "matmul": "matrix product",
    "attention": "attention", "batchnorm": "BatchNorm", "layernorm": "LayerNorm", "groupnorm": "GroupNorm",
    "instancenorm": "InstanceNorm", "rmsnorm": "RMSNorm", "norm": "norm", "relu": "ReLU", "relu6": "ReLU6",
    "leaky_relu": "LeakyReLU", "prelu": "PReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU",
    "hardswish": "Hardswish", "hardsigmoid": "Hardsigmoid", "sigmoid": "sigmoid", "tanh": "tanh", "mish": "Mish",
    "softplus": "softplus", "softmax": "softmax", "activation": "activation", "maxpool": "max-pool",
    "avgpool": "average pool", "pool": "pool", "add": "addition", "mul": "product, number by number",
    "sub": "difference", "div": "quotient", "concat": "concatenation", "split": "split", "slice": "slice",
    "pad": "padding", "resize": "resize", "reshape": "reshape", "transpose": "transpose", "expand": "repeat",
    "reduce": "mean or sum over axes", "gather": "lookup", "embedding": "embedding", "identity": "identity",
    "other": "operation",
}  # fmt: skip  # what a reader sees


class Sweep(NamedTuple):
    """How a convolution or a pool moves over its map; one number for each axis that it moves along.

    ``padding``  at the beginning of each axis, then at the end of each
    ``groups``   into which a convolution splits its channels
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1


@dataclass(frozen=True, kw_only=True)
class Node:
    """One operation with one result.

    ``name``       unique in its graph; what the file calls the result or the operation
    ``place``      where it stands in the module, if anybody says: ``layer1.0.conv1``; else empty
    ``kind``       what it does, one of ``KINDS``: ``conv``, ``linear``, ``batchnorm``, ``add``, …
    ``op``         what its source calls it: ``Conv``, ``aten.conv2d.default``
    ``reads``      names of nodes or of the graph's inputs, in order; what is constant is not among them
    ``in_shapes``  of what it reads; None where that is not known
    ``out_shape``  None where it can't be known; ``why`` then says why, in a sentence
    ``constants``  shapes of the constants that it takes, trained or not, in order
    ``weights``, ``biases``   that it trains; ``scale``, ``shift``   of a norm, or of a product with or a sum with
                   something trained.  What two nodes share is counted where it is read first.
    ``buffers``    elements of a BatchNorm's running mean and variance
    ``macs``       multiply-adds of convolutions, linear layers, matrix products and attention, for the whole batch
    ``sweep``      of a convolution, a pool; of a slice with steps: kernel 1, these strides
    ``axes``       along which it acts, where that matters, counted from 0: concat, split, slice, pad, reduce, softmax,
                   a norm; for a transpose its permutation
    ``zeros``      it brings in nothing but zeros: a padding with zeros, a concatenation with zeros
    """

    name: str
    place: str = ""
    kind: Kind
    op: str
    reads: tuple[str, ...]
    in_shapes: tuple[Dims | None, ...]
    out_shape: Dims | None
    why: str = ""
    constants: tuple[Dims, ...] = ()
    weights: int = 0
    biases: int = 0
    scale: int = 0
    shift: int = 0
    buffers: int = 0
    macs: int = 0
    sweep: Sweep | None = None
    axes: tuple[int, ...] = ()
    zeros: bool = False

    @property
    def params(self) -> int:
        """All that it trains."""
        return self.weights + self.biases + self.scale + self.shift

    @property
    def depthwise(self) -> bool:
        """Each channel has a kernel of its own."""
        return (
            self.kind == "conv"
            and self.sweep is not None
            and self.sweep.groups > 1
            and self.sweep.groups == self.channels_read
        )

    @property
    def pointwise(self) -> bool:
        """A 1×1 convolution, or a linear layer: each position for itself."""
        return self.kind == "linear" or (
            self.kind == "conv" and self.sweep is not None and set(self.sweep.kernel) == {1}
        )

    @property
    def channels_read(self) -> int:
        """Of a convolution or a linear layer; 0 where that is not known."""
        return self._channels(self.in_shapes[0] if self.in_shapes else None)

    @property
    def channels_made(self) -> int:
        """Of a convolution or a linear layer; 0 where that is not known."""
        return self._channels(self.out_shape)

    def _channels(self, shape: Dims | None) -> int:
        axis = -1 if self.kind == "linear" else 1
        return shape[axis] if shape and len(shape) > 1 else 0
