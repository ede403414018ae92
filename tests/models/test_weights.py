"""A network that runs: torchvision's names, and published weights in it or a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch

from resnet import (
    WeightsError,
    build_network,
    load_weights,
    network,
)

STATE_DICTS = json.loads((Path(__file__).parents[1] / "data/torchvision_state_dict.json").read_text())


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d"])
def test_state_dicts_are_torchvisions(name: str) -> None:
    """Keys, shapes and order of torchvision 0.29.1; the file says where it comes from."""
    built = {key: list(tensor.shape) for key, tensor in build_network(network(name), "meta").state_dict().items()}
    assert list(built.items()) == list(STATE_DICTS[name].items())


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_saved_weights_load_and_give_the_same_output(suffix: str, tmp_path: Path) -> None:
    spec = network("resnet18", height=64, width=64, num_classes=10)
    original = build_network(spec).eval()
    for buffer in original.buffers():  # statistics that a fresh network would not have
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 1.5)
    file = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save(original.state_dict(), file)
    else:
        safetensors.torch.save_file(original.state_dict(), file)
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(load_weights(spec, file)(x), original(x))


def test_old_files_without_batch_counts_load(tmp_path: Path) -> None:
    spec = network("cifar_resnet20")
    state = {k: v for k, v in build_network(spec).state_dict().items() if not k.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "old.pth")
    with torch.no_grad():
        assert load_weights(spec, tmp_path / "old.pth")(torch.randn(1, 3, 32, 32)).shape == (1, 10)


def test_a_tensor_that_does_not_fit_is_named_with_both_shapes(tmp_path: Path) -> None:
    spec = network("cifar_resnet20")
    state = build_network(spec).state_dict()
    state["layer2.0.conv1.weight"] = torch.zeros(32, 16, 5, 5)
    del state["fc.bias"]
    state["extra"] = torch.zeros(3)
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(WeightsError) as caught:
        load_weights(spec, tmp_path / "w.pth")
    for words in (
        "layer2.0.conv1.weight is 32 × 16 × 5 × 5, it must be 32 × 16 × 3 × 3", "fc.bias is missing, it must be 10",
        "extra, 3, is no part of it",
    ):  # fmt: skip
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "name", ["not-there.pth", "garbage.pth", "garbage.safetensors", "code.pth", "list.pth", "x.txt"]
)
def test_a_file_that_is_no_weights_gets_a_sentence(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if name.startswith("garbage") or name == "x.txt":
        file.write_bytes(b"no weights at all")
    elif name == "code.pth":
        torch.save({"x": Path("/")}, file)  # a pickle of something that is no tensor is not unpickled
    elif name == "list.pth":
        torch.save([torch.zeros(1)], file)
    with pytest.raises(WeightsError, match=name.replace(".", r"\.")):
        load_weights(network("resnet18"), file)
