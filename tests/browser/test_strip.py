"""The walk that leaves the weights out (strip.js), in a real browser; what is left is read by the onnx package."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from onnx import ModelProto, helper
from playwright.sync_api import Browser

from resnet.models.graph import residual_sums
from resnet.models.onnx_file import read_onnx
from tests.browser import onnx_models as models

CODE = (Path(__file__).parents[2] / "pages/parts/component/strip.js").read_text()
LOAD = """async (code) => {
  window.module = await import(URL.createObjectURL(new Blob([code], {type: "text/javascript"})));
}"""
# each file's bytes, or what is said of it; an error that is no sentence is a fault and fails the test
STRIP = """async ([files, most]) => {
  const left = [];
  for (const text of files) {
    const file = new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]);
    try {
      const bytes = await window.module.strip(file, { most, name: "m.onnx" });
      left.push(btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join("")));
    } catch (error) {
      if (!(error instanceof window.module.Refused)) throw error;
      left.push({ said: error.message });
    }
  }
  return left;
}"""
MOST = 16_000_000

Strip = Callable[..., list[bytes | str]]


@pytest.fixture(scope="module")
def strip(browser: Browser) -> Iterator[Strip]:
    page = browser.new_page()
    page.goto("about:blank")
    page.evaluate(LOAD, CODE)

    def run(*files: bytes, most: int = MOST) -> list[bytes | str]:
        texts = [base64.b64encode(one).decode() for one in files]
        found = page.evaluate(STRIP, [texts, most])
        return [one["said"] if isinstance(one, dict) else base64.b64decode(one) for one in found]

    yield run
    page.close()


def left_of(strip: Strip, model: ModelProto) -> ModelProto:
    (found,) = strip(model.SerializeToString())
    assert isinstance(found, bytes), found
    read = models.parsed(found)
    assert read is not None
    return read


@pytest.mark.parametrize("make", [models.residual, models.everything, lambda: models.nested(20)])
def test_all_but_the_weights_is_left(strip: Strip, make: Callable[[], ModelProto]) -> None:
    model = make()
    found = left_of(strip, model)
    wanted = models.without_weights(model)
    assert found == wanted or str(found) == str(wanted)  # NaN is not equal to itself
    whole, content = model.SerializeToString(), found.SerializeToString()
    assert len(content) < len(whole) / 2 or "innermost" in str(model)
    assert strip(content) == [content], "what was stripped is left as it is"


def test_no_weight_is_in_what_is_sent(strip: Strip) -> None:
    model = models.everything()
    (content,) = strip(model.SerializeToString())
    assert isinstance(content, bytes)
    numbers = models.dropped(model, left_of(strip, model))
    assert len(numbers) > 10
    for one in numbers:
        assert one[-24:] not in content or not any(one)


def test_size_of_what_is_left_depends_on_the_graph_alone(strip: Strip) -> None:
    small, large = (strip(models.residual(channels).SerializeToString())[0] for channels in (64, 120))
    assert len(large) == len(small) < 3_000


def test_what_shapes_depend_on_is_left(strip: Strip) -> None:
    left = left_of(strip, models.everything())
    numbers = {one.name: len(one.raw_data) for one in left.graph.initializer}
    assert numbers["scales"] == 16
    assert numbers["indices"] == 8 * 1024
    assert numbers["epsilon"] == 4
    for dropped in ("norm_of_16", "quantised", "too_many", "outside", "zeros", "whole_zeros", "doubles"):
        assert numbers[dropped] == 0
    marks = {one.name: one.doc_string for one in left.graph.initializer if one.doc_string}
    assert {name for name, mark in marks.items() if mark == "all zeros"} == {"zeros", "zero_floats"}
    assert {name for name, mark in marks.items() if mark == "all ones"} == {"one_floats", "half_ones", "double_ones"}
    assert list(left.graph.node[5].attribute[0].floats) != list(models.everything().graph.node[5].attribute[0].floats)
    assert len(left.graph.node[5].attribute[0].floats) == 17
    assert {one.key for one in left.graph.node[0].metadata_props} == {models.PLACE, "namespace"}


@pytest.mark.parametrize("make", [models.residual, models.zero_padded])
def test_the_same_graph_is_read_from_it(strip: Strip, make: Callable[[], ModelProto]) -> None:
    whole = make().SerializeToString()
    (content,) = strip(whole)
    assert isinstance(content, bytes)
    graph = read_onnx(whole)
    assert read_onnx(content) == graph
    assert residual_sums(graph)[0].kind == ("zero_pad" if make is models.zero_padded else "identity")


def length(field: int, content: bytes) -> bytes:
    """A field with bytes in it."""
    return varint(field * 8 + 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])


HUGE = varint(10**12)
REFUSED = {
    "nothing": (b"", "m.onnx is empty: it has 0 bytes."),
    "zip": (b"PK\x03\x04" + bytes(50), "m.onnx is a zip archive"),
    "text": (b"name,value\n1,2\n", "can’t be read as an ONNX file"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(20), "m.onnx is a PNG picture"),
    "no graph": (b"\x08\x09", "there is no graph in it"),
    "endless number": (b"\x08" + b"\xff" * 40, "it is none, or damaged"),
    "cut number": (b"\x08\xff\xff", "its end is missing"),
    "long length": (b"\x3a" + b"\xff" * 9 + b"\x01" + bytes(99), "its end is missing"),
    "length past its message": (length(7, b"\x0a\x7f") + bytes(300), "its end is missing"),
    "group": (b"\x3b\x3c", "it is none, or damaged"),
    "field 0": (b"\x02\x00", "it is none, or damaged"),
    "graphs in graphs": (models.nested(21).SerializeToString(), "more than 20 deep"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_model_gets_a_sentence(strip: Strip, case: str) -> None:
    content, words = REFUSED[case]
    (found,) = strip(content)
    assert isinstance(found, str)
    assert words in found
    assert found.startswith("m.onnx ")
    assert found.endswith(".")


def test_a_graph_that_is_too_large_is_refused_and_one_byte_less_is_not(strip: Strip) -> None:
    content = models.residual().SerializeToString()
    (left,) = strip(content)
    assert isinstance(left, bytes)
    assert strip(content, most=len(left)) == [left]
    (found,) = strip(content, most=len(left) - 1)
    assert found == "m.onnx is too large: its graph alone, without weights, has more than 0 MB."


def test_a_tensor_that_claims_a_trillion_numbers_is_one_like_any_other(strip: Strip) -> None:
    dims = b"\x08" + HUGE + length(1, HUGE * 9)
    claims = length(7, length(5, dims + b"\x10\x01" + length(8, b"w") + length(9, b"\1" * 40)))
    (found,) = strip(claims)
    assert found == length(7, length(5, dims + b"\x10\x01" + length(8, b"w")))


def test_fields_in_any_order_and_lists_packed_or_not(strip: Strip) -> None:
    """A program may write a tensor's numbers ahead of its type, its dimensions apart, and its name last."""
    apart = length(9, b"\1" * 40) + length(8, b"w") + b"\x08\x02\x08\x05" + b"\x10\x01"
    scale = length(9, b"\1" * 16) + length(8, b"s") + length(1, b"\x04") + b"\x10\x01"
    resize = b"".join(length(1, name) for name in (b"x", b"", b"s")) + length(4, b"Resize")
    content = length(7, length(5, apart) + length(5, scale) + length(1, resize))
    (found,) = strip(content)
    kept = length(8, b"w") + b"\x08\x02\x08\x05" + b"\x10\x01"
    assert found == length(7, length(5, kept) + length(5, scale) + length(1, resize))


