"""The residual block, traced: shapes, parameters, multiply-adds and diagrams of ResNet's blocks.

    >>> from resnet import BlockSpec, compare, diagram, trace
    >>> t = trace(BlockSpec(in_channels=64, filters=(64, 64, 256), stride=1, shortcut="projection"))
    >>> t.params, t.out_shape
    (75008, (256, 56, 56))

    >>> from resnet import network, trace_network
    >>> trace_network(network("resnet50")).params
    25557032

Shapes are (C, H, W), batch 1. ``diagram(t)`` is a ``graphviz.Digraph`` that shows itself in a notebook;
``render`` makes SVG, PDF, PNG or DOT bytes of it. Nothing here needs the web page.
"""

from resnet.draw.block import Diagram, diagram, diagram_pair
from resnet.draw.render import render
from resnet.models.weights import WeightsError, build_network, load_weights
from resnet.modules.layers import Window
from resnet.numbers.compare import Comparison, Row, Total, Verdict, compare, verdict
from resnet.numbers.counting import (
    KERAS,
    PYTORCH,
    Reconciliation,
    ladder,
    operations,
    parameters,
    reconcile,
)
from resnet.spec.block import BlockSpec, parse_query
from resnet.spec.catalogue import FAMILIES, PRESETS, Preset, network
from resnet.spec.conventions import Conventions
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec, StageSpec, StemSpec
from resnet.trace.block import trace
from resnet.trace.network import NetworkBlock, NetworkTrace, trace_network
from resnet.trace.values import BlockTrace, OpTrace, Problem

__all__ = [
    "FAMILIES",
    "KERAS",
    "PRESETS",
    "PYTORCH",
    "BlockSpec",
    "BlockTrace",
    "Comparison",
    "Conventions",
    "Diagram",
    "NetworkBlock",
    "NetworkSpec",
    "NetworkTrace",
    "OpTrace",
    "Preset",
    "Problem",
    "Reconciliation",
    "Row",
    "SpecError",
    "StageSpec",
    "StemSpec",
    "Total",
    "Verdict",
    "WeightsError",
    "Window",
    "build_network",
    "compare",
    "diagram",
    "diagram_pair",
    "ladder",
    "load_weights",
    "network",
    "operations",
    "parameters",
    "parse_query",
    "reconcile",
    "render",
    "trace",
    "trace_network",
    "verdict",
]
