"""Anybody's ``nn.Module`` as a graph, read through ``torch.export``; nothing is computed, and no memory is taken.

    read_module(model, (1, 3, 224, 224))            a shape, a tensor, or several of either
    load_module("package.module:make_model")        what the command line is given

The module is left as it was. It is read in evaluation mode.
"""

from __future__ import annotations

import importlib
import operator
import sys
from typing import Any, NamedTuple

import torch
from torch import Tensor, fx, nn
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

from resnet.models.aten import (
    Call,
    Constant,
    Held,
    Result,
    axes_of,
    constants_of,
    is_zero,
    kind_of,
    kind_without_shapes,
    macs_of,
    role_of,
    sweep_of,
    zeros_of,
)
from resnet.models.exported import exported, first_line
from resnet.models.fuse import fuse
from resnet.models.graph import Graph, Input, elements
from resnet.models.node import Dims, Node
from resnet.spec.errors import SpecError


def read_module(module: nn.Module, *inputs_or_shape: Any, name: str = "") -> Graph:
    """The module's operations in evaluation mode, for inputs of this shape.

    ``inputs_or_shape``  a shape with the batch axis, a tensor, or several of either, in a tuple or one by one
    ``module``           any ``nn.Module``; its weights are not kept
    ``name``             of the graph; the class's own if it is left out

    Raises SpecError for what is no module, for no inputs, and for a module that ``torch.export`` can't follow: a
    ``forward`` that looks at the numbers in its tensors, for one.

    >>> read_module(nn.Linear(2, 3), (1, 2)).params
    9
    """
    if not isinstance(module, nn.Module):
        raise SpecError("module", module, "an nn.Module")
    program = exported(module, inputs_or_shape)
    reader = _Reader(module, program)
    nodes, outputs = reader.nodes(), reader.outputs
    return Graph(
        name=name or type(module).__name__,
        source="module",
        inputs=reader.inputs,
        nodes=fuse(nodes, outputs),
        outputs=outputs,
    )


def load_module(path: str) -> nn.Module:
    """What stands behind ``package.module:name``: a module, or what makes one when it is called without arguments.

    It is imported, and so runs: only for the reader's own code, on the reader's own machine.

    Raises SpecError for a missing file or name, for what fails, and for what is no module.
    """
    where, _, attribute = path.partition(":")
    if not where or not attribute:
        raise SpecError("module", path, "package.module:name, such as torch.nn:Identity")
    if "" not in sys.path:
        sys.path.insert(0, "")  # the current directory, as with `python -m`
    try:
        found: Any = importlib.import_module(where)
    except ModuleNotFoundError as error:
        raise SpecError("module", path, f"something that can be imported, and there is no {error.name}") from None
    except Exception as error:
        raise SpecError("module", path, f"something that can be imported: {first_line(error)}") from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise SpecError("module", path, f"a name that is in {where}, and {part} is not")
        found = getattr(found, part)
    if callable(found) and not isinstance(found, nn.Module):
        try:
            found = found()
        except Exception as error:
            raise SpecError("module", path, f"something that can be called with nothing: {first_line(error)}") from None
    if not isinstance(found, nn.Module):
        raise SpecError("module", path, f"an nn.Module or what makes one, and this is of type {type(found).__name__}")
    return found


# reading


_UNKNOWN = "How large its result is depends on the numbers in the input."


class _Use(NamedTuple):
    """A constant that a node takes. ``role`` is the field of the node that counts it."""

    node: int
    role: str
    constant: Constant


class _Several(NamedTuple):
    """An operation with several results."""

    call: Call
    source: fx.Node


