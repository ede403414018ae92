from __future__ import annotations

import pytest

from pages.parts.html import compare as compare_html
from pages.parts.html import network as network_html
from pages.parts.html.part import Part
from resnet.views.compare import CompareView
from resnet.views.network import NetworkView


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[CompareView]:
    """The views for which figures were asked, in order."""
    views: list[CompareView] = []
    original = compare_html.figures

    def figures(view: CompareView) -> tuple[Part, ...]:
        views.append(view)
        return original(view)

    monkeypatch.setattr(compare_html, "figures", figures)
    return views


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> list[NetworkView]:
    views: list[NetworkView] = []
    original = network_html.picture

    def picture(view: NetworkView) -> tuple[Part, ...]:
        views.append(view)
        return original(view)

    monkeypatch.setattr(network_html, "picture", picture)
    return views
