"""Reading and drawing networks that somebody else wrote, beside onnx's own loading and torchinfo's summary, in one run.

    python -m bench.models [--rounds 5]

ResNet-152 is exported (once, without weights to speak of), and read and drawn as a reader's file is: a process that
parses it, its residual sums, its picture as SVG. The graph of 5,000 operations is a chain of residual blocks. Read the
ratios; the seconds belong to the machine.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable

import onnx
import torch
from onnx import TensorProto, helper

from resnet import build_network, network
from resnet.draw.model import model_diagram
from resnet.draw.render import render
from resnet.models.graph import residual_sums
from resnet.models.onnx_file import read_onnx

LONG = 5_000  # operations


def exported(name: str) -> bytes:
    """As ONNX, its weights left out."""
    out = io.BytesIO()
    module = build_network(network(name)).eval()
    torch.onnx.export(module, (torch.zeros(1, 3, 224, 224),), out, dynamo=False)
    model = onnx.load_model_from_string(out.getvalue())
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) > 8192:
            tensor.ClearField("raw_data")
    return model.SerializeToString()


def chain(operations: int) -> bytes:
    """x + conv(relu(conv(x))), again and again."""
    weights = [helper.make_tensor("w", TensorProto.FLOAT, (16, 16, 1, 1), [0.5] * 256)]
    nodes, x = [], "x"
    for i in range(operations // 4):
        nodes += [
            helper.make_node("Conv", [x, "w"], [f"a{i}"]),
            helper.make_node("Relu", [f"a{i}"], [f"b{i}"]),
            helper.make_node("Conv", [f"b{i}", "w"], [f"c{i}"]),
            helper.make_node("Add", [x, f"c{i}"], [f"d{i}"]),
        ]
        x = f"d{i}"
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 16, 8, 8)) for name in ("x", x)]
    graph = helper.make_graph(nodes, "chain", ends[:1], ends[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString()


def read_and_drawn(content: bytes) -> None:
    graph = read_onnx(content)
    assert residual_sums(graph)
    render(model_diagram(graph, "params"), "svg")


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    import torchinfo

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    module = build_network(network("resnet152"))
    known, long = exported("resnet152"), chain(LONG)
    runs: dict[str, Callable[[], object]] = {
        "ResNet-152, read and drawn": lambda: read_and_drawn(known),
        "ResNet-152, onnx.load alone": lambda: onnx.load_model_from_string(known),
        "ResNet-152, torchinfo.summary": lambda: torchinfo.summary(module, (1, 3, 224, 224), verbose=0),
        "5,000 operations, read and drawn": lambda: read_and_drawn(long),
        "5,000 operations, onnx.load alone": lambda: onnx.load_model_from_string(long),
    }
    found: dict[str, list[float]] = {name: [] for name in runs}
    for i in range(rounds + 1):
        for name, run in runs.items():
            took = seconds(run)
            if i:  # the first of each is torch's and the pictures' own first time
                found[name].append(took)
    for name, took in found.items():
        print(f"{name:36}{statistics.median(took):8.3f} s")


if __name__ == "__main__":
    main()
