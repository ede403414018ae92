"""Two processes of the application behind one address: the one that serves can be killed, and the other goes on."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from tests.conftest import free_port, start


class Pair:
    """``address`` leads to a process that lives. ``kill()`` ends the one that serves, as a fault would."""

    def __init__(self) -> None:
        self.address = ""
        self._lives: dict[int, subprocess.Popen[bytes]] = {}

    def halt(self) -> None:
        """The one that serves takes what comes, and does nothing any more."""
        next(iter(self._lives.values())).send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        port = next(iter(self._lives))
        process = self._lives.pop(port)
        process.kill()
        process.wait()

    def add(self) -> None:
        """One more, behind those that are there."""
        port = free_port()
        self._lives[port] = start(port)

    def end(self) -> None:
        """Nobody lives any more."""
        while self._lives:
            self.kill()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection, to whoever lives, until either end closes it."""
        with suppress(OSError, StopIteration, asyncio.CancelledError):
            there = await asyncio.open_connection("127.0.0.1", next(iter(self._lives)))
            await asyncio.wait(
                [asyncio.create_task(_pass(reader, there[1])), asyncio.create_task(_pass(there[0], writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
            there[1].close()
        writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()


async def _stop_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def pair() -> Iterator[Pair]:
    """Two processes and what stands in front of them."""
    found, loop = Pair(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port = free_port()
    asyncio.run_coroutine_threadsafe(asyncio.start_server(found.carry, "127.0.0.1", port), loop).result(10)
    found.address = f"http://127.0.0.1:{port}"
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda _: found.add(), range(2)))
        yield found
    finally:
        found.end()
        asyncio.run_coroutine_threadsafe(_stop_all(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
