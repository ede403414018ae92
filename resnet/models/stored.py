"""A graph as a small file, to keep and to open again: JSON without weights, 20 kB for ResNet-50.

    text = to_json(graph)
    from_json(text) == graph

    {"residual-graph": 1, "name": "ResNet-50", "source": "network", "inputs": [["x", [1, 3, 224, 224]]],
     "outputs": [175], "nodes": [{"name": "conv1", "kind": "conv", "shape": [1, 64, 112, 112], "weights": 9408, …}, …]}

What a node reads is written as a place: inputs are counted from 0, then nodes. What is as usual is left out: it reads
what stands in front of it, its result has the shape of the first that it reads, ``in_shapes`` are the shapes of what it
reads, ``op`` is its kind, a number is 0, a text empty. Anybody can send such a file, so everything in it is checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from typing import Any, TypeVar, cast

from resnet.models.graph import Graph, Input
from resnet.models.node import KINDS, Dims, Kind, Node, Sweep
from resnet.spec.errors import SpecError, check_one_of

MARK, VERSION = "residual-graph", 1

MAX_BYTES = 16 * 2**20
MAX_VALUES = 2_000_000  # lists, numbers and texts in the file: 30 times the file in memory
MAX_NODES = 20_000
MAX_INPUTS = 1_000
MAX_READS = 200_000  # of all nodes together
MAX_AXES = 16
MAX_CONSTANTS = 64  # of one node
MAX_SIDE = 2**40  # of a shape
MAX_COUNT = 10**30  # of parameters, of multiply-adds
MAX_TEXT = 4_000  # characters of a name, of a sentence

_SOURCES = ("onnx", "module", "network")
_TEXTS = ("place", "why")
_COUNTS = ("weights", "biases", "scale", "shift", "buffers", "macs")
_KEYS = frozenset((
    "name", "kind", "op", "reads", "in_shapes", "shape", "constants", "sweep", "axes", "zeros", *_TEXTS, *_COUNTS
))  # fmt: skip
_T = TypeVar("_T")


# writing


def to_json(graph: Graph) -> str:
    """The graph as text, in ASCII; the same graph gives the same text."""
    place = {name: i for i, name in enumerate(chain((one.name for one in graph.inputs), graph.by_name))}
    data = {
        MARK: VERSION,
        "name": graph.name,
        "source": graph.source,
        "inputs": [[one.name, one.shape] for one in graph.inputs],
        "outputs": [place[name] for name in graph.outputs],
        "nodes": [_written(node, graph, place) for node in graph.nodes],
    }
    return json.dumps(data, separators=(",", ":"))


def _written(node: Node, graph: Graph, place: dict[str, int]) -> dict[str, Any]:
    data: dict[str, Any] = {"name": node.name, "kind": node.kind}
    reads = [place[name] for name in node.reads]
    shapes = tuple(graph.shapes[name] for name in node.reads)
    data |= {} if node.op == node.kind else {"op": node.op}
    data |= {} if reads == [place[node.name] - 1] else {"reads": reads}
    data |= {} if node.in_shapes == shapes else {"in_shapes": node.in_shapes}
    data |= {} if node.out_shape == _usual(node.in_shapes) else {"shape": node.out_shape}
    for key in (*_TEXTS, *_COUNTS, "constants", "sweep", "axes"):
        if getattr(node, key):
            data[key] = getattr(node, key)
    return data | ({"zeros": True} if node.zeros else {})


def _usual(in_shapes: tuple[Dims | None, ...]) -> Dims | None:
    return in_shapes[0] if in_shapes else None


# reading


def from_json(text: str | bytes) -> Graph:
    """The graph that was written.

    Raises SpecError for what is no such file, for another version, and for whatever is wrong in it: which field, which
    value, and what it must be.
    """
    data = _object("the file", _parsed(text))
    if MARK not in data:
        raise SpecError("the file", _Words("other JSON"), f"a graph that was downloaded here, with {MARK!r} in it")
    if type(data[MARK]) is not int or data[MARK] != VERSION:
        raise SpecError(MARK, _brief(data[MARK]), f"{VERSION}, the only version that is read")
    _known(data, (MARK, "name", "source", "inputs", "outputs", "nodes"), "the file")
    reading = _Reading()
    for i, one in enumerate(_list("inputs", data.get("inputs"), MAX_INPUTS)):
        reading.add_input(f"inputs[{i}]", one)
    inputs = tuple(Input(name, shape) for name, shape in zip(reading.names, reading.shapes, strict=True))
    nodes = tuple(
        reading.node(f"nodes[{i}]", one) for i, one in enumerate(_list("nodes", data.get("nodes"), MAX_NODES))
    )
    most = MAX_INPUTS + MAX_NODES
    outputs = [reading.name_at("outputs", one) for one in _list("outputs", data.get("outputs"), most)]
    return Graph(
        name=_text("name", data.get("name", "")),
        source=check_one_of("source", _brief(data.get("source")), _SOURCES),
        inputs=inputs,
        nodes=nodes,
        outputs=tuple(outputs),
    )


def _parsed(text: str | bytes) -> Any:
    if len(text) > MAX_BYTES:
        raise SpecError("the file", _Words(f"{len(text):,} bytes long"), f"no longer than {MAX_BYTES:,} bytes")
    try:
        said = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        if sum(map(said.count, ",[{")) > MAX_VALUES:  # before they take memory
            raise SpecError("the file", _Words("full of values"), f"made of at most {MAX_VALUES:,} of them")
        return json.loads(said)
    except SpecError:
        raise
    except RecursionError:
        raise SpecError("the file", _Words("nested without end"), "lists in lists at most a few deep") from None
    except ValueError:  # no UTF-8, no JSON, a number of thousands of digits
        raise SpecError("the file", _Words("no JSON"), "a graph that was downloaded here") from None


class _Reading:
    """What was read so far: inputs, then nodes, in order."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.shapes: list[Dims | None] = []
        self._taken: set[str] = set()
        self._reads = 0

    def add_input(self, field: str, value: object) -> None:
        pair = _list(field, value, 2)
        if len(pair) != 2:
            raise SpecError(field, _brief(value), "a name and a shape")
        self._add(field, pair[0], _shape(field, pair[1]))

    def _add(self, field: str, name: object, shape: Dims | None) -> str:
        said = _text(field, name)
        if said in self._taken:
            raise SpecError(field, said, "a name that nothing else has")
        self._taken.add(said)
        self.names.append(said)
        self.shapes.append(shape)
        return said

    def place(self, field: str, value: object) -> int:
        """Of what stands in front: so nothing reads itself, and there is no circle."""
        if type(value) is not int or not 0 <= value < len(self.names):
            raise SpecError(
                field, _brief(value), f"a place from 0 to {len(self.names) - 1:,}, of what stands before it"
            )
        return value

    def name_at(self, field: str, value: object) -> str:
        return self.names[self.place(field, value)]

    def node(self, field: str, value: object) -> Node:
        data = _object(field, value)
        _known(data, _KEYS, field)
        reads = self._read(f"{field}.reads", data)
        in_shapes = tuple(self.shapes[one] for one in reads)
        if "in_shapes" in data:
            in_shapes = _each(f"{field}.in_shapes", data["in_shapes"], len(reads), _shape)
            if len(in_shapes) != len(reads):
                raise SpecError(f"{field}.in_shapes", _brief(data["in_shapes"]), f"a list of {len(reads):,} shapes")
        names = tuple(self.names[one] for one in reads)
        shape = _shape(f"{field}.shape", data["shape"]) if "shape" in data else _usual(in_shapes)
        texts: dict[str, Any] = {key: _text(f"{field}.{key}", data.get(key, "")) for key in _TEXTS}
        counts: dict[str, Any] = {key: _whole(f"{field}.{key}", data.get(key, 0), 0, MAX_COUNT) for key in _COUNTS}
        kind = cast(Kind, check_one_of(f"{field}.kind", _brief(data.get("kind")), sorted(KINDS)))
        return Node(
            name=self._add(f"{field}.name", data.get("name"), shape),
            kind=kind,
            op=_text(f"{field}.op", data.get("op", kind)),
            reads=names,
            in_shapes=in_shapes,
            out_shape=shape,
            constants=_constants(f"{field}.constants", data.get("constants", [])),
            sweep=_sweep(f"{field}.sweep", data.get("sweep"), kind),
            axes=_each(f"{field}.axes", data.get("axes", []), MAX_AXES, _axis),
            zeros=_flag(f"{field}.zeros", data.get("zeros", False)),
            **texts,
            **counts,
        )

    def _read(self, field: str, data: dict[str, Any]) -> list[int]:
        """Places of what it reads; if it does not say, of what stands in front of it."""
        reads = [self.place(field, one) for one in _list(field, data.get("reads", [len(self.names) - 1]), MAX_READS)]
        self._reads += len(reads)
        if self._reads > MAX_READS:
            raise SpecError(field, _Words("one too many"), f"among at most {MAX_READS:,} in the file")
        return reads


