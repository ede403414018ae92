"""The web application: Streamlit's pages, and the same numbers and figures over HTTP beside them.

    uvicorn app:app          (what ``make run`` does; ``streamlit run app.py`` works too)

How it stops is in ``resnet/api/drain.py``, what it tells whoever runs it in ``resnet/log.py`` and ``metrics.py``.

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

from pages.parts.component.served import put_away
from pages.parts.process import allow_files, give_memory_back
from pages.parts.start import start_routes
from pages.parts.warm import warm_up
from pages.parts.watch import failed, watch_streamlit
from resnet import log
from resnet.api import routes
from resnet.api.drain import draining
from resnet.run.jobs import queue

log.set_up()
watch_streamlit()


@asynccontextmanager
async def lifespan(_: App) -> AsyncIterator[None]:
    """torch's first calls take seconds: let the server have them, not its first reader."""
    # Readers share the cores: each computes on one, and none waits for another's threads (bench/signal.py).
    torch.set_num_threads(1)
    allow_files()
    give_memory_back()
    await asyncio.to_thread(warm_up)
    # What is there by now stays: Python need not go through torch's objects again in every full collection (250 ms, in
    # which every reader waits).
    gc.collect()
    gc.freeze()
    # The thread that sends waits for the interpreter while a script runs: 5 ms by default, each time. bench/page.py
    # has what it is worth.
    sys.setswitchinterval(0.0005)
    draining.on_signal()
    yield
    queue().close()
    put_away()


app = App("pages/main.py", routes=[*start_routes(), *routes], lifespan=lifespan, on_script_error=failed)
