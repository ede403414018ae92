"""Draw docs/rooms.svg: the rooms of the backend from the ground up, and who imports whom.

make readme
"""

from __future__ import annotations

import ast
from pathlib import Path

import graphviz

from resnet.draw.palette import LIGHT as C

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "rooms.svg"


def room_of(module: str) -> str:
    return module.split(".")[1] if module.startswith("resnet.") else module.split(".", maxsplit=1)[0]


def imported(file: Path) -> set[str]:
    """The rooms that a file imports from."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "resnet":
            found |= {alias.name for alias in node.names if alias.name in ("text", "log", "metrics")}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(("resnet.", "pages.")):
            found.add(room_of(node.module))
    return found


def edges() -> dict[tuple[str, str], int]:
    """From a room to one that it imports, with the number of files that do."""
    found: dict[tuple[str, str], int] = {}
    for file in [*(ROOT / "resnet").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "app.py"]:
        parts = file.relative_to(ROOT).with_suffix("").parts
        room = parts[0] if parts[0] != "resnet" else parts[1]
        if parts == ("resnet", "__init__"):
            continue
        for other in imported(file) - {room}:
            found[room, other] = found.get((room, other), 0) + 1
    return found


def skeleton(found: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Without the arrows that a longer way says already: what remains is the order."""
    below: dict[str, set[str]] = {}
    for room, other in found:
        below.setdefault(room, set()).add(other)

    def reached(room: str) -> set[str]:
        return set().union(*({one} | reached(one) for one in below.get(room, ())))

    return {
        (room, other): count
        for (room, other), count in found.items()
        if not any(other in reached(between) for between in below[room] - {other})
    }


def drawn() -> str:
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "TB", "bgcolor": C.paper, "nodesep": "0.35", "ranksep": "0.35"},
        node_attr={"shape": "box", "style": "rounded,filled", "fillcolor": C.card, "color": C.line,
                   "fontname": "Helvetica,Arial,sans-serif", "fontsize": "12", "fontcolor": C.ink, "height": "0.35"},
        edge_attr={"color": C.muted, "arrowsize": "0.7"},
    )  # fmt: skip
    for room, other in sorted(skeleton(edges())):
        graph.edge(room.strip("_"), other.strip("_"))
    return str(graph.source)


def main() -> None:
    import pygraphviz

    TARGET.write_bytes(pygraphviz.AGraph(string=drawn()).draw(format="svg", prog="dot"))


if __name__ == "__main__":
    main()