# values: each is checked before anything is made of it


class _Words:
    """A value that is told in words."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __repr__(self) -> str:
        return self._words


def _brief(value: object) -> Any:
    """Lists may be long, or deep: only what they are is told."""
    if isinstance(value, list | dict):
        return _Words(f"{'a list' if isinstance(value, list) else 'an object'} of {len(value):,}")
    return value if value is not None else _Words("missing")


def _object(field: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SpecError(field, _brief(value), "an object with names and values")
    return value


def _known(data: dict[str, Any], keys: tuple[str, ...] | frozenset[str], field: str) -> None:
    for key in data:
        if key not in keys:
            raise SpecError(f"a key of {field}", key, f"one of {', '.join(sorted(keys))}")


def _list(field: str, value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise SpecError(field, _brief(value), f"a list of at most {most:,}")
    return value


def _text(field: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or not _writable(value):
        raise SpecError(field, _brief(value), f"a text of at most {MAX_TEXT:,} characters")
    return value


def _writable(value: str) -> bool:
    """Whether it can be sent on: half of a pair can't."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(field: str, value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise SpecError(field, _brief(value), f"a whole number from {least:,} to {most:,}")
    return value


def _flag(field: str, value: object) -> bool:
    if type(value) is not bool:
        raise SpecError(field, _brief(value), "true or false")
    return value


