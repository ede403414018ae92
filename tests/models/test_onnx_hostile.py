"""Files that are no networks, or want to do harm: a sentence each, and the process that reads them dies alone."""

from __future__ import annotations

import io
import lzma
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, helper

from resnet.models import onnx_child, onnx_file
from resnet.models.onnx_file import MAX_STRIPPED, OnnxError, read_onnx
from resnet.models.onnx_limits import MAX_NODES
from resnet.spec.errors import SpecError
from tests.models.onnx_fuzz import KINDS, SMALL, mutated, sound
from tests.models.onnx_graphs import Refused, read_here, text, weight

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

RESNET18 = lzma.decompress((Path(__file__).parents[1] / "data/onnx/resnet18.onnx.xz").read_bytes())


def picture() -> bytes:
    data = b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + data + struct.pack(">I", zlib.crc32(data))


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("data.pkl", b"\x80\x02.")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (archive(), "zip archive"),
        (picture(), "PNG picture"),
        (b"\x80\x02}q\x00.", "a pickle, which is never opened"),
        (b"<!doctype html>", "HTML"),
        (b"\x1c\x00\x00\x00TFL3" + bytes(100), "TensorFlow Lite"),
    ],
)
def test_other_files_are_told_by_their_beginning(data: bytes, words: str) -> None:
    with pytest.raises(OnnxError, match=words) as error:
        read_onnx(data, name="my.onnx")
    assert str(error.value).startswith("my.onnx can't be read as an ONNX network: ") and str(error.value).endswith(".")


def test_a_path_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(OnnxError, match=r"gone\.onnx can't be read as an ONNX network: it does not exist\."):
        read_onnx(tmp_path / "gone.onnx")
    with pytest.raises(OnnxError, match="director"):
        read_onnx(tmp_path)


def test_more_bytes_than_are_read() -> None:
    with pytest.raises(OnnxError, match="17 MB is the most"):
        read_onnx(bytes(MAX_STRIPPED + 1), most=MAX_STRIPPED)


@pytest.mark.parametrize("size", [(0, 3), (224,), "224", (1.5, 2), (224, 10**6), (True, 8), 224])
def test_sizes_that_are_none(size: object) -> None:
    with pytest.raises(SpecError, match="size is"):
        read_onnx(SMALL, size=size)  # type: ignore[arg-type]


def nested(depth: int) -> ModelProto:
    inside = NodeProto(op_type="Relu", input=["x"], output=["y"])
    for _ in range(depth):
        graph = GraphProto(name="g", node=[inside], output=[onnx.ValueInfoProto(name="y")])
        attributes = [AttributeProto(name=name, type=AttributeProto.GRAPH, g=graph) for name in ("then_branch",)]
        inside = NodeProto(op_type="If", input=["c"], output=["y"], attribute=attributes)
    model = text("g (bool c, float[2] x) => (y) { y = Relu(x) }")
    model.graph.node[0].CopyFrom(inside)
    return model


def functions(calls: dict[str, list[str]]) -> ModelProto:
    model = text("g (float[2] x) => (y) { y = my.f0(x) }", domains=', "my" : 1')
    for name, called in calls.items():
        names = ["x", *(f"v{i}" for i in range(len(called)))]
        body = [
            helper.make_node(one, [names[i]], [names[i + 1]], domain="my" if one.startswith("f") else "")
            for i, one in enumerate(called)
        ]
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid("my", 1)]
        model.functions.append(helper.make_function("my", name, ["x"], [names[-1]], body, opsets))
    return model


def edited(change: Callable[[ModelProto], object], body: str = "a = Relu(x)  y = Relu(a)") -> ModelProto:
    model = text(f"g (float[1, 4] x) => (y) {{ {body} }}")
    change(model)
    return model


REFUSED: dict[str, tuple[ModelProto, str]] = {
    "no graph": (ModelProto(ir_version=8), "there is no operation in it"),
    "no operation": (edited(lambda m: m.graph.ClearField("node")), "there is no operation in it"),
    "no input": (edited(lambda m: m.graph.ClearField("input"), "a = Identity(y0) y0 = Identity(y)"), "reads"),
    "reads itself": (edited(lambda m: m.graph.node[0].input.__setitem__(0, "a")), "goes in a circle"),
    "a circle": (edited(lambda m: m.graph.node[0].input.__setitem__(0, "y")), "goes in a circle"),
    "reads nothing known": (edited(lambda m: m.graph.node[0].input.__setitem__(0, "q")), "'q', which nothing makes"),
    "two of a name": (edited(lambda m: m.graph.node[1].output.__setitem__(0, "a")), "two things in it have the name"),
    "a name of an input": (edited(lambda m: m.graph.node[1].output.__setitem__(0, "x")), "two things in it"),
    "10^12 elements": (edited(lambda m: m.graph.initializer.append(weight("w", 10**6, 10**6))), "claims 1000000"),
    "a negative weight": (edited(lambda m: m.graph.initializer.append(weight("w", -3, 4))), "a negative dimension"),
    "deep subgraphs": (nested(20), "stand inside each other"),
    "a function that calls itself": (functions({"f0": ["f1"], "f1": ["f0"]}), "calls itself"),
    "functions that grow": (
        functions({f"f{i}": [f"f{i + 1}"] * 10 for i in range(9)} | {"f9": ["Relu"]}),
        f"more than {MAX_NODES:,} operations",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_broken_graphs(name: str) -> None:
    model, words = REFUSED[name]
    with pytest.raises(Refused, match=words.replace("^", r"\^")):
        read_here(model)


def test_a_file_in_another_order_is_put_right() -> None:
    g = read_here(edited(lambda m: m.graph.node.reverse()))
    assert [one.name for one in g.nodes] == ["a", "y"]


@pytest.mark.parametrize("dims", ["N, -7", "0, 4", "9223372036854775807, 4", "N, M", "1, 4, 5000000000, 7, 8, 9, 10"])
@pytest.mark.parametrize("op", ["Relu(x)", "MatMul(x, x)", "Flatten(x)", "Conv(x, x)", "Concat<axis = 0>(x, x)"])
def test_strange_dimensions(dims: str, op: str) -> None:
    model = text("g (float[1] x) => (y) { y = " + op + " }")
    shape = model.graph.input[0].type.tensor_type.shape
    shape.ClearField("dim")
    for one in dims.split(", "):
        dim = shape.dim.add()
        if one.isalpha():
            dim.dim_param = one
        else:
            dim.dim_value = int(one)
    sound(model.SerializeToString())


def test_data_in_other_files_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(16))
    (tmp_path / "in").mkdir()
    tensor = weight("w", 2, 2)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "../secret"), ("offset", "0"), ("length", "16")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    path = tmp_path / "in" / "model.onnx"
    model = text("g (float[3, 2] x) => (y) { y = MatMul(x, w) }", tensor)
    for location in ("../secret", "/etc/passwd", "gone"):
        model.graph.initializer[0].external_data[0].value = location
        path.write_bytes(model.SerializeToString())
        g = read_onnx(path)
        assert (g.params, g.macs, g.out_shapes, g.name) == (4, 4, ((3, 2),), "model")


