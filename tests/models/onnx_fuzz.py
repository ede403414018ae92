"""Broken copies of a small ONNX file, and what has to hold for what is read of any file.

    python -m tests.models.onnx_fuzz mutated 0 1000     says each number, and `read` if there was still a graph in it

A process of its own: some of these files end the parser, and whoever runs it.
"""

from __future__ import annotations

import random
import sys

import onnx
from onnx import ModelProto, helper

from resnet.models.graph import Graph
from tests.models.onnx_graphs import Refused, read_here, text, weight

SMALL = text(
    "g (float[1, 4, 6, 6] x) => (y) { a = Conv(x, w, b)  r = Relu(a)  s = Shape(r)  t = Concat<axis = 0>(s)"
    "  f = Reshape(r, t)  m, n = Split<axis = 1, num_outputs = 2>(f)  y = Add(m, n) }",
    weight("w", 4, 4, 1, 1), weight("b", 4),
).SerializeToString()  # fmt: skip


def sound(data: bytes) -> Graph | None:
    """A graph in which everything fits together, or a sentence."""
    try:
        g = read_here(data, None)
    except Refused as error:
        assert str(error) and "Traceback" not in str(error)
        return None
    known = {one.name for one in g.inputs}
    for node in g.nodes:
        assert set(node.reads) <= known, node
        assert len(node.reads) == len(node.in_shapes)
        assert bool(node.why) == (node.out_shape is None)
        assert min(node.weights, node.biases, node.scale, node.shift, node.buffers, node.macs) >= 0
        known.add(node.name)
    assert set(g.outputs) <= known
    return g


def mutated(data: bytes, seed: int) -> bytes:
    """Some bytes changed, put in, taken out, or a piece copied elsewhere."""
    random_ = random.Random(seed)
    found = bytearray(data)
    for _ in range(random_.choice((1, 1, 2, 4, 16))):
        at = random_.randrange(len(found))
        match random_.randrange(5):
            case 0:
                found[at] = random_.randrange(256)
            case 1:
                found[at] ^= 1 << random_.randrange(8)
            case 2:
                found[at:at] = random_.randbytes(random_.randrange(1, 9))
            case 3:
                del found[at : at + random_.randrange(1, 9)]
            case 4:
                source = random_.randrange(len(found))
                found[at:at] = found[source : source + random_.randrange(1, 40)]
    return bytes(found) or b"\0"


def reworked(data: bytes, seed: int) -> bytes:
    """Still a model: operations, names, dimensions and attributes are put in each other's places."""
    random_ = random.Random(seed)
    model = ModelProto.FromString(data)
    graph = model.graph
    names = [one.name for one in (*graph.input, *graph.initializer)] + [one.output[0] for one in graph.node]
    whole = (-(2**63), -1, 0, 1, 2, 3, 7, 64, 2**31, 2**62)
    for _ in range(random_.choice((1, 2, 3, 6))):
        node = random_.choice(graph.node)
        match random_.randrange(6):
            case 0:
                node.op_type = random_.choice(OPERATIONS)
            case 1:
                node.input[random_.randrange(len(node.input))] = random_.choice(names)
            case 2:
                node.input.append(random_.choice(names))
            case 3:
                dims = [random_.choice(whole) for _ in range(random_.randrange(5))]
                random_.choice(graph.initializer).dims[:] = dims
            case 4:
                name = random_.choice(ATTRIBUTES)
                value = [random_.choice(whole) for _ in range(random_.randrange(1, 5))]
                node.attribute.append(helper.make_attribute(name, random_.choice((value, value[0]))))
            case 5:
                dims = graph.input[0].type.tensor_type.shape.dim
                random_.choice(dims).dim_value = random_.choice(whole)
    return model.SerializeToString()


OPERATIONS = sorted({one.name for one in onnx.defs.get_all_schemas() if one.domain == ""})
ATTRIBUTES = (
    "axis", "axes", "group", "kernel_shape", "pads", "strides", "dilations", "to", "perm", "keepdims", "split",
    "num_outputs", "blocksize", "num_groups", "output_shape", "auto_pad", "start", "end",
)  # fmt: skip


KINDS = {"mutated": mutated, "reworked": reworked}


def main(kind: str, first: int, behind: int) -> None:
    for seed in range(first, behind):
        print(seed, flush=True)
        if sound(KINDS[kind](SMALL, seed)) is not None:
            print("read", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
