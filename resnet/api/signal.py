"""The figures of the signal page, and the numbers behind them."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from resnet.api.answers import Endpoint, each, file
from resnet.draw.flow import flow
from resnet.draw.render import PICTURE_FORMATS, Format, render_svg
from resnet.draw.signal import summands
from resnet.export.tables import shares_to_csv
from resnet.run.picture import shipped
from resnet.run.signal import signal
from resnet.views.signal import SignalView


def _summands(file_format: Format) -> Callable[[SignalView], Response]:
    def answer(view: SignalView) -> Response:
        picture = summands(signal(view.asked, view.picture), view.channel)
        title = f"Both summands in {view.at}, channel {view.channel}"
        return file(render_svg(picture, file_format, title), file_format, f"{view.slug}_channel-{view.channel}")

    return answer


def _flow(file_format: Format) -> Callable[[SignalView], Response]:
    def answer(view: SignalView) -> Response:
        s = signal(view.asked, view.picture)
        picture = flow(
            s, shipped(view.picture), channel=view.channel, unfolded=view.unfolded, conventions=view.conventions
        )
        return file(render_svg(picture, file_format, f"{view.at} and its maps"), file_format, f"{view.slug}_flow")

    return answer


def _shares(view: SignalView) -> Response:
    return file(shares_to_csv(signal(view.asked, view.picture).shares).encode(), "csv", f"{view.slug}_shares")


ENDPOINTS: tuple[Endpoint, ...] = (
    *each("signal", PICTURE_FORMATS, SignalView, "both summands of a block and their sum, as maps", _summands),
    *each("signal_flow", PICTURE_FORMATS, SignalView, "a block's diagram with the maps at every box", _flow),
    Endpoint("signal_shares", "csv", SignalView, "the shortcut's part of the sum in every channel", _shares),
)
