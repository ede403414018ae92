"""Keras 3: a file with one function for each kind of block, Keras's names for the layers, and a ``__main__``.

block_file(trace(BlockSpec()))    def convolutional_block(x, filters, …): …
pair_file(left, right)            what both share stands in one function
"""

from __future__ import annotations

from dataclasses import replace

from resnet import text
from resnet.export.code.keras_block import (
    Shapes,
    function,
    helpers,
    joined,
    main_path,
    names_of,
    preact,
    shortcut_path,
)
from resnet.export.code.plan import Plan
from resnet.export.code.words import (
    block_words,
    function_of,
    judged,
    main_words,
    order_words,
    shortcut_words,
    two_names,
)
from resnet.export.code.writing import Lines, comment, docstring, indented, module, shaped, times
from resnet.spec import names
from resnet.spec.conventions import Conventions
from resnet.trace.values import BlockTrace

IMPORTS = ["import keras", "from keras import KerasTensor, layers"]
READING = (
    "Shapes are height × width × channels, of one image. Layers have the names that keras.applications gives them."
)
CONVENTIONS = Conventions(counting="keras")  # the biases are the block's own: only how it is counted


def block_file(t: BlockTrace) -> str:
    """One block."""
    name = function_of(t.spec)
    about = docstring(
        f"{names.title(t.spec)}, in Keras: {_counted(t)} parameters, BatchNorm’s statistics included.",
        judged(t, CONVENTIONS),
        READING,
    )
    plan = Plan.of([t.spec])
    return module([*about, "", *IMPORTS], *helpers(plan), _whole(t, name), _main([(name, t)]))


def pair_file(left: BlockTrace, right: BlockTrace) -> str:
    """Two blocks. Where only their shortcuts differ, the main path is written once."""
    called = two_names(function_of(left.spec), function_of(right.spec), "_")
    both = list(zip(called, (left, right), strict=True))
    if left.spec == right.spec:
        both = [(function_of(left.spec), left)]
    shared = replace(left.spec, shortcut=right.spec.shortcut) == right.spec and len(both) == 2
    what = "they differ in the shortcut alone" if shared else "side by side" if len(both) == 2 else "twice the same"
    right_title = names.title(right.spec)
    about = docstring(
        f"{names.title(left.spec)}, and {right_title[0].lower() + right_title[1:]}, in Keras: {what}.",
        "\n".join(f"{name}, {_counted(t)} parameters. {judged(t, CONVENTIONS)}" for name, t in both),
        f"{READING} BatchNorm’s statistics are counted.",
    )
    functions = [_main_path(left), *(_block(t, name) for name, t in both)]
    functions = functions if shared else [_whole(t, name) for name, t in both]
    needed: list[Lines] = []
    for _, t in both:
        needed += [one for one in helpers(Plan.of([t.spec])) if one not in needed]
    return module([*about, "", *IMPORTS], *needed, *functions, _main(both))


def _counted(t: BlockTrace) -> str:
    return text.count(t.params + t.buffers)


def shapes_of_one(t: BlockTrace) -> Shapes:
    known = {op.name: op.out_shape for op in t.ops} | {"joined": t.out_shape}

    def told(name: str) -> str:
        shape = known.get(name)
        return last(shape) if shape else ""

    return told


def last(shape: tuple[int, ...]) -> str:
    """Channels last."""
    return times((*shape[1:], shape[0]))


def _arguments(t: BlockTrace) -> list[str]:
    called = names_of(Plan.of([t.spec]))
    stride = [f"stride: int = {t.spec.stride}"] if called.stride else []
    return [f"filters: {called.filters} = {t.spec.filters}", *stride, 'name: str = "block"']


def _whole(t: BlockTrace, name: str) -> Lines:
    plan, shapes = Plan.of([t.spec]), shapes_of_one(t)
    start, read = ([preact(shapes)], "preact") if plan.one.pre_activation else ([], "x")
    unpack, *path = main_path(plan, names_of(plan), shapes, read)
    body = [unpack, *start, *path, *_sum(t, plan, shapes)]
    return function(name, _arguments(t), block_words(t), body)