def _each(field: str, value: object, most: int, read: Callable[[str, object], _T]) -> tuple[_T, ...]:
    return tuple(read(field, one) for one in _list(field, value, most))


def _axis(field: str, value: object) -> int:
    return _whole(field, value, 0, MAX_AXES - 1)


def _side(field: str, value: object) -> int:
    return _whole(field, value, 0, MAX_SIDE)


def _shape(field: str, value: object) -> Dims | None:
    return None if value is None else _each(field, value, MAX_AXES, _side)


def _constants(field: str, value: object) -> tuple[Dims, ...]:
    return tuple(_each(field, one, MAX_AXES, _side) for one in _list(field, value, MAX_CONSTANTS))


def _sweep(field: str, value: object, kind: Kind) -> Sweep | None:
    if value is None:
        return None
    parts = _list(field, value, len(Sweep._fields))
    if len(parts) != len(Sweep._fields):
        raise SpecError(field, _brief(value), f"a list of {', '.join(Sweep._fields)}")
    *windows, groups = parts
    kernel, stride, padding, dilation = (_each(field, one, 2 * MAX_AXES, _number) for one in windows)
    backwards = kind == "slice"  # which may have steps back
    for one in (*kernel, *(map(abs, stride) if backwards else stride), *dilation):
        _whole(field, one, 1, MAX_SIDE)
    if not len(kernel) == len(stride) == len(dilation):
        raise SpecError(field, _brief(value), "one number of kernel, stride and dilation for each axis")
    return Sweep(kernel, stride, padding, dilation, _whole(field, groups, 1, MAX_SIDE))


def _number(field: str, value: object) -> int:
    return _whole(field, value, -MAX_SIDE, MAX_SIDE)
