"""What the comparison shows, as a value that prints to and parses from an address's query parameters.

The page, the API and the links between them share this, so that an address means the same to all three.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from resnet.spec import QUERY_KEYS, BlockSpec, SpecError, parse_query

LEFT, UNFOLDED = "left", "unfolded"
LeftBlock = Literal["identity", "zero_pad"]
LEFT_BLOCKS: tuple[LeftBlock, ...] = ("identity", "zero_pad")
KNOWN = (*QUERY_KEYS, LEFT, UNFOLDED)


@dataclass(frozen=True, kw_only=True)
class View:
    """Two blocks next to each other.

    ``right``     the block that the controls describe, with a projection
    ``left``      the shortcut that the same block has on the left
    ``unfolded``  every layer has its own box in the diagrams
    """

    right: BlockSpec
    left_shortcut: LeftBlock = "identity"
    unfolded: bool = False

    @property
    def left(self) -> BlockSpec:
        return replace(self.right, shortcut=self.left_shortcut)

    def as_page(self) -> View:
        """The page's own view of it: whatever shortcut the address named, the right block has the projection."""
        return replace(self, right=replace(self.right, shortcut="projection"))

    def to_query(self) -> dict[str, str]:
        return self.right.to_query() | {LEFT: self.left_shortcut, UNFOLDED: str(self.unfolded).lower()}


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
    unfolded = query.get(UNFOLDED, "false").lower()
    if unfolded not in ("true", "false"):
        errors.append(SpecError(UNFOLDED, query[UNFOLDED], "true or false"))
    errors += [_unknown(key) for key in query if key not in KNOWN]
    view = View(right=spec, left_shortcut=left, unfolded=unfolded == "true")  # type: ignore[arg-type]
    return ParsedView(view, tuple(errors))


def _unknown(key: str) -> SpecError:
    near = difflib.get_close_matches(key, KNOWN, n=1)
    return SpecError("the name of a parameter", key, repr(near[0]) if near else "one of " + ", ".join(KNOWN))
