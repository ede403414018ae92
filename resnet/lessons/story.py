"""The story: "Why a convolutional block with stride 1?", in six steps, for a reader who knows what a convolution is.

    told(place)     title, words and figure of the step at which a reader stands; every number comes from a trace
    CORNERS         the four blocks of the two switches, "channels change" and "stride > 1"
    the_answer()    the one sentence

Pictures are solids (``resnet.draw.solids``) and sketches (``resnet.draw.sketch``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from resnet import text
from resnet.cache import remembered
from resnet.draw.solids import Solid, Step, addition, way
from resnet.lessons.evidence import ON_SHORTCUTS, Published
from resnet.modules.layers import Shape
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import network
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.spec.shortcuts import Shortcut
from resnet.trace.addition import try_to_add
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
STEPS = 6
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

    ``tried``             step 3: the addition was tried
    ``repair``            step 4: what is done to the shortcut
    ``channels``, ``strided``   step 5: the two switches
    """

    step: int = 1
    tried: bool = False
    repair: Repair = "nothing"
    channels: bool = True
    strided: bool = False
    conventions: Conventions = DEFAULT

    @property
    def corner(self) -> BlockSpec:
        return CORNERS[self.channels, self.strided]


class Measured(NamedTuple):
    """A published result beside what the same network costs here; ``params`` is None for what is not built here."""

    published: Published
    params: int | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """``picture`` is an SVG. Step 5 has sketches instead, step 6 has ``table``."""

    title: str
    words: tuple[str, ...]
    picture: str = ""
    alarm: str = ""
    table: tuple[Measured, ...] = ()


@remembered(megabytes=4)
def told(place: Place) -> Told:
    """The step at which a reader stands."""
    return _STEPS[place.step - 1](place)


def the_answer(conventions: Conventions = DEFAULT) -> str:
    """In one sentence."""
    t, stem = _question("projection", conventions), _resnet50(conventions).stem
    main, into_pool = t.addition.in_shapes[0], next(op for op in stem if op.kind == "maxpool").in_shapes[0]
    return (
        f"Not an identity block, because x has {t.in_shape[0]} channels and F(x) has {main[0]}, and they can’t be added; a 1×1 "
        f"convolution on the shortcut makes {main[0]} of the {t.in_shape[0]}, with stride {t.spec.stride}, because the max-pool in front "
        f"has already brought the map from {into_pool[1]} to {t.in_shape[1]} pixels."
    )


def _question(shortcut: Shortcut, conventions: Conventions) -> BlockTrace:
    return trace(conventions.built(replace(QUESTION, shortcut=shortcut)))


def _resnet50(conventions: Conventions) -> NetworkTrace:
    return trace_network(conventions.built(network("resnet50")))


def _the_input(place: Place) -> Told:
    c, t = place.conventions, _resnet50(place.conventions)
    conv, pool = (next(op for op in t.stem if op.kind == kind) for kind in ("conv", "maxpool"))
    x = _solid("x", pool.out_shape)
    return Told(
        title="What comes in",
        words=(
            "ResNet-50 is a chain of blocks, of a few convolutions each, in groups called stages. Stage 2, the first with blocks, starts "
            "with a “convolutional block”, though the map keeps its size there. Why not with an “identity block”, the usual and simpler "
            "one?",
            f"From block to block goes a stack of maps, one for each channel: {c.axis_names}. In front of the first block height and "
            "width are halved twice, by a convolution and a max-pool (the largest number of each window), both of stride "
            f"{_stride(conv)} (s={_stride(conv)}): the window moves {_stride(pool)} pixels at a time.",
            f"So that block gets x, {c.shape(x.shape)}. It need not shrink the map: its stride is {QUESTION.stride}.",
        ),
        picture=way(
            _solid("the image", t.in_shape),
            [Step(layer(conv), _solid("", conv.out_shape)), Step(layer(pool), x)],
            c,
            face=96,
        ),
    )


def _the_main_path(place: Place) -> Told:
    c, t = place.conventions, _question("projection", place.conventions)
    convs = [op for op in t.on("main") if op.kind == "conv"]
    steps = [Step(layer(op), _solid("F(x)" if op is convs[-1] else "", op.out_shape)) for op in convs]
    came, narrowed, wide = convs[0].in_shapes[0][0], convs[-1].in_shapes[0][0], t.addition.in_shapes[0][0]
    return Told(
        title="What the main path makes of it",
        words=(
            f"Three convolutions, the main path, make a result of x, called F(x): 1×1, 3×3, 1×1. A 1×1 looks at one pixel and mixes its "
            f"channels. The last one makes {wide} channels of {narrowed}: a block of ResNet-50 ends with {wide // narrowed} times the "
            "channels of its 3×3.",
            "After each comes BatchNorm, which brings every channel to one scale, and ReLU, which turns negative numbers into 0 (the last "
            "ReLU waits for step 3). They change no shape and are not drawn.",
            f"The size is still {convs[-1].in_shapes[0][1]} × {convs[-1].in_shapes[0][2]}. The channels have changed: {came} came in, "
            f"{wide} go out.",
        ),
        picture=way(_solid("x", t.in_shape), steps, c, face=40),
    )


