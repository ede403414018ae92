"""What there is to say of a picture on its way through a block: computed, in plain sentences."""

from __future__ import annotations

from typing import NamedTuple

from resnet import text
from resnet.run.picture import PICTURES
from resnet.run.refusal import refusal
from resnet.run.signal import UNIT, Signal
from resnet.run.weights import PLACES
from resnet.spec.conventions import Conventions
from resnet.trace.values import INPUT


class Told(NamedTuple):
    """``title``; what happens in this block, sentence by sentence; ``alarm``: a library's own words, and whose."""

    title: str
    words: tuple[str, ...]
    alarm: str = ""
    says: str = ""


def told(s: Signal, channel: int, conventions: Conventions) -> Told:
    """Of this block, and of this channel, counted from 1."""
    read, made = s.points[INPUT].shape[0], s.points[s.summands[0]].shape[0]
    if not s.shares:
        return _impossible(s, read, made, conventions)
    words = [_shortcut(s, read, made), _channel(s, channel, read)]
    if s.difference is not None:
        words.append(_equal(s))
    return Told(_TITLES.get(_kind(s), "What the shortcut adds"), tuple(words))


_TITLES = {
    "identity": "x itself is added",
    "zero_pad": "Zeros are added where x has no map",
    UNIT: "A projection that is the identity",
}


def _kind(s: Signal) -> str:
    return UNIT if s.asked.shortcut == UNIT else s.asked.spec.shortcut


def _impossible(s: Signal, read: int, made: int, conventions: Conventions) -> Told:
    main, shortcut = (s.points[name].shape for name in s.summands)
    words = [f"x is {text.count(read)} maps here, and F(x) is {text.count(made)}."]
    if made > read:
        words[0] = (
            f"x has {text.count(read)} maps, F(x) has {text.count(made)}: even paired by number, {text.count(made - read)} have no partner. "
            "So there is no sum, and no block."
        )
    if main[1:] != shortcut[1:]:
        words.append(
            f"Nor do the maps lie on each other: {conventions.shape(shortcut)} against {conventions.shape(main)}."
        )
    if conventions.axes == "nhwc":
        words.append("torch counts N×C×H×W from 0: its dimension 1 is the channels.")
    said = refusal(main, shortcut)
    return Told("x can’t be added as it is", tuple(words), said.words if said else "", f"{said.who}" if said else "")


def _shortcut(s: Signal, read: int, made: int) -> str:
    kind, n, m = _kind(s), text.count(read), text.count(made)
    if kind == UNIT:
        return (
            f"The projection’s {m} × {n} weights are 1 where both are the same channel, and 0 elsewhere; "
            "its BatchNorm has mean 0, variance 1 and no shift, so that it changes nothing."
        )
    if s.asked.spec.projects:
        whole = f"x has {n} maps, F(x) has {m}" if read != made else f"x and F(x) have {n} maps each"
        return (
            f"{whole}. The projection, a 1×1 convolution, makes {m} maps of the {n}: each is a weighted sum of them. "
            "Then shortcut and F(x) are added, pixel by pixel."
        )
    if kind == "zero_pad" and made > read:
        return f"{n} of the {m} sums get a map of x; in the other {text.count(made - read)}, zeros are added to F(x), and nothing of x is left there."
    if kind == "max_pool":
        return f"x goes through a pool that keeps every {s.asked.spec.stride}nd pixel, and is added to F(x)."
    return f"The {n} maps of x are added to the {m} of F(x) as they are: map by map, pixel by pixel."


def _channel(s: Signal, channel: int, read: int) -> str:
    share = s.shares[channel - 1]
    low, high, mean = min(s.shares), max(s.shares), sum(s.shares) / len(s.shares)
    here = (
        f"In channel {text.count(channel)} the shortcut is {_percent(share)} of both by size; where one is above zero and the other below, they "
        f"cancel: {_percent(s.left[channel - 1])} is left in the sum"
    )
    if _kind(s) == "zero_pad" and channel > read:
        here = f"Channel {text.count(channel)} has no map of x: its sum is F(x) alone"
    return (
        f"{here}. Over all channels, the shortcut’s part is {_percent(mean)}, from {_percent(low)} to {_percent(high)}."
    )


def _equal(s: Signal) -> str:
    difference = s.difference or 0.0
    size = "none at all" if difference == 0 else f"{difference:.1g}, which is what single precision can tell apart"
    if s.asked.shortcut == UNIT:
        return f"So the convolutional block gives what the identity block gives. The largest difference between their results: {size}."
    return (
        f"With γ = 0, F(x) is 0: this block is the identity. The largest difference between its result and x: {size}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def about_weights(source: str, seed: int, accuracy: float) -> tuple[str, ...]:
    """Where the weights come from, and what they can't do. ``accuracy``: of the trained network, by its curve."""
    if source == "trained":
        names = ", ".join(one.name.lower() for one in PICTURES.values() if one.seen)
        return (
            f"ResNet-50’s stem and first two stages, trained here, without human labels, on cut-outs of five photographs ({names}). "
            f"It was asked which of {PLACES} places a cut-out shows, moved, turned and recoloured at random: {_percent(accuracy)} right at the end, on "
            f"cut-outs that were new to it (guessing: {100 / PLACES:g} %; after Dosovitskiy et al. 2014, arXiv 1406.6909). The cat it has never seen.",
            "Its maps show edges, colours and textures. It knows no objects: for that, five photographs are not enough.",
        )
    if source == "file":
        return ("The weights are the server owner’s checkpoint.",)
    return (
        f"The weights are drawn at random (seed {seed}): nothing is learned yet, and BatchNorm takes the picture’s own mean and variance.",
    )


def about_picture(key: str) -> str:
    """Whose a shipped picture is."""
    one = PICTURES[key]
    return f"{one.name}: {one.author}, {one.licence}, from {one.package}."
