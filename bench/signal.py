"""What a reader of the signal waits for, what stays in memory, and what a training takes from everybody else.

    python -m bench.signal

* A picture through all of ResNet-50 at 224, with every map of its last block, weights drawn anew; the unit is the same
  network's forward pass by torch alone, in the same run.
* Resident megabytes after a hundred runs of which no two are alike.
* A reader of the comparison, one change every two seconds over a websocket, alone and while the queue's process trains:
  the seconds belong to the machine, the ratio does not.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from dataclasses import replace

import torch

from bench.load import generate, resident
from bench.page import ROOT, served
from resnet.models.weights import build_network
from resnet.run.jobs import Job, LocalQueue
from resnet.run.picture import Picture, shipped
from resnet.run.signal import Asked, Signal, signal, signal_of
from resnet.run.weights import network_of

LAST = Asked(network=network_of("drawn", "resnet50"), source="drawn", at="layer4.2")
FIRST = Asked(network=network_of("trained", ""), source="trained", at="layer1.0")


def main() -> None:
    torch.set_num_threads(1)  # as the server does
    passing()
    kept()
    beside_a_training()


def passing() -> None:
    net = build_network(LAST.network).eval()
    x = torch.zeros(1, 3, 224, 224)
    with torch.inference_mode():
        alone = statistics.median(seconds(lambda: net(x)) for _ in range(5))
    ours = statistics.median(seconds(lambda s=s: signal(replace(LAST, seed=s), "cat")) for s in range(11, 16))
    print(f"ResNet-50 at 224, torch alone           {alone:6.2f} s")
    print(f"with weights drawn, and all maps kept   {ours:6.2f} s   × {ours / alone:.2f}   {verdict(ours, 1.0)}")
    first = statistics.median(seconds(lambda p=p: signal(FIRST, p)) for p in ("temple", "rocket", "flower", "coffee"))
    print(f"the trained network’s first block       {first:6.2f} s")


def kept() -> None:
    """The caches are full before: what they may hold is bounded, and no leak."""
    own = Picture("Your picture", shipped("rocket").pixels)
    for seed in range(1, 31):
        signal(replace(FIRST, source="drawn", network=LAST.network, seed=seed), "cat")
    before = resident(os.getpid())
    for seed in range(101, 201):
        run(replace(FIRST, source="drawn", network=LAST.network, seed=seed), own if seed % 2 else None)
    grown = resident(os.getpid()) - before
    print(f"after 100 runs                          {grown:+6.0f} MB   {verdict(grown, 50)}")


def run(asked: Asked, own: Picture | None) -> Signal:
    return signal(asked, "cat") if own is None else signal_of(asked, own)


def beside_a_training() -> None:
    uvicorn = [sys.executable, "-m", "uvicorn", "app:app", "--no-access-log", "--ws-per-message-deflate", "false"]
    queue = LocalQueue()
    with served([*uvicorn, "--port", "8723"], ROOT, 8723) as address:
        asked = (address.replace("http", "ws"), "compare", "compare_stride", 1, 24)
        generate(*asked)
        alone = generate(*asked)
        job = queue.submit(Job.of("training", kinds="A,B,C,plain,v2", epochs=40, seeds=5))
        while not queue.state(job.key).told:
            time.sleep(0.2)
        beside = generate(*asked)
        assert queue.state(job.key).phase == "running", "the training ended too early to be measured"
        queue.cancel(job.key)
    queue.close()
    print("a change of the comparison, alone and while another reader trains:")
    for key, what in (("first", "the figures are there"), ("median", "all of it is there")):
        ratio = beside[key] / alone[key]
        times = f"{1000 * alone[key]:4.0f} → {1000 * beside[key]:4.0f} ms"
        print(f"  {what:38}{times}   × {ratio:.2f}   {verdict(ratio, 2)}")


def seconds(run: object) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def verdict(found: float, most: float) -> str:
    return f"{'within' if found <= most else 'OVER'} {most}"


if __name__ == "__main__":
    main()