def _the_attempt(place: Place) -> Told:
    c, t = place.conventions, _question("identity", place.conventions)
    main, x = t.addition.in_shapes
    message = try_to_add(main, x) if place.tried else None
    words: tuple[str, ...] = (
        "A residual block does not give F(x) but x + F(x): F(x) has only to learn what must change. x goes round the main path on a "
        "shortcut; if it goes as it is, the block is an identity block. The two are added, number by number.",
        "The button lets PyTorch (torch) try it, with arrays of numbers (tensors) of these two shapes.",
    )
    if message:
        words = (
            words[0],
            f"torch refuses. The sizes agree, {x[1]} × {x[2]} both; the channels do not, {x[0]} against {main[0]}. No stride could mend "
            "that. (torch counts from 0: image, channels, height, width.)",
        )
    verdict = f"{x[0]} channels are not {main[0]}" if message else "x + F(x) = ?"
    picture = addition(
        _solid("F(x), main path", main),
        _solid("x, shortcut", x),
        (),
        verdict=verdict,
        possible=False if message else None,
        conventions=c,
    )
    return Told(title="Try to add", words=words, picture=picture, alarm=message or "")


def _the_repairs(place: Place) -> Told:
    c, t = place.conventions, _question(REPAIRS[place.repair].shortcut, place.conventions)
    main, x = t.addition.in_shapes[0], t.in_shape
    steps, words = {"nothing": _nothing, "pad": _padded, "project": _projected}[place.repair](t, c)
    verdict = f"the sum is {c.shape(t.out_shape)}" if t.possible else f"{x[0]} channels are not {main[0]}"
    picture = addition(_solid("F(x)", main), _solid("x", x), steps, verdict=verdict, possible=t.possible, conventions=c)
    intro = "The shortcut has to bring as many channels as F(x) has. There are three choices."
    return Told(title="Three choices", words=(intro, words), picture=picture)


_Repaired = tuple[tuple[Step, ...], str]  # what happens on the shortcut, and what there is to say of it


def _nothing(_: BlockTrace, __: Conventions) -> _Repaired:
    return (), "Do nothing: then there is no sum, and no block. Of the three, only this one can’t be built."


def _padded(t: BlockTrace, c: Conventions) -> _Repaired:
    pad = next(op for op in t.on("shortcut") if op.kind == "zero_pad")
    x = _solid("x and zeros", pad.out_shape)
    before, extra = pad.in_shapes[0][0], x.shape[0] - pad.in_shapes[0][0]
    return (Step(f"+ {extra} channels of zeros", x._replace(zeros=extra)),), (
        f"Pad: {extra} channels of zeros are put behind the {before} of x. It costs {c.params(*t.on('shortcut'))} parameters; the "
        "ResNet paper calls it option A. So a convolution is not the only way."
    )


def _projected(t: BlockTrace, c: Conventions) -> _Repaired:
    conv = next(op for op in t.on("shortcut") if op.kind == "conv")
    x = _solid("projected x", conv.out_shape)
    rest = c.params(*t.on("shortcut")) - conv.weights
    return (Step(layer(conv), x._replace(accent=True)),), (
        f"Project: a 1×1 convolution makes {x.shape[0]} channels of {conv.in_shapes[0][0]}. It has {text.count(conv.weights)} weights, "
        f"and {text.count(rest)} more parameters in {'biases and ' if conv.biases else ''}BatchNorm; its stride is {_stride(conv)}. That makes it a convolutional "
        "block (option B). ResNet-50 does this; the paper’s ResNet-34 had a little less error than with zeros (step 6)."
    )


def _the_switches(place: Place) -> Told:
    write = {
        (False, False): _neither,
        (True, False): _channels_only,
        (False, True): _size_only,
        (True, True): _both,
    }[place.channels, place.strided]
    intro = "Do the channels change? Is the main path’s stride greater than 1? Each alone is reason enough. ResNet-50 then has a projection, the 1×1 convolution that makes it a convolutional block."
    return Told(title="Two switches, not one", words=(intro, write(place.conventions)))


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
        f"has no such block; a variant, Keras’s V2, has {found}, and uses a max-pool there, without parameters."
    )


def _both(c: Conventions) -> str:
    t = trace(c.built(CORNERS[True, True]))
    return (
        f"Both change: {c.shape(t.in_shape)} → {c.shape(t.out_shape)}. This is the first block of stage 3, and one projection, "
        f"of stride {t.spec.stride}, does both."
    )


def _neither(c: Conventions) -> str:
    t, forced = (trace(replace(CORNERS[False, False], shortcut=one)) for one in ("identity", "projection"))
    weights, more = (sum(op.weights for op in one.ops) for one in (t, forced))
    return (
        f"Neither: x and F(x) are both {c.shape(t.in_shape)}, so x is added as it is, for free. A projection would work too, "
        f"and turn the block’s {text.count(weights)} weights into {text.count(more)}: × {more / weights:.2f}."
    )


def _the_capacity(place: Place) -> Told:
    c, t = place.conventions, _resnet50(place.conventions)
    weights = sum(op.weights for op in _question("projection", c).on("shortcut"))
    return Told(
        title="Is it for capacity, then?",
        words=(
            f"“It gives the network more capacity” (room to learn) is often said, and it does add weights: {text.count(weights)}. But that "
            f"is not why it is there: ResNet-50 has a projection only where shapes differ, in {len(t.projections)} of {len(t.blocks)} "
            "blocks. Projections everywhere helped a little in ResNet-34 on ImageNet, and hurt in ResNet-110 on CIFAR-10.",
        ),
        table=tuple(_rows(c)),
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
    assert shape is not None, "every layer here has a result"
    return Solid(name, shape)


def _result(t: BlockTrace) -> Shape:
    assert t.out_shape is not None
    return t.out_shape


def _stride(op: OpTrace) -> int:
    assert op.window is not None
    return op.window.stride
