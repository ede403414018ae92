"""Anybody's network: one that is at hand by GET, a graph without weights by POST."""

from __future__ import annotations

from resnet.export.subjects.model import Asked
from resnet.models.library import known
from resnet.models.opened import open_model
from resnet.views.model import ModelView

POSTED = "a network: an ONNX file without its weights, or a graph that was saved here; then model counts for nothing"


def asked(view: ModelView, sent: bytes) -> Asked:
    """What a request is about. Raises SpecError for a file that is no network."""
    return Asked(view, open_model(sent, "model", size=view.size) if sent else known(view.model))
