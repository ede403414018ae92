"""What readers notice when something breaks: three hundred of them, and real browsers, while a process dies.

    python -m bench.chaos [--readers 300] [--browsers 6] [--workers 3] [--events …]

    page        a page's process is killed
    nginx       nginx reads its configuration anew
    rolling     every process is replaced, one after the other
    redis       Redis is killed, and starts again
    job         the process that works on a run is killed
    asker       a page's process is killed, while a run that was asked for goes on

Readers sit on all pages, each with settings of its own; every third of them goes on making changes. When their server
goes they come back as a browser does, and the page that they get then is compared with the one that they had, or, where
they went on, with a new reader's at the same address. Browsers do nothing at all: what stands on their pages, the
address and the controls are compared. A run is asked for ahead of what concerns runs; it has to come to its end, or it
has to be said that it is lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from playwright.async_api import Browser, Page, WebSocket, async_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.course import Course, Redis, course, job_worker
from bench.reader import Gone, Reader
from resnet.run.redis_queue import RedisQueue
from resnet.run.runs import Job, State
from tests.chromium import DESKTOP, FLAGS, system_chromium

PACE = 4.0  # seconds between two changes
WATCHED = 40.0  # seconds that an event is watched at least
UNSEEN = "bidi_component keep"  # it holds what the run before knew, of which a new reader has none

# A page, an address on it for each number, and a control that is moved.
SEATS: tuple[tuple[str, Callable[[int], str], str], ...] = (
    ("compare", lambda n: f"f1={8 + n % 56}&stride={1 + n % 4}&kernel_size={3 + n % 3 * 2}", "compare_in_channels"),
    ("network", lambda n: f"network=resnet{(18, 34, 50)[n % 3]}&height={64 + n}", "network_width"),
    ("", lambda n: f"step={1 + n % 6}", ""),
    ("model", lambda n: f"model={('resnet18', 'mobilenet_v2')[n % 2]}&sum={1 + n % 8}", ""),
    ("answers", lambda n: "question=why-a-convolutional-block-with-stride-1" if n % 2 else "", ""),
    ("practice", lambda n: f"level={('shapes', 'projections', 'parameters')[n % 3]}&seed={1 + n}", ""),
    ("experiments", lambda n: f"experiment={('lesion', 'gradients')[n % 2]}", ""),
    ("signal", lambda n: f"channel={1 + n % 8}", "signal_channel"),
)
SHOWN = """
() => {
  const words = [];
  const look = root => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(element.shadowRoot);
      const { tagName, type, value, checked } = element;
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(tagName)) words.push(`${type} ${value} ${checked}`);
    }
    for (const place of root.querySelectorAll('[data-testid="stMain"], .sheet')) words.push(place.textContent);
  };
  look(document);
  return JSON.stringify([location.pathname, location.search, scrollY, words]);
}
"""


class World:
    """Everything that can break."""

    def __init__(self, served: Course, redis: Redis) -> None:
        self.served, self.redis = served, redis
        self.worker = job_worker(redis.url)
        self.queue = RedisQueue(redis.url)
        self._asked = 0

    async def begun(self) -> Job:
        """A run of some seconds that has told something. Each is another one."""
        self._asked += 1
        job = Job.of("training", kinds="B,plain", epochs=3, seeds=1, blocks=10 + self._asked)
        self.queue.submit(job)
        while not (state := self.queue.state(job.key)) or not state.told:
            await asyncio.sleep(0.2)
        return job

    async def ended(self, job: Job, seconds: float = 240) -> State:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            state = self.queue.state(job.key)
            if state is None or state.phase not in ("waiting", "running", "unknown"):
                break
            await asyncio.sleep(0.2)
        return state or State(job.key, "lost", 0, (), 0.0, None, "nobody knows of it, and nobody said so")


@dataclass
class Tally:
    """What an event did. ``seconds`` until the page was whole again, of each reader whose server went."""

    seconds: list[float] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def told(self, what: str) -> str:
        times = (
            f"median {statistics.median(self.seconds):.1f} s, worst {max(self.seconds):.1f} s" if self.seconds else ""
        )
        return f"{what}: {len(self.seconds)} came back {times}; {len(self.differ)} differ, {len(self.lost)} lost"


class Seat:
    """A reader without a screen, who sits there until all is over."""

    def __init__(self, url: str, number: int) -> None:
        page, address, key = SEATS[number % len(SEATS)]
        self.number, self.moved = number, key if number % 3 == 0 else ""
        self.reader = Reader(url, page, address(number))
        self.tally = Tally()
        self.dice = random.Random(number)

    async def sit(self, over: asyncio.Event) -> None:
        while not over.is_set():
            before = self.reader.view
            try:
                await self.reader.idle(self.dice.uniform(0.5, 1.5) * PACE if self.moved else 2)
                if self.moved and not over.is_set():
                    await self.reader.change(self.moved, self.dice.randint(33, 64))
            except Gone:
                await self._return(before)
            except LookupError as error:  # the page came back without its controls
                self.tally.lost.append(f"{error}; it shows {', '.join(sorted(self.reader.view))}")
                self.moved = ""

    async def _return(self, before: dict[str, bytes]) -> None:
        who = f"/{self.reader.page}?{self.reader.query}"
        tally = self.tally
        try:
            seconds = await self.reader.come_back()
        except Gone as error:
            tally.lost.append(f"{who}: {error}")
            return
        if self.moved:
            fresh = Reader(self.reader.url, self.reader.page, self.reader.query)
            try:
                await fresh.open()
            except Gone as error:
                tally.lost.append(f"{who}, opened anew: {error}")
                return
            before = fresh.view
            await fresh.close()
        tally.seconds.append(seconds)
        now = self.reader.view
        other = [name for name in (before.keys() | now.keys()) - {UNSEEN} if before.get(name) != now.get(name)]
        if other:
            tally.differ.append(f"{who}: {', '.join(sorted(other)[:3])}")


class Watched:
    """A browser's page, and when a run of it was last over on which connection."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.connections = 0
        self.gone_at, self.back_at = 0.0, 0.0
        self.before = ""
        page.on("websocket", self._connected)

    def _connected(self, socket: WebSocket) -> None:
        self.connections += 1
        socket.on("framereceived", self._received)
        socket.on("close", self._went)

    def _received(self, content: str | bytes) -> None:
        if isinstance(content, bytes) and ForwardMsg.FromString(content).WhichOneof("type") == "script_finished":
            self.back_at = time.perf_counter()

    def _went(self, _: WebSocket) -> None:
        self.gone_at = time.perf_counter()

    async def shown(self) -> str:
        return str(await self.page.evaluate(SHOWN))

    async def compare(self, since: float, tally: Tally) -> None:
        """After an event: is it as it was?"""
        if self.gone_at < since:
            pass
        elif self.back_at < self.gone_at:
            tally.lost.append(f"browser {self.page.url}")
            return
        else:
            tally.seconds.append(self.back_at - self.gone_at)
        now = await self.shown()
        if now != self.before:
            tally.differ.append(f"browser {self.page.url}: {_difference(self.before, now)}")
        if await self.page.get_by_role("dialog").count():
            tally.differ.append(f"browser {self.page.url}: a dialog")


