"""What folding BatchNorm into convolutions does to a count of parameters."""

from __future__ import annotations

import io
import lzma
from pathlib import Path

import pytest
import torch
from torch import nn

from resnet import build_network, network, read_onnx, reconcile, trace_network
from resnet.models.graph import Graph
from resnet.models.library import known
from resnet.models.module import read_module
from resnet.models.spec_graph import graph_of
from resnet.numbers.counting import folded

ONNX = Path(__file__).parents[1] / "data" / "onnx"


def trained(name: str) -> nn.Module:
    """With running statistics and shifts as a trained network has them: none is zero."""
    torch.manual_seed(0)
    module = build_network(network(name, height=64, width=64)).eval()
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for tensor in (layer.running_mean, layer.bias.data, layer.weight.data):
                tensor.uniform_(0.1, 0.2)
    return module


def exported(module: nn.Module, dynamo: bool) -> Graph:
    out = io.BytesIO()
    example = (torch.zeros(1, 3, 64, 64),)
    if dynamo:
        program = torch.onnx.export(module, example, dynamo=True)
        assert program is not None
        program.save(out)
    else:
        torch.onnx.export(module, example, out, dynamo=False)
    return read_onnx(out.getvalue())


@pytest.mark.slow
@pytest.mark.parametrize("dynamo", [False, True])
def test_both_of_torchs_exporters_fold_and_the_terms_say_what_is_gone(dynamo: bool) -> None:
    t = trace_network(network("resnet50"))
    found = reconcile(exported(trained("resnet50"), dynamo))
    assert (found.start.amount, found.end) == (t.params, folded(t)) == (25_557_032, 25_530_472)
    assert [term.amount for term in found.terms] == [-53_120, 26_560]


def test_a_file_whose_biases_were_zero_is_recognised_too() -> None:
    """torch leaves out a bias that is zero, as in a network that was never trained."""
    found = reconcile(read_onnx(lzma.decompress((ONNX / "resnet18.onnx.xz").read_bytes())))
    assert found.start.amount == trace_network(network("resnet18")).params == 11_689_512
    assert [term.amount for term in found.terms] == [-9_600, 0]


def test_nothing_is_said_where_nothing_was_folded() -> None:
    for graph in (graph_of(network("resnet50")), known("convnext_tiny"), known("vit_b_32"), known("mobilenet_v2")):
        found = reconcile(graph)
        assert found.terms == ()
        assert found.end == graph.params


def test_squeeze_and_excitation_had_no_batchnorm() -> None:
    gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 2, 1), nn.ReLU(), nn.Conv2d(2, 8, 1))
    graph = read_module(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), gate), (1, 3, 16, 16))
    assert len(graph.folded) == 1


def test_a_specs_terms_are_those_of_before() -> None:
    assert reconcile(network("resnet50")).end == 25_636_712
