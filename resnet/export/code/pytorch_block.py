"""One class of PyTorch's for the blocks of a plan, with the layers' names that torchvision gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from resnet.export.code.plan import Convolution, Plan, kind_of, layers_of
from resnet.export.code.writing import Lines, call, docstring, indented, shaped, times
from resnet.spec.block import BlockSpec
from resnet.spec.errors import SpecError
from resnet.spec.shortcuts import SHORTCUTS, Layer
from resnet.trace.values import BlockTrace

Shapes = Callable[[str], str]  # by an operation's name, or "joined" for the block's result: what a comment says


class Names(NamedTuple):
    """What a class calls its numbers.

    ``signature``  of ``__init__``, without ``self``;  ``unpack``  its first lines
    ``widths``     what each convolution of the main path puts out
    """

    signature: tuple[str, ...]
    unpack: Lines
    in_channels: str
    widths: tuple[str, ...]

    @property
    def out_channels(self) -> str:
        return self.widths[-1]


def names_of_one(spec: BlockSpec) -> Names:
    """Of one block: its own numbers are the defaults."""
    n = len(spec.filters)
    widths = tuple(f"f{i}" for i in range(1, n + 1))
    signature = [f"in_channels: int = {spec.in_channels}"]
    signature += [f"filters: tuple[{', '.join(['int'] * n)}] = {spec.filters}"]
    signature += [f"stride: int = {spec.stride}"] if spec.stride > 1 else []
    return Names(tuple(signature), [f"{', '.join(widths)} = filters"], "in_channels", widths)


def names_of_many(plan: Plan) -> Names:
    """Of the blocks of a network: what a block's table row says."""
    widths = ("width", "width", "out_channels") if plan.one.bottleneck else ("out_channels", "out_channels")
    signature = [f"{name}: int" for name in dict.fromkeys(("in_channels", *widths))]
    signature += ["stride: int = 1"] if plan.strides else []
    return Names(tuple(signature), [], "in_channels", widths)


def shapes_of_one(t: BlockTrace) -> Shapes:
    known = {op.name: op.out_shape for op in t.ops} | {"joined": t.out_shape}

    def told(name: str) -> str:
        shape = known.get(name)
        return times(shape) if shape else ""

    return told


def shapes_of_many(plan: Plan, names: Names) -> Shapes:
    """Of blocks that stand in several places, by the names of their sizes."""
    known = {"bn1": f"{names.in_channels} × H × W"} if plan.one.pre_activation else {}
    small = False
    for conv in plan.convolutions:
        small = small or conv.strides
        known[f"conv{conv.number}"] = f"{names.widths[conv.number - 1]} × {'H/s × W/s' if small else 'H × W'}"
    known["joined"] = known[f"conv{len(plan.convolutions)}"]
    return lambda name: known.get(name, "")


# a class and its methods


def a_class(name: str, base: str, words: str, *methods: Lines) -> Lines:
    """Methods are already where a class has them."""
    lines = [f"class {name}({base}):", *docstring(words, depth=1)]
    for method in methods:
        lines += ["", *method] if method else []
    return lines


def init(names: Names, body: Lines, *, call_base: str = "") -> Lines:
    """``call_base``: what the base class is given."""
    head = call("    def __init__(", ["self", *names.signature], ") -> None:")
    return [*head, *indented([f"super().__init__({call_base})", *body], 2)]


def method(name: str, body: Lines, argument: str = "x") -> Lines:
    return [f"    def {name}(self, {argument}: torch.Tensor) -> torch.Tensor:", *indented(body, 2)]


# layers


def convolution(
    inputs: object, outputs: object, kernel: int, *, stride: object = 1, padding: int = 0, groups: str = "", bias: bool
) -> str:
    said = [str(inputs), str(outputs), f"kernel_size={kernel}"]
    said += [f"stride={stride}"] if stride != 1 else []
    said += [f"padding={padding}"] if padding else []
    said += [f"groups={groups}"] if groups else []
    said += [] if bias else ["bias=False"]
    return f"nn.Conv2d({', '.join(said)})"


