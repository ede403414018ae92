"""The page that a browser gets first: Streamlit's own, told where its server is.

Without that it asks at ``/compare/_stcore/health``, then at ``/_stcore/health``, then for the host's configuration, and
only then opens its connection: for 100 ms of half a second nothing else happens. ``window.__streamlit`` is what
Streamlit offers to those who serve its page themselves.

While there is no connection, Streamlit would lay a dialog over the page after about four seconds; what is seen there
can still be read. It is told not to: the page says in a line that it connects again (``component/keep.js``).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import BaseRoute, Route
from streamlit.runtime import metrics_util

from resnet.views.pages import PAGES


def start_routes() -> list[BaseRoute]:
    """For the address of every page. The first page's is the root; by its name one is sent there."""
    _be_one_application()
    first, *others = PAGES
    named = Route(f"/{first.name}", _to_the_root)
    return [Route("/", _start), named, *(Route(f"/{one.name}", _start) for one in others)]


def _be_one_application() -> None:
    """On whichever machine: a page that comes to another one would else take it for another application's.

    Streamlit sends the machine's own number along, and a page that gets another empties itself and forgets what its
    controls say. In a cluster each container has its own.
    """
    metrics_util._get_machine_id_v3 = lambda: "the explainer of the residual block"


def _to_the_root(request: Request) -> RedirectResponse:
    root = str(request.scope.get("root_path", ""))
    return RedirectResponse(f"{root}/?{request.url.query}" if request.url.query else f"{root}/")


def _start(request: Request) -> HTMLResponse:
    root = str(request.scope.get("root_path", ""))
    return HTMLResponse(_told(root), headers={"Cache-Control": "no-cache"})


@cache
def _told(root: str) -> str:
    """Streamlit's page, with what it would else have to ask for; ``root`` is where the application is mounted."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text()
    origins = list(st.get_option("client.allowedOrigins"))
    host = json.dumps({"allowedOrigins": origins, "useExternalAuthToken": False, "blockErrorDialogs": True})
    told = f"{{ BACKEND_BASE_URL: location.origin + {json.dumps(root + '/')}, HOST_CONFIG: {host} }}"
    return page.replace("<head>", f"<head>\n    <script>window.__streamlit = {told}</script>", 1)
