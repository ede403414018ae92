"""A block in a few strokes, to be shown small: ``sketch(trace)`` -> ``graphviz.Digraph``.

x 56 × 56 × 64 ───╮     The main path is one box. Lines and colours mean what they mean in ``resnet.draw.block``.
  ↓            [1×1]
[F(x)]         16,896
  ↓               │
  ⊕ ◀─────────────╯
  ↓
y 56 × 56 × 256
"""

from __future__ import annotations

from itertools import pairwise

from resnet import text
from resnet.draw import fonts
from resnet.draw.graph import NBSP3, Diagram, box, empty_graph, font, num, spline
from resnet.draw.layout import Point, rounded, straight
from resnet.draw.palette import LIGHT as C
from resnet.spec import names
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.values import INPUT, BlockTrace
from resnet.trace.words import layer

MAIN, SIDE = 64.0, 178.0  # the two columns
HEAD, BODY = 14, 13  # font sizes: larger than a diagram's, since a sketch is shown small
LEVELS = {INPUT: 0.0, "F": -46.0, "add": -98.0, "y": -135.0}
HALF = {INPUT: 9.0, "F": 17.0, "add": 12.0, "y": 9.0}
CARD, ARROW = 94.0, 7.0


def sketch(t: BlockTrace, *, conventions: Conventions = DEFAULT) -> Diagram:
    """A possible block, small; on the shortcut's box: what it begins with, and its parameters."""
    graph = empty_graph("residual_block_sketch", title=names.title(t.spec))
    for name, shape in ((INPUT, t.in_shape), ("y", t.out_shape)):
        label = font(name[0], HEAD + 1, C.ink, bold=True) + font(NBSP3 + conventions.shape(shape), HEAD, C.muted)
        _node(graph, name, MAIN, f"<{label}>")
    _node(graph, "F", MAIN, f"<{font('F(x)', HEAD, C.ink, bold=True)}>", CARD, fillcolor=C.card, color=C.line)
    look = box(2 * HALF["add"], 2 * HALF["add"]) | {"shape": "circle", "penwidth": "1.8", "fontsize": "17"}
    graph.node("add", "+", pos=f"{num(MAIN)},{num(LEVELS['add'])}", color=C.ink, **look)
    places = (INPUT, "F", "add", "y")
    for tail, head in pairwise(places):
        tip = (MAIN, LEVELS[head] + HALF[head])
        line = straight((MAIN, LEVELS[tail] - HALF[tail]), (MAIN, tip[1] + ARROW))
        _edge(graph, tail, head, line, tip, color=C.ink, penwidth="1.6")
    _shortcut(graph, t, conventions)
    return graph


def _node(graph: Diagram, name: str, x: float, label: str, wide: float = 0.0, **look: str) -> None:
    if wide:
        look = box(wide, 2 * HALF.get(name, HALF["F"])) | {"style": "rounded,filled"} | look
    y = LEVELS.get(name, LEVELS["F"])
    graph.node(name, label=label, pos=f"{num(x)},{num(y)}", **look)


def _edge(graph: Diagram, tail: str, head: str, points: list[Point], tip: Point, **look: str) -> None:
    graph.edge(tail, head, pos=spline(points, tip), arrowsize=num(ARROW / 10), **look)


def _shortcut(graph: Diagram, t: BlockTrace, conventions: Conventions) -> None:
    """Out of x to the right, down, and from the right into the ⊕; with a box on it if it is not the identity."""
    words = fonts.width("x", HEAD + 1, bold=True) + fonts.width(NBSP3 + conventions.shape(t.in_shape), HEAD)
    start, corner = (MAIN + words / 2 + 5, LEVELS[INPUT]), (SIDE, LEVELS[INPUT])
    end, tip = (MAIN + HALF["add"] + 1 + ARROW, LEVELS["add"]), (MAIN + HALF["add"] + 1, LEVELS["add"])
    below = (SIDE, LEVELS["add"])
    ops = t.on("shortcut")
    if not ops:
        _edge(graph, INPUT, "add", rounded([start, corner, below, end]), tip, color=C.accent, penwidth="1.6")
        half = fonts.width("identity", BODY) / 2
        position = f"{num(SIDE - half - 6)},{num(LEVELS['F'])}"
        graph.node("name", label=f"<{font('identity', BODY, C.accent)}>", pos=position)
        _node(graph, "side", SIDE, "", CARD, style="invis")  # all sketches are as wide as one with a box
        return
    cost = text.count(conventions.params(*ops))
    kind = layer(ops[0]).replace(" conv", "").split(", ")
    label = (
        font(f"{kind[0]}, s={t.spec.stride}", BODY, C.accent, bold=True)
        + "<BR/>"
        + font(f"{cost} params", BODY - 1, C.muted)
    )
    _node(graph, "side", SIDE, f"<{label}>", CARD, fillcolor=C.accent_card, color=C.accent, penwidth="1.8")
    top, foot = (SIDE, LEVELS["F"] + HALF["F"]), (SIDE, LEVELS["F"] - HALF["F"])
    look = {"color": C.accent, "penwidth": "2.6"}
    _edge(graph, INPUT, "side", rounded([start, corner, (SIDE, top[1] + ARROW)]), top, **look)
    _edge(graph, "side", "add", rounded([foot, below, end]), tip, **look)
