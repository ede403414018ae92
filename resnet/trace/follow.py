"""Every operation of a module that was built on ``meta``: order and edges by ``torch.fx``, shapes layer by layer.

No tensor memory is allocated: convolutions run on the ``meta`` device, everything else on a batch of no images. (On
``meta``, BatchNorm and ReLU are a hundred times slower, and their first call imports a compiler of 40 MB.)
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import fx, nn

from resnet.modules.layers import Shape, Window, kind_of
from resnet.trace.addition import problem_of
from resnet.trace.values import INPUT, Kind, OpTrace, Path, Problem


class TooSmall(Exception):
    """A map that is smaller than the window that should move over it."""

    def __init__(self, name: str, kind: Kind, in_shape: Shape) -> None:
        self.name, self.kind, self.in_shape = name, kind, in_shape
        super().__init__(f"{name} ({kind}) gets {in_shape}")


# fx replaces nn.Module.__call__ for the whole process while it traces, so one thread at a time traces
_fx_lock = threading.Lock()


class Followed(NamedTuple):
    """What a module does with an input: see the fields of BlockTrace with these names."""

    ops: tuple[OpTrace, ...]
    unreached: tuple[OpTrace, ...]
    problem: Problem | None


class _CacheKey:
    """A module for a cache: it equals every other with this key, so that what was read off one is known of the next.

    A cache keeps its keys: what is asked takes the module out of the key, and the cache holds thousands of no modules.
    """

    def __init__(self, module: nn.Module, key: object) -> None:
        self._module: nn.Module | None = module
        self._key = key

    def take(self) -> nn.Module:
        module, self._module = self._module, None
        assert module is not None, "a cache asks once"
        return module

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CacheKey) and self._key == other._key


def _structure(module: nn.Module) -> tuple[object, ...]:
    """Which layers there are, and how a block's ``forward`` is told to go: all that its graph depends on."""
    told = [(name, value) for name, value in vars(module).items() if isinstance(value, bool)]
    return (*told, *((name, type(layer)) for name, layer in module.named_modules()))


def _settings(layer: nn.Module) -> tuple[object, ...]:
    """All that the shape of a layer's result depends on. (Not extra_repr(): a pool's leaves its ceil_mode out.)"""
    plain = [(name, value) for name, value in vars(layer).items() if isinstance(value, int | str | tuple)]
    return (type(layer), *plain)


@lru_cache(maxsize=64)
def _graph(block: _CacheKey) -> fx.Graph:
    with _fx_lock:
        return _Tracer().trace(block.take())


def graph_of(module: nn.Module) -> tuple[fx.Graph, dict[fx.Node, str]]:
    """A module's operations, as they are read off its ``forward``, and the name of each, as in a trace."""
    graph = _graph(_CacheKey(module, _structure(module)))
    return graph, _names(graph)


