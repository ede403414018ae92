"""A browser without a screen: it speaks Streamlit's messages, keeps what a browser keeps, and comes back as one does.

    reader = Reader("http://127.0.0.1:8501", "compare", query="f1=32")
    await reader.open()
    await reader.change("compare_stride", 2)
    reader.view                       what stands on the page now
    await reader.idle(2)              raises Gone when its server went; then: await reader.come_back()

It sends every control that a browser would, with the value that a browser would, and names the large messages that it
has, so that the server need not send them again. What popovers and folds hide is not there, for a browser neither.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import InvalidHandshake, WebSocketException

MOVED = ("slider", "number_input", "selectbox", "checkbox")  # controls that are sent; others stay as they are
PATIENCE = 120.0  # seconds that one run may take
FIRST_TRY, LONGEST_WAIT = 0.5, 8.0  # seconds between two tries to come back, doubled each time


class Gone(Exception):
    """The connection ended, and it was not the reader who ended it."""


class Run(NamedTuple):
    """One change. Seconds until the first figure was there, and until all was; bytes that came."""

    first: float
    done: float
    size: int


class Reader:
    """``page`` is its name in the address; "" is the first one. One task uses it at a time."""

    def __init__(self, url: str, page: str, query: str = "", figure: str = "bidi_component figures") -> None:
        self.url, self.page, self.query, self._figure = url, page, query, figure
        self.view: dict[str, bytes] = {}
        self.cookie = ""
        self._states: dict[str, WidgetState] = {}
        self._known: dict[str, ForwardMsg] = {}  # large messages, by hash
        self._closed: list[Sequence[int]] = []  # where popovers stand
        self._socket: websockets.ClientConnection | None = None

    async def open(self) -> Run:
        """The page, its connection, and the first run. Raises Gone."""
        try:
            if not self.cookie:
                self.cookie = await _cookie_of(self.url, self.page)
            self._socket = await websockets.connect(
                f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
                subprotocols=[websockets.Subprotocol("streamlit")],
                additional_headers={"Cookie": self.cookie} if self.cookie else None,
                max_size=None,
                compression=None,
                ping_interval=None,
                open_timeout=30,
            )
        except (OSError, InvalidHandshake, WebSocketException, TimeoutError) as error:
            raise Gone(repr(error)) from error
        return await self.run()

    async def change(self, key: str, value: float) -> Run:
        """Moves a control, by its key. Raises Gone; LookupError if the page has no such control."""
        state = next((state for name, state in self._states.items() if name.endswith(f"-{key}")), None)
        if state is None:
            raise LookupError(f"{self.page} has no {key}")
        if state.WhichOneof("value") == "double_array_value":
            state.double_array_value.data[:] = [value]
        else:
            state.int_value = int(value)
        return await self.run()

    async def idle(self, seconds: float) -> None:
        """Looks at the page. Raises Gone if the server ends the connection meanwhile."""
        assert self._socket
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await self._receive()

    async def come_back(self, seconds: float = 120) -> float:
        """As a browser does: it tries again, each time after a longer while. Seconds until the page was whole again."""
        start, wait = time.perf_counter(), FIRST_TRY
        await self.close()
        while True:
            await asyncio.sleep(wait * random.uniform(0.5, 1))
            try:
                await self.open()
                return time.perf_counter() - start
            except Gone:
                if time.perf_counter() - start > seconds:
                    raise
                wait = min(2 * wait, LONGEST_WAIT)

    async def close(self) -> None:
        socket, self._socket = self._socket, None
        if socket:
            with suppress(OSError, WebSocketException):
                await socket.close()

    async def run(self) -> Run:
        """Asks for the page with the controls as they are. Raises Gone."""
        assert self._socket
        message = BackMsg()
        client = message.rerun_script
        client.query_string, client.page_name = self.query, self.page
        client.widget_states.widgets.extend(self._states.values())
        client.cached_message_hashes.extend(self._known)
        start = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._socket.send(message.SerializeToString())
                return await self._follow(start)
        except (WebSocketException, OSError) as error:
            raise Gone(repr(error)) from error
        except TimeoutError:
            raise Gone(f"no answer within {PATIENCE:.0f} s") from None

    async def _follow(self, start: float) -> Run:
        size, first, drawn, view = 0, 0.0, set(), {}
        self._closed = []
        while True:
            answer, many = await self._receive()
            size += many
            kind = answer.WhichOneof("type")
            if kind == "ref_hash":
                whole = self._known[answer.ref_hash]
                path = list(answer.metadata.delta_path)
                answer = ForwardMsg.FromString(whole.SerializeToString())
                answer.metadata.delta_path[:] = path
            elif kind == "delta" and answer.metadata.cacheable:
                self._known[answer.hash] = answer
            if kind in ("delta", "ref_hash"):
                drawn.add(self._learn(answer))
                if seen := _seen(answer):
                    view[seen[0]] = seen[1]
                    if not first and seen[0].startswith(self._figure):
                        first = time.perf_counter() - start
            elif kind == "page_info_changed":
                self.query = answer.page_info_changed.query_string
            elif kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                break
        self._states = {name: state for name, state in self._states.items() if name in drawn}
        self.view = view
        done = time.perf_counter() - start
        return Run(first or done, done, size)

    async def _receive(self) -> tuple[ForwardMsg, int]:
        assert self._socket
        try:
            content = await self._socket.recv()
        except (WebSocketException, OSError) as error:
            raise Gone(repr(error)) from error
        assert isinstance(content, bytes)
        return ForwardMsg.FromString(content), len(content)

    def _learn(self, answer: ForwardMsg) -> str:
        """A control that has come, with the value that a browser would send for it; its id."""
        path = list(answer.metadata.delta_path)
        if answer.delta.add_block.HasField("popover"):
            self._closed.append(path)
        if any(path[: len(block)] == block for block in self._closed):
            return ""  # a browser sends nothing of what it does not show
        kind = answer.delta.new_element.WhichOneof("type")
        if kind not in MOVED:
            return ""
        widget = getattr(answer.delta.new_element, kind)
        if widget.id not in self._states or widget.set_value:
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
            self._states[widget.id] = state
        return str(widget.id)


def _seen(answer: ForwardMsg) -> tuple[str, bytes] | None:
    """Where it stands and what it shows: components' data, and words. Controls are what the reader did."""
    element = answer.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "bidi_component":
        shown = element.bidi_component
        return f"{kind} {shown.id.rsplit('-', 1)[-1]}", shown.bytes + shown.json.encode()
    if kind == "exception":
        return f"{kind} {element.exception.type} {element.exception.message}", b""
    if kind in ("markdown", "heading", "alert"):
        return f"{kind} {tuple(answer.metadata.delta_path)}", getattr(element, kind).body.encode()
    return None


async def _cookie_of(url: str, page: str) -> str:
    """What the server in front asks a browser to keep, if it asks."""
    parts = urlsplit(url)
    reading, writing = await asyncio.open_connection(parts.hostname, parts.port)
    asked = f"GET /{page} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    writing.write(asked.encode())
    head = (await reading.readuntil(b"\r\n\r\n")).decode("latin-1")
    await reading.read()
    writing.close()
    kept = [line.split(":", 1)[1] for line in head.split("\r\n") if line.lower().startswith("set-cookie:")]
    return "; ".join(one.split(";")[0].strip() for one in kept)
