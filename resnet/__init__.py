"""The residual block, traced: shapes, parameters, multiply-adds and diagrams of ResNet's blocks.

    >>> from resnet import BlockSpec, compare, diagram, trace
    >>> t = trace(BlockSpec(in_channels=64, filters=(64, 64, 256), stride=1, shortcut="projection"))
    >>> t.params, t.out_shape
    (75008, (256, 56, 56))

Shapes are (C, H, W), batch 1. ``diagram(t)`` is a ``graphviz.Digraph`` that shows itself in a notebook;
``render`` makes SVG, PDF, PNG or DOT bytes of it. Nothing here needs the web page.
"""

from resnet.compare import Comparison, Row, Total, Verdict, compare, verdict
from resnet.diagram import Diagram, diagram, diagram_pair
from resnet.render import render
from resnet.spec import PRESETS, BlockSpec, Preset, SpecError, parse_query
from resnet.trace import BlockTrace, OpTrace, Problem, Window, trace

__all__ = [
    "PRESETS",
    "BlockSpec",
    "BlockTrace",
    "Comparison",
    "Diagram",
    "OpTrace",
    "Preset",
    "Problem",
    "Row",
    "SpecError",
    "Total",
    "Verdict",
    "Window",
    "compare",
    "diagram",
    "diagram_pair",
    "parse_query",
    "render",
    "trace",
    "verdict",
]
