"""What an ONNX operation is called here, how its window moves, and along which axes it acts."""

from __future__ import annotations

from resnet.models.node import Dims, Kind, Sweep
from resnet.models.onnx_call import Call

_KINDS: dict[str, Kind] = {
    "Conv": "conv", "FusedConv": "conv", "NhwcFusedConv": "conv", "QLinearConv": "conv", "ConvInteger": "conv",
    "DeformConv": "conv", "ConvTranspose": "conv_transpose",
    "BatchNormalization": "batchnorm", "LayerNormalization": "layernorm", "GroupNormalization": "groupnorm",
    "GroupNorm": "groupnorm", "InstanceNormalization": "instancenorm", "RMSNormalization": "rmsnorm",
    "SimplifiedLayerNormalization": "rmsnorm", "LpNormalization": "norm", "MeanVarianceNormalization": "norm",
    "LRN": "norm",
    "Relu": "relu", "LeakyRelu": "leaky_relu", "QLinearLeakyRelu": "leaky_relu", "PRelu": "prelu", "Elu": "elu",
    "Gelu": "gelu", "FastGelu": "gelu", "BiasGelu": "gelu", "QuickGelu": "gelu", "Swish": "silu",
    "HardSwish": "hardswish", "HardSigmoid": "hardsigmoid", "Sigmoid": "sigmoid", "QLinearSigmoid": "sigmoid",
    "Tanh": "tanh", "Mish": "mish", "Softplus": "softplus", "Softmax": "softmax", "QLinearSoftmax": "softmax",
    "Celu": "activation", "Selu": "activation", "Softsign": "activation", "ThresholdedRelu": "activation",
    "LogSoftmax": "activation", "Hardmax": "activation", "Shrink": "activation", "Clip": "activation",
    "MaxPool": "maxpool", "GlobalMaxPool": "maxpool", "AveragePool": "avgpool", "GlobalAveragePool": "avgpool",
    "QLinearAveragePool": "avgpool", "QLinearGlobalAveragePool": "avgpool", "LpPool": "pool", "GlobalLpPool": "pool",
    "MaxRoiPool": "pool", "RoiAlign": "pool",
    "Add": "add", "Sum": "add", "QLinearAdd": "add", "Mul": "mul", "QLinearMul": "mul", "Sub": "sub", "Div": "div",
    "Concat": "concat", "QLinearConcat": "concat", "Split": "split", "Slice": "slice", "Pad": "pad",
    "Resize": "resize", "Upsample": "resize",
    "Reshape": "reshape", "Flatten": "reshape", "Squeeze": "reshape", "Unsqueeze": "reshape",
    "DepthToSpace": "reshape", "SpaceToDepth": "reshape",
    "Transpose": "transpose", "Expand": "expand", "Tile": "expand",
    "ReduceMean": "reduce", "ReduceSum": "reduce", "ReduceMax": "reduce", "ReduceMin": "reduce",
    "ReduceProd": "reduce", "ReduceL1": "reduce", "ReduceL2": "reduce", "ReduceLogSum": "reduce",
    "ReduceLogSumExp": "reduce", "ReduceSumSquare": "reduce", "ArgMax": "reduce", "ArgMin": "reduce",
    "Gather": "gather", "GatherElements": "gather", "GatherND": "gather",
    "Identity": "identity", "Dropout": "identity", "Cast": "identity", "CastLike": "identity",
    "QuantizeLinear": "identity", "DequantizeLinear": "identity", "DynamicQuantizeLinear": "identity",
    "Attention": "attention", "MultiHeadAttention": "attention", "GroupQueryAttention": "attention",
}  # fmt: skip
_PRODUCTS = frozenset(("Gemm", "MatMul", "FusedGemm", "FusedMatMul", "MatMulInteger", "QLinearMatMul", "QGemm",
                       "MatMulNBits", "Einsum"))  # fmt: skip
_KNOWN_DOMAINS = ("", "com.microsoft")


def kind_of(call: Call) -> Kind:  # noqa: PLR0911 - a table of cases
    if call.domain not in _KNOWN_DOMAINS:
        return "other"
    if call.op in _PRODUCTS:
        return _product(call)
    kind = _KINDS.get(call.op, "other")
    if call.op == "Clip":
        return _clip(call)
    if kind == "gather":
        return "embedding" if call.op == "Gather" and call.is_float(0) else "gather"
    if call.op == "ReduceMean" and _is_pool(call):
        return "avgpool"
    if call.op == "Sum" and len(call.inputs) < 2:
        return "identity"
    return kind


def _product(call: Call) -> Kind:
    operands = call.operands
    if call.op == "Einsum" and len(operands) != 2:
        return "other"
    return "linear" if any(call.is_constant(index) for index in operands) else "matmul"


def _clip(call: Call) -> Kind:
    low = call.bound(1, "min")
    high = call.bound(2, "max")
    if low != 0:
        return "activation"
    if high is None or high > 1e30:
        return "relu"
    return "relu6" if high == 6 else "activation"


