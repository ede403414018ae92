"""Reading the API's document as a client does."""

from __future__ import annotations

from typing import Any


def parameters_of(document: dict[str, Any], path: str, method: str = "get") -> list[dict[str, Any]]:
    """Of an operation, wherever in the document they are written down."""
    return [resolved(document, one) for one in document["paths"][path][method]["parameters"]]


def resolved(document: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """What a reference refers to; anything else as it is."""
    if "$ref" not in one:
        return one
    found: Any = document
    for step in one["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)
