"""What exporters do to BatchNorm, and what that does to a count: ``reconcile(graph)``.

At inference a BatchNorm is a factor and a shift for each channel. An exporter multiplies the factor into the weights of
the convolution in front of it and leaves the shift as that convolution's bias: of γ and β one number a channel is left.
"""

from __future__ import annotations

from resnet.models.graph import Graph
from resnet.numbers import counting
from resnet.numbers.counting import Addend, Reconciliation
from resnet.spec.network import NetworkSpec


def reconcile(network: NetworkSpec | Graph) -> Reconciliation:
    """From one count of a network's parameters to another, term by term.

    ``network``  one of ours, or anybody's

    A NetworkSpec: from what PyTorch counts to what Keras prints. A Graph: from what was trained to what its file holds;
    there are no terms if nothing was folded.
    """
    if isinstance(network, NetworkSpec):
        return counting.reconcile(network)
    whole = Addend("held", "as it is", network.params, "Nothing was folded: all that is trained is there.")
    return reconcile_folded(network) or Reconciliation(name=network.name, start=whole, terms=())


def reconcile_folded(graph: Graph) -> Reconciliation | None:
    """From what was trained to what the file holds, if a BatchNorm was folded into its convolutions; else None.

    A network that never had a BatchNorm looks the same in a file. The convolutions had no bias before, as in front of
    BatchNorm they have none.

    >>> from resnet.models.spec_graph import graph_of
    >>> from resnet.spec.catalogue import network
    >>> reconcile_folded(graph_of(network("resnet50"))) is None
    True
    """
    convolutions = graph.folded
    if not convolutions:
        return None
    channels = sum(node.channels_made for node in convolutions)
    biases = sum(node.biases for node in convolutions)
    words = "With BatchNorm, as it was trained: weights, scale and shift."
    took = f"{len(convolutions)} convolutions took in the BatchNorm behind them: its γ went into their weights."
    left = "β, mean and variance are left as one bias for each channel; where all are zero, none may be left."
    trained = graph.params - biases + 2 * channels
    return Reconciliation(
        name=graph.name,
        start=Addend("trained", "with BatchNorm", trained, words),
        terms=(Addend("folded", "scale and shift", -2 * channels, took), Addend("biases", "biases", biases, left)),
    )
