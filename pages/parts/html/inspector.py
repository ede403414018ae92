"""The inspector: the arithmetic of what a reader has chosen in a diagram."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from pages.parts.html.part import Element, Part
from pages.parts.html.templates import part
from resnet.cache import remembered
from resnet.draw.layout import boxes
from resnet.draw.pixel import drawn, mixing
from resnet.numbers.explain import explain, tensor
from resnet.run.pixel import mixed
from resnet.spec.conventions import Conventions
from resnet.spec.errors import SpecError
from resnet.trace.block import trace
from resnet.trace.values import INPUT, BlockTrace, OpTrace
from resnet.trace.words import layer
from resnet.views.compare import CompareView


@remembered(megabytes=4)
def explanation(view: CompareView) -> tuple[Part, ...]:
    """What ``view.chosen`` names, explained; a sentence if this block does not have it."""
    side, _, rest = view.chosen.partition(".")
    name, _, result = rest.partition(":")
    conventions = view.conventions
    t = trace(conventions.built(view.left if side == "left" else view.right))
    explained = (
        _result(t, name, conventions)
        if result == "out"
        else _box(t, name, view.unfolded, conventions, int(result or 1))
    )
    missing = _said(name, "", "This block has no such layer. Choose another in the diagrams.")
    cells = tuple(
        Element("cells", "Channel", op=f"{side}.{one['name']}:", cells=one["cells"], cell=int(result or 1))
        for one in explained
        if one["cells"]
    )
    return (part("inspector", "compare/inspector.html", cells, explained=explained or [missing]),)


def _said(heading: str, name: str, words: str = "", **more: Any) -> dict[str, Any]:
    """One thing that is explained, with everything that the template may ask for."""
    return {
        "heading": heading,
        "name": name,
        "words": words,
        "says": "",
        "window": None,
        "formulas": (),
        "picture": "",
        "cells": 0,
    } | more


def _box(t: BlockTrace, name: str, unfolded: bool, conventions: Conventions, channel: int) -> list[dict[str, Any]]:
    """Everything that shares a box with this operation. ``channel`` of a 1×1 convolution is looked at."""
    shared = (one for one in boxes(t, unfolded) if name in {op.name for op in one.ops})
    card = next(shared, None)
    return [] if card is None else [_operation(t, op, conventions, channel) for op in card.ops]


def _operation(t: BlockTrace, op: OpTrace, conventions: Conventions, channel: int) -> dict[str, Any]:
    heading = _capital(layer(op))
    if op.out_shape is None:
        assert t.problem is not None, "only a failing addition has no result"
        main, shortcut = (conventions.shape(one) for one in (t.problem.main_shape, t.problem.shortcut_shape))
        words = f"The main path gives {main}, the shortcut {shortcut}. A residual sum needs equal shapes."
        return _said(heading, op.name, words, says=t.problem.message)
    found = explain(t, op.name, conventions)
    window = None if op.kind == "subsample" else found.window
    shapes = f"{conventions.shape(op.in_shapes[0])} → {conventions.shape(op.out_shape)}"
    said = _said(heading, op.name, shapes, window=window, pixels=op.in_shapes[0][2], formulas=found.formulas)
    return said | _seen(t, op, channel)


def _seen(t: BlockTrace, op: OpTrace, channel: int) -> dict[str, Any]:
    """One pixel of a 1×1 convolution in real numbers: its window of one pixel is worth showing only where it leaps."""
    try:
        seen = mixed(t.spec, op.name)
    except SpecError:  # too many channels to be run meanwhile
        seen = None
    if seen is None or op.out_shape is None:
        return {}
    picture = mixing(seen, f"out of {op.name}", channel=channel)
    leaps = op.window is not None and op.window.stride > 1
    return {"picture": Markup(picture), "cells": drawn(op.out_shape[0])} | ({} if leaps else {"window": None})


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]  # capitalize() would write "Relu"


def _result(t: BlockTrace, name: str, conventions: Conventions) -> list[dict[str, Any]]:
    """What flows along an arrow."""
    shapes = {INPUT: t.in_shape} | {op.name: op.out_shape for op in t.ops}
    shape = shapes.get(name)
    if shape is None:
        return []
    what = "the block’s input" if name == INPUT else f"what comes out of {name}"
    return [_said(conventions.shape(shape), what, formulas=tensor(shape, conventions))]