class _Reader:
    """The nodes of an exported program.

    What no input has a part in becomes a Constant, whatever torch computes to get it; the rest becomes nodes.
    """

    def __init__(self, module: nn.Module, program: ExportedProgram) -> None:
        self._nodes: list[Node] = []
        self._uses: list[_Use] = []
        self._counted: set[fx.Node] = set()
        self._unknown: set[str] = set()  # results whose shape is not known
        held = _held(module, program)
        graph = program.graph
        values: dict[fx.Node, Any] = {}
        inputs = []
        for node in graph.nodes:
            shape = _shape(node)
            if node.op == "placeholder" and shape is not None:
                if node.name in held:
                    values[node] = Constant(shape, held[node.name])
                else:
                    values[node] = Result(node.name, shape)
                    inputs.append(Input(node.name, shape))
        self.inputs = tuple(inputs)
        self._walk(program.graph_module, values)
        wanted = set(program.graph_signature.user_outputs)
        results = [values.get(one) for one in graph.output_node().all_input_nodes if one.name in wanted]
        self.outputs = tuple(dict.fromkeys(one.name for one in results if isinstance(one, Result)))

    def nodes(self) -> tuple[Node, ...]:
        """With their parameters."""
        counts = _distributed(self._uses)
        return tuple(Node(**(vars(node) | counts.get(i, {}))) for i, node in enumerate(self._nodes))

    def _walk(self, part: fx.GraphModule, values: dict[fx.Node, Any], prefix: str = "") -> None:
        """Reads a graph whose placeholders have their values; fills in those of all its nodes."""
        alive = _alive(part.graph)
        for node in part.graph.nodes:
            if node.op != "call_function" or node not in alive:
                continue
            inner = _inner(part, node)
            if inner is not None:
                values[node] = self._inlined(*inner, node, values, prefix)
            elif node.target is operator.getitem:
                values[node] = self._picked(node, values, prefix)
            else:
                values[node] = self._called(node, values, prefix)

    def _inlined(
        self, inner: fx.GraphModule, operands: list[Any], node: fx.Node, values: dict[fx.Node, Any], prefix: str
    ) -> list[Any]:
        """A part that runs without gradients, in another precision or under a checkpoint is read where it stands."""
        places = [one for one in inner.graph.nodes if one.op == "placeholder"]
        within = {place: _valued(operand, values) for place, operand in zip(places, operands, strict=True)}
        self._walk(inner, within, f"{prefix}{node.name}.")
        returned = inner.graph.output_node().args[0]
        return [_valued(one, within) for one in (returned if isinstance(returned, list | tuple) else [returned])]

    def _picked(self, node: fx.Node, values: dict[fx.Node, Any], prefix: str) -> Any:
        whole, index = _valued(node.args[0], values), node.args[1]
        if isinstance(whole, list):
            return whole[index]  # type: ignore[index]
        if isinstance(whole, _Several):
            return self._made(whole.call, node, prefix, whole.source)
        return None if whole is None else whole._replace(shape=_shape(node) or ())

    def _called(self, node: fx.Node, values: dict[fx.Node, Any], prefix: str) -> Any:
        value = node.meta.get("val")
        if isinstance(value, list | tuple):
            tensors = [one for one in value if isinstance(one, Tensor)]
            if not tensors:
                return None
            call = _call(node, values, _dims(tensors[0]) or ())
            return _Several(call, node) if call.read else _constant(call)
        if not isinstance(value, Tensor):
            return value
        return self._made(_call(node, values, _dims(value) or ()), node, prefix, node)

    def _made(self, call: Call, node: fx.Node, prefix: str, source: fx.Node) -> Any:
        """A constant, or a node and its result. ``source``: what is called; ``node`` may be one of its results."""
        shape = _shape(node)
        if not call.read or is_zero(call):
            return _constant(call)._replace(shape=shape or ())
        name, known = prefix + node.name, shape is not None and not any(one.name in self._unknown for one in call.read)
        kind = kind_of(call) if known else kind_without_shapes(call.op)
        first = source not in self._counted  # of several results the first has what all of them take
        self._counted.add(source)
        if first:
            self._uses += [
                _Use(len(self._nodes), role_of(kind, call, argument), one)
                for argument, one in call.tensors()
                if isinstance(one, Constant)
            ]
        self._nodes.append(
            Node(
                name=name,
                place=_place(source),
                kind=kind,
                op=str(source.target),
                reads=tuple(one.name for one in call.read),
                in_shapes=tuple(None if one.name in self._unknown else one.shape for one in call.read),
                out_shape=shape,
                why="" if shape is not None else _UNKNOWN,
                constants=constants_of(call),
                macs=macs_of(kind, call) if known and first else 0,
                sweep=sweep_of(kind, call) if known else None,
                axes=axes_of(kind, call) if known else (),
                zeros=zeros_of(kind, call),
            )
        )
        if shape is None:
            self._unknown.add(name)
        return Result(name, shape or ())