def _groups(conv: Convolution, inputs: str) -> str:
    return inputs if conv.depthwise else str(conv.groups) if conv.groups > 1 else ""


def main_layers(plan: Plan, names: Names) -> Lines:
    lines: Lines = []
    inputs = names.in_channels
    for conv in plan.convolutions:
        i, outputs = conv.number, names.widths[conv.number - 1]
        made = convolution(
            inputs,
            outputs,
            conv.kernel,
            stride="stride" if conv.strides else 1,
            padding=conv.padding,
            groups=_groups(conv, inputs),
            bias=conv.bias,
        )
        pair = [f"self.conv{i} = {made}"]
        pair.insert(
            0 if plan.one.pre_activation else 1, f"self.bn{i} = nn.BatchNorm2d({_normed(plan, inputs, outputs)})"
        )
        lines += pair
        inputs = outputs
    return [*lines, "self.relu = nn.ReLU()"]


def _normed(plan: Plan, inputs: str, outputs: str) -> str:
    return inputs if plan.one.pre_activation else outputs


def _module(layer: Layer, names: Names) -> str:
    """A layer of a shortcut as code. Raises SpecError for a kind that no code is known for."""
    stride = "stride" if layer.settings.get("stride", 1) > 1 else 1
    if layer.kind == "conv":
        bias = bool(layer.settings["bias"])
        kernel = layer.settings["kernel_size"]
        return convolution(names.in_channels, names.out_channels, kernel, stride=stride, bias=bias)
    written = {
        "batchnorm": f"nn.BatchNorm2d({names.out_channels})",
        "avgpool": f"nn.AvgPool2d({stride}, ceil_mode=True, count_include_pad=False)",
        "maxpool": f"nn.MaxPool2d(kernel_size=1, stride={stride})",
    }
    if layer.kind not in written:
        raise SpecError("shortcut", layer.kind, "a kind whose layers PyTorch has")
    return written[layer.kind]


def shortcut_layers(plan: Plan, names: Names) -> Lines:
    """What ``__init__`` makes for the shortcut."""
    if "zero_pad" in plan.shortcuts:
        return list(_kept_numbers(plan, names))
    if len(plan.shortcuts) > 1 and not plan.always_projects:
        return _choice(plan, names)
    if plan.always_projects:
        return _projection(plan, names)
    modules = [_module(layer, names) for layer in layers_of(_strided(plan.blocks))]
    return _sequence(modules) if modules else []


def _choice(plan: Plan, names: Names) -> Lines:
    """Where some blocks have one kind of shortcut, and some another."""
    pool = "nn.MaxPool2d(kernel_size=1, stride=stride)"
    pools = "max_pool" in plan.shortcuts
    if not any(SHORTCUTS[kind].projects for kind in plan.shortcuts):
        return [f"self.downsample = {pool}  # x itself where the stride is 1"]
    projection = [f"if {_condition(plan)}:", *indented(_projection(plan, names))]
    if plan.one.pre_activation:  # the projection reads what the convolutions read, anything else reads x
        otherwise = [f"self.pool = {pool}  # x itself where the stride is 1"] if pools else []
        return ["self.downsample: nn.Module | None = None", *projection, *otherwise]
    otherwise = ["elif stride != 1:", f"    self.downsample = {pool}"] if pools else []
    return ["self.downsample: nn.Module = nn.Identity()", *projection, *otherwise]


def _kept_numbers(plan: Plan, names: Names) -> Iterator[str]:
    if plan.strides:
        yield "self.stride = stride"
    if _adds_channels(plan):
        yield f"self.extra = {names.out_channels} - {names.in_channels}"


def _adds_channels(plan: Plan) -> bool:
    return any(layer.kind == "zero_pad" for block in plan.blocks for layer in layers_of(block))


def _strided(blocks: Sequence[BlockSpec]) -> BlockSpec:
    """One with a stride, if there is one."""
    return max(blocks, key=lambda block: block.stride)


