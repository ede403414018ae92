"""The PyTorch file, imported where nothing of this project is: parameters, keys, shapes and numbers are the trace's."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from resnet import BlockSpec, NetworkSpec, build_network, network, trace, trace_network
from resnet.export.code import pytorch
from resnet.export.code.pytorch_network import network_file
from resnet.export.code.words import class_of, two_names
from resnet.modules.blocks import build
from resnet.spec.catalogue import FAMILIES, rebuilt
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS
from tests.draw.pictures import check_golden
from tests.export.code_specs import exists, random_blocks, random_networks, run_code, shaken

RUNNER = "run_pytorch_code.py"


def shape_of(tensors: dict[str, torch.Tensor]) -> dict[str, list[int]]:
    return {key: list(one.shape) for key, one in tensors.items()}


def job_of(module: torch.nn.Module, source: str, name: str, x: torch.Tensor, *, result: bool = True) -> dict[str, Any]:
    """Code, and what the traced module does with the same weights and input."""
    shaken(module)
    made = {"source": source, "class": name, "x": x, "state": module.state_dict()}
    with torch.no_grad():
        return made | ({"y": module(x)} if result else {})


def block_job(spec: BlockSpec, source: str = "", name: str = "") -> dict[str, Any]:
    t = trace(spec)
    x = torch.randn(2, *t.in_shape, generator=torch.manual_seed(1))
    return job_of(build(spec), source or pytorch.block_file(t), name or class_of(spec), x, result=t.possible)


def same(said: dict[str, Any], job: dict[str, Any], params: int) -> None:
    assert said["params"] == params
    assert said["keys"] == shape_of(job["state"])
    assert said["shape"] == list(job["y"].shape)
    assert said["difference"] <= 1e-6 * max(1, said["largest"])


@pytest.mark.slow
def test_two_hundred_blocks(tmp_path: Path) -> None:
    specs = random_blocks(200, possible=True)
    jobs = [block_job(spec) for spec in specs]
    for spec, job, said in zip(specs, jobs, run_code(RUNNER, jobs, tmp_path), strict=True):
        same(said, job, trace(spec).params)


@pytest.mark.slow
def test_a_block_that_can_not_be(tmp_path: Path) -> None:
    """torch's own words where it stops; where it would go on, it is stopped."""
    specs = random_blocks(40, possible=False)
    jobs = [block_job(spec) for spec in specs]
    broadcasts = 0
    for spec, job, said in zip(specs, jobs, run_code(RUNNER, jobs, tmp_path), strict=True):
        problem = trace(spec).problem
        assert said["keys"] == shape_of(job["state"])
        if problem.broadcasts:
            broadcasts += 1
            assert said["error"].startswith("F(x) is (2, ")
        else:
            assert said["error"] == problem.message
        assert "Impossible: F(x) is" in job["source"]
    assert 3 < broadcasts < 37


@pytest.mark.slow
def test_pairs(tmp_path: Path) -> None:
    """With the main path written once, and with two of them."""
    specs = random_blocks(30, seed=2, possible=True)
    pairs = [(left, replace(left, shortcut="projection")) for left in specs] + list(pairwise(specs))
    jobs, params = [], []
    for left, right in pairs:
        source = pytorch.pair_file(trace(left), trace(right))
        names = two_names(class_of(left), class_of(right)) if left != right else (class_of(left),) * 2
        for spec, name in zip((left, right), names, strict=True):
            jobs.append(block_job(spec, source, name))
            params.append(trace(spec).params)
    for job, said, counted in zip(jobs, run_code(RUNNER, jobs, tmp_path), params, strict=True):
        same(said, job, counted)


def network_job(spec: NetworkSpec) -> dict[str, Any]:
    t = trace_network(spec)
    x = torch.randn(1, *t.in_shape, generator=torch.manual_seed(1))
    return job_of(build_network(spec), network_file(t), "ResNet", x)


