"""Imports Keras files and says what is in their models. Run by ``code_specs.run_code``, in a folder of its own."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import torch

assert keras.backend.backend() == "torch"
torch.set_num_threads(1)
FOLDER = Path(sys.argv[1])


def opened(i: int) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"job_{i}", FOLDER / f"job_{i}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(module: ModuleType, job: dict[str, Any]) -> dict[str, Any]:
    keras.backend.clear_session()
    made = getattr(module, job["function"])
    if job["input"] is None:
        model = made()
    else:
        x = keras.Input(job["input"])
        try:
            model = keras.Model(x, made(x))
        except ValueError as error:
            return {"error": str(error)}
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    said = {
        "params": model.count_params(),
        "layers": {layer.name: [list(layer.output.shape[1:]), layer.count_params()] for layer in layers},
    }
    if "x" not in job:
        return said
    for layer, arrays in job["weights"].items():
        model.get_layer(layer).set_weights([one.numpy() for one in arrays])
    if job["saved"]:  # and opened again, as somebody else would
        model.save(FOLDER / "model.keras")
        model = keras.saving.load_model(FOLDER / "model.keras")
    y = torch.as_tensor(keras.ops.convert_to_numpy(model(job["x"].numpy(), training=False)))
    assert y.shape == job["y"].shape, (y.shape, job["y"].shape)
    return said | {"difference": float((y - job["y"]).abs().max()), "largest": float(job["y"].abs().max())}


jobs = torch.load(FOLDER / "jobs.pt", weights_only=True)
(FOLDER / "answers.json").write_text(json.dumps([answer(opened(i), job) for i, job in enumerate(jobs)]))
