"""Keras itself: every layer of its own networks, by name, shape and count."""

from __future__ import annotations

import os
from types import ModuleType

import pytest

from resnet import (
    network,
    reconcile,
    trace_network,
)
from resnet.export.keras import keras_layers


@pytest.fixture(scope="module")
def keras() -> ModuleType:
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    assert keras.backend.backend() == "torch"
    return keras


@pytest.mark.parametrize("version", ["ResNet50", pytest.param("ResNet50V2", marks=pytest.mark.slow)])
def test_every_layer_of_keras(keras: ModuleType, version: str) -> None:
    """Name, output shape, parameters, and that there is no other layer."""
    keras.backend.clear_session()
    model = getattr(keras.applications, version)(weights=None)
    theirs = {
        layer.name: (tuple(layer.output.shape[1:]), layer.count_params())
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    }
    t = trace_network(network(f"keras_{version.lower()}"))
    ours = {layer.name: (layer.out_shape, layer.params) for layer in keras_layers(t)}
    assert ours == theirs
    assert sum(layer.params for layer in keras_layers(t)) == model.count_params()
    assert reconcile(network(f"keras_{version.lower()}")).end == model.count_params()
