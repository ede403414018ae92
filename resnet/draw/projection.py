"""What a projection writes into one of its channels: every map of x, times its weight, added up.

▦▦▦▦   ·   ▪▫▪▪   =   ▦     Weights lie in the order of the maps. The colour of a square is its weight's sign, its
▦▦▦▦       ▫▪▫▪             area the weight's size.
"""

from __future__ import annotations

import math

from resnet import text
from resnet.draw.canvas import Canvas
from resnet.draw.flow import reach
from resnet.draw.palette import ABOVE, BELOW
from resnet.draw.palette import LIGHT as C
from resnet.draw.signal import LEFT, MOST, SIDE, WIDTH
from resnet.draw.tiles import one_map, tiles
from resnet.run.signal import Signal
from resnet.trace.values import INPUT


def written(s: Signal, channel: int = 1) -> str:
    """``channel`` of the projection's convolution, in front of its BatchNorm; of more than 256 maps the first."""
    convolution = next(op for op in s.trace.on("shortcut") if op.kind == "conv")
    read = s.points[convolution.reads[0]] if convolution.reads[0] in s.points else s.points[INPUT]
    weights, maps = s.weights_of(channel - 1), read.maps[:MOST]
    result = s.points[convolution.name].maps[channel - 1]
    n, row = len(maps), math.isqrt(len(maps) - 1) + 1
    canvas = Canvas(WIDTH)
    some = f"the first {text.count(n)} of " if n < len(weights) else ""
    titles = (f"{some}{text.count(len(weights))} maps of x", "its weights", f"channel {text.count(channel)} of W x")
    for x, title, colour in zip(LEFT, titles, (C.ink, C.accent, C.accent), strict=True):
        canvas.text(x, 18, title, 16, colour, bold=True, anchor="start")
    pitch = SIDE / row
    rows = -(-n // row)
    canvas.image(LEFT[0], 28, SIDE, rows * pitch, tiles(maps, row, max(8, int(2 * pitch)), 2, reach(maps)))
    _weights(canvas, LEFT[1], 28, weights[:n], row, pitch)
    canvas.box(LEFT[2], 28, SIDE, SIDE, f'fill="{C.paper}" stroke="{C.line}" stroke-width="1"')
    canvas.image(LEFT[2], 28, SIDE, SIDE, one_map(result, reach(result[None])))
    for sign, x in zip("·=", LEFT[1:], strict=True):
        canvas.text(x - 21, 28 + SIDE / 2 + 10, sign, 28, C.ink, bold=True)
    words = "Each map times its weight, all added up. Green: added; pink: subtracted. Area: how much."
    canvas.text(LEFT[0], 28 + SIDE + 20, words, 14, C.muted, anchor="start")
    said = f"Channel {channel} of the projection: {len(weights)} weights, one for each map of x"
    return canvas.svg(28 + SIDE + 32, said)


def _weights(canvas: Canvas, left: float, top: float, weights: tuple[float, ...], row: int, pitch: float) -> None:
    """A square each, whose area is its size."""
    strongest = max(map(abs, weights)) or 1.0
    for i, weight in enumerate(weights):
        side = (pitch - 1) * math.sqrt(abs(weight) / strongest)
        x, y = left + (i % row + 0.5) * pitch, top + (i // row + 0.5) * pitch
        canvas.box(x - side / 2, y - side / 2, side, side, f'fill="{ABOVE if weight > 0 else BELOW}"')
