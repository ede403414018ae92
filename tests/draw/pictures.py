"""What diagrams of blocks and of networks are checked for alike."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from resnet.draw import fonts as typeface

GOLDEN = Path(__file__).parents[1] / "golden"


def check_golden(name: str, source: str, update: bool) -> None:
    file = GOLDEN / name
    if update:
        file.write_text(source)
    assert source == file.read_text(), f"{name} changed; look at the picture, then run `make golden`"


def check_labels(svg: str, at_least: int = 16) -> None:
    """Every label is inside the picture, and none covers another."""
    root = ET.fromstring(svg)
    labels = [_box(label) for label in root.iter("{http://www.w3.org/2000/svg}text")]
    width, height = map(float, root.get("viewBox").split()[2:])
    group = root.find("{http://www.w3.org/2000/svg}g")
    move = "0 0" if group is None else group.get("transform").removeprefix("translate(").removesuffix(")")
    dx, dy = map(float, move.split())
    assert len(labels) >= at_least
    for i, (words, x0, y0, x1, y1) in enumerate(labels):
        assert x0 + dx >= 0 and x1 + dx <= width and y0 + dy >= 0 and y1 + dy <= height, words
        for other, a0, b0, a1, b1 in labels[i + 1 :]:
            assert x1 <= a0 or a1 <= x0 or y1 <= b0 or b1 <= y0, (words, other)


def _box(label: ET.Element) -> tuple[str, float, float, float, float]:
    """The rectangle that a label covers, measured with the shipped font."""
    size = float(label.get("font-size"))
    wide = typeface.width(label.text, size, label.get("font-weight") == "bold")
    x, y = float(label.get("x")), float(label.get("y"))
    start = {"start": x, "middle": x - wide / 2, "end": x - wide}[label.get("text-anchor")]
    shown = label.text.lstrip("\u00a0 ")  # blanks cover nothing
    start += wide - typeface.width(shown, size, label.get("font-weight") == "bold")
    wide = typeface.width(shown, size, label.get("font-weight") == "bold")
    return shown, start, y - 0.66 * size, start + wide, y + 0.1 * size
