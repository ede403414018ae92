"""PyTorch: a whole network as one file, with a class for its block, a function for a stage, and a class for it all.

network_file(trace_network(network("resnet50")))
"""

from __future__ import annotations

from resnet import text
from resnet.export.code.plan import Plan
from resnet.export.code.pytorch import IMPORTS, READING
from resnet.export.code.pytorch_block import (
    a_class,
    convolution,
    init,
    joined,
    main_layers,
    main_path,
    method,
    names_of_many,
    shapes_of_many,
    shortcut_layers,
    shortcut_path,
)
from resnet.export.code.words import main_words, network_title, network_words, order_words, shape_of
from resnet.export.code.writing import Lines, docstring, indented, module, shaped, times
from resnet.spec.network import NetworkSpec
from resnet.spec.shortcuts import SHORTCUTS
from resnet.trace.network import NetworkTrace
from resnet.trace.values import OpTrace


def network_file(t: NetworkTrace) -> str:
    """A whole network."""
    about = docstring(
        f"{network_title(t.spec)} in PyTorch: {text.count(t.params)} parameters.", network_words(t), READING
    )
    return module([*about, "", *IMPORTS], _block(t), _stage(t), _network(t), _main(t))


def _plan(t: NetworkTrace) -> Plan:
    return Plan.of(block.trace.spec for block in t.blocks)


def _block(t: NetworkTrace) -> Lines:
    plan = _plan(t)
    names = names_of_many(plan)
    shapes = shapes_of_many(plan, names)
    before, added = shortcut_path(plan, shapes)
    made = init(names, [*names.unpack, *main_layers(plan, names), *shortcut_layers(plan, names)])
    runs = method("forward", [*main_path(plan, shapes), *before, *joined(plan, added, shapes("joined"))])
    words = " ".join((f"Main path: {main_words(plan.one)}.", _shortcuts(plan), order_words(plan.one))).strip()
    return a_class(shape_of(plan.one), "nn.Module", words, made, runs)


def _shortcuts(plan: Plan) -> str:
    """What stands on them, in the words that a reader sees elsewhere."""
    words = [one.words.removesuffix(" shortcut") for key, one in SHORTCUTS.items() if key in plan.shortcuts]
    return f"Shortcut: {', or '.join(words)}."


def _stage(t: NetworkTrace) -> Lines:
    """A function that repeats the block."""
    plan = _plan(t)
    *signature, out_channels = [one for one in names_of_many(plan).signature if not one.startswith("stride")]
    stride = ", stride: int = 1" if plan.strides else ""
    said = [*signature, out_channels, "blocks: int"]
    given = "".join(f"{one.split(':')[0]}, " for one in said[1:-1])
    name = shape_of(plan.one)
    head = f"def stage({', '.join(said)}{stride}) -> nn.Sequential:"
    if plan.strides and t.spec.stride_in_last:
        return [
            head,
            '    """The first block may change the number of channels, the last one strides."""',
            "    strides = [1] * (blocks - 1) + [stride]",
            "    channels = [in_channels] + [out_channels] * (blocks - 1)",
            f"    layers = [{name}(c, {given}s) for c, s in zip(channels, strides, strict=True)]",
            "    return nn.Sequential(*layers)",
        ]
    return [
        head,
        '    """The first block may change the shape, the others keep it."""',
        f"    first = {name}(in_channels, {given}{'stride' if plan.strides else ''}".removesuffix(", ") + ")",
        f"    others = ({name}(out_channels, {given}".removesuffix(", ") + ") for _ in range(blocks - 1))",
        "    return nn.Sequential(first, *others)",
    ]


def _network(t: NetworkTrace) -> Lines:
    names = [*_top(t.stem), *(f"layer{i}" for i in range(1, len(t.stages) + 1)), *_top(t.head)]
    layers = [*_stem(t.spec), *_stages(t), *_head(t)]
    words = f"({', '.join(map(str, t.in_shape))}) -> ({t.out_shape[0]},), for one image."
    signature = f"    def __init__(self, num_classes: int = {t.spec.num_classes}) -> None:"
    made = [signature, *indented(["super().__init__()", *layers], 2)]
    return a_class("ResNet", "nn.Module", words, made, method("forward", _forward(t, names)))


def _top(ops: tuple[OpTrace, ...]) -> list[str]:
    """The modules of the network itself that these operations belong to, in order."""
    return list(dict.fromkeys(op.name.split(".")[0] for op in ops))


