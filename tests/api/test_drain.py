"""How the application stops: readiness first, then what is open, and what is being made is finished."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from resnet.api.drain import FINISH, NOTICE, STOPPED, Draining
from tests.api.asgi import run
from tests.conftest import ROOT, free_port

MAKEFILE = (Path(__file__).parents[2] / "Makefile").read_text()


def status(url: str, timeout: float = 60) -> int:
    """0 where nobody answers."""
    try:
        return int(urllib.request.urlopen(url, timeout=timeout).status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.mark.slow
def test_it_stops_in_steps_and_nothing_is_cut_short(tmp_path: Path) -> None:
    """A page is open, SIGTERM comes, and while it gives notice pictures are asked for that take longer than that."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--no-access-log"]
    command += ["--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", str(FINISH)]
    log, temporary = tmp_path / "log", tmp_path / "temporary"
    temporary.mkdir()
    told = os.environ | {"RESNET_LOG": "json", "TMPDIR": str(temporary)}
    with log.open("w") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, stderr=stderr, env=told)
    try:
        deadline = time.monotonic() + 120
        while status(f"{base}/api/health") != 200:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        run(_stop(process, base, temporary))
        assert list(temporary.iterdir()) == []
    finally:
        process.kill()
    events = [json.loads(line) for line in log.read_text().splitlines()]  # every line of every library
    assert [one for one in events if one["event"] == "draining"]
    assert not [one for one in events if one["level"] == "error"]


async def _stop(process: subprocess.Popen[bytes], base: str, temporary: Path) -> None:
    address = base.replace("http", "ws") + "/_stcore/stream"
    async with connect(address, subprotocols=[Subprotocol("streamlit")]) as page:
        asked = BackMsg()
        asked.rerun_script.page_name = "compare"
        await page.send(asked.SerializeToString())
        message = ForwardMsg()
        while message.WhichOneof("type") != "script_finished":
            message.ParseFromString(bytes(await asyncio.wait_for(page.recv(), 60)))
        assert list(temporary.glob("residual-block-*"))
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        while await asyncio.to_thread(status, f"{base}/api/health") != 503:
            assert time.monotonic() - start < NOTICE
        assert await asyncio.to_thread(status, f"{base}/api/health?live") == 200
        assert await asyncio.to_thread(status, f"{base}/api/block.json?stride=3") == 200  # nobody has noticed yet
        await asyncio.sleep(max(0.0, NOTICE - 0.7 - (time.monotonic() - start)))
        asked = [f"{base}/api/pair.png?stride=2&f1={f1}" for f1 in (11, 12, 13)]  # one after the other
        files = [asyncio.create_task(asyncio.to_thread(status, one)) for one in asked]
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await page.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1012  # "service restart"
        assert time.monotonic() - start > NOTICE - 0.1  # there was one
        assert not all(one.done() for one in files), "choose files that take longer"
        assert await asyncio.to_thread(status, f"{base}/api/health") == 0
        assert await asyncio.gather(*files) == [200] * 3
        await asyncio.to_thread(process.wait, 2 * STOPPED)  # a busy machine takes its time


async def twice() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    draining = Draining()
    draining.on_signal(notice=30)
    assert not draining.now
    signal.raise_signal(signal.SIGTERM)
    await asyncio.sleep(0.05)
    assert draining.now and not heard
    signal.raise_signal(signal.SIGTERM)
    await asyncio.sleep(0.05)
    assert heard == [signal.SIGTERM]


@pytest.mark.slow
def test_a_second_signal_waits_for_no_notice() -> None:
    """In a process of its own: signals are the main thread's, which may have a browser's loop here."""
    program = "import asyncio; from tests.api.test_drain import twice; asyncio.run(twice())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_in_another_thread_it_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def in_a_loop() -> None:
        Draining().on_signal()

    run(in_a_loop())
    assert signal.getsignal(signal.SIGTERM) is before


def test_make_run_gives_it_that_time() -> None:
    assert f"--timeout-graceful-shutdown {FINISH}" in MAKEFILE
