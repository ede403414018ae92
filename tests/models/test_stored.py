"""A graph that is kept opens as it was; what somebody else puts into such a file gets a sentence, or is a graph."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet import SpecError, network
from resnet.models.graph import Graph, Input, residual_sums
from resnet.models.node import KINDS, Dims, Node, Sweep
from resnet.models.spec_graph import graph_of
from resnet.models.stored import MARK, MAX_BYTES, MAX_NODES, from_json, to_json
from resnet.spec.catalogue import FAMILIES
from tests.examples import examples
from tests.models.growing import grown

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

SIDES = st.integers(0, 2**40)
SHAPES = st.none() | st.lists(SIDES, max_size=5).map(tuple)
COUNTS = st.just(0) | st.integers(0, 10**15)
TEXTS = st.just("") | st.text(max_size=12)


@st.composite
def sweeps(draw: st.DrawFn) -> Sweep:
    axes = draw(st.integers(0, 3))
    each = st.lists(st.integers(1, 9), min_size=axes, max_size=axes).map(tuple)
    padding = st.lists(st.integers(-2, 9), min_size=2 * axes, max_size=2 * axes).map(tuple)
    return Sweep(draw(each), draw(each), draw(padding), draw(each), draw(st.integers(1, 64)))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Whatever a Graph can be: most of them are no network that anybody would build."""
    names = draw(st.lists(st.text(max_size=8), unique=True, min_size=1, max_size=10))
    given_names = draw(st.integers(0, len(names) - 1))
    inputs = tuple(Input(name, draw(SHAPES)) for name in names[:given_names])
    shapes: dict[str, Dims | None] = {one.name: one.shape for one in inputs}
    nodes = []
    for name in names[given_names:]:
        reads = tuple(draw(st.lists(st.sampled_from(sorted(shapes)), max_size=3))) if shapes else ()
        as_known = st.just(tuple(shapes[one] for one in reads))
        nodes.append(
            Node(
                name=name,
                place=draw(TEXTS),
                kind=draw(st.sampled_from(sorted(KINDS))),  # type: ignore[arg-type]
                op=draw(st.sampled_from(sorted(KINDS)) | st.text(max_size=8)),
                reads=reads,
                in_shapes=draw(as_known | st.tuples(*(SHAPES for _ in reads))),
                out_shape=draw(SHAPES | st.sampled_from([None, *shapes.values()])),
                why=draw(TEXTS),
                constants=tuple(draw(st.lists(st.lists(SIDES, max_size=3).map(tuple), max_size=3))),
                sweep=draw(st.none() | sweeps()),
                axes=tuple(draw(st.lists(st.integers(0, 5), max_size=3))),
                zeros=draw(st.booleans()),
                **{one: draw(COUNTS) for one in ("weights", "biases", "scale", "shift", "buffers", "macs")},  # type: ignore[arg-type]
            )
        )
        shapes[name] = nodes[-1].out_shape
    outputs = tuple(draw(st.lists(st.sampled_from(sorted(shapes)), max_size=2)))
    source = draw(st.sampled_from(["onnx", "module", "network"]))
    return Graph(name=draw(TEXTS), source=source, inputs=inputs, nodes=tuple(nodes), outputs=outputs)


@given(graphs())
@settings(max_examples=examples(200), deadline=None)
def test_what_is_kept_opens_as_it_was(graph: Graph) -> None:
    text = to_json(graph)
    assert from_json(text) == graph
    assert from_json(text.encode()) == graph
    assert to_json(from_json(text)) == text


@pytest.mark.parametrize("seed", range(10))
def test_a_grown_network_opens_as_it_was(seed: int) -> None:
    _, graph = grown(seed, 6)
    assert from_json(to_json(graph)) == graph


@pytest.mark.parametrize("name", FAMILIES)
def test_our_networks_are_small_files(name: str) -> None:
    graph = graph_of(network(name))
    text = to_json(graph)
    again = from_json(text)
    assert again == graph
    assert residual_sums(again) == residual_sums(graph)
    assert len(text) < 200 * len(graph.nodes)


