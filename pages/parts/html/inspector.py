"""The inspector as HTML: the arithmetic of what a reader has chosen in a diagram."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from pages.parts.component.sheet import Part
from resnet import text
from resnet.draw.layout import boxes
from resnet.numbers.explain import Explanation, Formula, explain, tensor
from resnet.spec.conventions import Conventions
from resnet.trace.block import INPUT, BlockTrace, trace
from resnet.trace.words import layer
from resnet.views.compare import View

_CLOSE = '<button type="button" class="close" data-op="none" aria-label="Close the explanation">✕</button>'


@lru_cache(maxsize=256)
def explanation(view: View) -> tuple[Part, ...]:
    """What ``view.chosen`` names, explained; a sentence if this block does not have it."""
    side, _, rest = view.chosen.partition(".")
    name, _, result = rest.partition(":")
    conventions = view.conventions
    t = trace(conventions.built(view.left if side == "left" else view.right))
    html = _result(t, name, conventions) if result else _box(t, name, view.unfolded, conventions)
    if html is None:
        html = f"<h2>{escape(name)}</h2><p>This block has no such layer. Choose another in the diagrams.</p>"
    return (Part("inspector", f'<section aria-live="polite" aria-label="Explanation">{_CLOSE}{html}</section>'),)


def _box(t: BlockTrace, name: str, unfolded: bool, conventions: Conventions) -> str | None:
    """Everything that shares a box with this operation."""
    shared = (one for one in boxes(t, unfolded) if name in {op.name for op in one.ops})
    card = next(shared, None)
    if card is None:
        return None
    return "".join(_operation(t, explain(t, op.name, conventions), conventions) for op in card.ops)


def _operation(t: BlockTrace, found: Explanation, conventions: Conventions) -> str:
    op = found.op
    html = f"<h2>{escape(_capital(layer(op)))} <small>{escape(op.name)}</small></h2>"
    if op.out_shape is None:
        assert t.problem is not None, "only a failing addition has no result"
        main, shortcut = (conventions.shape(one) for one in (t.problem.main_shape, t.problem.shortcut_shape))
        return (
            f"{html}<p>The main path gives {main}, the shortcut {shortcut}. "
            f"A residual sum needs equal shapes.</p><code>{escape(t.problem.message)}</code>"
        )
    html += f"<p>{conventions.shape(op.in_shapes[0])} → {conventions.shape(op.out_shape)}</p>"
    if found.window is not None and op.kind != "subsample":
        f, s, p, _ = found.window
        n = op.in_shapes[0][2]
        html += f'<div class="kernel" data-n="{n}" data-f="{f}" data-s="{s}" data-p="{p}"></div>'
    return html + formulas(found.formulas)


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]  # capitalize() would write "Relu"


def _result(t: BlockTrace, name: str, conventions: Conventions) -> str | None:
    """What flows along an arrow."""
    shapes = {INPUT: t.in_shape} | {op.name: op.out_shape for op in t.ops}
    shape = shapes.get(name)
    if shape is None:
        return None
    what = "the block’s input" if name == INPUT else f"what comes out of {name}"
    heading = f"<h2>{conventions.shape(shape)} <small>{escape(what)}</small></h2>"
    return heading + formulas(tensor(shape, conventions))


def formulas(listed: tuple[Formula, ...]) -> str:
    """Formula, numbers and result of each, as a list."""
    items = ""
    for one in listed:
        note = f"<small>{escape(one.note)}</small>" if one.note else ""
        unit = f" {escape(one.unit)}" if one.unit else ""
        items += (
            f"<dt>{escape(one.name)}</dt><dd><span>{escape(one.formula)}</span>"
            f"<span>= {escape(one.numbers)}</span><strong>= {text.count(one.result)}{unit}</strong>{note}</dd>"
        )
    return f"<dl>{items}</dl>"