def _stem(spec: NetworkSpec) -> Lines:
    stem = spec.stem
    lines: Lines = []
    if stem.explicit:
        lines.append(f"self.conv1_pad = nn.ZeroPad2d({1 if stem.conv == 'deep' else 3})")
    lines += _stem_convolution(spec)
    relu = "self.relu = nn.ReLU()"
    if not spec.pre_activation:
        lines += [f"self.bn1 = nn.BatchNorm2d({stem.channels})", relu]
    if stem.pool == "padded" and stem.explicit:
        lines.append("self.pool1_pad = nn.ZeroPad2d(1)")
    if stem.pool != "none":
        padding = ", padding=1" if stem.pool == "padded" and not stem.explicit else ""
        lines.append(f"self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2{padding})")
    return [*lines, relu] if spec.pre_activation else lines


def _stem_convolution(spec: NetworkSpec) -> Lines:
    stem, bias = spec.stem, spec.conv_bias
    if stem.conv == "3x3":
        return [f"self.conv1 = {convolution(3, stem.channels, 3, padding=1, bias=bias)}"]
    if stem.conv == "7x7":
        padding = 0 if stem.explicit else 3
        return [f"self.conv1 = {convolution(3, stem.channels, 7, stride=2, padding=padding, bias=bias)}"]
    half = stem.channels // 2
    inner = bias and not spec.pre_activation  # none where a BatchNorm follows, as in the blocks
    between = [f"nn.BatchNorm2d({half})", "nn.ReLU()"]
    modules = [
        convolution(3, half, 3, stride=2, padding=0 if stem.explicit else 1, bias=inner),
        *between,
        convolution(half, half, 3, padding=1, bias=inner),
        *between,
        convolution(half, stem.channels, 3, padding=1, bias=bias),
    ]
    return ["self.conv1 = nn.Sequential(", *(f"    {one}," for one in modules), ")"]


def _stages(t: NetworkTrace) -> Lines:
    lines: Lines = []
    for number, stage in zip(t.stages, t.spec.stages, strict=True):
        first = t.stage(number)[0].trace.spec
        said = [first.in_channels, *(first.filters[1:] if first.bottleneck else first.filters[:1])]
        given = ", ".join([*map(str, said), f"blocks={stage.blocks}"])
        stride = f", stride={stage.stride}" if stage.stride > 1 else ""
        lines.append(f"self.layer{number - 1} = stage({given}{stride})")
    return lines


def _head(t: NetworkTrace) -> Lines:
    channels = t.blocks[-1].out_shape[0]
    flat = t.head[-1].in_shapes[0][0]
    lines = [f"self.norm = nn.BatchNorm2d({channels})"] if t.spec.pre_activation else []
    pool = "nn.AdaptiveAvgPool2d(1)" if t.spec.head == "global" else "nn.AvgPool2d(2)"
    return [*lines, f"self.avgpool = {pool}", f"self.fc = nn.Linear({flat}, num_classes)"]


def _forward(t: NetworkTrace, names: list[str]) -> Lines:
    """One line for each part that changes the shape; a convolution has its BatchNorm and its ReLU around it."""
    shapes = {op.name.split(".")[0]: op.out_shape for op in (*t.stem, *t.head)}
    shapes |= {f"layer{number - 1}": t.stage(number)[-1].out_shape for number in t.stages}
    lines: Lines = []
    for name in names:
        shape = times(shapes[name] or ())
        if name in ("bn1", "norm"):
            inner = "self.conv1(x)" if name == "bn1" else "x"
            if name == "bn1":
                lines.pop()
            lines.append(shaped(f"x = self.relu(self.{name}({inner}))", shape))
        elif name == "flatten":
            continue
        elif name == "fc":
            lines.append(shaped("return self.fc(torch.flatten(x, 1))", str(t.out_shape[0])))
        elif name != "relu":
            lines.append(shaped(f"x = self.{name}(x)", shape))
    return lines


def _main(t: NetworkTrace) -> Lines:
    size = ", ".join(map(str, t.in_shape))
    return [
        'if __name__ == "__main__":',
        "    model = ResNet().eval()",
        '    print(f"{sum(p.numel() for p in model.parameters()):,} parameters")',
        "    with torch.no_grad():",
        f"        print(tuple(model(torch.zeros(1, {size})).shape))",
    ]
