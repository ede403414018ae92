"""One thread traces while others run networks: fx replaces how every module of the process is called."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import nn

from resnet.modules.blocks import build
from resnet.spec.block import BlockSpec
from resnet.trace import follow


def test_what_runs_in_another_thread_does_not_notice() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2)).eval()
    x = torch.randn(1, 3, 8, 8, generator=torch.manual_seed(1))
    with torch.no_grad():
        expected = net(x)
    over = threading.Event()

    def runs() -> int:
        many = 0
        with torch.no_grad():
            while not over.is_set():
                assert torch.equal(net(x), expected)
                many += 1
        return many

    specs = [BlockSpec(shortcut=one) for one in ("identity", "projection")]
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(runs) for _ in range(2)]
        try:
            for i in range(60):
                follow._graph.cache_clear()
                spec = specs[i % 2]
                found = follow.follow(build(spec, device="meta"), (64, 56, 56))
                assert (found.problem is None) == (spec.shortcut == "projection")
        finally:
            over.set()
        assert all(one.result() > 10 for one in running)
