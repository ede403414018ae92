"""What torch's own operations are in the field's vocabulary: kind, window, axes, multiply-adds, roles of constants.

A ``Call`` is one operation as ``torch.export`` writes it, its arguments by the names of torch's own schemas; tensors in
it are ``Result`` or ``Constant``, of which only shapes are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, NamedTuple

from resnet.models.node import NORMS, Dims, Kind, Sweep

Role = Literal["weights", "biases", "scale", "shift", "buffers"]


class Held(NamedTuple):
    """A parameter or a buffer of the module. ``key`` is the same wherever it is shared."""

    key: int
    elements: int
    trained: bool


class Constant(NamedTuple):
    """A tensor that no input has a part in: what the module holds, or what is made of it alone."""

    shape: Dims
    holds: tuple[Held, ...] = ()
    zero: bool = False


class Result(NamedTuple):
    """A tensor that an input has a part in."""

    name: str
    shape: Dims


@dataclass(frozen=True)
class Call:
    """``op``: torch's name without overload and without the underscore of what works in place: ``conv2d``, ``add``.

    ``given``  arguments by name, defaults too; lists are plain lists
    ``out``    shape of the result; of the first, if there are several
    """

    op: str
    given: dict[str, Any]
    out: Dims

    def tensors(self) -> Iterator[tuple[str, Result | Constant]]:
        """Every tensor among the arguments, those in lists too, with the name of its argument."""
        for name, value in self.given.items():
            if name in _SHAPE_ONLY.get(self.op, ()):
                continue
            for one in value if type(value) is list else (value,):
                if isinstance(one, Result | Constant):
                    yield name, one

    @property
    def read(self) -> list[Result]:
        return [one for _, one in self.tensors() if isinstance(one, Result)]

    @property
    def constants(self) -> list[Constant]:
        return [one for _, one in self.tensors() if isinstance(one, Constant)]

    @property
    def input(self) -> Dims:
        """The shape of the first tensor."""
        return next((one.shape for _, one in self.tensors()), ())

    def __getitem__(self, name: str) -> Any:
        """An argument; None where there is none."""
        return self.given.get(name)


# of what these read only shape and type are in the result
MADE_NEW = frozenset((
    "zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like", "new_zeros", "new_ones",
    "new_full", "new_empty",
))  # fmt: skip
# arguments that say what shape or type is wanted, and nothing else
_SHAPE_ONLY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("view_as", "reshape_as", "expand_as", "type_as"), ("other",)),
    **dict.fromkeys(MADE_NEW, ("self",)),
}

_KINDS: dict[str, Kind] = {}


def _are(kind: Kind, *ops: str) -> None:
    _KINDS.update(dict.fromkeys(ops, kind))


_are("conv", "conv1d", "conv2d", "conv3d", "convolution", "_convolution", "convolution_overrideable")
_are("conv_transpose", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
_are("linear", "linear")
_are("matmul", "mm", "bmm", "matmul", "mv", "dot", "addmm", "baddbmm", "addbmm", "addmv", "einsum")
_are("attention", "scaled_dot_product_attention", "_scaled_dot_product_flash_attention_for_cpu",
     "_scaled_dot_product_flash_attention", "_scaled_dot_product_efficient_attention",
     "_scaled_dot_product_attention_math")  # fmt: skip
_are("batchnorm", "batch_norm", "native_batch_norm", "cudnn_batch_norm", "_native_batch_norm_legit",
     "_native_batch_norm_legit_no_training", "_native_batch_norm_legit_functional", "_batch_norm_no_update",
     "_batch_norm_with_update", "_batch_norm_with_update_functional")  # fmt: skip
_are("layernorm", "layer_norm", "native_layer_norm")
_are("groupnorm", "group_norm", "native_group_norm")
_are("instancenorm", "instance_norm")
_are("rmsnorm", "rms_norm", "_fused_rms_norm")
for _one in ("relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "hardswish", "hardsigmoid", "sigmoid",
             "tanh", "mish", "softplus", "softmax"):  # fmt: skip
    _KINDS[_one] = _one
_are("prelu", "_prelu_kernel")
_are("softmax", "_softmax", "_safe_softmax")
_are("activation", "log_softmax", "_log_softmax", "selu", "celu", "hardtanh", "log_sigmoid", "threshold", "hardshrink",
     "softshrink", "rrelu", "rrelu_with_noise")  # fmt: skip
_are("maxpool", "max_pool1d", "max_pool2d", "max_pool3d", "max_pool1d_with_indices", "max_pool2d_with_indices",
     "max_pool3d_with_indices", "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")  # fmt: skip
_are("avgpool", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d",
     "adaptive_avg_pool3d", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d")  # fmt: skip
_are("pool", "fractional_max_pool2d", "fractional_max_pool3d")
_are("add", "add")
_are("mul", "mul", "multiply")
_are("sub", "sub", "subtract", "rsub")
_are("div", "div", "divide", "true_divide")
_are("concat", "cat", "concat", "concatenate", "stack", "hstack", "vstack")
_are("split", "split", "split_with_sizes", "chunk", "unbind", "tensor_split", "unsafe_split", "unsafe_chunk")
_are("slice", "slice", "select", "narrow")
_are("pad", "pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d",
     "replication_pad1d", "replication_pad2d", "replication_pad3d")  # fmt: skip
_are("reshape", "view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "_unsafe_view", "view_as",
     "reshape_as", "view_copy", "_reshape_alias", "ravel")  # fmt: skip
_are(
    "transpose", "permute", "transpose", "t", "swapaxes", "swapdims", "movedim", "moveaxis", "numpy_T", "mT", "adjoint"
)
_are("expand", "expand", "repeat", "expand_as", "tile", "repeat_interleave", "broadcast_to")
_are("reduce", "mean", "sum")
_are("gather", "index", "index_select", "gather", "take_along_dim")
_are("embedding", "embedding", "embedding_bag")
_are("identity", "dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "native_dropout", "clone",
     "contiguous", "to", "_to_copy", "alias", "detach", "type_as", "lift_fresh_copy", "lift_fresh", "positive",
     "fake_quantize_per_tensor_affine", "fake_quantize_per_channel_affine", "resolve_conj", "resolve_neg",
     "copy")  # fmt: skip

_NORM: dict[str, Role] = {"weight": "scale", "bias": "shift", "running_mean": "buffers", "running_var": "buffers"}
_LAYER: dict[str, Role] = {"weight": "weights", "bias": "biases"}
_SUM: dict[str, Role] = {"self": "biases", "input": "biases"}  # addmm: what is added comes first
_ROLES: dict[str, dict[str, Role]] = {
    **dict.fromkeys(NORMS, _NORM),
    **dict.fromkeys(("conv", "conv_transpose", "linear"), _LAYER),
    **dict.fromkeys(("add", "sub"), dict.fromkeys(("self", "other"), "shift")),
    **dict.fromkeys(("mul", "div"), dict.fromkeys(("self", "other"), "scale")),
}
_ADDS_FIRST = ("addmm", "baddbmm", "addbmm", "addmv")


def kind_without_shapes(op: str) -> Kind:
    """What can be said by the name alone."""
    return _KINDS.get(op, "other")


def kind_of(call: Call) -> Kind:  # noqa: PLR0911 - one line for each operation that can be two things
    """What the operation is in the field's vocabulary."""
    kind = _KINDS.get(call.op, "other")
    if call.op.startswith(("upsample_", "_upsample_")):
        return "resize"
    if kind == "conv" and call["transposed"]:
        return "conv_transpose"
    if kind == "matmul":
        factors = _factors(call)
        if len(factors) < 2:
            return "other"
        if call.op == "einsum" and not _einsum(call):
            return "mul"
        return "linear" if any(isinstance(one, Constant) for one in factors) else "matmul"
    if call.op in ("clamp", "hardtanh", "clamp_min", "clip"):
        return _clamp(call)
    if call.op == "mean" and _keeps_one_pixel(call):
        return "avgpool"
    if kind == "pad" and max(_pad(call), default=0) <= 0:
        return "slice"
    if kind in ("slice", "expand") and call.input == call.out and call.op != "roll":
        return "identity"
    return kind


