"""The residual block, traced: shapes, parameters, multiply-adds and diagrams of ResNet's blocks.

    >>> from resnet import BlockSpec, compare, diagram, trace
    >>> t = trace(BlockSpec(in_channels=64, filters=(64, 64, 256), stride=1, shortcut="projection"))
    >>> t.params, t.out_shape
    (75008, (256, 56, 56))

    >>> from resnet import network, trace_network
    >>> trace_network(network("resnet50")).params
    25557032

    >>> from resnet import read_module, residual_sums
    >>> from torch import nn
    >>> residual_sums(read_module(nn.TransformerEncoderLayer(64, 4), (1, 10, 64)))[0].kind
    'identity'

Shapes are (C, H, W), batch 1. In a notebook a trace, a comparison and a network show themselves as figure and table:
``docs/residual_block.ipynb``. ``diagram(t)`` is a ``graphviz.Digraph``; ``render`` makes SVG, PDF, PNG or DOT bytes
of it. Nothing here needs the web page.

``FAMILIES``  the networks that ``network`` knows, each a NetworkSpec by its usual name
``PRESETS``   the first and the later block of each stage of ResNet-50, each a Preset
``PYTORCH``, ``KERAS``   the two ways to count parameters, each a Conventions
"""

from resnet.draw.block import diagram, diagram_pair
from resnet.draw.graph import Diagram
from resnet.draw.render import render
from resnet.models.align import NetworkComparison, compare_networks
from resnet.models.graph import Graph, residual_sums
from resnet.models.module import read_module
from resnet.models.node import Node
from resnet.models.onnx_file import read_onnx
from resnet.models.sums import OtherSum, ResidualSum
from resnet.models.weights import WeightsError, build_network, load_weights
from resnet.modules.layers import Window
from resnet.notebook import hang_up
from resnet.numbers.compare import Comparison, Row, Total, Verdict, compare, verdict
from resnet.numbers.counting import (
    KERAS,
    PYTORCH,
    Reconciliation,
    ladder,
    operations,
    parameters,
)
from resnet.numbers.folding import reconcile
from resnet.spec.block import BlockSpec, parse_query
from resnet.spec.catalogue import FAMILIES, PRESETS, Preset, network
from resnet.spec.conventions import Conventions
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec, StageSpec, StemSpec
from resnet.trace.block import trace
from resnet.trace.network import NetworkBlock, NetworkTrace, trace_network
from resnet.trace.values import BlockTrace, Counted, OpTrace, Problem

hang_up()

__all__ = [
    "FAMILIES",
    "KERAS",
    "PRESETS",
    "PYTORCH",
    "BlockSpec",
    "BlockTrace",
    "Comparison",
    "Conventions",
    "Counted",
    "Diagram",
    "Graph",
    "NetworkBlock",
    "NetworkComparison",
    "NetworkSpec",
    "NetworkTrace",
    "Node",
    "OpTrace",
    "OtherSum",
    "Preset",
    "Problem",
    "Reconciliation",
    "ResidualSum",
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
    "compare_networks",
    "diagram",
    "diagram_pair",
    "ladder",
    "load_weights",
    "network",
    "operations",
    "parameters",
    "parse_query",
    "read_module",
    "read_onnx",
    "reconcile",
    "render",
    "residual_sums",
    "trace",
    "trace_network",
    "verdict",
]
