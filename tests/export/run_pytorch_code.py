"""Imports PyTorch files and says what is in them. Run by ``code_specs.run_code``, in a folder of its own."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

torch.set_num_threads(1)
FOLDER = Path(sys.argv[1])


def opened(i: int) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"job_{i}", FOLDER / f"job_{i}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(module: ModuleType, job: dict[str, Any]) -> dict[str, Any]:
    with torch.device("meta" if job.get("meta") else "cpu"):
        network = getattr(module, job["class"])().eval()
    said = {
        "params": sum(one.numel() for one in network.parameters()),
        "keys": {key: list(one.shape) for key, one in network.state_dict().items()},
    }
    if "x" in job:
        network.load_state_dict(job["state"])
        try:
            with torch.no_grad():
                y = network(job["x"])
        except RuntimeError as error:
            return said | {"error": str(error)}
        said |= {"shape": list(y.shape)}
        if "y" in job:
            said |= {"difference": float((y - job["y"]).abs().max()), "largest": float(job["y"].abs().max())}
    return said


jobs = torch.load(FOLDER / "jobs.pt", weights_only=True)
(FOLDER / "answers.json").write_text(json.dumps([answer(opened(i), job) for i, job in enumerate(jobs)]))