def _held(module: nn.Module, program: ExportedProgram) -> dict[str, tuple[Held, ...]]:
    """What the module holds, by the name of the placeholder."""
    found: dict[str, tuple[Held, ...]] = {}
    for one in program.graph_signature.input_specs:
        if one.kind == InputKind.USER_INPUT:
            continue
        found[one.arg.name] = ()
        if one.kind in (InputKind.PARAMETER, InputKind.BUFFER):
            assert one.target
            tensor: Tensor = operator.attrgetter(one.target)(module)
            found[one.arg.name] = (Held(id(tensor), tensor.numel(), one.kind == InputKind.PARAMETER),)
    return found


def _alive(graph: fx.Graph) -> set[fx.Node]:
    """What has a part in a result."""
    alive: set[fx.Node] = set()
    waiting = [graph.output_node()]
    while waiting:
        node = waiting.pop()
        if node not in alive:
            alive.add(node)
            waiting += node.all_input_nodes
    return alive


def _inner(part: fx.GraphModule, node: fx.Node) -> tuple[fx.GraphModule, list[Any]] | None:
    """The one graph that a higher-order operation runs, and what it is given."""
    if isinstance(node.target, torch._ops.OpOverload):
        return None
    graphs = [i for i, one in enumerate(node.args) if isinstance(one, fx.Node) and one.op == "get_attr"]
    if len(graphs) != 1:
        return None
    inner = operator.attrgetter(str(node.args[graphs[0]].target))(part)  # type: ignore[union-attr]
    if not isinstance(inner, fx.GraphModule):
        return None
    many = sum(one.op == "placeholder" for one in inner.graph.nodes)
    operands = list(node.args[graphs[0] + 1 :])
    return (inner, operands[len(operands) - many :]) if len(operands) >= many else None


def _valued(argument: Any, values: dict[fx.Node, Any]) -> Any:
    if isinstance(argument, fx.Node):
        return values.get(argument)
    if isinstance(argument, list | tuple):
        return [_valued(one, values) for one in argument]
    return argument


def _call(node: fx.Node, values: dict[fx.Node, Any], out: Dims) -> Call:
    target = node.target
    if not isinstance(target, torch._ops.OpOverload):
        given = {str(i): _valued(one, values) for i, one in enumerate(node.args)}
        return Call(str(target), given, out)
    schema = target._schema
    given = {one.name: one.default_value for one in schema.arguments if one.has_default_value()}
    names = [one.name for one in schema.arguments]
    given |= {name: _valued(one, values) for name, one in zip(names, node.args, strict=False)}
    given |= {name: _valued(one, values) for name, one in node.kwargs.items()}
    namespace, _, op = schema.name.partition("::")
    if namespace != "aten":
        return Call(schema.name, given, out)
    ordered = {name: given[name] for name in names if name in given}  # as torch has them, not defaults first
    return Call(op.removesuffix("_") if schema.is_mutable else op, ordered, out)


def _constant(call: Call) -> Constant:
    holds = dict.fromkeys(held for one in call.constants for held in one.holds)
    return Constant(call.out, tuple(holds), is_zero(call))


def _shape(node: fx.Node) -> Dims | None:
    value = node.meta.get("val")
    return _dims(value) if isinstance(value, Tensor) else None


def _dims(tensor: Tensor) -> Dims | None:
    """None where a size depends on the numbers in the input."""
    sizes = tuple(tensor.shape)
    return sizes if all(isinstance(one, int) for one in sizes) else None


def _place(node: fx.Node) -> str:
    """Where it stands: ``layer1.0.conv1``. A module that runs twice is one place."""
    stack = node.meta.get("nn_module_stack")
    if not stack:
        return ""
    name: str = list(stack.values())[-1][0]
    return name.split("@", maxsplit=1)[0]


def _distributed(uses: list[_Use]) -> dict[int, dict[str, int]]:
    """Each parameter once, as the fields of nodes.

    Who reads it first counts it, but no more of it than is read: a split of q's, k's and v's weights is three readers'.
    What is left when all have read is the first one's.
    """
    counts: dict[int, dict[str, int]] = {}
    left: dict[int, int] = {}
    first: dict[int, _Use] = {}

    def count(use: _Use, many: int) -> None:
        fields = counts.setdefault(use.node, {})
        fields[use.role] = fields.get(use.role, 0) + many

    for use in uses:
        for held in use.constant.holds:
            if held.trained == (use.role == "buffers"):
                continue
            first.setdefault(held.key, use)
            rest = left.setdefault(held.key, held.elements)
            taken = min(rest, elements(use.constant.shape))
            left[held.key] = rest - taken
            count(use, taken)
    for key, rest in left.items():
        count(first[key], rest)
    return counts
