"""Whether it pays to share through Redis what one process has made: made anew, against fetched and unpacked.

    python -m bench.shared

Each is asked for with settings that nobody has asked for before, put into a Redis on this machine, and fetched back.
Milliseconds of this process's own time, median of 40, and what its value weighs there. Last, a look at a run that
somebody follows, which a page takes each 0.7 s: here, and in Redis.
"""

from __future__ import annotations

import pickle
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from bench.course import Redis, processor
from resnet import BlockSpec, diagram, network, render, trace, trace_network
from resnet.run.redis_queue import RedisQueue
from resnet.run.runs import Job

ROUNDS, LOOKS, PORT = 40, 4000, 8761


def blocks(first: int) -> Iterator[BlockSpec]:
    for channels in range(first, first + ROUNDS):
        yield BlockSpec(in_channels=channels, filters=(channels, channels, 4 * channels))


def made_networks() -> Iterator[object]:
    for height in range(65, 65 + ROUNDS):
        yield trace_network(replace(network("resnet50"), height=height))


def took(steps: Iterator[object]) -> tuple[list[float], list[object]]:
    """Milliseconds of each step, and what it made."""
    times, made = [], []
    while True:
        start = time.perf_counter()
        try:
            made.append(next(steps))
        except StopIteration:
            return times, made
        times.append(1000 * (time.perf_counter() - start))


def fetched(client: redis.Redis, names: list[str]) -> Iterator[object]:
    for name in names:
        content = client.get(name)
        assert isinstance(content, bytes)
        yield pickle.loads(content)


def main() -> None:
    render(diagram(trace(BlockSpec())), "svg")  # what is imported at first
    trace_network(network("resnet18"))
    traces = [trace(one) for one in blocks(11)]
    kinds: dict[str, Callable[[], Iterator[object]]] = {
        "a block's trace": lambda: (trace(one) for one in blocks(211)),
        "a network's trace, ResNet-50": made_networks,
        "a block's picture as SVG": lambda: (render(diagram(one), "svg") for one in traces),
    }
    broker = Redis(PORT, keeps=False)
    try:
        until_it_is_there = Retry(ConstantBackoff(0.1), 100)
        client = redis.Redis.from_url(broker.url, retry=until_it_is_there)
        client.ping()
        print(f"{'':32}{'made ms':>10}{'fetched ms':>12}{'ratio':>8}{'kB':>8}")
        for name, kind in kinds.items():
            times, made = took(kind())
            content = [pickle.dumps(one) for one in made]
            names = [f"{name} {i}" for i in range(len(made))]
            client.mset(dict(zip(names, content, strict=True)))
            back, again = took(fetched(client, names))
            assert again == made
            new, old = statistics.median(times), statistics.median(back)
            print(f"{name:32}{new:10.2f}{old:12.2f}{new / old:8.1f}{statistics.median(map(len, content)) / 1000:8.1f}")
        queue, job = RedisQueue(broker.url), Job.of("training", kinds="B", epochs=1, seeds=1)
        queue.submit(job)
        before = processor([broker.process.pid])
        times, _ = took(queue.state(job.key) for _ in range(LOOKS))
        there = 1000 * (processor([broker.process.pid]) - before) / LOOKS
        print(f"a look at a run: {statistics.median(times):.2f} ms here, {there:.3f} ms in Redis")
    finally:
        broker.end()


if __name__ == "__main__":
    main()
