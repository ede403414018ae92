"""Conventions of counting as values, and what turns one library's total into another's.

    parameters(network, KERAS)          25,636,712 for ResNet-50, where PYTORCH says 25,557,032
    operations(trace_network(network))  4.089 G multiply-adds; everything=True counts BatchNorm, ReLU and pools too
    reconcile(network)                  PyTorch's number, + running statistics, + biases = Keras's number
    ladder(network)                     why 3.86, 4.09, 4.1x and 8.18 G are the same network

Sources: Keras `applications/resnet.py` (a bias in every convolution, moving mean and variance as non-trainable
parameters); torchvision `models/resnet.py`; He et al. 2015, arXiv 1512.03385, table 1 (FLOPs are multiply-adds).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from resnet.spec.catalogue import FAMILIES, rebuilt
from resnet.spec.conventions import Conventions
from resnet.spec.network import NetworkSpec
from resnet.trace.network import NetworkTrace, trace_network
from resnet.trace.values import OpTrace

PYTORCH = Conventions()
"""Parameters are what an optimiser trains."""
KERAS = Conventions(counting="keras")
"""Convolutions have biases, and BatchNorm's means and variances are parameters."""


def parameters(spec: NetworkSpec, conventions: Conventions = PYTORCH) -> int:
    """Parameters of the network as these conventions build and count it: how many, as a whole number.

    ``spec``  which network;  ``conventions``  whose parameters

    Raises SpecError for a network that can't be built.

    >>> from resnet.spec.catalogue import network
    >>> parameters(network("resnet50")), parameters(network("resnet50"), KERAS)
    (25557032, 25636712)
    """
    return conventions.params(trace_network(conventions.built(spec)))


def operations(t: NetworkTrace, conventions: Conventions = PYTORCH, *, everything: bool = False) -> int:
    """Operations of one image's way through the network: of convolutions and the linear layer.

    ``t``           the network;  ``conventions``  whether one multiply-add is one operation or two

    ``everything``  BatchNorm too (one multiply-add for each number), ReLU and addition (one operation for each number),
                    pools (one for each number under their window). Tools that say "4.12 GMACs" add the single
                    operations to the multiply-adds as if they were some; so does this.
    """
    count = conventions.operations(t)
    if everything:
        norms = sum(op.out_elements for op in t.ops if op.kind == "batchnorm")
        count += norms * conventions.operation.of_one + sum(_single(op) for op in t.ops)
    return count


def folded(t: NetworkTrace) -> int:
    """Parameters once every BatchNorm that reads a convolution is folded into it, as exporters do: a bias is left.

    >>> from resnet import network, trace_network
    >>> folded(trace_network(network("resnet50")))
    25530472
    """
    return t.params - sum(_gone(ops) for ops in (t.stem, *(block.ops for block in t.blocks), t.head))


def _gone(ops: tuple[OpTrace, ...]) -> int:
    """Of operations whose names are one each: those of a block repeat in the next."""
    by_name = {op.name: op for op in ops}
    gone = 0
    for op in ops:
        source = by_name.get(op.reads[0]) if op.kind == "batchnorm" else None
        if source is not None and source.kind == "conv":
            gone += op.scale + op.shift - (0 if source.biases else op.shift)
    return gone


def _single(op: OpTrace) -> int:
    if op.kind in ("relu", "add"):
        return op.out_elements
    if op.kind in ("maxpool", "avgpool") and op.window is not None:
        return op.out_elements * op.window.kernel_size**2
    return 0


class Addend(NamedTuple):
    """One step from one number to another, and its cause in one sentence."""

    key: str
    name: str
    amount: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """From one count of parameters to another: ``start`` and the terms add up to ``end``.

    ``name``   of the network;  ``start``  what is counted first
    ``terms``  what comes to it, or goes, each with its reason
    """

    name: str
    start: Addend
    terms: tuple[Addend, ...]

    @property
    def end(self) -> int:
        """The other count."""
        return self.start.amount + sum(term.amount for term in self.terms)

    def term(self, key: str) -> Addend:
        """The term with this key. Raises StopIteration if there is none."""
        return next(term for term in self.terms if term.key == key)


