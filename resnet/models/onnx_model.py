"""A parsed ONNX file that can be trusted to be a graph: within the limits, in order, each result made once.

    parsed()   bytes ─> ModelProto    weights forgotten, functions written out, nodes in an order in which they can run

Runs in the process of ``onnx_child``. Raises Problem, which says in words what is wrong with the file.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator

import onnx
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, inliner

from resnet.models.onnx_limits import MAX_DEPTH, MAX_NODES, MAX_WEIGHTS, Problem
from resnet.models.onnx_values import MOST

_DATA = ("float_data", "int32_data", "string_data", "int64_data", "double_data", "uint64_data")
_FunctionKey = tuple[str, str, str]


def parsed(data: bytes) -> ModelProto:
    """Raises Problem."""
    try:
        model = onnx.load_model_from_string(data)
    except Exception:  # of protobuf, whose kinds have no types
        raise Problem("it is no ONNX file, or its end is missing") from None
    _check_counts(model)
    for tensor in _tensors(model):
        _check_tensor(tensor)
        forget(tensor)
    if model.functions:
        model = _inlined(model)
        _check_counts(model)
    _sort(model.graph)
    return model


def subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            yield attribute.g
        elif attribute.type == AttributeProto.GRAPHS:
            yield from attribute.graphs


def captured(node: NodeProto) -> list[str]:
    """What its subgraphs read from around them."""
    found: dict[str, None] = {}
    for graph in subgraphs(node):
        own = {one.name for one in graph.input} | {one.name for one in graph.initializer}
        own |= {name for one in graph.node for name in one.output}
        read = [name for one in graph.node for name in (*one.input, *captured(one))]
        read += [one.name for one in graph.output]
        found |= {name: None for name in read if name and name not in own}
    return list(found)


def reads(node: NodeProto) -> list[str]:
    """Names of all that it reads, its subgraphs too; once each."""
    names = [name for name in node.input if name]
    return list(dict.fromkeys([*names, *captured(node)])) if node.attribute else list(dict.fromkeys(names))


def held(node: NodeProto) -> list[TensorProto]:
    """The initializers of its subgraphs."""
    found: list[TensorProto] = []
    for graph in subgraphs(node):
        found += graph.initializer
        for one in graph.node:
            found += held(one)
    return found


def elements(dims: list[int]) -> int:
    count = 1
    for one in dims:
        count *= one
    return count


def has_data(tensor: TensorProto) -> bool:
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        return False  # it lies in another file, and no other file is ever opened
    return tensor.HasField("raw_data") or any(getattr(tensor, name) for name in _DATA) or 0 in tensor.dims


def is_zero(tensor: TensorProto) -> bool:
    """Whether it is known to hold nothing but zeros."""
    if not has_data(tensor) or 0 in tensor.dims:
        return False
    if raw := tensor.raw_data:
        return not raw[:64].strip(b"\0") and not raw.strip(b"\0")
    return not any(one for name in _DATA for one in getattr(tensor, name))


ZERO, ONE = "all zeros", "all ones"  # written into a forgotten tensor's description; pages/parts/component/strip.js too


def forget(tensor: TensorProto) -> None:
    """Drops the numbers of a large one: only its shape is asked for, and whether it is all zeros."""
    if elements(list(tensor.dims)) <= MOST:
        return
    if has_data(tensor):  # else the browser left it out, and has written down the same
        tensor.doc_string = ZERO if is_zero(tensor) else ""
    for name in ("raw_data", *_DATA):
        tensor.ClearField(name)


def _check_counts(model: ModelProto) -> None:
    if not model.HasField("graph") or not model.graph.node:
        raise Problem("there is no operation in it")
    called = _Called(model)
    if called.graph(model.graph, 0) > MAX_NODES:
        raise Problem(f"it has more than {MAX_NODES:,} operations, and that is the most that is read")


class _Called:
    """Counts operations as they are once every function is written out, without writing it out."""

    def __init__(self, model: ModelProto) -> None:
        self._functions = {_key(one): one for one in model.functions}
        self._counts: dict[_FunctionKey, int] = {}
        self._open: set[_FunctionKey] = set()

    def graph(self, graph: GraphProto, depth: int) -> int:
        return self._nodes(graph.node, depth)

    def _nodes(self, nodes: Collection[NodeProto], depth: int) -> int:
        if depth > MAX_DEPTH:
            raise Problem(f"more than {MAX_DEPTH} subgraphs or functions stand inside each other")
        count = len(nodes)
        if count > MAX_NODES:
            return count
        for node in nodes:
            key = (node.domain, node.op_type, node.overload)
            if key in self._functions:
                count += self._function(key, depth + 1)
            if node.attribute:
                count += sum(self._nodes(one.node, depth + 1) for one in subgraphs(node))
            if count > MAX_NODES:
                break
        return count

    def _function(self, key: _FunctionKey, depth: int) -> int:
        if key in self._open:
            raise Problem(f"the function {key[1]} calls itself")
        if key not in self._counts:
            self._open.add(key)
            self._counts[key] = self._nodes(self._functions[key].node, depth)
            self._open.remove(key)
        return self._counts[key]


def _key(function: onnx.FunctionProto) -> _FunctionKey:
    return function.domain, function.name, function.overload


def _inlined(model: ModelProto) -> ModelProto:
    try:
        return inliner.inline_local_functions(model)
    except Exception as error:  # what it raises comes from C++ and is nowhere described
        raise Problem(f"its functions can't be written out: {str(error).strip()[:200]}") from None


def _tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Every constant, also those of subgraphs and functions."""
    yield from _tensors_of(model.graph)
    for function in model.functions:
        for node in function.node:
            yield from _constants(node)