def _clamp(call: Call) -> Kind:
    low, high = (call[long] if call[long] is not None else call[short] for long, short in _BOUNDS)
    if low == 0 and high in (None, 6):
        return "relu" if high is None else "relu6"
    return "activation" if call.op == "hardtanh" else "other"


_BOUNDS = (("min_val", "min"), ("max_val", "max"))


def _keeps_one_pixel(call: Call) -> bool:
    """A mean over all that is behind the channels, as a map of one pixel."""
    rank = len(call.input)
    return bool(call["keepdim"]) and rank >= 4 and sorted(_dims(call)) == list(range(2, rank))


def role_of(kind: Kind, call: Call, argument: str) -> Role:
    """What a constant in this argument is to the operation."""
    if call.op in _ADDS_FIRST and argument in _SUM:
        return _SUM[argument]
    return _ROLES.get(kind, {}).get(argument, "weights")


def is_zero(call: Call) -> bool:
    """The result is nothing but zeros, whatever is read."""
    if call.op in ("zeros", "zeros_like", "new_zeros", "zero"):
        return True
    if call.op in ("full", "full_like", "new_full"):
        return bool(call["fill_value"] == 0)
    if call.op in ("mul", "multiply"):
        return any(
            one.zero if isinstance(one, Constant) else isinstance(one, int | float) and one == 0
            for one in (call["self"], call["other"])
        )
    moved = _KINDS.get(call.op) in ("reshape", "transpose", "expand", "identity", "slice", "split", "concat")
    return moved and not call.read and bool(call.constants) and all(one.zero for one in call.constants)


