"""The page that is about all of it: it shows the same whatever is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from resnet.spec import conventions
from resnet.views.address import Addressed


@dataclass(frozen=True, kw_only=True)
class AboutView(Addressed):
    """Without parameters of its own: the notation goes along, so that the next page has it."""

    PAGE = "about"
    PARAMETERS = conventions.PARAMETERS