def _tensors_of(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield sparse.values
    for node in graph.node:
        if node.attribute:
            yield from _constants(node)


def _constants(node: NodeProto) -> Iterator[TensorProto]:
    for attribute in node.attribute:
        if attribute.type == AttributeProto.TENSOR:
            yield attribute.t
        yield from attribute.tensors
    for graph in subgraphs(node):
        yield from _tensors_of(graph)


def _check_tensor(tensor: TensorProto) -> None:
    dims = list(tensor.dims)
    if min(dims, default=0) < 0:
        raise Problem(f"its constant {shown(tensor.name)} has a negative dimension, {min(dims)}")
    if elements(dims) > MAX_WEIGHTS:
        raise Problem(f"its constant {shown(tensor.name)} claims {' × '.join(map(str, dims[:8]))} numbers")


def _sort(graph: GraphProto) -> None:
    """Nodes as the format wants them, each behind those that it reads; a file in another order is put right."""
    given = {one.name for one in graph.input} | {one.name for one in graph.initializer}
    given |= {one.values.name for one in graph.sparse_initializer}
    maker: dict[str, int] = {}
    for index, node in enumerate(graph.node):
        for name in node.output:
            if name and (name in given or name in maker):
                raise Problem(f"two things in it have the name {shown(name)}")
            maker[name] = index
    needs = [_makers(node, given, maker) for node in graph.node]
    if all(max(one, default=-1) < index for index, one in enumerate(needs)):
        return
    order = _order(needs)
    if len(order) < len(needs):
        waiting = min(set(range(len(needs))) - set(order))
        node = graph.node[waiting]
        raise Problem(f"it goes in a circle: {shown(node.op_type)} {shown(node.name)} needs its own result".rstrip())
    nodes = [NodeProto.FromString(graph.node[index].SerializeToString()) for index in order]
    del graph.node[:]
    graph.node.extend(nodes)


def _makers(node: NodeProto, given: set[str], maker: dict[str, int]) -> set[int]:
    found = set()
    for name in reads(node):
        if name in maker:
            found.add(maker[name])
        elif name not in given:
            raise Problem(f"{shown(node.op_type)} reads {shown(name)}, which nothing makes")
    return found


def _order(needs: list[set[int]]) -> list[int]:
    """Indices, each behind what it needs, else as they were; what is in a circle is left out."""
    readers: list[list[int]] = [[] for _ in needs]
    missing = [len(one) for one in needs]
    for index, one in enumerate(needs):
        for source in one:
            readers[source].append(index)
    ready = [index for index, count in enumerate(missing) if count == 0]
    order: list[int] = []
    while ready:
        order.append(index := heapq.heappop(ready))
        for reader in readers[index]:
            missing[reader] -= 1
            if missing[reader] == 0:
                heapq.heappush(ready, reader)
    return order


def shown(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:57] + "…") if name else ""
