"""The Keras file, on Keras's torch backend: layer by layer, and with the traced module's weights the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from resnet import BlockSpec, NetworkSpec, build_network, network, trace, trace_network
from resnet.export.code import keras
from resnet.export.code.keras_network import network_file
from resnet.export.code.words import function_of, network_function, two_names
from resnet.export.keras import keras_layers
from resnet.modules.blocks import build
from resnet.spec.shortcuts import SHORTCUTS
from resnet.trace.network import NetworkTrace
from resnet.trace.values import BlockTrace, OpTrace
from tests.draw.pictures import check_golden
from tests.export.code_specs import random_blocks, random_networks, run_code, shaken

RUNNER = "run_keras_code.py"
Layers = dict[str, list[Any]]


def run(jobs: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    return run_code(RUNNER, jobs, folder, KERAS_BACKEND="torch")


# how Keras calls what torchvision calls otherwise, said a second time: a test's own oracle


def named(t: BlockTrace, place: str) -> Iterator[tuple[str, OpTrace]]:
    """Every layer of a block with Keras's name; ``""`` for one that Keras leaves to itself."""
    v2 = t.spec.pre_activation
    norms = 0
    for op in t.ops:
        kind = op.name.split(".")[0].rstrip("123")
        if op.path == "shortcut":
            suffix = {"conv": "0_conv", "batchnorm": "0_bn", "maxpool": ""}.get(op.kind, f"0_{op.kind}")
            yield f"{place}_{suffix}" if suffix else "", op
        elif op.kind == "add":
            yield f"{place}_{'out' if op is t.ops[-1] else 'add'}", op
        elif op.path == "joined":
            yield f"{place}_out", op
        elif kind == "conv":
            yield f"{place}_{op.name[4]}_conv", op
        else:
            norms += op.kind == "batchnorm"
            place_of_it = norms - 1 if v2 else norms
            yield f"{place}_{place_of_it or 'preact'}_{'bn' if op.kind == 'batchnorm' else 'relu'}", op


def last(op: OpTrace) -> list[int]:
    channels, height, width = op.out_shape
    return [height, width, channels]


def expected(t: BlockTrace, place: str = "block") -> Layers:
    return {name: [last(op), op.params + op.buffers] for name, op in named(t, place)}


def without_pads(layers: Layers) -> Layers:
    """Keras needs a layer for a padding that is a setting in PyTorch; the pool that has no name is ``""``."""
    kept = {name: said for name, said in layers.items() if not name.endswith("_pad") or name.endswith("zero_pad")}
    return {"" if name.startswith("max_pooling2d") else name: said for name, said in kept.items()}


def arrays(module: torch.nn.Module, name: str) -> list[torch.Tensor]:
    """One layer's weights in Keras's order and axes."""
    layer = module.get_submodule(name)
    if isinstance(layer, torch.nn.BatchNorm2d):
        return [layer.weight.data, layer.bias.data, layer.running_mean, layer.running_var]
    if isinstance(layer, torch.nn.Linear):
        return [layer.weight.data.T.contiguous(), layer.bias.data]
    kernel = layer.weight.data.permute(2, 3, 1, 0)
    if 1 < layer.groups == layer.in_channels and depthwise(module):
        kernel = kernel.reshape(*kernel.shape[:2], layer.in_channels, -1)
    return [kernel.contiguous(), *([] if layer.bias is None else [layer.bias.data])]


def depthwise(module: torch.nn.Module) -> bool:
    return getattr(module, "as_depthwise", False)


def block_job(spec: BlockSpec, source: str = "", name: str = "") -> dict[str, Any]:
    t = trace(spec)
    channels, height, width = t.in_shape
    job = {"source": source or keras.block_file(t), "function": name or function_of(spec)}
    job |= {"input": (height, width, channels), "saved": False}
    if not t.possible:
        return job
    module = shaken(build(spec))
    module.as_depthwise = spec.depthwise and spec.filters[0] > 0
    weights = {name: arrays(module, op.name) for name, op in named(t, "block") if op.params}
    return job | numbers(module, weights, t.in_shape)


def numbers(module: torch.nn.Module, weights: dict[str, list[torch.Tensor]], shape: tuple[int, ...]) -> dict[str, Any]:
    """What goes in, and what the traced module makes of it; channels last."""
    x = torch.randn(2, *shape, generator=torch.manual_seed(1))
    with torch.no_grad():
        y = module(x)
    y = y.permute(0, 2, 3, 1) if y.ndim == 4 else y
    return {"weights": weights, "x": x.permute(0, 2, 3, 1).contiguous(), "y": y.contiguous()}


def close(said: dict[str, Any]) -> None:
    """Another order of the sums inside a convolution is all that differs."""
    assert said["difference"] <= 2e-5 * max(1, said["largest"])


@pytest.mark.slow
def test_blocks_layer_by_layer(tmp_path: Path) -> None:
    specs = random_blocks(30, seed=3, possible=True)
    jobs = [block_job(spec) for spec in specs]
    for i, job in enumerate(jobs):
        job["saved"] = i % 5 == 0
    for spec, said in zip(specs, run(jobs, tmp_path), strict=True):
        t = trace(spec)
        assert said["params"] == t.params + t.buffers, spec
        assert without_pads(said["layers"]) == expected(t), spec
        close(said)


@pytest.mark.slow
def test_a_block_that_can_not_be(tmp_path: Path) -> None:
    specs = random_blocks(6, seed=4, possible=False)
    for spec, said in zip(specs, run([block_job(spec) for spec in specs], tmp_path), strict=True):
        start = "F(x) is (None, " if trace(spec).problem.broadcasts else "Inputs have incompatible shapes"
        assert said["error"].startswith(start), spec


