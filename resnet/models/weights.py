"""A network as a module that runs, and published weights in it: ``load_weights(network("resnet50"), "resnet50.pth")``.

Nothing is downloaded. torchvision's files fit torchvision's networks: https://pytorch.org/vision/stable/models.html.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from resnet.modules.blocks import build
from resnet.modules.networks import ResNet, head, stem
from resnet.spec.network import NetworkSpec
from resnet.trace.network import trace_network

_SHOWN = 8  # keys that an error names


class WeightsError(ValueError):
    """A file whose tensors don't fit: ``str(error)`` names keys, and the shapes that are needed and that are there."""


def build_network(spec: NetworkSpec, device: str = "cpu") -> nn.Module:
    """The network as a module, in training mode, freshly initialised.

    ``spec``    which network;  ``device``  torch's name of one; ``"meta"``: shapes without any tensor memory

    Raises SpecError for a network that can't be built.
    """
    t = trace_network(spec)
    stages = (nn.Sequential(*(build(block.trace.spec, device) for block in t.stage(number))) for number in t.stages)
    return ResNet(stem(spec, device), stages, head(spec, t.blocks[-1].out_shape, device))


def load_weights(spec: NetworkSpec, path: str | Path) -> nn.Module:
    """The network with the weights of a ``.pth`` (or ``.pt``) or ``.safetensors`` file, in evaluation mode.

    ``spec``  which network;  ``path``  of the file

    Raises WeightsError if a tensor is missing, misshapen or unknown, or if the file can't be read. BatchNorm's count of
    batches may be missing, as it is in old files.
    """
    path = Path(path)
    tensors = _read(path)
    module = build_network(spec, device="meta")
    needed = module.state_dict()
    optional = {key for key in needed if key.endswith("num_batches_tracked")}
    problems = [
        f"{key} is missing, it must be {_shape(tensor)}"
        for key, tensor in needed.items()
        if key not in tensors and key not in optional
    ]
    problems += [
        f"{key} is {_shape(tensors[key])}, it must be {_shape(tensor)}"
        for key, tensor in needed.items()
        if key in tensors and tensors[key].shape != tensor.shape
    ]
    problems += [f"{key}, {_shape(tensor)}, is no part of it" for key, tensor in tensors.items() if key not in needed]
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise WeightsError(f"{path.name} does not fit {spec.name}: " + "; ".join(problems[:_SHOWN] + more) + ".")
    count = {key: torch.tensor(0) for key in optional - tensors.keys()}
    module.load_state_dict(dict(tensors) | count, assign=True)
    return module.eval()


def _read(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        if path.suffix not in (".pth", ".pt"):
            raise WeightsError(f"{path.name} is no file of weights: it must end in .pth, .pt or .safetensors.")
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except WeightsError:
        raise
    except FileNotFoundError:
        raise WeightsError(f"{path} does not exist.") from None
    except (SafetensorError, OSError, RuntimeError, pickle.UnpicklingError, EOFError, ValueError, KeyError) as error:
        raise WeightsError(f"{path.name} can't be read as weights: {_first_line(error)}") from error
    if not isinstance(tensors, Mapping) or not all(isinstance(one, Tensor) for one in tensors.values()):
        raise WeightsError(f"{path.name} holds no state dict, that is, no tensors by name.")
    return tensors


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _shape(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "a single number"
