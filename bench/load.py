"""A class on one process: readers who speak Streamlit's own messages, each with one change every two seconds.

    python -m bench.load [--readers 1 40 100] [--seconds 20]

A reader opens the comparison over a websocket as a browser does, and then moves the stride slider at its own pace; the
bare page (one slider, one line of text) is asked in the same way, in the same run, on the same kind of server. *First
figure* is the time until the new figures have arrived, *done* until the run is over. Half of the readers move between
settings that were seen before, half ask for new ones. The generator is a process of its own and shares the machine.
Read the ratios; the milliseconds belong to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.page import APP, BARE, ROOT, served

PACE = 2.0  # seconds from one change of a reader to the next


@dataclass
class Reader:
    """One browser: its address, its controls, and what it measured."""

    url: str
    page: str
    slider: str  # the label of the slider that it moves
    seen: bool
    number: int
    query: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    states: dict[str, float] = field(default_factory=dict)
    first: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    async def read(self, until: float) -> None:
        async with websockets.connect(
            f"{self.url}/_stcore/stream", subprotocols=["streamlit"], max_size=None, compression=None
        ) as socket:
            await self._run(socket, record=False)
            await asyncio.sleep(random.random() * PACE)
            values = itertools.cycle((2, 3, 4, 3, 2, 1))
            while time.perf_counter() < until:
                start = time.perf_counter()
                self.states[self.ids[self.slider]] = float(next(values))
                if not self.seen and self.page:
                    self._ask_for_something_new()
                await self._run(socket, record=True)
                await asyncio.sleep(max(0.0, PACE - (time.perf_counter() - start)))

    def _ask_for_something_new(self) -> None:
        """Another number of input channels, as somebody who types: nobody has asked for it before."""
        key = self.ids.get("Input channels")
        if key is not None:
            self.states[key] = float(100 + self.number * 61 + len(self.done) * 7)

    async def _run(self, socket: websockets.ClientConnection, record: bool) -> None:
        message = BackMsg()
        client = message.rerun_script
        client.query_string, client.page_name = self.query, self.page
        for key, value in self.states.items():
            state = client.widget_states.widgets.add()
            state.id = key
            if key == self.ids.get(self.slider):
                state.double_array_value.data.append(value)
            else:
                state.double_value = value
        start = time.perf_counter()
        await socket.send(message.SerializeToString())
        size, figures = 0, 0.0
        while True:
            content = await socket.recv()
            assert isinstance(content, bytes)
            size += len(content)
            answer = ForwardMsg.FromString(content)
            kind = answer.WhichOneof("type")
            if kind == "delta":
                self._learn(answer)
                if not figures and self._is_figure(answer):
                    figures = time.perf_counter() - start
            elif kind == "page_info_changed":
                self.query = answer.page_info_changed.query_string
            elif kind == "script_finished":
                break
        if record:
            self.first.append(figures or time.perf_counter() - start)
            self.done.append(time.perf_counter() - start)
            self.sizes.append(size)

    def _learn(self, answer: ForwardMsg) -> None:
        element = answer.delta.new_element
        kind = element.WhichOneof("type")
        if kind in ("slider", "number_input"):
            widget = getattr(element, kind)
            self.ids[widget.label] = widget.id

    def _is_figure(self, answer: ForwardMsg) -> bool:
        element = answer.delta.new_element
        if not self.page:
            return element.WhichOneof("type") == "markdown"
        return b"figure right" in answer.SerializeToString()


async def one_class(url: str, page: str, slider: str, readers: int, seconds: float) -> dict[str, float]:
    until = time.perf_counter() + seconds + PACE
    everybody = [Reader(url, page, slider, seen=number % 2 == 0, number=number) for number in range(readers)]
    await asyncio.gather(*(reader.read(until) for reader in everybody))
    first, done, sizes = ([n for one in everybody for n in getattr(one, name)] for name in ("first", "done", "sizes"))
    return {
        "first": statistics.median(first),
        "median": statistics.median(done),
        "p95": statistics.quantiles(done, n=20)[-1],
        "rate": len(done) / seconds,
        "kB": statistics.median(sizes) / 1000,
    }


def resident(process: int) -> float:
    """Megabytes (Linux)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


@contextmanager
def bare_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bare.py").write_text(BARE)
        (folder / "app.py").write_text(APP)
        shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
        yield folder


def generate(url: str, page: str, slider: str, readers: int, seconds: float) -> dict[str, float]:
    """In a process of its own, so that the measuring does not wait for itself."""
    command = [sys.executable, "-m", "bench.load", "--one", url, page, slider, str(readers), str(seconds)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return dict(json.loads(out))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, nargs="+", default=[1, 40, 100])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        url, page, slider, readers, seconds = args.one
        print(json.dumps(asyncio.run(one_class(url, page, slider, int(readers), float(seconds)))))
        return
    uvicorn = [sys.executable, "-m", "uvicorn", "app:app", "--no-access-log", "--ws-per-message-deflate", "false"]
    print(f"{'':18}{'readers':>8}{'changes/s':>11}{'first ms':>10}{'done ms':>10}{'p95':>10}{'kB':>8}{'MB':>8}")
    with bare_folder() as folder:
        for name, where, port, page, slider in (
            ("bare page", folder, 8721, "", "n"),
            ("comparison", ROOT, 8722, "compare", "Stride"),
        ):
            with served([*uvicorn, "--port", str(port)], where, port) as address:
                url = address.replace("http", "ws")
                process = int(subprocess.check_output(["pgrep", "-f", f"port {port}"], text=True).split()[0])
                generate(url, page, slider, 1, 4)
                for readers in args.readers:
                    found = generate(url, page, slider, readers, args.seconds)
                    times = "".join(f"{1000 * found[key]:10.0f}" for key in ("first", "median", "p95"))
                    rest = f"{found['kB']:8.1f}{resident(process):8.0f}"
                    print(f"{name:18}{readers:8}{found['rate']:11.1f}{times}{rest}", flush=True)


if __name__ == "__main__":
    main()