def _projection(plan: Plan, names: Names) -> Lines:
    projecting = [block for block in plan.blocks if SHORTCUTS[kind_of(block)].projects]
    layers = layers_of(_strided(projecting))
    pooled = {kind_of(block) == "pool_projection" for block in projecting}
    if pooled != {True, False}:
        return _sequence([_module(layer, names) for layer in layers])
    pool, *rest = (_module(layer, names) for layer in layers)
    return [
        "projection: list[nn.Module] = []",
        "if stride != 1:",
        f"    projection.append({pool})",
        *("projection += [", *(f"    {one}," for one in rest), "]"),
        "self.downsample = nn.Sequential(*projection)",
    ]


def _sequence(modules: list[str]) -> Lines:
    if len(modules) == 1 and not modules[0].startswith("nn.Conv2d"):
        return [f"self.downsample = {modules[0]}"]  # without weights, and so without a key
    return ["self.downsample = nn.Sequential(", *(f"    {one}," for one in modules), ")"]


def _condition(plan: Plan) -> str:
    """When a block of this network projects: torchvision's rule, without the half that never decides."""
    strides = plan.strides and "max_pool" not in plan.shortcuts
    if not plan.channels_change:
        return "stride != 1"
    return "stride != 1 or in_channels != out_channels" if strides else "in_channels != out_channels"


# what runs


def main_path(plan: Plan, shapes: Shapes) -> Lines:
    """From x to ``out``, which is F(x). With pre-activation it is ``preact`` that the first convolution reads."""
    lines: Lines = []
    read = "x"
    if plan.one.pre_activation:
        lines.append(preact(shapes))
        read = "preact"
    for conv in plan.convolutions:
        i, last = conv.number, conv.number == len(plan.convolutions)
        if plan.one.pre_activation:
            value = f"self.conv{i}({read if i == 1 else f'self.relu(self.bn{i}(out))'})"
        else:
            value = f"self.bn{i}(self.conv{i}({read}))"
            value = value if last else f"self.relu({value})"
        lines.append(shaped(f"out = {value}", shapes(f"conv{i}")))
        read = "out"
    return lines


def preact(shapes: Shapes) -> str:
    return shaped("preact = self.relu(self.bn1(x))", shapes("bn1"))


def shortcut_path(plan: Plan, shapes: Shapes) -> tuple[Lines, str]:
    """Lines that come first, and what is then added to F(x)."""
    if "zero_pad" in plan.shortcuts:
        return list(_padded(plan, shapes)), "shortcut"
    projects = any(SHORTCUTS[kind].projects for kind in plan.shortcuts)
    if not projects:
        return [], "x" if plan.shortcuts == ("identity",) else "self.downsample(x)"
    if not plan.one.pre_activation:
        return [], "self.downsample(x)"
    if plan.always_projects:
        return [], "self.downsample(preact)"
    otherwise = "self.pool(x)" if "max_pool" in plan.shortcuts else "x"
    return [f"shortcut = {otherwise} if self.downsample is None else self.downsample(preact)"], "shortcut"


def _padded(plan: Plan, shapes: Shapes) -> Iterator[str]:
    """Every s-th pixel, and new channels behind x's own."""
    read = "x"
    if plan.strides:
        yield shaped(f"shortcut = {read}[:, :, :: self.stride, :: self.stride]", shapes("downsample.0"))
        read = "shortcut"
    if _adds_channels(plan):
        said = shapes(f"downsample.{1 if plan.strides else 0}")
        told = f"channels of zeros: {said}" if said else "channels of zeros behind x's own"
        yield shaped(f"shortcut = nn.functional.pad({read}, (0, 0, 0, 0, 0, self.extra))", told)


def joined(plan: Plan, added: str, shape: str, out: str = "out") -> Lines:
    """Behind the addition."""
    plain = plan.one.linear or plan.one.pre_activation
    return [shaped(f"return {out} + {added}" if plain else f"return self.relu({out} + {added})", shape)]
