"""A module as torch.export has it: with inputs that take no memory, in evaluation mode, silent, left as it was."""

from __future__ import annotations

import io
import logging
import operator
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

from resnet.models.aten import MADE_NEW
from resnet.models.node import Dims
from resnet.spec.errors import SpecError

_INPUTS = "shapes such as (1, 3, 224, 224), or tensors"
_LONGEST = 240  # characters of what torch says that a sentence has room for

# torch.export patches nn.Module for the whole process, and switches of Python's and torch's are set here
_lock = threading.Lock()


def exported(module: nn.Module, inputs: tuple[Any, ...]) -> ExportedProgram:
    """What torch.export makes of the module. ``inputs``: shapes and tensors, one by one or in tuples.

    Raises SpecError for inputs that are none, and for a module that torch can't follow.
    """
    asked = _asked(inputs)
    with _lock, _silence(), _untouched(module):
        return _exported(module, asked)


@contextmanager
def _silence() -> Iterator[None]:
    """torch tells its log and both outputs what it could not follow; here that is one sentence."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


def _asked(given: Any) -> list[Dims | Tensor]:
    """Shapes and tensors, one by one."""
    found: list[Dims | Tensor] = []
    for one in given:
        if isinstance(one, Tensor):
            found.append(one)
        elif not isinstance(one, tuple | list) or not one:
            raise SpecError("inputs", one, _INPUTS)
        elif all(isinstance(size, int) and not isinstance(size, bool) for size in one):
            if min(one) < 1:
                raise SpecError("inputs", tuple(one), "shapes of whole numbers from 1")
            found.append(tuple(one))
        else:
            found += _asked(one)
    if not found:
        raise SpecError("inputs", given, _INPUTS)
    return found


def _examples(module: nn.Module, asked: list[Dims | Tensor], dtype: torch.dtype) -> tuple[Tensor, ...]:
    """A tensor for each, without memory; on the module's device."""
    first = next(module.parameters(), None)
    device = "cpu" if first is None else first.device
    with FakeTensorMode():
        return tuple(one if isinstance(one, Tensor) else torch.empty(one, dtype=dtype, device=device) for one in asked)


@contextmanager
def _untouched(module: nn.Module) -> Iterator[None]:
    """In evaluation mode, and afterwards as it was. (Not eval(): a module may do more in it than to set its flag.)"""
    parts = list(module.modules())
    plain = [one for one in parts if not isinstance(one, torch.jit.ScriptModule)]
    flags = [one.training for one in parts]
    tables: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (table, dict(table)) for one in plain for table in (vars(one), one._parameters, one._buffers)
    ]
    fast = torch.backends.mha.get_fastpath_enabled()  # the fast path is one operation, in which nothing can be seen
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        for one in parts:
            one.training = False
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for table, held in tables:
            table.clear()
            table.update(held)
        for one, flag in zip(parts, flags, strict=True):
            one.training = flag


def _exported(module: nn.Module, asked: list[Dims | Tensor]) -> ExportedProgram:
    number = next((one.dtype for one in module.parameters() if one.is_floating_point()), torch.float32)
    words = any(isinstance(one, nn.Embedding | nn.EmbeddingBag) for one in module.modules())
    error: Exception | None = None
    for dtype in (number, torch.int64) if words else (number,):
        try:
            with torch.no_grad():
                program = torch.export.export(module, _examples(module, asked, dtype))
                return program.run_decompositions({}) if _hides_a_write(program) else program
        except Exception as reason:  # torch has no common class for what it can't follow
            error = error or reason
    assert error
    works = f"a module that torch.export can follow with this input: {first_line(error)}"
    raise SpecError("module", type(module).__name__, works) from None


def first_line(error: Exception) -> str:
    """Of what an exception says."""
    lines = str(error).strip().splitlines()
    line = lines[0].strip().rstrip(".:") if lines else type(error).__name__
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _hides_a_write(program: ExportedProgram) -> bool:
    """x[:, 1:] = y: what reads x afterwards reads y too, and only a functional graph says so.

    A graph names what was written into anew, but not the other names of the same memory, whole or part.
    """
    own = {one.arg.name for one in program.graph_signature.input_specs if one.kind != InputKind.USER_INPUT}
    parts = [one for one in program.graph_module.modules() if isinstance(one, fx.GraphModule)]
    return any(
        _another_name_is_read(list(part.graph.nodes), own if part is program.graph_module else set()) for part in parts
    )


def _another_name_is_read(nodes: list[fx.Node], own: set[str]) -> bool:
    """``own``: placeholders of what the module holds."""
    place = {node: i for i, node in enumerate(nodes)}
    last_read = {node: max((place[user] for user in node.users), default=-1) for node in nodes}
    memory: dict[fx.Node, fx.Node] = {}  # what allocated it
    names: dict[fx.Node, list[fx.Node]] = {}
    fed: set[fx.Node] = set()  # what an input has a part in: what is made of parameters alone is a constant in any case
    for node in nodes:
        first = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
        if first and (_is_written(node) or _is_a_view(node)):
            memory[node] = memory.get(first, first)
            names.setdefault(memory[node], [memory[node]]).append(node)
        is_input = node.op == "placeholder" and node.name not in own
        if is_input or (not _is_new(node) and not fed.isdisjoint(node.all_input_nodes)):
            fed.add(node)
            others = [one for one in names.get(memory.get(node, node), ()) if one not in (first, node)]
            if _is_written(node) and any(last_read[one] > place[node] for one in others):
                return True
    return False


def _is_new(node: fx.Node) -> bool:
    """What it reads says only of what shape the result is."""
    return (
        isinstance(node.target, torch._ops.OpOverload) and node.target._schema.name.removeprefix("aten::") in MADE_NEW
    )


def _is_written(node: fx.Node) -> bool:
    return isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable


def _is_a_view(node: fx.Node) -> bool:
    if node.target is operator.getitem:
        return isinstance(node.args[0], fx.Node) and _is_a_view(node.args[0])
    if not isinstance(node.target, torch._ops.OpOverload):
        return False
    returned = [one.alias_info for one in node.target._schema.returns]
    return any(one is not None and not one.is_write for one in returned)
