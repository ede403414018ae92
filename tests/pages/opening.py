"""Pages without a browser, opened at an address."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

MAIN = str(Path(__file__).parents[2] / "pages/main.py")


def application() -> AppTest:
    """What opens first, with what is folded away laid open, there and on every page."""
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.session_state["more_settings"] = app.session_state["notation"] = True
    return app.run()


def open_page(**query: str) -> AppTest:
    app = application()
    app.switch_page("compare.py")
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def open_network(**query: str) -> AppTest:
    app = open_page()
    app.switch_page("network.py")
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()
