"""PyTorch: a file with one class for each kind of block, torchvision's names in the state dict, and a ``__main__``.

    block_file(trace(BlockSpec()))    class ConvolutionalBlock(nn.Module): …
    pair_file(left, right)            what both share stands in one class, and what differs in two

Sources: PyTorch's `torch.nn`; torchvision `models/resnet.py`, whose keys the state dict has.
"""

from __future__ import annotations

from dataclasses import replace

from resnet import text
from resnet.export.code.plan import Plan
from resnet.export.code.pytorch_block import (
    Names,
    Shapes,
    a_class,
    init,
    joined,
    main_layers,
    main_path,
    method,
    names_of_one,
    preact,
    shapes_of_one,
    shortcut_layers,
    shortcut_path,
)
from resnet.export.code.words import (
    block_words,
    class_of,
    judged,
    main_words,
    order_words,
    shape_of,
    shortcut_words,
    two_names,
)
from resnet.export.code.writing import Lines, call, comment, docstring, indented, module, shaped, times
from resnet.spec import names
from resnet.spec.conventions import Conventions
from resnet.trace.values import BlockTrace

IMPORTS = ["import torch", "from torch import nn"]
READING = "Shapes are channels × height × width, of one image. The state dict has torchvision's keys."
_TOLD = Conventions(axes="nchw")


def block_file(t: BlockTrace) -> str:
    """One block."""
    name = class_of(t.spec)
    about = docstring(
        f"{names.title(t.spec)}, in PyTorch: {text.count(t.params)} parameters.", judged(t, _TOLD), READING
    )
    return module([*about, "", *IMPORTS], _whole_class(t, name), _main([(name, t)]))


def pair_file(left: BlockTrace, right: BlockTrace) -> str:
    """Two blocks. Where only their shortcuts differ, the main path is written once."""
    called = two_names(class_of(left.spec), class_of(right.spec))
    both = list(zip(called, (left, right), strict=True))
    if left.spec == right.spec:
        both = [(class_of(left.spec), left)]
    shared = replace(left.spec, shortcut=right.spec.shortcut) == right.spec and len(both) == 2
    what = "they differ in the shortcut alone" if shared else "side by side" if len(both) == 2 else "twice the same"
    about = docstring(
        f"{names.title(left.spec)}, and {_lower(names.title(right.spec))}, in PyTorch: {what}.",
        "\n".join(f"{name}, {text.count(t.params)} parameters. {judged(t, _TOLD)}" for name, t in both),
        READING,
    )
    classes = [_main_class(left), *(_shortcut_class(t, name) for name, t in both)]
    classes = classes if shared else [_whole_class(t, name) for name, t in both]
    return module([*about, "", *IMPORTS], *classes, _main(both))


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


def _told(t: BlockTrace) -> tuple[Plan, Names, Shapes]:
    return Plan.of([t.spec]), names_of_one(t.spec), shapes_of_one(t)


def _whole_class(t: BlockTrace, name: str) -> Lines:
    plan, called, shapes = _told(t)
    made = init(called, [*called.unpack, *main_layers(plan, called), *shortcut_layers(plan, called)])
    runs = method("forward", [*main_path(plan, shapes), *_sum(t, plan, shapes)])
    return a_class(name, "nn.Module", block_words(t), made, runs)


def _main_class(t: BlockTrace) -> Lines:
    """The main path, for two blocks that differ in their shortcut."""
    plan, called, shapes = _told(t)
    path = main_path(plan, shapes)
    argument = "x"
    if plan.one.pre_activation:  # what the projection reads, too: a block's own forward makes it
        path, argument = path[1:], "preact"
    path[-1] = path[-1].replace("out = ", "return ", 1)
    made = init(called, [*called.unpack, *main_layers(plan, called)])
    words = f"The main path F(x) of both blocks: {main_words(t.spec)}. {order_words(t.spec)}".strip()
    return a_class(shape_of(t.spec), "nn.Module", words, made, method("main_path", path, argument))


def _shortcut_class(t: BlockTrace, name: str) -> Lines:
    plan, called, shapes = _told(t)
    layers = shortcut_layers(plan, called)
    if any("f" + str(len(called.widths)) in line for line in layers):
        layers = [f"{called.out_channels} = filters[-1]", *layers]
    base = ", ".join(one.split(":")[0] for one in called.signature)
    runs = [preact(shapes)] if plan.one.pre_activation else []
    read = "preact" if plan.one.pre_activation else "x"
    last = t.addition.in_shapes[0]
    runs.append(shaped(f"out = self.main_path({read})", times(last)))
    made = init(called, layers, call_base=base) if layers else []
    return a_class(
        name,
        shape_of(t.spec),
        f"Shortcut: {shortcut_words(t)}.",
        made,
        method("forward", [*runs, *_sum(t, plan, shapes)]),
    )


def _sum(t: BlockTrace, plan: Plan, shapes: Shapes) -> Lines:
    """The shortcut, the addition and what is behind it; where there is no sum, why."""
    before, added = shortcut_path(plan, shapes)
    if t.problem is None:
        return [*before, *joined(plan, added, shapes("joined"))]
    main, shortcut = (times(shape) for shape in (t.problem.main_shape, t.problem.shortcut_shape))
    why = f"Impossible: F(x) is {main}, {'x' if added == 'x' else 'the shortcut'} is {shortcut}."
    if not t.problem.broadcasts:
        stops = f'{why} torch stops at this addition: "{t.problem.message}".'
        return [*before, *comment(stops, 2), *joined(plan, added, "")]
    known = [] if added == "shortcut" else [f"shortcut = {added}"]
    refuse = [
        "if out.shape != shortcut.shape:",
        *call("    raise RuntimeError(", ['f"F(x) is {tuple(out.shape)}, the shortcut is {tuple(shortcut.shape)}"']),
    ]
    goes_on = f"{why} torch would go on, and repeat one of them (broadcasting): that is no residual sum."
    return [*before, *known, *comment(goes_on, 2), *refuse, *joined(plan, "shortcut", "")]


def _main(blocks: list[tuple[str, BlockTrace]]) -> Lines:
    """It prints each block's parameters, and the result's shape or why there is none."""
    shapes = [f"torch.randn(1, {', '.join(map(str, t.in_shape))})" for _, t in blocks]
    made = [f"{name}().eval()" for name, _ in blocks]
    run = _run(all(t.possible for _, t in blocks))
    if len(blocks) == 1:
        body = [f"block = {made[0]}", f"x = {shapes[0]}", *run]
    elif len(set(shapes)) == 1:
        body = [f"x = {shapes[0]}", *call("for block in (", made, "):"), *indented(run)]
    else:
        pairs = [f"({one}, {x})" for one, x in zip(made, shapes, strict=True)]
        body = ["for block, x in (", *(f"    {pair}," for pair in pairs), "):", *indented(run)]
    return ['if __name__ == "__main__":', *indented(body)]


def _run(possible: bool) -> Lines:
    count = ["parameters = sum(p.numel() for p in block.parameters())"]
    count += ['print(f"{type(block).__name__}: {parameters:,} parameters")']
    goes = 'print(f"{tuple(x.shape)} -> {tuple(block(x).shape)}")'
    if possible:
        return [*count, goes]
    return [*count, "try:", f"    {goes}", "except RuntimeError as error:", '    print(f"There is no result: {error}")']