def test_it_is_quick() -> None:
    graph = graph_of(network("resnet152"))
    begin = time.perf_counter()
    from_json(to_json(graph))
    assert time.perf_counter() - begin < 1


# files of other people


def data(**changed: Any) -> dict[str, Any]:
    kept = {
        MARK: 1,
        "name": "t",
        "source": "onnx",
        "inputs": [["x", [1, 3, 8, 8]]],
        "outputs": [2],
        "nodes": [{"name": "a", "kind": "relu"}, {"name": "b", "kind": "add", "reads": [0, 1]}],
    }
    return kept | changed


def node(**fields: Any) -> dict[str, Any]:
    return data(nodes=[{"name": "a", "kind": "conv"} | fields], outputs=[1])


def test_the_small_one_is_right() -> None:
    graph = from_json(json.dumps(data()))
    assert graph.nodes[1].reads == ("x", "a") and graph.out_shapes == ((1, 3, 8, 8),)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "not ours": ({"nodes": []}, "a graph that was downloaded here"),
    "another version": (data(**{MARK: 2}), "residual-graph is 2, but it must be 1"),
    "a version that is true": (data(**{MARK: True}), "residual-graph is True"),
    "unknown kind": (node(kind="quantum"), "nodes[0].kind is 'quantum'"),
    "no kind": (node(kind=None), "nodes[0].kind is missing"),
    "unknown key": (node(weight=3), "a key of nodes[0] is 'weight'"),
    "unknown source": (data(source="keras"), "source is 'keras'"),
    "reads what is not there": (node(reads=[7]), "nodes[0].reads is 7, but it must be a place from 0 to 0"),
    "reads itself": (node(reads=[1]), "nodes[0].reads is 1"),
    "reads backwards": (node(reads=[-1]), "nodes[0].reads is -1"),
    "reads a name": (node(reads=["x"]), "nodes[0].reads is 'x'"),
    "a circle": (
        data(nodes=[{"name": "a", "kind": "add", "reads": [0, 2]}, {"name": "b", "kind": "relu"}]),
        "nodes[0].reads is 2",
    ),
    "output of nothing": (data(outputs=[9]), "outputs is 9"),
    "a name twice": (node(name="x"), "a name that nothing else has"),
    "a shape that is a number": (node(shape=7), "nodes[0].shape is 7, but it must be a list of at most 16"),
    "a negative side": (node(shape=[1, -3]), "nodes[0].shape is -3"),
    "a huge side": (node(shape=[2**40 + 1]), "a whole number from 0 to 1,099,511,627,776"),
    "a side of 3.5": (node(shape=[3.5]), "nodes[0].shape is 3.5"),
    "a side that is true": (node(shape=[True]), "nodes[0].shape is True"),
    "a side that is a name": (node(shape=["N"]), "nodes[0].shape is 'N'"),
    "many axes": (node(shape=[1] * 17), "nodes[0].shape is a list of 17"),
    "shapes for nothing": (node(in_shapes=[]), "nodes[0].in_shapes is a list of 0, but it must be a list of 1 shapes"),
    "negative weights": (node(weights=-1), "nodes[0].weights is -1"),
    "no window": (node(sweep=[1, 2]), "nodes[0].sweep is a list of 2"),
    "stride 0": (node(sweep=[[3], [0], [1, 1], [1], 1]), "nodes[0].sweep is 0"),
    "uneven window": (node(sweep=[[3, 3], [1], [1, 1], [1], 1]), "one number of kernel, stride and dilation"),
    "zeros that are 1": (node(zeros=1), "true or false"),
    "half a character": (node(name="\ud800"), "nodes[0].name"),
    "nodes that are none": (data(nodes=3), "nodes is 3"),
    "nothing": ({}, "a graph that was downloaded here"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_gets_a_sentence(case: str) -> None:
    said, words = WRONG[case]
    with pytest.raises(SpecError) as caught:
        from_json(json.dumps(said))
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1200


TEXT: dict[str, str | bytes] = {
    "nothing": b"",
    "no JSON": b"PK\x03\x04",
    "no UTF-8": b'{"\xff": 1}',
    "a list": "[1, 2]",
    "null": "null",
    "cut off": to_json(graph_of(network("resnet18")))[:-20],
    "deep": "[" * 100_000,
    "deep and closed": "[" * 900 + "]" * 900,
    "deep inside": json.dumps(data()).replace('"t"', "[" * 900 + "]" * 900),
    "digits": '{"residual-graph": ' + "9" * 5000 + "}",
    "not a number": json.dumps(data()).replace("1,", "NaN,"),
    "endless": json.dumps(data()).replace("[2]", "[1e999]"),
}


@pytest.mark.parametrize("case", TEXT)
def test_no_such_text_opens(case: str) -> None:
    with pytest.raises(SpecError):
        from_json(TEXT[case])


def test_large_files_are_refused_at_once() -> None:
    begin = time.perf_counter()
    many = [{"name": str(i), "kind": "relu"} for i in range(MAX_NODES + 1)]
    for text, words in (
        (" " * (MAX_BYTES + 1), "no longer than"),
        ("[" + "1," * 3_000_000 + "1]", "full of values"),
        (json.dumps(data(nodes=many)), "a list of at most 20,000"),
        (
            json.dumps(data(nodes=[{"name": str(i), "kind": "add", "reads": [0] * 100_000} for i in range(3)])),
            "one too",
        ),
    ):
        with pytest.raises(SpecError, match=words):
            from_json(text)
    assert time.perf_counter() - begin < 3


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(sorted(KINDS)),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=5), one, max_size=3),
    max_leaves=8,
)  # fmt: skip
KEYS = ["name", "kind", "op", "reads", "shape", "in_shapes", "constants", "sweep", "axes", "zeros", "macs", "place"]


