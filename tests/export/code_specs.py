"""Blocks and small networks of every kind, and what runs their code in a process that knows nothing of this project."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from resnet import BlockSpec, NetworkSpec, SpecError, StageSpec, trace, trace_network
from resnet.spec.catalogue import rebuilt
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS, StemSpec
from resnet.spec.shortcuts import SHORTCUTS

RUNNERS = Path(__file__).parent


def random_block(rng: random.Random) -> BlockSpec:
    """Small enough to run in a moment; many of them can't be."""
    basic = rng.random() < 0.35
    groups = 1 if basic else rng.choice((1, 1, 2, 3))
    first = groups * rng.randint(1, 4)
    filters = [first, groups * rng.randint(1, 4)] + ([] if basic else [rng.randint(1, 12)])
    depthwise = not basic and rng.random() < 0.25
    if depthwise:
        filters[1] = first * rng.randint(1, 3)
    return BlockSpec(
        in_channels=rng.choice((filters[-1], rng.randint(1, 12), 1)),
        filters=tuple(filters),
        kernel_size=rng.choice((1, 3, 3, 5, 7)),
        stride=rng.choice((1, 1, 2, 2, 3, 4)),
        shortcut=rng.choice(tuple(SHORTCUTS)),
        stride_at=rng.choice(("first", "middle")),
        height=rng.randint(1, 14),
        width=rng.randint(1, 14),
        conv_bias=rng.random() < 0.4,
        groups=groups,
        depthwise=depthwise,
        linear=rng.random() < 0.3,
        pre_activation=rng.random() < 0.35,
    )


def random_blocks(number: int, seed: int = 1, *, possible: bool | None = None) -> list[BlockSpec]:
    rng = random.Random(seed)
    found: dict[BlockSpec, None] = {}
    while len(found) < number:
        spec = random_block(rng)
        if possible is None or trace(spec).possible == possible:
            found[spec] = None
    return list(found)


def random_network(rng: random.Random) -> NetworkSpec:
    """Every switch that a network has, set at random; two to four thin stages, in one of the variants."""
    basic = rng.random() < 0.4
    groups = 1 if basic else rng.choice((1, 1, 2))
    stages = tuple(
        StageSpec(rng.randint(1, 3), rng.choice((4, 6, 8)), rng.choice((1, 2, 2, 3))) for _ in range(rng.randint(2, 4))
    )
    stem = StemSpec(
        rng.choice(("7x7", "3x3", "deep")),
        rng.choice((4, 8, 16)),
        rng.choice(("padded", "valid", "none")),
        rng.random() < 0.4,
    )
    if stem.conv == "3x3":
        stem = stem._replace(explicit=False)  # nobody builds it so, and then no padding is said twice
    spec = NetworkSpec(
        name="thin",
        stages=stages,
        block="basic" if basic else "bottleneck",
        stem=stem,
        groups=groups,
        base_width=64 if groups == 1 else 32,
        stride_in_last=rng.random() < 0.3,
        conv_bias=rng.random() < 0.4,
        head=rng.choice(("global", "global", "2x2")),
        height=rng.randint(70, 97),
        width=rng.randint(70, 97),
        num_classes=rng.randint(2, 9),
    )
    variant = rng.choice(tuple(VARIANTS))
    if spec.stride_in_last and variant == "v2":
        return replace(spec, pre_activation=True, shortcut_option=rng.choice(tuple(SHORTCUT_OPTIONS)))
    if spec.stride_in_last:
        return replace(spec, shortcut_option=rng.choice(tuple(SHORTCUT_OPTIONS)))
    return rebuilt(spec, variant=variant, shortcut_option=rng.choice(tuple(SHORTCUT_OPTIONS)))


def random_networks(number: int, seed: int = 1) -> list[NetworkSpec]:
    """That exist: zero padding takes no channels away, and no map is too small for a window."""
    rng = random.Random(seed)
    found: dict[NetworkSpec, None] = {}
    while len(found) < number:
        spec = random_network(rng)
        if exists(spec):
            found[spec] = None
    return list(found)


def exists(spec: NetworkSpec) -> bool:
    try:
        trace_network(spec)
    except SpecError:
        return False
    return True


def shaken(module: nn.Module, seed: int = 0) -> nn.Module:
    """In evaluation mode, with statistics that are not those of a fresh BatchNorm."""
    torch.manual_seed(seed)
    for one in module.modules():
        if isinstance(one, nn.BatchNorm2d):
            for tensor, low, high in ((one.weight, 0.5, 1.5), (one.bias, -0.5, 0.5), (one.running_mean, -0.5, 0.5)):
                tensor.data.uniform_(low, high)
            one.running_var.uniform_(0.5, 1.5)
    return module.eval()


def run_code(runner: str, jobs: list[dict[str, Any]], folder: Path, **environment: str) -> list[dict[str, Any]]:
    """What a runner beside this file says about each job; every file is imported in that one fresh process."""
    for i, job in enumerate(jobs):
        (folder / f"job_{i}.py").write_text(job["source"])
    torch.save([{name: one for name, one in job.items() if name != "source"} for job in jobs], folder / "jobs.pt")
    command = [sys.executable, str(RUNNERS / runner), str(folder)]
    env = {name: one for name, one in os.environ.items() if name != "PYTHONPATH"} | environment
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    answers: list[dict[str, Any]] = json.loads((folder / "answers.json").read_text())
    assert len(answers) == len(jobs)
    return answers