def _is_pool(call: Call) -> bool:
    """A mean over the whole map that leaves a map of 1 × 1."""
    shape = call.shape(0)
    if not shape or len(shape) < 3 or not call.number("keepdims", 1):
        return False
    return _axes(call, shape, 1) == tuple(range(2, len(shape)))


def sweep_of(call: Call, kind: Kind) -> Sweep | None:
    if kind in ("conv", "conv_transpose") or (
        kind in ("maxpool", "avgpool", "pool") and "kernel_shape" in call.attributes
    ):
        return _window(call)
    if kind in ("maxpool", "avgpool", "pool"):
        shape = call.shape(0)
        spatial = shape[2:] if shape else ()
        ones, nothing = (1,) * len(spatial), (0,) * (2 * len(spatial))
        return Sweep(spatial, ones, nothing, ones) if spatial else None
    if kind == "slice":
        steps = call.numbers(4) or ()
        if any(abs(one) > 1 for one in steps):
            ones = (1,) * len(steps)
            return Sweep(ones, tuple(steps), (0,) * (2 * len(steps)), ones)
    return None


def _window(call: Call) -> Sweep | None:
    weight = call.shape(call.weight_at) if call.weight_at else None
    kernel = call.numbers(-1, "kernel_shape") or (weight[2:] if weight else ())
    if not kernel:
        return None
    count = len(kernel)
    stride = call.numbers(-1, "strides") or (1,) * count
    dilation = call.numbers(-1, "dilations") or (1,) * count
    padding = call.numbers(-1, "pads") or (0,) * (2 * count)
    auto = call.attributes.get("auto_pad", "NOTSET")
    shape = call.shape(0)
    if auto in ("SAME_UPPER", "SAME_LOWER") and shape and len(shape) == count + 2 and call.op != "ConvTranspose":
        padding = _same(shape[2:], kernel, stride, dilation, upper=auto == "SAME_UPPER")
    if not len(stride) == len(dilation) == count or len(padding) != 2 * count:
        return None
    return Sweep(kernel, stride, padding, dilation, call.number("group", 1))


def _same(size: Dims, kernel: Dims, stride: Dims, dilation: Dims, *, upper: bool) -> Dims:
    """Padding with which the result has size / stride positions, rounded up."""
    begin, end = [], []
    for length, window, step, gap in zip(size, kernel, stride, dilation, strict=False):
        strides = -(-length // max(1, step)) - 1
        total = max(0, strides * step + (window - 1) * gap + 1 - length)
        small, large = total // 2, total - total // 2
        begin.append(small if upper else large)
        end.append(large if upper else small)
    return (*begin, *end)


def axes_of(call: Call, kind: Kind) -> Dims:  # noqa: PLR0911 - a table of cases
    """Counted from 0; none where they can't be known."""
    shape = call.shape(0) or call.out_shape
    rank = len(shape) if shape is not None else 0
    if kind == "transpose":
        return call.numbers(-1, "perm") or tuple(reversed(range(rank)))
    if kind in ("concat", "split", "gather", "embedding"):
        axis = call.number("axis", 0)
        rank = len(call.out_shape) if kind == "concat" and call.out_shape else rank
        return (axis % rank,) if rank else ()
    if kind == "softmax":
        old = 0 < call.opset < 13
        return (call.number("axis", 1 if old else -1) % rank,) if rank else ()
    if kind in ("layernorm", "rmsnorm") and rank:
        return tuple(range(call.number("axis", -1) % rank, rank))
    if kind == "reduce" or call.op == "ReduceMean":
        return _axes(call, shape or (), 1)
    if kind == "slice":
        starts = call.numbers(1, "starts") or ()
        return _from_start(call.numbers(3, "axes") or tuple(range(len(starts))), rank)
    if kind == "pad":
        return _padded(call, rank)
    return ()


def _axes(call: Call, shape: Dims, index: int) -> Dims:
    """Over which it goes; all of them if it names none."""
    if call.op in ("ArgMax", "ArgMin"):
        return _from_start((call.number("axis", 0),), len(shape))
    named = call.numbers(index, "axes")
    if named is None and call.given(index):
        return ()
    return tuple(sorted(_from_start(named, len(shape)))) if named else tuple(range(len(shape)))


def _from_start(axes: Dims, rank: int) -> Dims:
    return tuple(axis % rank for axis in axes) if rank else ()


def _padded(call: Call, rank: int) -> Dims:
    pads = call.numbers(1, "pads") or call.numbers(-1, "paddings") or ()
    count = len(pads) // 2
    axes = _from_start(call.numbers(3) or tuple(range(count)), rank)
    return tuple(sorted(axis for axis, a, b in zip(axes, pads, pads[count:], strict=False) if a or b))


def pads_with_zeros(call: Call) -> bool:
    if call.attributes.get("mode", "constant") != "constant":
        return False
    value = call.bound(2, "value")
    return value == 0 or (value is None and not call.given(2))
