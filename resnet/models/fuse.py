"""fuse"""

from __future__ import annotations

from resnet.models.node import Node


def fuse(nodes: tuple[Node, ...], outputs: tuple[str, ...]) -> tuple[Node, ...]:
    return nodes