def _difference(before: str, now: str) -> str:
    pairs = zip(json.loads(before)[3], json.loads(now)[3], strict=False)
    return next((f"{a[:120]!r} is now {b[:120]!r}" for a, b in pairs if a != b), "address, place or number of controls")


async def browsers(browser: Browser, url: str, many: int) -> list[Watched]:
    found = []
    for number in range(many):
        name, address, _ = SEATS[number % len(SEATS)]
        page = await (await browser.new_context(viewport=DESKTOP)).new_page()
        one = Watched(page)
        await page.goto(f"{url}/{name}?{address(number + 1)}", timeout=120_000)
        await page.locator(".sheet").first.wait_for(timeout=120_000)
        found.append(one)
    return found


class Chaos:
    """All of it: who sits there, and what happens to them."""

    def __init__(self, world: World, readers: int) -> None:
        self.world = world
        self.seats = [Seat(world.served.url, number) for number in range(readers)]
        self.watched: list[Watched] = []

    async def open(self, browser: Browser, many: int) -> None:
        start = time.perf_counter()
        waiting = iter(self.seats)

        async def some() -> None:
            for seat in waiting:
                await seat.reader.open()

        await asyncio.gather(*(some() for _ in range(12)))
        self.watched = await browsers(browser, self.world.served.url, many)
        print(
            f"{len(self.seats)} readers and {many} browsers are there after {time.perf_counter() - start:.0f} s",
            flush=True,
        )

    async def event(self, name: str) -> Tally:
        tally, over = Tally(), asyncio.Event()
        for seat in self.seats:
            seat.tally = tally
        sitting = [asyncio.create_task(seat.sit(over)) for seat in self.seats]
        await asyncio.sleep(3)
        for one in self.watched:
            one.before = await one.shown()
        start = time.perf_counter()
        said = await EVENTS[name](self.world)
        await asyncio.sleep(max(0.0, WATCHED - (time.perf_counter() - start)))
        over.set()
        await asyncio.gather(*sitting)
        await asyncio.sleep(2)
        for one in self.watched:
            await one.compare(start, tally)
        print(tally.told(name) + (f"; {said}" if said else ""), flush=True)
        for what in (tally.differ + tally.lost)[:6]:
            print(f"    {what}", flush=True)
        return tally