@pytest.mark.slow
def test_pairs(tmp_path: Path) -> None:
    """With the main path written once, and with two of them."""
    jobs, traces = [], []
    first, *_ = random_blocks(1, seed=5, possible=True)
    wide = BlockSpec(in_channels=4, filters=(4, 4, 8), stride=2, height=9, width=8)
    v2 = BlockSpec(in_channels=8, filters=(4, 4, 8), pre_activation=True, shortcut="identity", height=5, width=5)
    for left, right in ((wide, first), *((wide, other(wide, key)) for key in SHORTCUTS), (v2, other(v2, "projection"))):
        source = keras.pair_file(trace(left), trace(right))
        names = two_names(function_of(left), function_of(right), "_") if left != right else (function_of(left),) * 2
        for spec, name in zip((left, right), names, strict=True):
            jobs.append(block_job(spec, source, name))
            traces.append(trace(spec))
    for t, said in zip(traces, run(jobs, tmp_path), strict=True):
        if t.possible:
            assert without_pads(said["layers"]) == expected(t)
            close(said)
        else:
            assert said["error"]


def other(spec: BlockSpec, shortcut: str) -> BlockSpec:
    return replace(spec, shortcut=shortcut)


# networks


def network_layers(t: NetworkTrace) -> Iterator[tuple[str, OpTrace, str]]:
    """Name, operation, and its name in the state dict."""
    deep = t.spec.stem.conv == "deep"
    stem = {"conv1": "conv1_conv", "bn1": "conv1_bn", "relu": "conv1_relu", "maxpool": "pool1_pool"}
    if deep:
        parts = ("1_conv", "1_bn", "1_relu", "2_conv", "2_bn", "2_relu", "3_conv")
        stem |= {f"conv1.{i}": f"conv1_{part}" for i, part in enumerate(parts)}
    for op in t.stem:
        if op.kind != "pad":
            yield stem[op.name], op, op.name
    for block in t.blocks:
        for name, op in named(block.trace, f"conv{block.stage}_block{block.index + 1}"):
            yield name, op, f"{block.name}.{op.name}"
    head = {"norm": "post_bn", "relu": "post_relu", "avgpool": "avg_pool", "flatten": "flatten", "fc": "predictions"}
    for op in t.head:
        yield head[op.name], op, op.name


def network_job(spec: NetworkSpec, *, run_it: bool) -> dict[str, Any]:
    t = trace_network(spec)
    job = {"source": network_file(t), "function": network_function(spec), "input": None, "saved": False}
    if not run_it:
        return job
    module = shaken(build_network(spec))
    weights = {name: arrays(module, key) for name, op, key in network_layers(t) if op.params}
    if spec.head == "2x2":  # flattened height by height here, channel by channel there
        channels, height, width = next(op for op in t.head if op.name == "avgpool").out_shape
        kernel, bias = weights["predictions"]
        kernel = kernel.reshape(channels, height, width, -1).permute(1, 2, 0, 3).reshape(kernel.shape)
        weights["predictions"] = [kernel.contiguous(), bias]
    return job | numbers(module, weights, t.in_shape)


def flat(name: str, op: OpTrace, t: NetworkTrace) -> list[int]:
    vector = name in ("flatten", "predictions") or (name == "avg_pool" and t.spec.head == "global")
    return [op.out_shape[0]] if vector else last(op)


def same_layers(spec: NetworkSpec, said: dict[str, Any]) -> None:
    t = trace_network(spec)
    layers = {name: [flat(name, op, t), op.params + op.buffers] for name, op, _ in network_layers(t)}
    if spec.head == "global":
        del layers["flatten"]
    assert said["params"] == t.params + t.buffers, spec
    assert without_pads(said["layers"]) == layers, spec


def checked_layers(specs: list[NetworkSpec], folder: Path) -> None:
    """Names, shapes and counts, without weights."""
    for spec, said in zip(specs, run([network_job(spec, run_it=False) for spec in specs], folder), strict=True):
        same_layers(spec, said)


@pytest.mark.slow
def test_thin_networks_of_every_kind(tmp_path: Path) -> None:
    specs = random_networks(8, seed=7)
    jobs = [network_job(spec, run_it=True) for spec in specs]
    for i, job in enumerate(jobs):
        job["saved"] = i % 4 == 0
    for spec, said in zip(specs, run(jobs, tmp_path), strict=True):
        same_layers(spec, said)
        close(said)


@pytest.mark.slow
def test_keras_own_networks(tmp_path: Path) -> None:
    """Every layer of Keras's own, paddings and all; and the course's."""
    specs = [network("keras_resnet50"), network("keras_resnet50v2"), network("course_resnet50")]
    for spec, said in zip(specs, run([network_job(spec, run_it=False) for spec in specs], tmp_path), strict=True):
        t = trace_network(spec)
        theirs = {one.name: [list(one.out_shape), one.params] for one in keras_layers(t)}
        ours = {name: one for name, one in said["layers"].items() if name != "flatten"}
        if spec.head == "2x2":  # a map of one pixel, before it is flattened
            ours["avg_pool"][0] = ours["avg_pool"][0][2:]
        assert ours == theirs
        assert said["params"] == t.params + t.buffers


def test_golden_code(update_golden: bool) -> None:
    source = network_file(trace_network(network("keras_resnet50")))
    check_golden("network_keras_resnet50.py.txt", source, update_golden)
