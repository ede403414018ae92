"""The story: "Why a convolutional block with stride 1?", in six steps, for a reader who knows what a convolution is.

    told(place)     title, words and figure of the step at which a reader stands; every number comes from a trace
    CORNERS         the four blocks of the two switches, "channels change" and "stride > 1"
    the_answer()    the one sentence

Pictures are solids (``resnet.draw.solids``), one pixel in real numbers (``pixel``), sketches (``corners``) and ``dots``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, NamedTuple

from resnet import text
from resnet.cache import remembered
from resnet.draw.chart_words import spoken_dots
from resnet.draw.corners import corners, spoken_corners
from resnet.draw.dots import Dot, Experiment, dots
from resnet.draw.pixel import mixing, one_pixel, spoken_mixing, spoken_pixel
from resnet.draw.solids import Solid, Step, spoken_way, way
from resnet.draw.spoken import Spoken
from resnet.lessons.evidence import ON_SHORTCUTS, Published
from resnet.modules.layers import Shape
from resnet.numbers.arithmetic import conv_weights
from resnet.run.pixel import pixel
from resnet.run.refusal import refusal
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import network
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.spec.shortcuts import Shortcut
from resnet.trace.block import trace
from resnet.trace.network import NetworkTrace, trace_network
from resnet.trace.values import BlockTrace, OpTrace
from resnet.trace.words import layer

Repair = Literal["nothing", "pad", "project"]


class RepairKind(NamedTuple):
    """Something to do about the shortcut: at its control, and as a kind of shortcut."""

    name: str
    shortcut: Shortcut


REPAIRS: dict[Repair, RepairKind] = {
    "nothing": RepairKind("Do nothing", "identity"),
    "pad": RepairKind("Pad with zeros", "zero_pad"),
    "project": RepairKind("Project", "projection"),
}
STEPS, BLOCKS = 6, 5  # how many, and the one that shows four blocks
QUESTION = BlockSpec()
_WIDE = BlockSpec(in_channels=256)
CORNERS: dict[tuple[bool, bool], BlockSpec] = {  # channels change, stride > 1
    (False, False): replace(_WIDE, shortcut="identity"),
    (True, False): QUESTION,
    (False, True): replace(_WIDE, stride=2),
    (True, True): BlockSpec(in_channels=256, filters=(128, 128, 512), stride=2),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a reader stands in it.

    ``channel``           steps 2 and 4: whose weights are looked at, counted from 1
    ``tried``             step 3: the addition was tried
    ``repair``            step 4: what is done to the shortcut
    ``channels``, ``strided``   step 5: the two switches
    """

    step: int = 1
    channel: int = 18
    tried: bool = False
    repair: Repair = "nothing"
    channels: bool = True
    strided: bool = False
    conventions: Conventions = DEFAULT


class Measured(NamedTuple):
    """A published result beside what the same network costs here; ``params`` is None for what is not built here."""

    published: Published
    params: int | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """``picture`` is an SVG, that of step 6 shows ``table``;  ``spoken``  the same in words

    ``channels``  so many cells of the picture can be chosen
    ``alarm``     the words of the library that refused;  ``says``  which one, and whether it was asked just now
    """

    title: str
    words: tuple[str, ...]
    picture: str
    spoken: Spoken
    channels: int = 0
    alarm: str = ""
    says: str = ""
    table: tuple[Measured, ...] = ()


@remembered(megabytes=4)
def told(place: Place) -> Told:
    """The step at which a reader stands."""
    return _STEPS[place.step - 1](place)


def the_answer(conventions: Conventions = DEFAULT) -> str:
    """In one breath."""
    t, stem = _question("projection", conventions), _resnet50(conventions).stem
    main, into_pool = t.addition.in_shapes[0], next(op for op in stem if op.kind == "maxpool").in_shapes[0]
    return (
        f"Not an identity block, because x has {t.in_shape[0]} channels and F(x) has {main[0]}, and they can’t be added. {t.in_shape[0]} must "
        f"become {main[0]}: zeros would do, ResNet-50 learns a 1×1 convolution. Its stride is "
        f"{t.spec.stride}, because the max-pool in front has already brought the map from {into_pool[1]} to {t.in_shape[1]} pixels."
    )


def _question(shortcut: Shortcut, conventions: Conventions) -> BlockTrace:
    return trace(conventions.built(replace(QUESTION, shortcut=shortcut)))


def _resnet50(conventions: Conventions) -> NetworkTrace:
    return trace_network(conventions.built(network("resnet50")))


