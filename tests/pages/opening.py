"""Pages without a browser, opened at an address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from streamlit.testing.v1 import AppTest

MAIN = str(Path(__file__).parents[2] / "pages/main.py")


def application() -> AppTest:
    """What opens first, with what is folded away laid open, there and on every page."""
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.session_state["more_settings"] = app.session_state["notation"] = True
    return app.run()


def open_page(**query: str) -> AppTest:
    return open_at("compare.py", **query)


def open_network(**query: str) -> AppTest:
    return _go(open_page(), "network.py", query)


def open_at(file: str, **query: str) -> AppTest:
    """The page with that file, at this address."""
    return _go(application(), file, query)


def _go(app: AppTest, file: str, query: Mapping[str, str]) -> AppTest:
    app.switch_page(file)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()
