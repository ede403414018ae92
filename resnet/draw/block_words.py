"""A block's diagram in words, from what is drawn: ``spoken_block(figure, verdict, conventions)``, and of two beside
each other ``spoken_pair``.

    Main path, from x to F(x)
      1×1 convolution, 64 filters: 4,096 parameters; BatchNorm: 128 parameters; ReLU. Gives 56 × 56 × 64.
    Shortcut, from x
      …
    Addition (+): F(x) and what the shortcut brings, both 56 × 56 × 256.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from resnet.draw.layout import OUTPUT, Box, Figure, shape_words
from resnet.draw.spoken import Item, Spoken, listed, spelled
from resnet.spec.conventions import Conventions
from resnet.trace.values import INPUT

USUAL = "parameters"  # what a number in a box is, if nothing else is said


class Verdict(Protocol):
    """Of ``resnet.numbers.compare`` or ``resnet.models.summary``."""

    @property
    def headline(self) -> str: ...
    @property
    def sentence(self) -> str: ...


def spoken_block(figure: Figure, verdict: Verdict, conventions: Conventions) -> Spoken:
    """One block."""
    return Spoken(_title(figure), _sentence(figure, verdict, conventions), tuple(_items(figure, conventions, None)))


def spoken_pair(left: Figure, right: Figure, verdicts: tuple[Verdict, Verdict], conventions: Conventions) -> Spoken:
    """Two blocks. What is the same in both is said once."""
    sides = (("Left", left, verdicts[0], None), ("Right", right, verdicts[1], left))
    items = tuple(
        Item(
            f"{side}: {_title(one)}. {_sentence(one, verdict, conventions)}",
            tuple(_items(one, conventions, before)),
        )
        for side, one, verdict, before in sides
    )
    same = "; the main path is the same in both" if _main(left, conventions) == _main(right, conventions) else ""
    titles = _title(left), _title(right)
    return Spoken("; ".join(titles), f"Two blocks beside each other{same}: {_outcomes(titles, verdicts)}.", items)


def _outcomes(titles: tuple[str, str], verdicts: tuple[Verdict, Verdict]) -> str:
    said = (
        f"{title}: {one.headline[0].lower()}{one.headline[1:]}" for title, one in zip(titles, verdicts, strict=True)
    )
    return "; ".join(
        f"{side} {words[0].lower()}{words[1:]}" for side, words in zip(("left", "right"), said, strict=True)
    )


def _sentence(figure: Figure, verdict: Verdict, conventions: Conventions) -> str:
    totals = figure.totals.replace(" · ", ", ")
    if not figure.possible:
        return f"{totals[0].upper()}{totals[1:]}. {verdict.sentence}"
    ends = (shape_words(one, conventions) for one in (figure.in_shape, figure.out_shape))
    return "x, {}, becomes y, {}: {}. {}. {}".format(*ends, totals, verdict.headline, verdict.sentence)


def _title(figure: Figure) -> str:
    """Our own blocks say their stride in it."""
    return figure.title.replace(", s = ", ", stride ")


def _items(figure: Figure, conventions: Conventions, before: Figure | None) -> Iterator[Item]:
    """``before``: what was said of the block in front of this one."""
    yield Item(f"x: {shape_words(figure.in_shape, conventions)} ({figure.axes})")
    main = _main(figure, conventions)
    if before is not None and main == _main(before, conventions):
        yield Item("Main path, from x to F(x): as on the left")
    else:
        yield Item("Main path, from x to F(x)", main)
    yield _shortcut(figure, conventions)
    for box in figure.joined:
        yield Item(_addition(figure, conventions) if box.adds else _after(figure, box))
    yield Item(f"{OUTPUT}: {shape_words(figure.out_shape, conventions)}")
    if figure.counted != USUAL:
        yield Item(f"Parameters: {figure.counted}")


def _main(figure: Figure, conventions: Conventions) -> tuple[Item, ...]:
    return tuple(_step(figure, box, conventions) for box in figure.main)


def _step(figure: Figure, box: Box, conventions: Conventions) -> Item:
    gives = shape_words(figure.shapes[box.results[-1]], conventions)
    return Item(f"{_layers(box)}. Gives {gives}.")


def _layers(box: Box) -> str:
    said = (spelled(line.words) + (f": {line.number} parameters" if line.number else "") for line in box.lines)
    return "; ".join(said)


def _shortcut(figure: Figure, conventions: Conventions) -> Item:
    if not figure.side:
        shape = shape_words(figure.shapes[figure.joined[0].reads[-1]], conventions)
        return Item(f"Shortcut: identity, x as it is, {shape}")
    source = figure.side[0].reads[0]
    steps = tuple(_step(figure, box, conventions) for box in figure.side)
    if source == INPUT:
        return Item("Shortcut, from x", steps)
    nth, behind = next((i, box) for i, box in enumerate(figure.main) if source in box.results)
    words = listed([spelled(line.words) for line in behind.lines])
    return Item(f"Shortcut, from behind the main path’s {_NTH[nth]} step, {words}", steps)


_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "next", "last")


def _addition(figure: Figure, conventions: Conventions) -> str:
    """The ⊕."""
    main, shortcut = (shape_words(shape, conventions) for shape in figure.summands)
    who = "what the shortcut brings" if figure.side else "x"
    if not figure.possible:
        return f"Addition (+): impossible, as F(x), {main}, and {who}, {shortcut}, differ (≠)"
    both = f"F(x) and {who}, both {main}"
    return f"Addition (+): {both if main == shortcut else f'F(x), {main}, and {who}, {shortcut}'}"


def _after(figure: Figure, box: Box) -> str:
    words = _layers(box)
    return f"{words} would follow" if figure.shapes[box.results[-1]] is None else f"Then {words}"
