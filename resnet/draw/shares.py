"""What the shortcut has of the sum, channel by channel, and how large the two summands' numbers are."""

from __future__ import annotations

from resnet import text
from resnet.draw.canvas import Canvas
from resnet.draw.palette import LIGHT as C
from resnet.run.signal import Histogram, Signal

WIDTH, EDGE = 520.0, 44.0
HIGH = 150.0


def share_bars(s: Signal, channel: int = 1) -> str:
    """A bar for each channel: the shortcut's part below, the main path's above it. Raises ValueError without a sum."""
    if not s.shares:
        raise ValueError("there is no sum: of nothing there are no shares")
    canvas = Canvas(WIDTH)
    canvas.text(0, 16, "How large is the shortcut’s part?", 15, C.ink, bold=True, anchor="start")
    canvas.text(0, 35, "Mean size, whatever the sign, of the shortcut, as a part of both", 12, C.muted, anchor="start")
    top, foot, n = 50.0, 50.0 + HIGH, len(s.shares)
    order = sorted(range(n), key=lambda i: (-s.shares[i], i))
    pitch = (WIDTH - EDGE) / n
    canvas.box(EDGE, top, WIDTH - EDGE, HIGH, f'fill="{C.line}"')
    steps = [f"V{foot - HIGH * s.shares[at]:.1f}H{EDGE + (i + 1) * pitch:.2f}" for i, at in enumerate(order)]
    canvas.parts.append(f'<path d="M{EDGE:g},{foot:g}{"".join(steps)}V{foot:g}z" fill="{C.accent}"/>')
    for share in (0, 0.5, 1):
        y = foot - HIGH * share
        canvas.text(EDGE - 6, y + 4, f"{share:.0%}".replace("%", " %"), 11, C.muted, anchor="end")
    canvas.text(WIDTH - 8, top + 18, "F(x)", 13, C.ink, bold=True, anchor="end")
    canvas.text(EDGE + 8, foot - 10, "shortcut", 13, C.paper, bold=True, anchor="start")
    rank = order.index(channel - 1)
    x = EDGE + (rank + 0.5) * pitch
    canvas.polygon([(x - 5, foot + 9), (x + 5, foot + 9), (x, foot + 2)], f'fill="{C.ink}"')
    said = f"channel {text.count(channel)}: {s.shares[channel - 1]:.0%}".replace("%", " %")
    anchor = "start" if rank < n / 2 else "end"
    canvas.text(x + (10 if anchor == "start" else -10), foot + 14, said, 12, C.ink, anchor=anchor)
    mean = sum(s.shares) / n
    canvas.text((EDGE + WIDTH) / 2, foot + 34, f"{text.count(n)} channels, sorted", 12, C.muted)
    return canvas.svg(foot + 42, f"The shortcut's share of the sum in each of {n} channels, {mean:.0%} in the mean")


def histograms(s: Signal) -> str:
    """How the numbers of both summands are spread, on one scale; a projection's also without its BatchNorm."""
    canvas = Canvas(WIDTH)
    canvas.text(0, 16, "Which values occur?", 15, C.ink, bold=True, anchor="start")
    said = "How often each value occurs; every curve is scaled to its own peak"
    canvas.text(0, 35, said, 12, C.muted, anchor="start")
    foot = 50.0 + HIGH
    for one, (colour, dashes) in zip(s.histograms, _LOOKS, strict=False):
        _curve(canvas, one, foot, colour, dashes)
    canvas.parts.append(f'<path d="M{EDGE:g},{foot:g}H{WIDTH:g}" stroke="{C.muted}" stroke-width="1"/>')
    middle = (EDGE + WIDTH) / 2
    for x, value, anchor in ((EDGE, -s.reach, "start"), (middle, 0.0, "middle"), (WIDTH, s.reach, "end")):
        canvas.text(x, foot + 15, text.signed(value, 1), 11, C.muted, anchor=anchor)
    y = foot + 36
    for one, (colour, dashes) in zip(s.histograms, _LOOKS, strict=False):
        canvas.parts.append(f'<path d="M{EDGE:g},{y - 4:g}h26" stroke="{colour}" stroke-width="2.4"{dashes}/>')
        canvas.text(EDGE + 34, y, one.name, 12, C.ink, anchor="start")
        y += 18
    return canvas.svg(y - 6, "How the numbers of " + ", ".join(one.name for one in s.histograms) + " are spread")


_LOOKS = ((C.ink, ""), (C.accent, ""), (C.accent, ' stroke-dasharray="6 4"'))


def _curve(canvas: Canvas, one: Histogram, foot: float, colour: str, dashes: str) -> None:
    highest = max(one.shares) or 1.0
    pitch = (WIDTH - EDGE) / len(one.shares)
    heights = [(HIGH - 4) * share / highest for share in one.shares]
    points = [f"{EDGE + (i + 0.5) * pitch:.1f},{foot - high:.1f}" for i, high in enumerate(heights)]
    look = f'fill="none" stroke="{colour}" stroke-width="2.2" stroke-linejoin="round"{dashes}'
    canvas.parts.append(f'<path d="M{" L".join(points)}" {look}/>')
