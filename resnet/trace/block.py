"""What a block does, read from the module itself: order and edges by ``torch.fx``, shapes by running layer by layer.

    BlockSpec -> module on meta -> fx graph -> one OpTrace for each operation -> BlockTrace

No tensor memory is allocated: convolutions run on the ``meta`` device, everything else on a batch of no images. (On
``meta``, BatchNorm and ReLU are a hundred times slower, and their first call imports a compiler of 40 MB.) No module or
tensor leaves ``trace()``. Shapes are (C, H, W), batch 1.
"""

from __future__ import annotations

import operator
import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch
from torch import fx, nn

from resnet.modules.blocks import Subsample, ZeroPad, build
from resnet.spec.block import BlockSpec

Shape = tuple[int, int, int]
Path = Literal["main", "shortcut", "joined"]
Kind = Literal[
    "conv", "batchnorm", "relu", "subsample", "zero_pad", "add",
    "maxpool", "avgpool", "pad", "flatten", "linear",
]  # fmt: skip

INPUT = "x"  # how an operation that reads the block's input names it in ``reads``
BYTES_PER_ELEMENT = 4  # float32

_KINDS: dict[type[nn.Module], Kind] = {
    nn.Conv2d: "conv",
    nn.BatchNorm2d: "batchnorm",
    nn.ReLU: "relu",
    Subsample: "subsample",
    ZeroPad: "zero_pad",
    nn.MaxPool2d: "maxpool",
    nn.AvgPool2d: "avgpool",
    nn.AdaptiveAvgPool2d: "avgpool",
    nn.ZeroPad2d: "pad",
    nn.Flatten: "flatten",
    nn.Linear: "linear",
}


class Window(NamedTuple):
    """How an operation moves over its input: kernel size, stride and padding in pixels, the same both ways.

    ``groups``  into which a convolution splits its channels
    """

    kernel_size: int
    stride: int
    padding: int = 0
    groups: int = 1


class TooSmall(Exception):
    """A map that is smaller than the window that should move over it."""

    def __init__(self, name: str, kind: Kind, in_shape: Shape) -> None:
        self.name, self.kind, self.in_shape = name, kind, in_shape
        super().__init__(f"{name} ({kind}) gets {in_shape}")


@dataclass(frozen=True, kw_only=True)
class OpTrace:
    """One operation of a block.

    ``name``        the module's name in the state dict (``conv1``, ``downsample.0``); a module that is called again
                    gets a number (``relu_1``)
    ``path``        ``main``, ``shortcut``, or ``joined`` from the addition on
    ``reads``       names of the operations whose results it takes; ``INPUT`` for the block's input
    ``out_shape``   None if it has no result: an addition that fails, and whatever would have followed it
    ``weights``, ``biases``   of a convolution;  ``scale``, ``shift``   γ and β of a BatchNorm
    ``buffers``     elements of BatchNorm's running mean and variance, which no optimiser trains
    ``macs``        multiply-adds of a convolution or a linear layer, batch 1
    ``window``      of whatever moves over its input: a convolution, a pool, a subsampling; else None
    """

    name: str
    kind: Kind
    path: Path
    reads: tuple[str, ...]
    in_shapes: tuple[Shape, ...]
    out_shape: Shape | None
    weights: int = 0
    biases: int = 0
    scale: int = 0
    shift: int = 0
    buffers: int = 0
    macs: int = 0
    window: Window | None = None

    @property
    def params(self) -> int:
        """Trainable parameters: weights, biases, and BatchNorm's scale and shift."""
        return self.weights + self.biases + self.scale + self.shift

    @property
    def out_elements(self) -> int:
        """Numbers in the result."""
        return 0 if self.out_shape is None else _elements(self.out_shape)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a block is impossible: the shapes that the addition was given, and torch's words.

    ``broadcasts``  torch would have accepted this addition by repeating one operand; it is no residual sum all the same
    ``message``     what a real attempt on the CPU said
    """

    main_shape: Shape
    shortcut_shape: Shape
    broadcasts: bool
    message: str


class Counted:
    """Totals over ``ops``, for a block and for a network."""

    if TYPE_CHECKING:

        @property
        def ops(self) -> tuple[OpTrace, ...]: ...

    @property
    def params(self) -> int:
        """Everything trainable, BatchNorm's scale and shift and convolution biases included."""
        return sum(op.params for op in self.ops)

    @property
    def buffers(self) -> int:
        """Elements of BatchNorm's running means and variances."""
        return sum(op.buffers for op in self.ops)

    @property
    def macs(self) -> int:
        """Multiply-adds of convolutions and linear layers, batch 1."""
        return sum(op.macs for op in self.ops)

    @property
    def activation_elements(self) -> int:
        """Numbers in every operation's result, batch 1, the input not counted."""
        return sum(op.out_elements for op in self.ops)

    @property
    def activation_bytes(self) -> int:
        """Bytes of every operation's result kept once, as training does: float32, batch 1, the input not counted."""
        return BYTES_PER_ELEMENT * self.activation_elements


@dataclass(frozen=True, kw_only=True)
class BlockTrace(Counted):
    """A block as a value: every operation in order, up to the addition that fails if the block is impossible.

    ``unreached`` holds what would have followed that addition (no shapes, no result); it is empty for a possible block.
    """

    spec: BlockSpec
    in_shape: Shape
    ops: tuple[OpTrace, ...]
    unreached: tuple[OpTrace, ...]
    problem: Problem | None

    @property
    def possible(self) -> bool:
        return self.problem is None

    @property
    def out_shape(self) -> Shape | None:
        return self.ops[-1].out_shape

    @property
    def addition(self) -> OpTrace:
        """The ⊕, whose two ``in_shapes`` are the main path's result and the shortcut's."""
        return next(op for op in self.ops if op.kind == "add")

    def on(self, path: Path) -> tuple[OpTrace, ...]:
        """The operations of one path, in order."""
        return tuple(op for op in self.ops if op.path == path)


