"""A small SVG, shape by shape. Colours are the light palette's, so that a page can put its own in their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

from resnet.draw import fonts
from resnet.draw.palette import LIGHT as C


class Canvas:
    """Shapes in the order in which they are drawn. Units are pixels where the picture is shown in its own size."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.parts: list[str] = []

    def polygon(self, corners: Sequence[tuple[float, float]], look: str) -> None:
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
        self.parts.append(f'<polygon points="{points}" {look} stroke-width="1.3" stroke-linejoin="round"/>')

    def box(self, x: float, y: float, wide: float, high: float, look: str) -> None:
        self.parts.append(f'<rect x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{high:.2f}" {look}/>')

    def image(self, x: float, y: float, wide: float, high: float, address: str) -> None:
        """``address`` is a data address: a picture carries what it shows.

        Its pixels stay pixels: resvg takes ten times as long to smooth them, for a file five times as large.
        """
        self.parts.append(
            f'<image x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{high:.2f}" preserveAspectRatio="none" '
            f'image-rendering="optimizeSpeed" href="{address}"/>'
        )

    def missing(self, x: float, y: float, wide: float, high: float, words: str, size: float) -> None:
        """Where something would have to be, and is not."""
        look = f'fill="{C.alarm_card}" stroke="{C.alarm}" stroke-width="1" stroke-dasharray="4 3"'
        self.box(x + 0.5, y + 0.5, wide - 1, high - 1, look)
        self.text(x + wide / 2, y + high / 2 + 0.37 * size, words, size, C.alarm, bold=True)

    @contextmanager
    def step(self, number: int) -> Iterator[None]:
        """What is drawn meanwhile comes as that step where a page moves it (``sheet.css``); in a file it is there."""
        self.parts.append(f'<g class="step-{number}">')
        yield
        self.parts.append("</g>")

    def circle(self, x: float, y: float, radius: float, colour: str) -> None:
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}"/>')

    def cells(self, corners: Sequence[tuple[float, float]], side: float, look: str) -> None:
        """Squares that look the same, as one path."""
        squares = "".join(f"M{x:g},{y:g}h{side:g}v{side:g}h-{side:g}z" for x, y in corners)
        self.parts.append(f'<path d="{squares}" {look}/>')

    def down(self, x: float, start: float, tip: float, colour: str) -> None:
        """An arrow downwards."""
        self.parts.append(
            f'<path d="M{x:.1f},{start:.1f}V{tip - 6:.1f}" stroke="{colour}" stroke-width="1.8" fill="none"/>'
            f'<polygon points="{x - 4.5:.1f},{tip - 8:.1f} {x + 4.5:.1f},{tip - 8:.1f} {x:.1f},{tip:.1f}" '
            f'fill="{colour}"/>'
        )

    def text(
        self, x: float, y: float, words: str, size: float, colour: str, bold: bool = False, anchor: str = "middle"
    ) -> None:
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{weight}>'
            f"{escape(words)}</text>"
        )

    def svg(self, height: float, words: str) -> str:
        """``words`` say what the picture shows."""
        paper = f'<rect width="100%" height="100%" fill="{C.paper}"/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {self.width:.0f} {height:.0f}" role="img" aria-label="{escape(words)}" '
            f'font-family="{escape(fonts.STACK)}">{paper}{"".join(self.parts)}</svg>'
        )
