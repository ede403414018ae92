"""What the comparison shows, as a value that prints to and parses from an address's query parameters.

The page, the API and the links between them share this, so that an address means the same to all three.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from resnet.spec import PROJECTIONS, QUERY_KEYS, BlockSpec, SpecError, parse_query

LEFT, UNFOLDED, POOL = "left", "unfolded", "pool"
LeftBlock = Literal["identity", "zero_pad", "max_pool"]
LEFT_BLOCKS: tuple[LeftBlock, ...] = ("identity", "zero_pad", "max_pool")
ORIGIN = "origin"
MAX_ORIGIN = 300  # characters
CHOSEN = "chosen"
KNOWN = (*QUERY_KEYS, LEFT, UNFOLDED, POOL, ORIGIN, CHOSEN)


_CHOICE = re.compile(r"(left|right)\.[a-z][a-z0-9_.]{0,30}(:out)?")


@dataclass(frozen=True, kw_only=True)
class View:
    """Two blocks next to each other.

    ``right``     the block that the controls describe, with a projection
    ``left``      the shortcut that the same block has on the left
    ``unfolded``  every layer has its own box in the diagrams
    ``pool``      the projection has an average pool in front of it (ResNet-D)
    ``origin``    the network page's query, if a reader came from there
    ``chosen``    what the inspector explains: ``right.conv1``, a layer, or ``right.relu:out``, what comes out of it
    """

    right: BlockSpec
    left_shortcut: LeftBlock = "identity"
    unfolded: bool = False
    pool: bool = False
    origin: str = ""
    chosen: str = ""

    @property
    def left(self) -> BlockSpec:
        return replace(self.right, shortcut=self.left_shortcut)

    def as_page(self) -> View:
        """The page's own view of it: whatever shortcut the address named, the right block has the projection."""
        return replace(self, right=replace(self.right, shortcut="pool_projection" if self.pool else "projection"))

    def to_query(self) -> dict[str, str]:
        flags = {UNFOLDED: str(self.unfolded).lower(), POOL: str(self.pool).lower()}
        rare = {key: value for key, value in ((ORIGIN, self.origin), (CHOSEN, self.chosen)) if value}
        return self.right.to_query() | {LEFT: self.left_shortcut} | flags | rare


def view_of(block: BlockSpec) -> View:
    """The page on which this block stands: on the right if it has a projection, else on the left."""
    if block.shortcut in PROJECTIONS:
        return View(right=block, pool=block.shortcut == "pool_projection")
    return View(right=block, left_shortcut=block.shortcut).as_page()  # type: ignore[arg-type]


class ParsedView(NamedTuple):
    """A valid view, whatever the address said, and one SpecError for each parameter that had to be dropped."""

    view: View
    dropped: tuple[SpecError, ...]


def parse_view(query: Mapping[str, str]) -> ParsedView:
    spec, dropped = parse_query(query)
    errors = list(dropped)
    left = query.get(LEFT, "identity")
    if left not in LEFT_BLOCKS:
        errors.append(SpecError(LEFT, left, " or ".join(map(repr, LEFT_BLOCKS))))
        left = "identity"
    flags = {}
    for key in (UNFOLDED, POOL):
        flag = query.get(key, "false").lower()
        flags[key] = flag == "true"
        if flag not in ("true", "false"):
            errors.append(SpecError(key, query[key], "true or false"))
    if spec.shortcut in PROJECTIONS:  # two ways to ask for the same, both understood
        flags[POOL] |= spec.shortcut == "pool_projection"
        spec = replace(spec, shortcut="pool_projection" if flags[POOL] else "projection")
    origin = query.get(ORIGIN, "")
    if len(origin) > MAX_ORIGIN:
        errors.append(SpecError(ORIGIN, origin, f"a query of the network page, at most {MAX_ORIGIN} characters"))
        origin = ""
    chosen = query.get(CHOSEN, "")
    if chosen and not _CHOICE.fullmatch(chosen):
        errors.append(SpecError(CHOSEN, chosen, "a layer such as right.conv1, or its result, right.conv1:out"))
        chosen = ""
    errors += [unknown(key, KNOWN) for key in query if key not in KNOWN]
    view = View(
        right=spec,
        left_shortcut=left,  # type: ignore[arg-type]
        unfolded=flags[UNFOLDED],
        pool=flags[POOL],
        origin=origin,
        chosen=chosen,
    )
    return ParsedView(view, tuple(errors))


def unknown(key: str, known: Sequence[str]) -> SpecError:
    """What to say of a parameter with this name."""
    near = difflib.get_close_matches(key, known, n=1)
    return SpecError("the name of a parameter", key, repr(near[0]) if near else "one of " + ", ".join(known))