def _main_path(t: BlockTrace) -> Lines:
    """Of two blocks that differ in their shortcut."""
    plan = Plan.of([t.spec])
    called = names_of(plan)
    read = "preact" if plan.one.pre_activation else "x"
    words = f"F(x) of both blocks: {main_words(t.spec)}. {order_words(t.spec)}".strip()
    body = main_path(plan, called, shapes_of_one(t), read)
    if body[-1].startswith("out = "):
        body[-1] = body[-1].replace("out = ", "return ", 1)
    arguments = [f"filters: {called.filters}", *(["stride: int"] if called.stride else []), "name: str"]
    return function("main_path", arguments, words, body, read)


def _block(t: BlockTrace, name: str) -> Lines:
    plan, shapes = Plan.of([t.spec]), shapes_of_one(t)
    called = names_of(plan)
    start, read = ([preact(shapes)], "preact") if plan.one.pre_activation else ([], "x")
    stride = ", stride" if called.stride else ""
    body = [*start, shaped(f"out = main_path({read}, filters{stride}, name)", last(t.addition.in_shapes[0]))]
    body += _sum(t, plan, shapes)
    if any(called.out_channels in line for line in body):
        body.insert(0, f"{called.out_channels} = filters[-1]")
    return function(name, _arguments(t), f"Shortcut: {shortcut_words(t)}.", body)


def _sum(t: BlockTrace, plan: Plan, shapes: Shapes) -> Lines:
    """The shortcut, the addition and what is behind it; where there is no sum, why."""
    before, shortcut = shortcut_path(plan, names_of(plan), shapes)
    if t.problem is None:
        return [*before, *joined(plan.one, shortcut, shapes("joined"))]
    main, other = (last(shape) for shape in (t.problem.main_shape, t.problem.shortcut_shape))
    why = f"Impossible: F(x) is {main}, {'x' if shortcut == 'x' else 'the shortcut'} is {other}."
    if not t.problem.broadcasts:
        return [*before, *comment(f"{why} Keras stops at this addition.", 1), *joined(plan.one, shortcut, "")]
    refuse = [
        f"if out.shape != {shortcut}.shape:",
        f'    raise ValueError(f"F(x) is {{out.shape}}, the shortcut is {{{shortcut}.shape}}")',
    ]
    goes_on = f"{why} Keras would go on, and repeat one of them (broadcasting): that is no residual sum."
    return [*before, *comment(goes_on, 1), *refuse, *joined(plan.one, shortcut, "")]


def _main(blocks: list[tuple[str, BlockTrace]]) -> Lines:
    """It prints each block's parameters, and the result's shape or why there is none."""
    inputs = [f"keras.Input(({last(t.in_shape).replace(' × ', ', ')}))" for _, t in blocks]
    if len(blocks) == 1:
        return [
            'if __name__ == "__main__":',
            *indented([f"x = {inputs[0]}", *_run(blocks[0][0], blocks[0][1].possible)]),
        ]
    run = _run("block", all(t.possible for _, t in blocks))
    if len(set(inputs)) == 1:
        body = [f"x = {inputs[0]}", f"for block in ({', '.join(name for name, _ in blocks)}):", *indented(run)]
    else:
        pairs = [f"    ({name}, {x})," for (name, _), x in zip(blocks, inputs, strict=True)]
        body = ["for block, x in (", *pairs, "):", *indented(run)]
    return ['if __name__ == "__main__":', *indented(body)]


def _run(block: str, possible: bool) -> Lines:
    named = "{block.__name__}" if block == "block" else block
    goes = [
        f"model = keras.Model(x, {block}(x))",
        f'print(f"{named}: {{model.count_params():,}} parameters")',
        'print(f"{model.input_shape} -> {model.output_shape}")',
    ]
    if possible:
        return goes
    return ["try:", *indented(goes), "except ValueError as error:", f'    print(f"{named} can\'t be built: {{error}}")']
