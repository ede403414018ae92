"""A network's picture in words, from what is drawn: ``spoken_network(picture)``.

    Stage 2: 3 blocks, 215,808 parameters. In comes 56 × 56 × 64.
      Block 1, projection: 75,008 parameters, of that 16,896 on the shortcut
      Blocks 2 and 3, identity: 70,400 parameters each

Blocks beside each other that are drawn alike are said once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from resnet.draw.rows import Cell, Line, Long, Picture, Row, Shortcut
from resnet.draw.spoken import Item, Spoken, listed, many, spelled

MANY = 8  # groups of a row
MOST = 24  # so many groups of a row are said one by one; where there are more, no cell has its number below it
_SHORTCUTS: dict[Shortcut, str] = {
    "identity": "identity",
    "projection": "projection",
    "free": "a shortcut without parameters",
    "none": "no shortcut",
}
_HAVE: dict[Shortcut, str] = _SHORTCUTS | {"identity": "an identity shortcut", "projection": "a projection"}


def spoken_network(picture: Picture, sentence: str = "") -> Spoken:
    """``sentence``  on its shortcuts; what is drawn is counted where nothing is said."""
    totals = picture.totals.replace(" · ", ", ")
    said = f"x, {picture.x}, becomes y, {picture.y}: {totals}. {sentence or _counted(picture)}"
    # print has no colours: there the same is hatched
    notes = (
        *(one.replace("Blue filling", "Blue or hatched filling") for one in picture.notes),
        *(f"Underlined {_mark(i)}: {words}" for i, words in enumerate(picture.marked, start=1)),
    )
    items = (
        Item(f"x: {picture.x}"),
        *(_row(row, picture) for row in picture.rows),
        Item(f"y: {picture.y}"),
        Item("In the picture", tuple(Item(words) for words in notes)),
    )
    return Spoken(picture.title, said, items)


def _counted(picture: Picture) -> str:
    cells = [cell for row in picture.rows for line in row.lines for cell in line.cells if not cell.layers]
    kinds = ((kind, sum(cell.shortcut == kind for cell in cells)) for kind in _SHORTCUTS)
    said = [f"{number} with {_HAVE[kind]}" for kind, number in kinds if number]
    blocks = f"{len(cells):,} block{'' if len(cells) == 1 else 's'}"
    return f"Of {blocks}, {listed(said)}." if cells else "It has no block."


def _mark(number: int) -> str:
    return ("with one line", "with two pieces", "with three pieces")[number - 1]


def _row(row: Row, picture: Picture) -> Item:
    enters = f". In comes {row.shape}" if row.shape else ""
    words = f"{row.title}: {spelled(row.below.replace(' · ', ', '))}{enters}"
    branches = list(_branches(row.lines))
    if len(branches) == 1:
        return Item(words, tuple(_branch(branches[0], picture)))
    return Item(words, tuple(Item(f"Branch {i}", tuple(_branch(one, picture))) for i, one in enumerate(branches, 1)))


def _branches(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that go on where the one above ends."""
    found: list[list[Line]] = []
    for line in lines:
        if line.begins or not found:
            found.append([])
        found[-1].append(line)
    yield from found


class _Named(NamedTuple):
    """A cell by what it is called: the number of a block in its branch; its name where the picture writes names."""

    cell: Cell
    name: str


class _Alike(NamedTuple):
    """What is said of a cell, and so of all that are alike."""

    words: str
    layers: bool


def _branch(lines: Sequence[Line], picture: Picture) -> Iterator[Item]:
    named, blocks = [], 0
    for line in lines:
        for cell in line.cells:
            blocks += not cell.layers
            named.append(_Named(cell, cell.label if picture.short else f"{blocks:,}"))
    groups = _groups(named, picture)
    for alike, names in groups[:MOST]:
        yield Item(_group(alike, names, picture.short))
    if len(groups) > MOST:
        yield Item(f"And {many(sum(len(names) for _, names in groups[MOST:]), 'cell')} more")
    start = 0
    for line in lines:
        yield from (_around(long, named[start:]) for long in line.longs)
        if line.says:
            yield Item(f"Out comes {line.says}")
        start += len(line.cells)


def _groups(named: Sequence[_Named], picture: Picture) -> list[tuple[_Alike, list[str]]]:
    """Neighbours that are alike; where many take turns (attention, layers, attention …), all that are alike."""
    groups = [(alike, [one.name for one in group]) for alike, group in groupby(named, lambda one: _said(one, picture))]
    kinds: dict[_Alike, list[str]] = {}
    for alike, names in groups:
        kinds.setdefault(alike, []).extend(names)
    return list(kinds.items()) if len(groups) > MANY and 2 * len(kinds) < len(groups) else groups


def _said(one: _Named, picture: Picture) -> _Alike:
    cell = one.cell
    mark = f", {picture.marked[cell.mark - 1]}" if cell.mark else ""
    if cell.layers:
        return _Alike(cell.says + mark, True)
    out = "taken out, " if cell.removed else ""
    return _Alike(f"{_SHORTCUTS[cell.shortcut]}: {out}{cell.says}{mark}", False)


def _group(alike: _Alike, names: Sequence[str], by_name: bool) -> str:
    each = " each" if len(names) > 1 else ""
    if alike.layers:
        return f"{many(len(names), 'cell').capitalize()} of layers without a shortcut: {alike.words}{each}"
    if by_name:
        return f"{listed(names)}, {alike.words}{each}"
    if len(names) == 1:
        return f"Block {names[0]}, {alike.words}"
    return f"Blocks {_numbers([int(name.replace(',', '')) for name in names])}, {alike.words}{each}"


def _numbers(blocks: Sequence[int]) -> str:
    """'1 to 8';  '1 and 3';  '1, 3 and so on up to 23';  '1 to 8, 10 and 12'"""
    steps = {after - before for before, after in pairwise(blocks)}
    if len(blocks) > 3 and len(steps) == 1 and steps != {1}:
        return f"{blocks[0]}, {blocks[1]} and so on up to {blocks[-1]}"
    runs = [[one for _, one in run] for _, run in groupby(enumerate(blocks), lambda pair: pair[1] - pair[0])]
    said = [f"{run[0]} to {run[-1]}" if len(run) > 2 else listed([str(one) for one in run]) for run in runs]
    return listed(said) if len(runs) > 1 else said[0]


def _around(long: Long, cells: Sequence[_Named]) -> Item:
    """A shortcut around several cells."""
    first, last = cells[long.first], cells[long.last]
    ends = [f"{'the layers behind block' if one.cell.layers else 'block'} {one.name}" for one in (first, last)]
    return Item(f"Around all from {ends[0]} to {ends[1]}, one more shortcut: {_SHORTCUTS[long.shortcut]}")


def cell_words(amount: str, share: str) -> str:
    """How full a cell is; ``share`` of it is the shortcut's, if it has any."""
    return f"{amount}, of that {share} on the shortcut" if share else amount
