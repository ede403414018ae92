"""A file of a reader's, whatever it is: an ONNX file, or a graph that was saved here."""

from __future__ import annotations

from pathlib import Path

from resnet.models.graph import Graph
from resnet.models.onnx_file import MAX_STRIPPED, read_onnx
from resnet.models.stored import from_json
from resnet.spec.errors import SpecError


def open_model(content: bytes, name: str, *, size: tuple[int, int] | None = None) -> Graph:
    """From bytes that somebody sent. ``size`` counts where a file leaves height and width open.

    Raises SpecError.
    """
    if len(content) > MAX_STRIPPED:
        raise SpecError("the file", f"{len(content):,} bytes", f"at most {MAX_STRIPPED:,} bytes without its weights")
    if content.lstrip()[:1] == b"{":
        return from_json(content)
    stem = Path(name).stem
    try:
        return read_onnx(content, name=stem)
    except SpecError as error:
        if error.field != "size" or size is None:
            raise
        return read_onnx(content, size=size, name=stem)
