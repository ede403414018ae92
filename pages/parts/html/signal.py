"""The signal: both summands and their sum, the block's diagram with its maps, shares and sizes, the downloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from markupsafe import Markup

from pages.parts.html.downloads import Download, downloads
from pages.parts.html.part import Element, Part
from pages.parts.html.templates import part
from resnet.cache import remembered
from resnet.draw import flow as flows
from resnet.draw import shares
from resnet.draw import signal as signals
from resnet.draw.projection import written
from resnet.export.subjects.lessons import FLOW, SHARES, SIGNAL
from resnet.lessons.signal import about_picture, about_weights, told
from resnet.run.picture import Picture, shipped
from resnet.run.signal import Signal, signal, signal_of
from resnet.run.weights import accuracy
from resnet.trace.words import layer
from resnet.views.signal import SignalView

Parts = tuple[Part, ...]


class Seen(NamedTuple):
    """What a page shows. ``own``: the picture is the reader's, and nothing made of it is remembered."""

    view: SignalView
    signal: Signal
    picture: Picture
    own: bool


def seen(view: SignalView) -> Seen:
    """Of a picture that ships."""
    return Seen(view, signal(view.asked, view.picture), shipped(view.picture), own=False)


def seen_own(view: SignalView, picture: Picture) -> Seen:
    """Of a reader's picture."""
    return Seen(view, signal_of(view.asked, picture), picture, own=True)


def _kept(draw: Callable[[Seen], Parts]) -> Callable[[Seen], Parts]:
    """Remembered for everybody, unless the picture is somebody's own."""

    @remembered(megabytes=16)
    def of_shipped(view: SignalView) -> Parts:
        return draw(seen(view))

    def drawn(of: Seen) -> Parts:
        return draw(of) if of.own else of_shipped(of.view)

    return drawn


@_kept
def summands(of: Seen) -> Parts:
    """The two summands and their sum, and what there is to say."""
    view, s = of.view, of.signal
    said = told(s, view.channel, view.conventions)
    title = part(
        "signaltitle", "signal/title.html", title=said.title, picture=of.picture.address(176), alt=of.picture.name
    )
    drawn = signals.window(view.channel, view.channels)
    cells = [
        Element(
            f"cells-{key}",
            f"Channel, by the maps of {words}",
            op="channel.",
            cells=len(drawn),
            cell=view.channel - drawn[0] + 1,
        )
        for key, words in (("shortcut", "the shortcut"), ("main", "the main path"), ("total", "the sum"))
    ]
    figure, in_words = signals.summands(s, view.channel), signals.spoken_summands(s, view.channel)
    return (
        title,
        part("signalwords", "signal/words.html", words=said.words, alarm=said.alarm, says=said.says),
        part("signal summands", "signal/picture.html", tuple(cells), picture=Markup(figure), told=in_words),
    )


@_kept
def flow(of: Seen) -> Parts:
    """The block's diagram, with maps at every box that has some."""
    view, s = of.view, of.signal
    figure = flows.flow(s, of.picture, channel=view.channel, unfolded=view.unfolded, conventions=view.conventions)
    names = {op.name: layer(op) for op in s.trace.ops} | {"x": "the block’s input"}
    elements = tuple(
        Element(f"maps-{op}", f"All maps that flow out of {op}, {names[op]}", op=f"point.{op}")
        for op in dict.fromkeys(flows.strips(s, view.unfolded).values())
    )
    in_words = flows.spoken_flow(s, of.picture, unfolded=view.unfolded, conventions=view.conventions)
    parts = [part("signalflow", "signal/flow.html", elements, picture=Markup(figure), told=in_words)]
    if view.point in s.points:
        figure = flows.every_map(s, view.point, view.channel)
        said = f"What flows out of {view.point}, {names[view.point]}"
        parts.append(part("signalmaps", "signal/maps.html", picture=Markup(figure), heading=said))
    return tuple(parts)


@_kept
def sizes(of: Seen) -> Parts:
    """Whose the sum is, how large the numbers are, and what the projection writes."""
    view, s = of.view, of.signal
    parts = []
    if s.weights and view.shortcut == "own":
        figure = written(s, view.channel)
        words = f"How the projection makes its channel {view.channel:,}, ahead of BatchNorm"
        parts.append(part("signal written", "signal/maps.html", picture=Markup(figure), heading=words))
    if s.shares:
        bars = Markup(shares.share_bars(s, view.channel))
        parts.append(part("signal half", "signal/picture.html", picture=bars, told=None))
    parts.append(part("signal half sizes", "signal/picture.html", picture=Markup(shares.histograms(s)), told=None))
    return tuple(parts)


def about(of: Seen) -> Parts:
    """Where the weights and the picture come from."""
    view = of.view
    whose = "Your picture stays in this page’s memory while it is open, as 224 × 224 pixels, and nowhere else."
    words = (*about_weights(view.weights, view.seed, accuracy()), whose if of.own else about_picture(view.picture))
    return (part("signalabout", "signal/about.html", words=words),)


def files(of: Seen) -> Parts:
    """What is shown, as files; of a reader's own picture nothing is at an address."""
    if of.own:
        return ()
    view = of.view
    subjects = (SIGNAL, FLOW, *([SHARES] if of.signal.shares else []))
    return (downloads([Download(one.title, one, view, view.to_query()) for one in subjects]),)