@pytest.mark.slow
def test_thin_networks_of_every_kind(tmp_path: Path) -> None:
    checked_with_numbers(random_networks(40), tmp_path)


def checked_with_numbers(specs: list[NetworkSpec], folder: Path) -> None:
    """Parameters, keys and shapes, and from the same state dict the same output."""
    jobs = [network_job(spec) for spec in specs]
    for spec, job, said in zip(specs, jobs, run_code(RUNNER, jobs, folder), strict=True):
        same(said, job, trace_network(spec).params)


def checked_without_weights(specs: list[NetworkSpec], folder: Path) -> None:
    jobs = [{"source": network_file(trace_network(spec)), "class": "ResNet", "meta": True} for spec in specs]
    for spec, said in zip(specs, run_code(RUNNER, jobs, folder), strict=True):
        assert said["params"] == trace_network(spec).params, spec
        assert said["keys"] == shape_of(build_network(spec, device="meta").state_dict()), spec


def variants_of(name: str) -> list[NetworkSpec]:
    """In every variant, with every option, as far as there is such a network; small."""
    family = FAMILIES[name]
    small = family if family.height < 100 else replace(family, height=64, width=64)
    every = [rebuilt(small, variant=one, shortcut_option=other) for one in VARIANTS for other in SHORTCUT_OPTIONS]
    return [spec for spec in dict.fromkeys([small, *every]) if exists(spec)]


@pytest.mark.slow
def test_every_family(tmp_path: Path) -> None:
    checked_without_weights(list(FAMILIES.values()), tmp_path)


@pytest.mark.slow
def test_every_variant_and_option(tmp_path: Path) -> None:
    """With numbers for the small ones; ``bench.code`` has all families."""
    checked_with_numbers(variants_of("cifar_resnet20") + variants_of("resnet18"), tmp_path)
    (tmp_path / "more").mkdir()
    checked_without_weights(variants_of("resnet50") + variants_of("keras_resnet50v2"), tmp_path / "more")


# what a reader sees


@pytest.mark.parametrize("name", ["pair_64to256_s1", "network_resnet50"])
def test_golden_code(name: str, update_golden: bool) -> None:
    if name.startswith("pair"):
        source = pytorch.pair_file(trace(BlockSpec(shortcut="identity")), trace(BlockSpec()))
    else:
        source = network_file(trace_network(network("resnet50")))
    check_golden(f"{name}.py.txt", source, update_golden)


def test_nothing_is_there_that_is_not_needed() -> None:
    plain = pytorch.block_file(trace(BlockSpec(in_channels=256, shortcut="identity")))
    plain, _, _ = plain.partition("\n\nif __name__")
    for word in ("if ", "downsample", "nn.Identity", "stride", "groups"):
        assert word not in plain, word
    assert "elif" not in network_file(trace_network(network("resnet50")))
    assert "downsample" not in network_file(trace_network(network("cifar_resnet20")))


def said_by(source: str, folder: Path) -> str:
    """What a file prints when it is run."""
    (folder / "x.py").write_text(source)
    done = subprocess.run([sys.executable, "x.py"], cwd=folder, capture_output=True, text=True, check=True)
    assert not done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_file_tells_its_parameters(tmp_path: Path) -> None:
    said = said_by(pytorch.pair_file(trace(BlockSpec(shortcut="identity")), trace(BlockSpec())), tmp_path)
    assert said.splitlines() == [
        "IdentityBlock: 58,112 parameters",
        "There is no result: The size of tensor a (256) must match the size of tensor b (64) at non-singleton "
        "dimension 1",
        "ConvolutionalBlock: 75,008 parameters",
        "(1, 64, 56, 56) -> (1, 256, 56, 56)",
    ]


@pytest.mark.slow
def test_a_network_tells_its_parameters(tmp_path: Path) -> None:
    source = network_file(trace_network(network("resnet50")))
    assert said_by(source, tmp_path).splitlines() == ["25,557,032 parameters", "(1, 1000)"]