def _the_input(place: Place) -> Told:
    c, t = place.conventions, _resnet50(place.conventions)
    conv, pool = (next(op for op in t.stem if op.kind == kind) for kind in ("conv", "maxpool"))
    image, x = _solid("the image", t.in_shape), _solid("x", pool.out_shape)
    steps = [Step(layer(conv), _solid("", conv.out_shape)), Step(layer(pool), x)]
    return Told(
        title="What comes in",
        words=(
            "ResNet-50 is a chain of blocks, a few convolutions each, in groups called stages. The first block of stage 2 is a "
            "“convolutional block”, though the map keeps its size there. Why not an “identity block”, which is simpler and more usual?",
            f"From block to block flows a stack of maps, one for each channel: {c.axis_names}. In front of the first block, a "
            "convolution and a max-pool (the largest number of each window) halve height and width. Each has stride "
            f"{_stride(conv)}: its window moves {_stride(pool)} pixels at a time.",
            f"So the first block of stage 2 gets x, {c.shape(x.shape)}, small enough already: its stride is {QUESTION.stride}.",
        ),
        picture=way(image, steps, c, face=96),
        spoken=spoken_way(image, steps, c),
    )


def _the_main_path(place: Place) -> Told:
    t = _question("projection", place.conventions)
    convs = [op for op in t.on("main") if op.kind == "conv"]
    wide, narrow = t.addition.in_shapes[0][0], convs[1].in_shapes[0][0]
    last = pixel(QUESTION).last
    assert last is not None, "a bottleneck ends with a 1×1"
    return Told(
        title="What a 1×1 convolution does",
        words=(
            "The block’s main path is three convolutions, 1×1, 3×3 and 1×1. What they make of x is called F(x).",
            f"The picture shows the last one, at one pixel. It reads {len(last.read)} numbers, one for each channel that the 3×3 gave. It has "
            f"{wide} channels of its own: each multiplies those numbers by {len(last.read)} weights and adds up. Point at a cell and see.",
            f"Why {wide}? By design, {wide // narrow} times {narrow}: much flows between blocks, but the costly 3×3 works on little. It has "
            f"3 · 3 · {narrow} · {narrow} = {text.count(convs[1].weights)} weights; on {wide} channels it would have "
            f"{text.count(conv_weights(QUESTION.kernel_size, wide, wide))}.",
        ),
        picture=mixing(last, "F(x)", channel=place.channel, given="from the 3×3"),
        spoken=spoken_mixing(last, "F(x)", channel=place.channel, given="from the 3×3"),
        channels=wide,
    )


def _the_attempt(place: Place) -> Told:
    c, t = place.conventions, _question("identity", place.conventions)
    main, x = t.addition.in_shapes
    refused = refusal(main, x, keras=c.counts.biases) if place.tried else None
    words: tuple[str, ...] = (
        "A residual block does not give F(x) but x + F(x): F(x) has only to learn what is to be added. x takes a way around the main "
        "path, the “shortcut”. If nothing is done to it there, the block is an identity block.",
        f"The two are added number by number. At every pixel x has {x[0]} numbers, and F(x) has {main[0]}. Try it: the button lets "
        "PyTorch (torch) add arrays of these shapes.",
    )
    if refused:
        dimension = " PyTorch’s dimension 1 is the channels." if refused.who.startswith("torch") else ""
        words = (
            words[0],
            f"There is no such sum: {x[0]} numbers find a partner, {main[0] - x[0]} stand alone. Height and width agree already, "
            f"{x[1]} × {x[2]}, so a stride would not help.{dimension}",
        )
    return Told(
        title="Why a repair at all?",
        words=words,
        picture=one_pixel(t.spec, c, tried=place.tried),
        spoken=spoken_pixel(t.spec, c, tried=place.tried),
        alarm=refused.words if refused else "",
        says=refused.who if refused else "",
    )


def _the_repairs(place: Place) -> Told:
    c, t = place.conventions, _question(REPAIRS[place.repair].shortcut, place.conventions)
    words = {"nothing": _nothing, "pad": _padded, "project": _projected}[place.repair](t, c)
    return Told(
        title="Why this repair?",
        words=(f"The shortcut has to bring {t.addition.in_shapes[0][0]} channels. Try three things.", *words),
        picture=one_pixel(t.spec, c, channel=place.channel),
        spoken=spoken_pixel(t.spec, c, channel=place.channel),
        channels=t.spec.out_channels if t.spec.projects else 0,
    )


def _nothing(_: BlockTrace, __: Conventions) -> tuple[str, ...]:
    return ("Do nothing: then there is no sum, and no block. Of the three, this one can’t be built.",)


def _padded(t: BlockTrace, c: Conventions) -> tuple[str, ...]:
    pad = next(op for op in t.on("shortcut") if op.kind == "zero_pad")
    before, after = pad.in_shapes[0][0], _shape(pad.out_shape)[0]
    return (
        f"Pad: behind the {before} numbers of x stand {after - before} zeros. It has {c.params(*t.on('shortcut'))} parameters; the ResNet "
        "paper calls it option A. So a convolution is not the only way.",
        f"But 0 + F(x) is F(x): in {after - before} of {after} channels nothing of x is added. They have “no residual learning”, say the authors.",
    )


