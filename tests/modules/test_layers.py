"""The table of layers: what a row says is what its modules are."""

from __future__ import annotations

import pytest
from torch import nn

from resnet.modules.layers import LAYERS, Subsample, ZeroPad, kind_of, made
from resnet.spec.shortcuts import Layer


def test_a_module_has_one_kind() -> None:
    modules = [module for row in LAYERS.values() for module in row.modules]
    assert len(modules) == len(set(modules))
    assert {key: row.key for key, row in LAYERS.items()} == {key: key for key in LAYERS}


@pytest.mark.parametrize(
    ("layer", "module"),
    [
        (Layer("conv", {"in_channels": 4, "out_channels": 6, "kernel_size": 1, "stride": 2, "bias": 0}), nn.Conv2d),
        (Layer("batchnorm", {"channels": 4}), nn.BatchNorm2d),
        (Layer("subsample", {"stride": 3}), Subsample),
        (Layer("zero_pad", {"extra": 5}), ZeroPad),
        (Layer("maxpool", {"stride": 2}), nn.MaxPool2d),
        (Layer("avgpool", {"stride": 2}), nn.AvgPool2d),
    ],
    ids=lambda one: getattr(one, "kind", ""),
)
def test_a_layer_that_is_asked_for_is_made_and_recognised(layer: Layer, module: type[nn.Module]) -> None:
    built = made(layer, "meta")
    assert type(built) is module
    assert kind_of(built) is LAYERS[layer.kind]


def test_what_is_made_of_layers_is_none() -> None:
    assert kind_of(nn.Sequential(nn.ReLU())) is None
    with pytest.raises(KeyError):
        made(Layer("relu", {}), "meta")
