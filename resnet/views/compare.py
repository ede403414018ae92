"""What the comparison shows, as a value that prints to and parses from an address's query parameters.

The page, the API and the links between them share this, so that an address means the same to all three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from resnet.spec.block import PROJECTIONS, QUERY_KEYS, BlockSpec, parse_query
from resnet.spec.checks import Reader, SpecError, flag, matching, one_of, read_query, unknown_keys
from resnet.spec.conventions import DEFAULT, READERS, Conventions, taken

LEFT, UNFOLDED, POOL = "left", "unfolded", "pool"
LeftBlock = Literal["identity", "zero_pad", "max_pool"]
LEFT_BLOCKS: tuple[LeftBlock, ...] = ("identity", "zero_pad", "max_pool")
ORIGIN = "origin"
MAX_ORIGIN = 300  # characters
CHOSEN = "chosen"


@dataclass(frozen=True, kw_only=True)
class View:
    """Two blocks next to each other.

    ``right``     the block that the controls describe, with a projection
    ``left``      the shortcut that the same block has on the left
    ``unfolded``  every layer has its own box in the diagrams
    ``pool``      the projection has an average pool in front of it (ResNet-D)
    ``origin``    the network page's query, if a reader came from there
    ``chosen``    what the inspector explains: ``right.conv1``, a layer, or ``right.relu:out``, what comes out of it
    ``conventions``  in which shapes and counts are written
    """

    right: BlockSpec
    left_shortcut: LeftBlock = "identity"
    unfolded: bool = False
    pool: bool = False
    origin: str = ""
    chosen: str = ""
    conventions: Conventions = DEFAULT

    @property
    def left(self) -> BlockSpec:
        return replace(self.right, shortcut=self.left_shortcut)

    def as_page(self) -> View:
        """The page's own view of it: whatever shortcut the address named, the right block has the projection."""
        return replace(self, right=replace(self.right, shortcut="pool_projection" if self.pool else "projection"))

    def to_query(self) -> dict[str, str]:
        """Only what differs from the comparison as it opens: the addresses stay short."""
        return {key: value for key, value in self._all().items() if _OPENS.get(key) != value}

    def _all(self) -> dict[str, str]:
        flags = {UNFOLDED: str(self.unfolded).lower(), POOL: str(self.pool).lower()}
        rare = {key: value for key, value in ((ORIGIN, self.origin), (CHOSEN, self.chosen)) if value}
        return self.right.to_query() | {LEFT: self.left_shortcut} | flags | rare | self.conventions.to_query()


_OPENS = View(right=BlockSpec())._all()


def view_of(block: BlockSpec) -> View:
    """The page on which this block stands: on the right if it has a projection, else on the left."""
    if block.shortcut in PROJECTIONS:
        return View(right=block, pool=block.shortcut == "pool_projection")
    return View(right=block, left_shortcut=next(one for one in LEFT_BLOCKS if one == block.shortcut)).as_page()


class ParsedView(NamedTuple):
    """A valid view, whatever the address said, and one SpecError for each parameter that had to be dropped."""

    view: View
    dropped: tuple[SpecError, ...]


_QUERY: dict[str, Reader] = {
    LEFT: one_of(LEFT_BLOCKS, "identity"),
    UNFOLDED: flag(False),
    POOL: flag(False),
    ORIGIN: matching(rf"(?s).{{0,{MAX_ORIGIN}}}", f"a query of the network page, at most {MAX_ORIGIN} characters"),
    CHOSEN: matching(
        r"((left|right)\.[a-z][a-z0-9_.]{0,30}(:out)?)?", "a layer such as right.conv1, or its result, right.conv1:out"
    ),
    **READERS,
}
KNOWN = (*QUERY_KEYS, *_QUERY)


def parse_view(query: Mapping[str, str]) -> ParsedView:
    spec, dropped = parse_query(query)
    values, errors = read_query(query, _QUERY)
    if spec.shortcut in PROJECTIONS:  # two ways to ask for the same, both understood
        values[POOL] |= spec.shortcut == "pool_projection"
        spec = replace(spec, shortcut="pool_projection" if values[POOL] else "projection")
    conventions = taken(values)
    view = View(right=spec, left_shortcut=values.pop(LEFT), conventions=conventions, **values)
    return ParsedView(view, (*dropped, *errors, *unknown_keys(query, KNOWN)))
