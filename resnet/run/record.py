"""Running a module and keeping what each of its operations gives: ``record(block, x)["conv2"]``.

The names are those of the module's trace, so that every box of a diagram has its tensor.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, fx, nn

from resnet.trace.follow import graph_of


def record(module: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """What flows out of each operation, ``x`` included. It ends where torch refuses to add."""
    seen: dict[str, Tensor] = {}
    graph, names = graph_of(module)
    try:
        _Recorder(module, graph, names, seen).run(x)
    except RuntimeError:
        if not _refuses(seen, graph, names):
            raise
    return seen


def _refuses(seen: dict[str, Tensor], graph: fx.Graph, names: dict[fx.Node, str]) -> bool:
    """Whether the first operation without a result is an addition of two shapes that differ."""
    first = next(node for node in graph.nodes if node.op != "output" and names[node] not in seen)
    shapes = {seen[names[source]].shape for source in first.all_input_nodes}
    return first.op == "call_function" and len(shapes) > 1


class _Recorder(fx.Interpreter):
    def __init__(self, module: nn.Module, graph: fx.Graph, names: dict[fx.Node, str], seen: dict[str, Tensor]) -> None:
        super().__init__(module, graph=graph)
        self.extra_traceback = False  # an error is ours to explain
        self.names, self.seen = names, seen

    def run_node(self, node: fx.Node) -> Any:
        result = super().run_node(node)
        if node.op != "output":
            self.seen[self.names[node]] = result
        return result

    def call_module(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        # .forward, since fx may be holding nn.Module.__call__ in another thread
        return self.module.get_submodule(str(target)).forward(*args, **kwargs)

    def call_function(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        shapes = {one.shape for one in args if isinstance(one, Tensor)}
        if len(shapes) > 1:  # torch may broadcast; a residual sum needs equal shapes
            raise RuntimeError("a residual sum needs equal shapes")
        return super().call_function(target, args, kwargs)


def run(module: nn.Module, x: Tensor) -> Tensor:
    """The result alone; x itself for a module without layers."""
    return [*record(module, x).values()][-1]