def zeros_of(kind: Kind, call: Call) -> bool:
    """It brings in nothing but zeros."""
    if kind == "pad":
        constant = call.op == "constant_pad_nd" or (call.op == "pad" and call["mode"] == "constant")
        return constant and not call["value"]
    return kind == "concat" and bool(call.constants) and all(one.zero for one in call.constants)


def constants_of(call: Call) -> tuple[Dims, ...]:
    """Shapes of the constants that it takes; a number in a sum or a product is one of shape ()."""
    shapes = []
    for name, value in call.given.items():
        if call.op in _WITH_NUMBERS and name in ("self", "other", "exponent") and isinstance(value, int | float):
            shapes.append(())
    return tuple(one.shape for one in call.constants) + tuple(shapes)


_WITH_NUMBERS = {op for op, kind in _KINDS.items() if kind in ("add", "mul", "sub", "div")} | {"pow"}


def axes_of(kind: Kind, call: Call) -> tuple[int, ...]:
    """Along which it acts, counted from 0."""
    rank = len(call.input)
    if kind == "transpose":
        return _permutation(call, rank)
    if kind == "pad":
        pad = _pad(call)  # beginning and end, the last axis first
        return tuple(sorted({rank - 1 - i // 2 for i, size in enumerate(pad) if size}))
    if kind == "concat" and call.op == "stack":
        rank += 1
    if kind in ("concat", "split", "slice", "softmax", "reduce", "activation", "gather") or call.op in _MEANS:
        return tuple(sorted(one % rank for one in _dims(call))) if rank else ()
    if kind in ("layernorm", "rmsnorm"):
        return tuple(range(rank - len(call["normalized_shape"] or ()), rank))
    return ()


_MEANS = frozenset(("mean", "var", "std"))


def _dims(call: Call) -> list[int]:
    rank = len(call.input)
    dim = call["dim"]
    if dim is None or dim == []:
        return list(range(rank)) if call.op in ("sum", *_MEANS) else []
    return [one % rank if rank and call.op != "stack" else one for one in (dim if type(dim) is list else [dim])]


def _pad(call: Call) -> list[int]:
    return call["pad"] or call["padding"] or []


def _permutation(call: Call, rank: int) -> tuple[int, ...]:
    if call.op == "permute":
        return tuple(one % rank for one in call["dims"])
    order = list(range(rank))
    if call.op in ("transpose", "swapaxes", "swapdims"):
        a, b = (
            call[one] if call[one] is not None else call[other] for one, other in (("dim0", "axis0"), ("dim1", "axis1"))
        )
    elif call.op in ("t", "mT", "adjoint") and rank > 1:
        a, b = -1, -2
    else:
        return tuple(reversed(order)) if call.op == "numpy_T" else ()
    order[a % rank], order[b % rank] = order[b % rank], order[a % rank]
    return tuple(order)


def sweep_of(kind: Kind, call: Call) -> Sweep | None:
    """How a convolution, a pool, a slice with steps moves."""
    if kind in ("conv", "conv_transpose"):
        kernel = call["weight"].shape[2:]
        over = len(kernel)
        padding = _padding(call["padding"], kernel, _each(call["dilation"], over))
        return Sweep(
            tuple(kernel), _each(call["stride"], over), padding, _each(call["dilation"], over), call["groups"] or 1
        )
    if kind in ("maxpool", "avgpool", "pool"):
        return _pool(call)
    if kind == "slice" and call.op == "slice" and (call["step"] or 1) > 1:
        return Sweep((1,), (call["step"],), (0, 0), (1,))
    return None


def _pool(call: Call) -> Sweep:
    if call["kernel_size"] is not None:
        over = int(call.op.split("pool")[1][0])
        kernel = _each(call["kernel_size"], over)
        stride = _each(call["stride"] or kernel, over)
        padding = _each(call["padding"] or 0, over)
        return Sweep(kernel, stride, padding * 2, _each(call["dilation"] or 1, over))
    over = len(call.input) - 2 if call.op == "mean" else int(call.op.split("pool")[1][0])
    sizes = list(zip(call.input[-over:], call.out[-over:], strict=True))
    # torch's windows where the sizes divide; the whole map, once, where one pixel is left
    stride = tuple(1 if after == 1 else max(1, before // after) for before, after in sizes)
    kernel = tuple(before - (after - 1) * step for (before, after), step in zip(sizes, stride, strict=True))
    return Sweep(kernel, stride, (0,) * 2 * over, (1,) * over)


def _each(value: Any, over: int) -> tuple[int, ...]:
    numbers = tuple(value) if type(value) is list else (1 if value is None else value,)
    return numbers * over if len(numbers) == 1 else numbers


def _padding(value: Any, kernel: Dims, dilation: tuple[int, ...]) -> tuple[int, ...]:
    if value == "same":
        whole = [step * (one - 1) for one, step in zip(kernel, dilation, strict=True)]
        return (*(one // 2 for one in whole), *(one - one // 2 for one in whole))
    return _each(0 if value in (None, "valid") else value, len(kernel)) * 2


def macs_of(kind: Kind, call: Call) -> int:
    """Multiply-adds, for the whole batch. Every weight of a convolution is used once for each position of its result;
    of a transposed one, of its input."""
    count = _MACS.get(call.op) or _MACS.get(kind)
    return count(call) if count else 0


def _conv(call: Call) -> int:
    weight: Dims = call["weight"].shape
    return prod(weight) * prod(call.out) // weight[0] if weight[0] else 0


def _conv_transpose(call: Call) -> int:
    weight: Dims = call["weight"].shape
    return prod(weight) * prod(call.input) // weight[0] if weight[0] else 0


def _product(call: Call) -> int:
    first = call["weight"] if call.op == "linear" else _factors(call)[0]
    return prod(call.out) * first.shape[-1]


def _attention(call: Call) -> int:
    query, key, value = (call[one].shape for one in ("query", "key", "value"))
    return int(prod(query[:-1]) * key[-2] * (query[-1] + value[-1]))


def _factors(call: Call) -> list[Result | Constant]:
    """What is multiplied with each other."""
    skipped = ("self", "input") if call.op in _ADDS_FIRST else ()
    return [one for name, one in call.tensors() if name not in skipped]


def _einsum(call: Call) -> int:
    """From left to right, as torch does: for each pair, the product of all its axes."""
    shapes = [one.shape for one in _factors(call)]
    left, arrow, right = call["equation"].replace(" ", "").partition("->")
    terms = left.split(",")
    if "." in left or not arrow or len(terms) < 2:
        return 0
    size = {letter: n for term, shape in zip(terms, shapes, strict=True) for letter, n in zip(term, shape, strict=True)}
    total, so_far = 0, set(terms[0])
    for i, term in enumerate(terms[1:], start=1):
        met = so_far | set(term)
        so_far = met & set("".join(terms[i + 1 :]) + right)
        total += prod(size[one] for one in met) if met > so_far else 0  # where nothing is summed, nothing is added
    return total


def _recurrent(call: Call) -> int:
    """Each matrix once for each step of each sequence."""
    matrices: list[Dims] = [one.shape for one in call["params"] or () if len(one.shape) == 2]
    return prod(call.input[:-1]) * sum(map(prod, matrices))


_MACS: dict[str, Callable[[Call], int]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "linear": _product,
    "matmul": _product,
    "attention": _attention,
    "einsum": _einsum,
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
}
