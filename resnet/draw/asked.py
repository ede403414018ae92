"""The block of a question, with a question mark for all that its answer would be: ``asked(trace)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resnet.draw import layout
from resnet.draw.block import BlockDrawing
from resnet.draw.graph import Diagram, box, empty_graph, font, num, table, text_line
from resnet.draw.layout import BODY, TITLE, Box, Sizes
from resnet.draw.palette import LIGHT as C
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.trace.values import INPUT, BlockTrace

_QUESTION = "Which shortcut does it need?"
_MARK_SIZE = 20


def asked(
    t: BlockTrace, *, conventions: Conventions = DEFAULT, asks: Sequence[str] = ("shape", "why", "params", "where")
) -> Diagram:
    """A block with a projection, drawn without shapes, parameters and shortcut: nothing of what is asked is known.

    ``asks``  what is asked, in order: the shape of F(x), why there is a projection, its parameters, where torch stops.
              Each has its number at its place in the picture.

    Every arrow is as wide as the next, since a width would say how many channels there are.
    """
    graph = empty_graph(title=_QUESTION)
    drawing = _Asked(graph, t, layout.grid([t], False, conventions), False, conventions)
    drawing.number_of = {one: str(i) for i, one in enumerate(asks, start=1)}
    drawing.draw()
    return graph


class _Asked(BlockDrawing):
    number_of: Mapping[str, str]

    def _mark(self, *asks: str) -> str:
        """The numbers of these questions, at the place where their answer would be."""
        numbers = [self.number_of[one] for one in asks if one in self.number_of]
        return f"{', '.join(numbers)} ?" if numbers else ""

    def _heading(self) -> list[str]:
        kind = "A bottleneck block" if self.t.spec.bottleneck else "A basic block"
        title = text_line(self.grid.width, f"{kind}, s = {self.t.spec.stride}", TITLE, C.ink, bold=True)
        return [title, text_line(self.grid.width, _QUESTION, BODY, C.muted)]

    def _endpoint_words(self, name: str) -> tuple[str, str]:
        return super()._endpoint_words(name) if name == INPUT else ("", C.muted)

    def _card(self, card: Box, x: float, y: float, width: float, height: float, path: str) -> None:
        for result in card.results:
            self.node_of[result] = card.name
        if path == "shortcut":
            mark = self._mark("why", "params")
            label = font(mark, _MARK_SIZE, C.accent, bold=True) if mark else font("shortcut", BODY, C.muted)
            look = {"fillcolor": C.paper, "color": C.accent, "style": "rounded,filled,dashed", "label": f"<{label}>"}
        else:
            lines = [
                text_line(width - 2 * layout.PAD, one.words, one.size, C.ink if one.bold else C.muted, one.bold)
                for one in card.lines
            ]
            look = {"fillcolor": C.card, "color": C.line, "style": "rounded,filled", "label": table(lines)}
        self._node(card.name, x, y, height / 2, **look, **box(width, height))

    def _note(self) -> str:
        return f"On the arrow into the block: {self.conventions.axis_names}."

    def _width(self, shape: Sizes | None) -> float:
        return 1.8

    def _shape_label(self, words: str, shortcut: bool, adds: bool, *where: float) -> dict[str, str]:
        """Only F(x)'s, in front of the addition."""
        if shortcut or not adds:
            return {}
        return super()._shape_label(f"F(x): {self._mark('shape')}", shortcut, adds, *where) | {"fontcolor": C.accent}

    def _addition(self, card: Box) -> None:
        super()._addition(card)
        mark = self._mark("where")
        if mark:
            x = self.main_x - layout.ADDITION / 2 - 22
            label = f"<{font(mark, _MARK_SIZE - 4, C.accent, bold=True)}>"
            self.graph.node(self.prefix + "where", label=label, pos=f"{num(x)},{num(self.grid.addition)}")
