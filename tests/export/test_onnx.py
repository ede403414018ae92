"""ONNX files, opened by programs that did not make them: the format's checker, its shape inference, onnxruntime."""

from __future__ import annotations

import random
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import shape_inference
from torch import nn

from resnet.export.onnx import SEED, with_weights, without_weights
from resnet.models.graph import Graph, residual_sums
from resnet.models.node import Node
from resnet.models.onnx_file import read_onnx
from resnet.models.spec_graph import block_graph, graph_of
from resnet.models.weights import build_network
from resnet.modules.blocks import build
from resnet.run.weights import drawn
from resnet.spec import names
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import network
from resnet.spec.conventions import Conventions
from resnet.spec.errors import SpecError
from resnet.spec.network import NetworkSpec, StageSpec
from resnet.spec.shortcuts import SHORTCUTS
from resnet.trace.block import trace
from resnet.views.compare import CompareView
from resnet.views.network import NetworkView
from tests.models.onnx_graphs import read_here

BATCH = 2


def _possible(count: int) -> Iterator[BlockSpec]:
    """The same ones each time, as many of each shortcut."""
    choose = random.Random(11)
    for i in range(count):
        kind = list(SHORTCUTS)[i % len(SHORTCUTS)]
        while True:
            basic, stride = choose.random() < 0.4, choose.choice((1, 1, 2, 3))
            wide = choose.choice((4, 8))
            filters = (wide, wide) if basic else (wide, choose.choice((wide, 2 * wide)), choose.choice((8, 16)))
            spec = BlockSpec(
                in_channels=choose.choice((filters[-1], 3, 8)),
                filters=filters,
                kernel_size=choose.choice((1, 3, 5)),
                stride=stride if kind != "identity" else 1,
                shortcut=kind,
                stride_at=choose.choice(("first", "middle")),
                height=choose.randint(5, 12),
                width=choose.randint(5, 12),
                conv_bias=choose.random() < 0.3,
                groups=1 if basic else choose.choice((1, 2)),
                depthwise=not basic and choose.random() < 0.2,
                linear=choose.random() < 0.2,
                pre_activation=choose.random() < 0.3,
            )
            if trace(spec).possible:
                yield spec
                break


BLOCKS = tuple(_possible(40))


def _small(name: str, **settings: object) -> NetworkSpec:
    """A network of this family with few, narrow blocks."""
    whole = network(name, height=49, width=40, num_classes=5, **settings)
    strides = [stage.stride for stage in whole.stages]
    stages = (StageSpec(2, 16, strides[0]), StageSpec(2, 32, strides[1]))
    return replace(whole, stages=stages, stem=whole.stem._replace(channels=8))


NETWORKS = (
    *(_small("resnet50", variant=variant) for variant in ("v1", "v1.5", "d", "v2")),
    *(_small("resnet18", variant=variant, shortcut_option="A") for variant in ("v1", "v1.5", "d", "v2")),
    _small("resnet50", shortcut_option="C"),
    _small("resnext50_32x4d"),
    _small("keras_resnet50"),
    _small("keras_resnet50v2"),  # max-pools on shortcuts
    _small("keras_resnet50", variant="d", shortcut_option="A"),
    _small("course_resnet50"),  # a pool of 2 × 2 in front of the linear layer
    network("cifar_resnet20"),
)


def _view(spec: BlockSpec | NetworkSpec) -> CompareView | NetworkView:
    return NetworkView(spec=spec) if isinstance(spec, NetworkSpec) else CompareView(right=spec)


def _named(spec: BlockSpec | NetworkSpec) -> str:
    if isinstance(spec, NetworkSpec):
        return f"{spec.name}-{spec.variant}-{spec.shortcut_option}"
    return f"{names.slug(spec)}{'_v2' if spec.pre_activation else ''}{'_basic' if not spec.bottleneck else ''}"


def _module(spec: BlockSpec | NetworkSpec) -> nn.Module:
    return (build_network(spec) if isinstance(spec, NetworkSpec) else build(spec)).eval()


def _graph(spec: BlockSpec | NetworkSpec) -> Graph:
    return graph_of(spec) if isinstance(spec, NetworkSpec) else block_graph(trace(spec))