def test_a_million_operations() -> None:
    one = NodeProto(op_type="Relu", input=["x"], output=["y"]).SerializeToString()
    field = b"\x0a" + bytes([len(one)]) + one  # GraphProto.node
    size, length = len(field) * 10**6, b""
    while size:
        length += bytes([size & 127 | (128 if size > 127 else 0)])
        size >>= 7
    data = b"\x08\x08\x3a" + length + field * 10**6
    begun = time.monotonic()
    with pytest.raises(OnnxError, match="more than 20,000 operations"):
        read_onnx(data)
    assert time.monotonic() - begun < 15


def test_a_small_file_that_asks_for_a_large_constant() -> None:
    """10^18 numbers are never made: the shape is known, and said to be too large."""
    body = "s = Constant<value_ints = [1000000000, 1000000000]>()  c = ConstantOfShape(s)  y = Add(x, c)"
    g = sound(text(f"g (float[1, 4] x) => (y) {{ {body} }}").SerializeToString())
    assert g is None or g.nodes[0].out_shape is None


LIMIT = f"import runpy; runpy.run_path({onnx_child.__file__!r})['limit']"  # without the package, which brings torch
CRASHES = {
    "ends without a word": "import os; os._exit(3)",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "says what is no JSON": "print('{')",
    "says another kind of JSON": "print('[1]')",
    "says too much": "import sys; sys.stdout.write('x' * 300_000)",
    "takes all memory": f"{LIMIT}(2**30, 5); x = bytes(2**31)",
    "takes all time": "while True: pass",
}


@pytest.mark.parametrize("name", CRASHES)
def test_the_process_dies_alone(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child.py"
    child.write_text(CRASHES[name])
    monkeypatch.setattr(onnx_child, "__file__", str(child))
    monkeypatch.setattr(onnx_file, "SECONDS", 1)
    monkeypatch.setattr(onnx_file, "MAX_ANSWER", 100_000)
    with pytest.raises(OnnxError, match=r"my\.onnx can't be read as an ONNX network: .*\."):
        read_onnx(RESNET18, name="my.onnx")
    monkeypatch.undo()
    assert read_onnx(SMALL).params == 20


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limits")
def test_limits_hold() -> None:
    def run(memory: int, seconds: int, then: str) -> int:
        code = f"{LIMIT}({memory}, {seconds}); {then}"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode

    assert run(2**29, 5, "bytes(2**20)") == 0
    assert run(2**29, 5, "bytes(2**30)") != 0
    assert run(2**29, 1, "exec('while True: pass')") < 0


@pytest.mark.parametrize("kind", KINDS)
def test_fuzzed_files_are_read_or_refused(kind: str) -> None:
    _fuzz(kind, 0, 300)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_fuzzed_files(kind: str) -> None:
    _fuzz(kind, 300, 5300)


def _fuzz(kind: str, first: int, behind: int) -> None:
    """In another process, many in a row; those that end it go through ``read_onnx``, whose own process they end."""
    read, deadly = 0, []
    while first < behind:
        asked = [sys.executable, "-m", "tests.models.onnx_fuzz", kind, str(first), str(behind)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
        lines = done.stdout.split("\n")
        assert done.returncode <= 0, done.stderr  # 1 is a Python error: an assertion, or a fault of ours
        read += lines.count("read")
        first = int(next(one for one in reversed(lines) if one.isdigit())) + 1
        if done.returncode < 0:
            deadly.append(first - 1)
    assert read > 5
    assert len(deadly) < 5
    for seed in deadly:
        with pytest.raises(OnnxError, match="the process that read it ended"):
            read_onnx(KINDS[kind](SMALL, seed))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(min_size=1, max_size=400))
def test_random_bytes(data: bytes) -> None:
    sound(data)


@pytest.mark.slow
def test_fuzzed_files_through_the_process() -> None:
    for seed in range(40):
        try:
            g = read_onnx(mutated(SMALL, seed))
        except SpecError as error:
            assert str(error).endswith(".")
        else:
            assert g.nodes


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.9999])
def test_a_file_whose_end_is_missing(share: float) -> None:
    with pytest.raises(Refused):
        read_here(RESNET18[: int(len(RESNET18) * share)])