def _projected(t: BlockTrace, c: Conventions) -> tuple[str, ...]:
    conv = next(op for op in t.on("shortcut") if op.kind == "conv")
    before, after = conv.in_shapes[0][0], _shape(conv.out_shape)[0]
    rest, own = c.params(*t.on("shortcut")) - conv.weights, "biases and " if conv.biases else ""
    return (
        f"Project: a 1×1 convolution W mixes {after} numbers from the {before} of x: {after} · {before} = {text.count(conv.weights)} weights. "
        f"With its {own}BatchNorm, which rescales the channels with {rest // after} numbers each ({text.count(rest)}), that is "
        f"{text.count(conv.weights + rest)} parameters. Its stride is {_stride(conv)}, like the main path’s.",
        "Such a shortcut is called a projection, and the block a convolutional block. ResNet-50 has one wherever shapes change "
        "(option B); in ResNet-34 the authors found that slightly better than zeros.",
    )


def _the_switches(place: Place) -> Told:
    write = {
        (False, False): _neither,
        (True, False): _channels_only,
        (False, True): _size_only,
        (True, True): _both,
    }[place.channels, place.strided]
    blocks = {corner: trace(place.conventions.built(spec)) for corner, spec in CORNERS.items()}
    return Told(
        title="Two switches, not one",
        words=(
            "Do the channels change? Is the main path’s stride greater than 1? If either is so (and the map larger than one pixel), "
            "x can’t be added as it is: here a projection, a 1×1 convolution on the shortcut, repairs it. Press a block.",
            write(place.conventions),
        ),
        picture=corners(blocks, (place.channels, place.strided), place.conventions),
        spoken=spoken_corners(blocks, (place.channels, place.strided), place.conventions),
    )


def _channels_only(c: Conventions) -> str:
    t = trace(c.built(CORNERS[True, False]))
    return (
        f"Only the channels change, {t.in_shape[0]} → {_result(t)[0]}: this is the block we asked about. Its projection is "
        f"there for the channels, and has stride {t.spec.stride}."
    )


def _size_only(c: Conventions) -> str:
    t = trace(c.built(CORNERS[False, True]))
    found = sum(block.why == ("size",) for block in trace_network(network("keras_resnet50v2")).blocks)
    return (
        f"Only the size changes, {t.in_shape[1]} → {_result(t)[1]}. A 1×1 convolution of stride {t.spec.stride} does it. ResNet-50 "
        f"has no such block; a variant in the library Keras, V2, has {found}, with a 1×1 max-pool instead, without parameters."
    )


def _both(c: Conventions) -> str:
    t = trace(c.built(CORNERS[True, True]))
    return (
        f"Both change: {c.shape(t.in_shape)} → {c.shape(t.out_shape)}. This is the first block of stage 3, and one projection, "
        f"of stride {t.spec.stride}, does both."
    )


def _neither(c: Conventions) -> str:
    t, forced = (trace(c.built(replace(CORNERS[False, False], shortcut=one))) for one in ("identity", "projection"))
    params, more = (c.params(one) for one in (t, forced))
    return (
        f"Neither: x and F(x) are both {c.shape(t.in_shape)}, so x is added as it is, for free. A projection would work too, "
        f"and turn the block’s {text.count(params)} parameters into {text.count(more)}: × {more / params:.2f}."
    )


def _the_capacity(place: Place) -> Told:
    t, table = _resnet50(place.conventions), tuple(_rows(place.conventions))
    published = [_experiment(list(rows)) for _, rows in groupby(table, key=lambda row: row.published.setting)]
    return Told(
        title="Is it for capacity, then?",
        words=(
            "Shapes, not capacity (room to learn), force a repair. That C is marginally better than B, the authors put down to more "
            f"parameters; projections are not essential, they say. ResNet-50 is B: {len(t.projections)} in {len(t.blocks)} blocks.",
            "In ResNet-110, projecting everywhere did worse, in training too: it can do more, but trains less well.",
        ),
        picture=dots(published),
        spoken=spoken_dots(published, "What was published"),
        table=table,
    )


def _experiment(rows: list[Measured]) -> Experiment:
    """Of one setting, on its own scale."""
    one = rows[0].published
    return Experiment(
        one.setting,
        f"{one.measure}, lower is better",
        [
            Dot(
                row.published.what,
                row.published.value,
                "" if row.params is None else f"{text.million(row.params)} parameters",
                row.published.projects,
            )
            for row in rows
        ],
    )


def _rows(c: Conventions) -> list[Measured]:
    rows = []
    for one in ON_SHORTCUTS[1:]:  # the first has no shortcut at all
        params = None
        if one.option:
            spec = network("resnet34", shortcut_option=one.option)
            params = c.params(trace_network(c.built(spec)))
        rows.append(Measured(one, params))
    return rows


_STEPS: tuple[Callable[[Place], Told], ...] = (
    _the_input, _the_main_path, _the_attempt, _the_repairs, _the_switches, _the_capacity,
)  # fmt: skip


def _solid(name: str, shape: Shape | None) -> Solid:
    return Solid(name, _shape(shape))


def _shape(shape: Shape | None) -> Shape:
    assert shape is not None, "every layer here has a result"
    return shape


def _result(t: BlockTrace) -> Shape:
    assert t.out_shape is not None
    return t.out_shape


def _stride(op: OpTrace) -> int:
    assert op.window is not None
    return op.window.stride