def _image(graph: Graph) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(BATCH, *graph.inputs[0].shape[1:])).astype(np.float32)


def _run(file: bytes, feeds: dict[str, np.ndarray]) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    (result,) = session.run(None, feeds)
    return result


def _torchs(module: nn.Module, image: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return module(torch.from_numpy(image)).numpy()


def _measured(module: nn.Module) -> dict[str, np.ndarray]:
    """Every tensor of the module, all of them drawn: as after training, also what a BatchNorm measures."""
    draw = torch.Generator().manual_seed(5)
    for name, one in module.state_dict().items():
        if one.is_floating_point():
            positive = name.endswith("running_var")
            one.copy_(
                torch.rand(one.shape, generator=draw) + 0.5 if positive else torch.randn(one.shape, generator=draw) / 4
            )
    return {name: one.numpy() for name, one in module.state_dict().items() if one.is_floating_point()}


def test_the_blocks_are_of_every_kind() -> None:
    for kind in SHORTCUTS:
        assert sum(spec.shortcut == kind for spec in BLOCKS) == 8
    for flag in ("conv_bias", "depthwise", "linear", "pre_activation", "bottleneck"):
        assert {getattr(spec, flag) for spec in BLOCKS} == {True, False}, flag
    assert {spec.stride for spec in BLOCKS} == {1, 2, 3}
    assert {spec.groups for spec in BLOCKS} == {1, 2}


@pytest.mark.slow
@pytest.mark.parametrize("spec", [*BLOCKS, *NETWORKS], ids=_named)
def test_onnxruntime_gives_torchs_output_from_the_seeded_file(spec: BlockSpec | NetworkSpec) -> None:
    module = _module(spec)
    weights = drawn(spec, SEED)
    module.load_state_dict({name: torch.from_numpy(one) for name, one in weights.items()}, strict=False)
    image = _image(_graph(spec))
    expected = _torchs(module, image)
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(_run(with_weights(spec, _view(spec)), {"x": image}), expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("spec", [*BLOCKS, *NETWORKS], ids=_named)
def test_a_state_dict_is_handed_in_by_its_own_names(spec: BlockSpec | NetworkSpec) -> None:
    module = _module(spec)
    image, weights = _image(_graph(spec)), _measured(module)
    expected = _torchs(module, image)
    found = _run(without_weights(spec, _view(spec)), {"x": image} | weights)
    np.testing.assert_allclose(found, expected, atol=1e-4 * max(1, np.abs(expected).max()))


@pytest.mark.slow
@pytest.mark.parametrize("make", [without_weights, with_weights])
@pytest.mark.parametrize("spec", [*BLOCKS, *NETWORKS], ids=_named)
def test_the_file_is_valid_and_opens_again_as_the_trace(spec: BlockSpec | NetworkSpec, make: partial) -> None:
    file, ours = make(spec, _view(spec)), _graph(spec)
    model = onnx.load_from_string(file)
    onnx.checker.check_model(model, full_check=True)
    written = _shapes(model)
    assert {name: dims[1:] for name, dims in written.items()} == {name: dims[1:] for name, dims in ours.shapes.items()}
    assert {dims[0] for dims in written.values()} == {"N"}
    del model.graph.value_info[:]
    for dim in model.graph.output[0].type.tensor_type.shape.dim:
        dim.Clear()
    assert _shapes(shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)) == written
    found = read_here(file)
    assert [_told(node) for node in found.nodes] == [_told(node) for node in ours.nodes]
    assert (found.inputs, found.outputs) == (ours.inputs, ours.outputs)
    assert (found.params, found.buffers, found.macs) == (ours.params, ours.buffers, ours.macs)
    assert residual_sums(found) == residual_sums(ours)


def _told(node: Node) -> Node:
    """Without its name in ONNX, and the numbers that say how far a slice or a padding goes."""
    return replace(node, op="", constants=() if node.kind in ("slice", "pad") else node.constants)


def _shapes(model: onnx.ModelProto) -> dict[str, tuple[int | str, ...]]:
    """Of every tensor that is no weight."""
    weights = {name for node in model.graph.node for name in node.input[1:] if node.op_type != "Add"}
    every = (*model.graph.input, *model.graph.value_info, *model.graph.output)
    return {
        one.name: tuple(dim.dim_param or dim.dim_value for dim in one.type.tensor_type.shape.dim)
        for one in every
        if one.name not in weights
    }


def test_a_process_of_its_own_reads_it_too() -> None:
    spec = network("resnet50")
    found = read_onnx(without_weights(spec, NetworkView(spec=spec)))
    assert (found.params, found.macs, len(residual_sums(found))) == (25_557_032, 4_089_184_256, 16)


def test_names_are_torchvisions_and_the_tensors_the_modules() -> None:
    spec = network("resnet18")
    model = onnx.load_from_string(without_weights(spec, NetworkView(spec=spec)))
    state = {name: tuple(one.shape) for name, one in build_network(spec, "meta").state_dict().items() if one.dim()}
    given = {one.name: tuple(dim.dim_value for dim in one.type.tensor_type.shape.dim) for one in model.graph.input[1:]}
    assert given == state
    assert not model.graph.initializer
    assert len({node.name for node in model.graph.node}) == len(model.graph.node)


def test_the_file_says_what_it_is() -> None:
    view = NetworkView(spec=network("cifar_resnet20", num_classes=7), conventions=Conventions(counting="keras"))
    model = onnx.load_from_string(with_weights(view.conventions.built(view.spec), view))
    page, _, query = next(one.value for one in model.metadata_props if one.key == "address").partition("?")
    assert (page, NetworkView.read(dict(parse_qsl(query)))) == ("/network", (view, ()))
    assert "CIFAR ResNet-20" in model.graph.name
    assert "not trained" in model.doc_string and f"seed {SEED}" in model.doc_string
    assert "conv1.bias" in {one.name for one in model.graph.initializer}
    about = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert (model.producer_name, model.producer_version) == (about["name"], about["version"])
    assert model.producer_version == names.VERSION


def test_the_same_block_is_the_same_file() -> None:
    assert with_weights(BLOCKS[0], _view(BLOCKS[0])) == with_weights(BLOCKS[0], _view(BLOCKS[0]))


@pytest.mark.parametrize("make", [without_weights, with_weights])
@pytest.mark.parametrize("channels", [64, 1])  # of one channel torch, and ONNX too, would make any number
def test_an_impossible_block_is_a_sentence(make: partial, channels: int) -> None:
    spec = BlockSpec(in_channels=channels, shortcut="identity")
    with pytest.raises(SpecError, match=f"shortcut is 'identity'.*56 × 56 × 256 and 56 × 56 × {channels} either"):
        make(spec, CompareView(right=spec))


def test_no_weights_are_drawn_beyond_the_bound() -> None:
    largest = BlockSpec(in_channels=8192, filters=(8192,) * 3, kernel_size=31, height=4096, width=4096)
    with pytest.raises(SpecError, match=r"MB.*at most 128 MB"):
        with_weights(largest, CompareView(right=largest))
    file = without_weights(largest, CompareView(right=largest))
    onnx.checker.check_model(file, full_check=True)
    assert len(file) < 10_000
    with pytest.raises(SpecError):
        drawn(network("resnet152"), SEED)


MADE = """
from pathlib import Path
from resnet.export.onnx import with_weights
from resnet.spec.catalogue import network
from resnet.views.network import NetworkView

def kilobytes(what):
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if what in line)

small, large = (NetworkView(spec=network(name)) for name in ("resnet18", "resnet50"))
with_weights(small.spec, small)
Path("/proc/self/clear_refs").write_text("5")  # the most starts anew
before = kilobytes("VmRSS")
file = with_weights(large.spec, large)
print(len(file), 1024 * (kilobytes("VmHWM") - before))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Linux says how much a process had at most")
def test_making_a_file_takes_less_than_four_times_its_size() -> None:
    """A process has a limit, and the largest file 128 MB."""
    out = subprocess.run([sys.executable, "-c", MADE], capture_output=True, text=True, check=True)
    size, most = map(int, out.stdout.split())
    assert size > 100 * 10**6
    assert 2 * size < most < 4 * size
