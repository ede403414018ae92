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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from bench.page import APP, BARE, ROOT, served

PACE = 2.0  # seconds from one change of a reader to the next


@dataclass
class Reader:
    """One browser: its address, its controls as it would send them, and what it measured."""

    url: str
    page: str
    slider: str  # the key of the slider that it moves
    seen: bool
    number: int
    query: str = ""
    states: dict[str, WidgetState] = field(default_factory=dict)
    closed: list[Sequence[int]] = field(default_factory=list)  # where popovers stand
    hashes: list[str] = field(default_factory=list)  # of large messages, which a browser keeps
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
                self._change(next(values))
                await self._run(socket, record=True)
                await asyncio.sleep(max(0.0, PACE - (time.perf_counter() - start)))

    def _change(self, value: int) -> None:
        """The slider, or another number of input channels, which nobody has asked for before."""
        if self.seen or not self.page:
            self._state(self.slider).double_array_value.data[:] = [value]
        else:
            self._state("compare_in_channels").int_value = 1 + (self.number * 83 + len(self.done) * 2 + 101) % 8191

    def _state(self, key: str) -> WidgetState:
        return next(state for name, state in self.states.items() if name.endswith(f"-{key}"))

    async def _run(self, socket: websockets.ClientConnection, record: bool) -> None:
        message = BackMsg()
        client = message.rerun_script
        client.query_string, client.page_name = self.query, self.page
        client.widget_states.widgets.extend(self.states.values())
        client.cached_message_hashes.extend(self.hashes)
        self.closed = []
        start = time.perf_counter()
        await socket.send(message.SerializeToString())
        size, figures, drawn = 0, 0.0, set()
        while True:
            content = await socket.recv()
            assert isinstance(content, bytes)
            size += len(content)
            answer = ForwardMsg.FromString(content)
            kind = answer.WhichOneof("type")
            if not figures and self._is_figure(answer):
                figures = time.perf_counter() - start
            if kind == "delta":
                if answer.metadata.cacheable:
                    self.hashes.append(answer.hash)
                drawn.add(self._learn(answer))
            elif kind == "page_info_changed":
                self.query = answer.page_info_changed.query_string
            elif kind == "script_finished":
                break
        self.states = {name: state for name, state in self.states.items() if name in drawn}
        if record:
            self.first.append(figures or time.perf_counter() - start)
            self.done.append(time.perf_counter() - start)
            self.sizes.append(size)

    def _learn(self, answer: ForwardMsg) -> str:
        """A control that has come, with the value that a browser would send for it; its id."""
        path = list(answer.metadata.delta_path)
        if answer.delta.add_block.HasField("popover"):
            self.closed.append(path)
        if any(path[: len(block)] == block for block in self.closed):
            return ""  # a browser sends nothing of what it does not show
        kind = answer.delta.new_element.WhichOneof("type")
        if kind not in ("slider", "number_input", "selectbox", "checkbox"):
            return ""
        widget = getattr(answer.delta.new_element, kind)
        if widget.id not in self.states or widget.set_value:
            state = WidgetState(id=widget.id)
            if kind == "checkbox":
                state.bool_value = widget.value if widget.set_value else widget.default
            elif kind == "selectbox":
                state.string_value = widget.raw_value or widget.options[widget.default]
            elif kind == "number_input":
                state.int_value = int(widget.value if widget.set_value else widget.default)
            elif widget.options:
                state.string_array_value.data[:] = widget.raw_value or [widget.options[int(widget.default[0])]]
            else:
                state.double_array_value.data[:] = widget.value or widget.default
            self.states[widget.id] = state
        return str(widget.id)

    def _is_figure(self, answer: ForwardMsg) -> bool:
        """The first component of the comparison is its figures, known by its hash if it was sent before."""
        kind = answer.WhichOneof("type")
        if not self.page:
            return kind == "delta" and answer.delta.new_element.WhichOneof("type") == "markdown"
        return kind == "ref_hash" or (kind == "delta" and answer.delta.new_element.HasField("bidi_component"))


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
            ("comparison", ROOT, 8722, "compare", "compare_stride"),
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