class _Tracer(fx.Tracer):
    """While it traces, fx has it asked by every module of the process: those of other threads go on unseen."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return kind_of(m) is not None

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)


def follow(module: nn.Module, in_shape: Shape) -> Followed:
    """Every operation of a module that was built on ``meta``, in order.

    Raises TooSmall where a window is larger than its map.
    """
    module.eval()
    graph, names = graph_of(module)
    paths = _paths(graph)
    shapes: dict[str, Shape | None] = {INPUT: in_shape}
    ops: list[OpTrace] = []
    unreached: list[OpTrace] = []
    problem: Problem | None = None
    for node in graph.nodes:
        if node.op in ("placeholder", "output"):
            continue
        reads = tuple(names[source] for source in node.all_input_nodes)
        in_shapes = tuple(shape for shape in map(shapes.__getitem__, reads) if shape is not None)
        layer = module.get_submodule(node.target) if node.op == "call_module" else None
        kind = _kind(node, layer)
        out_shape: Shape | None
        if len(in_shapes) < len(reads):
            out_shape = None
        elif layer is not None:
            try:
                out_shape = _propagate(_CacheKey(layer, _settings(layer)), in_shapes[0])
            except RuntimeError as error:  # the only thing that can go wrong with layers that were built for each other
                raise TooSmall(names[node], kind, in_shapes[0]) from error
        else:
            # torch broadcasts; a residual sum needs equal shapes
            out_shape = in_shapes[0] if in_shapes[0] == in_shapes[1] else None
            problem = None if out_shape else problem_of(in_shapes[0], in_shapes[1])
        op = _counted(
            OpTrace(
                name=names[node],
                kind=kind,
                path=paths[node],
                reads=reads,
                in_shapes=in_shapes,
                out_shape=out_shape,
            ),
            layer,
        )
        shapes[op.name] = out_shape
        (ops if in_shapes else unreached).append(op)
    return Followed(tuple(ops), tuple(unreached), problem)


def _stand_in(tensor: torch.Tensor) -> torch.Tensor:
    """One stored number in the shape of a parameter."""
    return torch.zeros((), dtype=tensor.dtype, device="cpu").expand(tensor.shape)


def _kind(node: fx.Node, layer: nn.Module | None) -> Kind:
    row = None if layer is None else kind_of(layer)
    if row is not None:
        return row.key
    if node.target is operator.add:
        return "add"
    raise NotImplementedError(f"a block's forward() calls {node.target!r}, which trace() does not know")


def _names(graph: fx.Graph) -> dict[fx.Node, str]:
    names: dict[fx.Node, str] = {}
    taken: set[str] = set()
    for node in graph.nodes:
        name = INPUT if node.op == "placeholder" else str(node.target) if node.op == "call_module" else node.name
        names[node] = node.name if name in taken else name
        taken.add(name)
    return names


def _paths(graph: fx.Graph) -> dict[fx.Node, Path]:
    addition = next((node for node in graph.nodes if node.target is operator.add), None)
    if addition is None:
        return dict.fromkeys(graph.nodes, "main")
    main, shortcut = (_upstream(operand) for operand in addition.args)
    return {node: "main" if node in main else "shortcut" if node in shortcut else "joined" for node in graph.nodes}


def _upstream(node: object) -> set[fx.Node]:
    if not isinstance(node, fx.Node):
        return set()
    return {node}.union(*(_upstream(source) for source in node.all_input_nodes))


@lru_cache(maxsize=4096)
def _propagate(layer: _CacheKey, in_shape: Shape) -> Shape:
    module = layer.take()
    with torch.inference_mode():
        if isinstance(module, nn.Conv2d):
            images = torch.empty(1, *in_shape, device="meta")  # on a batch of none, torch would copy the weights
        else:
            images = torch.empty(0, *(in_shape[:1] if isinstance(module, nn.Linear) else in_shape))
            module._apply(_stand_in)  # type: ignore[no-untyped-call]
        # .forward, since fx may be holding nn.Module.__call__ in another thread
        shape = module.forward(images).shape[1:]
    channels, height, width = (*shape, 1, 1)[:3]  # a vector is a map of one pixel
    return channels, height, width


def _counted(op: OpTrace, layer: nn.Module | None) -> OpTrace:
    """Add parameters, buffers and multiply-adds, from the tensors that the layer really holds."""
    op = replace(op, window=_window(layer, op.in_shapes))
    if isinstance(layer, nn.Conv2d | nn.Linear):
        pixels = 0 if op.out_shape is None else op.out_shape[1] * op.out_shape[2]
        return replace(
            op,
            weights=layer.weight.numel(),
            biases=0 if layer.bias is None else layer.bias.numel(),
            macs=layer.weight.numel() * pixels,  # every weight is used once for each output pixel
        )
    if isinstance(layer, nn.BatchNorm2d):
        measured = (layer.running_mean, layer.running_var)
        return replace(
            op,
            scale=layer.weight.numel(),
            shift=layer.bias.numel(),
            buffers=sum(0 if buffer is None else buffer.numel() for buffer in measured),
        )
    if layer is not None:  # of any other kind: whatever it trains
        return replace(op, weights=sum(one.numel() for one in layer.parameters()))
    return op


def _window(layer: nn.Module | None, in_shapes: tuple[Shape, ...]) -> Window | None:
    row = None if layer is None else kind_of(layer)
    return row.window(layer, in_shapes[0]) if row and row.window and in_shapes else None


def forget_layers() -> None:
    """Drop everything that is cached here, for measuring what it costs from nothing."""
    for cache in (_graph, _propagate):
        cache.cache_clear()