def reconcile(spec: NetworkSpec) -> Reconciliation:
    """From what PyTorch counts to what Keras prints, for the same network.

    PyTorch's side has no convolution biases, Keras's has all of its own, whichever way ``spec`` is built.
    """
    without = trace_network(replace(spec, conv_bias=False))
    with_biases = trace_network(replace(spec, conv_bias=True))
    convolutions = sum(op.kind == "conv" for op in without.ops)
    norms = sum(op.kind == "batchnorm" for op in without.ops)
    where = (
        "those convolutions that no BatchNorm follows" if spec.pre_activation else f"its {convolutions} convolutions"
    )
    gives = "gives" if keras_has(spec) else "would give"
    why = (
        "nothing cancels them there, and PyTorch leaves them out all the same"
        if spec.pre_activation
        else "PyTorch sets bias=False in front of BatchNorm, which cancels it"
    )
    return Reconciliation(
        name=spec.name,
        start=Addend(
            "pytorch",
            "PyTorch",
            without.params,
            "Everything that an optimiser trains: weights, and BatchNorm’s scale and shift.",
        ),
        terms=(
            Addend(
                "statistics",
                "running statistics",
                without.buffers,
                f"Means and variances of {norms} BatchNorms: buffers in PyTorch, non-trainable parameters in Keras.",
            ),
            Addend(
                "biases",
                "convolution biases",
                with_biases.params - without.params,
                f"Keras {gives} {where} a bias; {why}.",
            ),
        ),
    )


_IN_BOTH = ("resnet50", "resnet101", "resnet152")  # torchvision and Keras have them


def keras_has(spec: NetworkSpec) -> bool:
    """Whether Keras Applications has this very network, so that it prints the total.

    The input's size and the stride's place are no matter: they change no parameter.
    """
    if spec.name not in _IN_BOTH and not spec.name.startswith("keras_"):
        return False
    family = FAMILIES.get(spec.name)
    free = {name: getattr(spec, name) for name in ("height", "width", "stride_at", "stride_in_last", "conv_bias")}
    return family is not None and _strideless(spec) == _strideless(replace(family, **free))


def keras_name(spec: NetworkSpec) -> str:
    """What to call Keras's number where it ends a sum."""
    return "Keras prints" if keras_has(spec) else "as Keras would count"


def _strideless(spec: NetworkSpec) -> NetworkSpec:
    return replace(spec, stages=tuple(stage._replace(stride=1) for stage in spec.stages))


class Rung(NamedTuple):
    """One of the numbers that are given for the same network: of what, in which unit, and why it differs.

    ``everything``  is counted, not convolutions and the linear layer alone
    """

    amount: int
    unit: str
    built: str
    sentence: str
    everything: bool = False

    @property
    def name(self) -> str:
        return f"{self.built}, everything" if self.everything else self.built


def ladder(spec: NetworkSpec) -> tuple[Rung, ...]:
    """The numbers of multiply-adds or FLOPs that are given for this network, from the smallest.

    ``spec``  which network, and the size of its image

    For bottlenecks the stride's place makes the first difference; basic blocks stride in their first 3×3 either way.
    """
    first: tuple[Rung, ...] = ()
    t, name, why = trace_network(spec), "as built", "Convolutions and the linear layer, and nothing else."
    if spec.block == "bottleneck":
        v1, t = (trace_network(rebuilt(spec, variant=variant)) for variant in ("v1", "v1.5"))
        saved = "Stride in the first 1×1, as in the paper: it works on the smaller map."
        first = (Rung(operations(v1), "macs", "v1", saved),)
        name, why = "v1.5", "Stride in the 3×3, as in torchvision: the first 1×1 works on the larger map."
    flops = Conventions(unit="flops")
    return (
        *first,
        Rung(operations(t), "macs", name, why),
        Rung(
            operations(t, everything=True),
            "macs",
            name,
            "BatchNorm, ReLU, pools and additions counted too, as some tools do.",
            everything=True,
        ),
        Rung(
            operations(t, flops),
            "flops",
            name,
            "A multiply and an add counted as two: the same work in another unit.",
        ),
    )
