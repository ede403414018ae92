"""The web application: Streamlit's pages, and the same numbers and figures over HTTP beside them.

    uvicorn app:app          (what ``make run`` does; ``streamlit run app.py`` works too)

The Streamlit script is pages/main.py and not this file: next to a folder called ``pages``, a deep link on a server that
was started a moment ago would be answered before the script had run.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import torch
from streamlit import App

from pages.parts.start import start_routes
from pages.parts.warm import warm_up
from resnet.api import routes


@asynccontextmanager
async def lifespan(_: App) -> AsyncIterator[None]:
    """torch's first calls take seconds: let the server have them, not its first reader."""
    # Readers share the cores: each computes on one, and none waits for another's threads (bench/signal.py).
    torch.set_num_threads(1)
    await asyncio.to_thread(warm_up)
    # What is there by now stays: Python need not go through torch's objects again in every full collection (250 ms, in
    # which every reader waits).
    gc.collect()
    gc.freeze()
    # The thread that sends waits for the interpreter while a script runs: 5 ms by default, each time. bench/page.py
    # has what it is worth.
    sys.setswitchinterval(0.0005)
    yield


app = App("pages/main.py", routes=[*start_routes(), *routes], lifespan=lifespan)