def test_a_field_that_nobody_knows_is_left_out(strip: Strip) -> None:
    plain = length(7, length(2, b"g"))
    assert strip(length(900, b"\1" * 900) + plain + length(19, b"\1" * 99)) == [plain]


def test_long_names_and_many_nodes_cross_every_window(strip: Strip) -> None:
    nodes = [helper.make_node("Relu", [f"r{i}"], [f"r{i + 1}"], f"{'long' * (i % 900)}.{i}") for i in range(2_000)]
    nodes.append(helper.make_node("Relu", ["r0"], ["y"], "l" * 3_000_000))
    model = models.model_of(nodes, [models.tensor(f"w{i}", 5, 7 + i) for i in range(300)])
    assert left_of(strip, model) == models.without_weights(model)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, left out, put in twice, or the end cut off."""
    changed = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(changed))
        match rng.randrange(5):
            case 0 | 1:
                changed[at] = rng.randrange(256)
            case 2:
                del changed[at : at + rng.randint(1, 9)]
            case 3:
                changed[at:at] = changed[at : at + rng.randint(1, 9)]
            case 4:
                del changed[max(at, 8) :]
    return bytes(changed)


def test_whatever_is_broken_gets_a_sentence_or_is_still_a_model(strip: Strip) -> None:
    rng = random.Random(7)
    light = models.without_weights(models.everything()).SerializeToString()  # nearly every byte of it is structure
    whole = [models.residual(8, 1).SerializeToString(), light]
    files = [mutated(whole[i % 2], rng) for i in range(400)]
    refused = agreed = 0
    for content, found in zip(files, strip(*files), strict=True):
        before = models.parsed(content)
        if isinstance(found, str):
            assert found.endswith(".")
            refused += 1
        elif before is not None:
            after = models.parsed(found)
            assert after is not None
            assert [one.op_type for one in after.graph.node] == [one.op_type for one in before.graph.node]
            assert [list(one.dims) for one in after.graph.initializer] == [
                list(one.dims) for one in before.graph.initializer
            ]
            assert len(found) <= len(content)
            agreed += 1
    assert refused > 50
    assert agreed > 50