async def kill_page(world: World) -> str:
    os.kill(world.served.pages()[0], signal.SIGKILL)
    return ""


async def reload_nginx(world: World) -> str:
    os.kill(world.served.named("nginx: master")[0], signal.SIGHUP)
    return ""


async def roll(world: World) -> str:
    """Over when no process is one of those that were there, and the last has drained."""
    served = world.served
    before, start = set(served.pages()), time.perf_counter()
    os.kill(served.supervisor, signal.SIGHUP)
    while before & set(served.pages()):
        await asyncio.sleep(0.5)
    return f"all replaced after {time.perf_counter() - start:.0f} s"


async def restart_redis(world: World) -> str:
    """In the middle of a run, which the worker goes on with meanwhile."""
    job = await world.begun()
    world.redis.kill()
    away = world.queue.state(job.key)
    await asyncio.sleep(3)
    world.redis.start()
    end = await world.ended(job)
    return f"while it was away the run was said to be {away and away.phase}; then {end.phase} {end.problem}"


async def kill_worker(world: World) -> str:
    job = await world.begun()
    start = time.perf_counter()
    world.worker.kill()
    world.worker.wait()
    end = await world.ended(job)
    said = f"{end.phase} after {time.perf_counter() - start:.1f} s: {end.problem}"
    world.worker = job_worker(world.redis.url)
    world.queue.submit(job)
    return f"{said} Asked for once more: {(await world.ended(job)).phase}"


async def kill_asker(world: World) -> str:
    """The page's process that asked for a run dies; the run does not."""
    job = await world.begun()
    os.kill(world.served.pages()[0], signal.SIGKILL)
    return f"the run: {(await world.ended(job)).phase}"


EVENTS: dict[str, Callable[[World], Awaitable[str]]] = {
    "page": kill_page,
    "nginx": reload_nginx,
    "rolling": roll,
    "redis": restart_redis,
    "job": kill_worker,
    "asker": kill_asker,
}


async def chaos(world: World, readers: int, many: int, events: list[str]) -> bool:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=system_chromium(), args=list(FLAGS))
        one = Chaos(world, readers)
        await one.open(browser, many)
        tallies = [await one.event(name) for name in events]
        await browser.close()
        return not any(tally.lost or tally.differ for tally in tallies)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=300)
    parser.add_argument("--browsers", type=int, default=6)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--events", nargs="+", default=list(EVENTS), choices=list(EVENTS))
    parser.add_argument("--forgets", action="store_true", help="Redis keeps nothing on disk.")
    args = parser.parse_args()
    redis = Redis(8779, keeps=not args.forgets)
    try:
        with course(args.workers, port=8771, more=("--flood", "1000000"), env={"REDIS_URL": redis.url}) as served:
            world = World(served, redis)
            try:
                return not asyncio.run(chaos(world, args.readers, args.browsers, args.events))
            finally:
                world.worker.kill()
    finally:
        redis.end()


if __name__ == "__main__":
    raise SystemExit(main())