def forget() -> None:
    """Drop everything that is cached here, for measuring what a trace costs from nothing."""
    for cache in (trace, _graph, _propagate):
        cache.cache_clear()


# fx replaces nn.Module.__call__ for the whole process while it traces, so one thread at a time
_fx_lock = threading.Lock()


@lru_cache(maxsize=1024)
def trace(spec: BlockSpec) -> BlockTrace:
    """Build the block without memory, follow its graph, and read every operation from it.

    An impossible block is a result, not an exception: ``problem`` says where the shapes differ.
    """
    in_shape = (spec.in_channels, spec.height, spec.width)
    ops, unreached, problem = follow(build(spec, device="meta"), in_shape)
    return BlockTrace(spec=spec, in_shape=in_shape, ops=ops, unreached=unreached, problem=problem)


class Followed(NamedTuple):
    """What a module does with an input: see the fields of BlockTrace with these names."""

    ops: tuple[OpTrace, ...]
    unreached: tuple[OpTrace, ...]
    problem: Problem | None


class _Alike:
    """A module that equals every other with this key, so that what was read off one is known of the next."""

    def __init__(self, module: nn.Module, key: object) -> None:
        self.module = module
        self._key = key

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Alike) and self._key == other._key


def _structure(module: nn.Module) -> tuple[tuple[str, type], ...]:
    """Which layers there are: all that a block's graph depends on."""
    return tuple((name, type(layer)) for name, layer in module.named_modules())


def _settings(layer: nn.Module) -> tuple[object, ...]:
    """All that the shape of a layer's result depends on. (Not extra_repr(): a pool's leaves its ceil_mode out.)"""
    plain = [(name, value) for name, value in vars(layer).items() if isinstance(value, int | str | tuple)]
    return (type(layer), *plain)


@lru_cache(maxsize=64)
def _graph(block: _Alike) -> fx.Graph:
    with _fx_lock:
        return _Tracer().trace(block.module)


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return type(m) in _KINDS


def follow(module: nn.Module, in_shape: Shape) -> Followed:
    """Every operation of a module that was built on ``meta``, in order.

    Raises TooSmall where a window is larger than its map.
    """
    module.eval()
    graph = _graph(_Alike(module, _structure(module)))
    names = _names(graph)
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
                out_shape = _propagate(_Alike(layer, _settings(layer)), in_shapes[0])
            except RuntimeError as error:  # the only thing that can go wrong with layers that were built for each other
                raise TooSmall(names[node], kind, in_shapes[0]) from error
        else:
            # torch broadcasts; a residual sum needs equal shapes
            out_shape = in_shapes[0] if in_shapes[0] == in_shapes[1] else None
            problem = None if out_shape else _problem(in_shapes[0], in_shapes[1])
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
    if layer is not None:
        return _KINDS[type(layer)]
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


def _elements(shape: Shape) -> int:
    channels, height, width = shape
    return channels * height * width


@lru_cache(maxsize=4096)
def _propagate(layer: _Alike, in_shape: Shape) -> Shape:
    module = layer.module
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
    return op


def _window(layer: nn.Module | None, in_shapes: tuple[Shape, ...]) -> Window | None:
    if isinstance(layer, nn.Conv2d):
        return Window(layer.kernel_size[0], layer.stride[0], int(layer.padding[0]), layer.groups)
    if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
        return Window(_side(layer.kernel_size), _side(layer.stride), _side(layer.padding))
    if isinstance(layer, nn.AdaptiveAvgPool2d) and in_shapes:
        return Window(max(in_shapes[0][1:]), 1)  # the whole map, once
    if isinstance(layer, Subsample):
        return Window(1, layer.stride)
    return None


def _side(value: int | tuple[int, ...]) -> int:
    return value if isinstance(value, int) else value[0]


def _problem(main: Shape, shortcut: Shape) -> Problem:
    broadcasts = all(a == b or 1 in (a, b) for a, b in zip(main, shortcut, strict=True))
    return Problem(
        main_shape=main,
        shortcut_shape=shortcut,
        broadcasts=broadcasts,
        message=_broadcast_message(main, shortcut) if broadcasts else _real_message(main, shortcut),
    )


def try_to_add(main: Shape, shortcut: Shape) -> str | None:
    """Let torch add two tensors of these shapes on the CPU: its words if it refuses, else None.

    One stored number stands for each operand, whatever its size.
    """
    a, b = (torch.zeros(1).expand(1, *shape) for shape in (main, shortcut))
    try:
        a + b
    except RuntimeError as error:
        return str(error)
    return None


def _real_message(main: Shape, shortcut: Shape) -> str:
    message = try_to_add(main, shortcut)
    assert message, f"torch added {main} and {shortcut}"
    return message


def _broadcast_message(main: Shape, shortcut: Shape) -> str:
    """torch raises nothing here. Add the smallest tensors of the same kind, and say what it made of the two."""
    smallest = [torch.zeros(1, *(min(size, 2) for size in shape)) for shape in (main, shortcut)]
    accepted = smallest[0] + smallest[1]
    repeated = [i for i, tensor in enumerate(smallest) if tensor.shape != accepted.shape]
    result = [1, *(max(pair) for pair in zip(main, shortcut, strict=True))]
    who = " and ".join(("the main path's result", "the shortcut")[i] for i in repeated)
    return (
        f"torch raises no error: it broadcasts, repeating {who} until both are {result}. "
        "That adds the same numbers again and again, and is not x + F(x)."
    )
