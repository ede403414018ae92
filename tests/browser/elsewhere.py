"""A page of somebody else's: another origin, in a browser that blocks the cookies of third parties."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.chromium import FLAGS, system_chromium

# as the settings page writes it; there is no flag for it
BLOCKED = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}


@contextmanager
def blocking(browser: Browser, folder: Path) -> Iterator[BrowserContext]:
    """A browser with a profile of its own, which the setting is part of."""
    (folder / "Default").mkdir()
    (folder / "Default" / "Preferences").write_text(json.dumps(BLOCKED))
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=system_chromium(), args=list(FLAGS), color_scheme="light"
    )
    try:
        yield context
    finally:
        context.close()


class Elsewhere(ThreadingHTTPServer):
    """Serves ``body`` as a page at any path. ``localhost`` is another site than the application's ``127.0.0.1``."""

    body = ""

    @property
    def address(self) -> str:
        return f"http://localhost:{self.server_port}/course"


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = (
            f'<!doctype html><html lang="en"><title>A course</title><link rel="icon" href="data:,">{self.server.body}'
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