@given(st.sampled_from(["", *KEYS, *data()]), ANY)
@settings(max_examples=examples(300), deadline=None)
def test_any_value_anywhere_is_a_graph_or_a_sentence(where: str, value: Any) -> None:
    said = data(**{where: value}) if where in data() and where != "name" else node(**{where: value})
    try:
        graph = from_json(json.dumps(said))
    except SpecError:
        return
    assert from_json(to_json(graph)) == graph


SMALL = json.dumps(data(nodes=json.loads(to_json(graph_of(network("cifar_resnet20"))))["nodes"][:12])).encode()


@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.binary(max_size=3)), min_size=1, max_size=6))
@settings(max_examples=examples(300), deadline=None)
def test_changed_bytes_are_a_graph_or_a_sentence(changes: list[tuple[int, bytes]]) -> None:
    said = SMALL
    for at, new in changes:
        said = said[:at] + new + said[at + 1 :]
    try:
        graph = from_json(said)
    except SpecError:
        return
    assert from_json(to_json(graph)) == graph


def test_a_flag_is_kept() -> None:
    """As one field that a network of ours does not set."""
    graph = graph_of(network("resnet18"))
    changed = replace(graph, nodes=(replace(graph.nodes[0], why="because", out_shape=None), *graph.nodes[1:]))
    assert from_json(to_json(changed)) == changed


def sums_of(*nodes: dict[str, Any], x: list[int] | None) -> int:
    """How many residual sums such a file has."""
    return len(residual_sums(from_json(json.dumps(data(inputs=[["x", x]], nodes=nodes, outputs=[0])))))


def test_sums_are_looked_for_in_what_nobody_would_build() -> None:
    """A map without channels, a fork without a shape, a norm of nothing: each opens, and has its answer."""
    fc, add = {"name": "fc", "kind": "linear", "reads": [0]}, {"name": "add", "kind": "add", "reads": [1, 2]}
    assert sums_of(fc, {"name": "up", "kind": "resize", "reads": [0]}, add, x=[5]) == 1
    norm = {"name": "norm", "kind": "layernorm", "shape": [1, 4]}
    assert sums_of(norm, {"name": "pad", "kind": "pad"}, add, x=None) == 0
    nothing = {"name": "nothing", "kind": "layernorm", "reads": [], "shape": [1, 4]}
    assert sums_of(nothing, {"name": "fc", "kind": "linear"}, add, x=None) == 1
