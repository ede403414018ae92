"""The signal page without a browser: what is asked for is what is run, and nothing of a reader's picture stays."""

from __future__ import annotations

import io
from functools import partial

import pytest
from PIL import Image

from pages.parts.html import signal as html
from resnet.run.picture import Picture
from resnet.views.signal import SignalView
from tests.pages.opening import open_at

pytestmark = pytest.mark.slow  # seconds each: `make quick` leaves them out


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> list[SignalView]:
    """The views that were shown, in order."""
    views: list[SignalView] = []
    original = html.summands

    def summands(of: html.Seen) -> html.Parts:
        views.append(of.view)
        return original(of)

    monkeypatch.setattr(html, "summands", summands)
    return views


open_signal = partial(open_at, "signal_page.py")


def test_it_opens_on_the_block_of_the_question(run: list[SignalView]) -> None:
    app = open_signal()
    assert not app.exception
    assert run[-1] == SignalView() and run[-1].at == "layer1.0"
    words = html.summands(html.seen(run[-1]))[1].html
    assert "64 maps" in words and "256" in words


def test_every_control_reaches_what_is_run(run: list[SignalView]) -> None:
    app = open_signal()
    app.selectbox("signal_picture").select("rocket").run()
    app.selectbox("signal_at").select("layer1.1").run()
    app.selectbox("signal_shortcut").select("unit").run()
    app.number_input("signal_channel").set_value(200).run()
    assert not app.exception
    assert run[-1] == SignalView(picture="rocket", at="layer1.1", shortcut="unit", channel=200)
    assert "largest difference" in html.summands(html.seen(run[-1]))[1].html
    app.selectbox("signal_at").select("layer2.0").run()
    assert run[-1] == SignalView(picture="rocket", at="layer2.0", channel=1)
    app.segmented_control("signal_weights").select("drawn").run()
    app.selectbox("signal_network").select("resnet18").run()
    app.number_input("signal_seed").set_value(3).run()
    app.toggle("signal_zero_gamma").set_value(True).run()
    assert not app.exception
    assert run[-1] == SignalView(
        picture="rocket", weights="drawn", network="resnet18", seed=3, zero_gamma=True, at="layer1.0", channel=1
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"at": "layer7.1"}, "from layer1.0 to layer2.3"),
        ({"shortcut": "unit"}, "equal shapes"),
        ({"channel": "900"}, "from 1 to 256"),
        ({"point": "conv9"}, "one of x, conv1"),
        ({"picture": "dog"}, "one of"),
        ({"weights": "drawn", "network": "keras_resnet50v2", "zero_gamma": "true"}, "no BatchNorm"),
        ({"weights": "file"}, "one of"),
    ],
)
def test_what_can_not_be_had_is_said(query: dict[str, str], said: str, run: list[SignalView]) -> None:
    app = open_signal(**query)
    assert not app.exception
    assert said in app.warning[0].value
    assert run


def test_an_impossible_block_says_what_torch_says(run: list[SignalView]) -> None:
    open_signal(shortcut="identity")
    title, words, *_ = html.summands(html.seen(run[-1]))
    assert "can’t be added" in title.html
    assert "192 have no partner" in words.html and "must match the size of tensor" in words.html


def test_a_picture_is_taken_and_put_away(run: list[SignalView]) -> None:
    app = open_signal()
    own = Picture("Your picture", bytes(224 * 224 * 3))
    app.session_state["own picture"] = own
    app.run()
    assert app.selectbox("signal_picture").disabled
    app.button("put_away").click().run()
    assert not app.exception
    assert "own picture" not in app.session_state and "own picture, seen" not in app.session_state


def test_nothing_made_of_a_readers_picture_is_remembered() -> None:
    out = io.BytesIO()
    Image.effect_noise((224, 224), 80).convert("RGB").save(out, "PNG")
    own = html.seen_own(SignalView(), Picture("Your picture", Image.open(out).tobytes()))
    shipped = html.summands(html.seen(SignalView()))
    mine = html.summands(own)
    assert mine[2].html != shipped[2].html
    assert html.summands(html.seen(SignalView())) == shipped
    assert html.files(own) == () and "nowhere else" in html.about(own)[0].html


def test_a_strip_of_the_diagram_shows_all_of_its_maps() -> None:
    parts = html.flow(html.seen(SignalView(point="conv2")))
    assert [one.name for one in parts] == ["signalflow", "signalmaps"]
    assert "What flows out of conv2" in parts[1].html
    shown = {element.op for element in parts[0].elements}
    assert {"point.x", "point.relu", "point.add", "point.downsample.1"} <= shown
    unfolded = html.flow(html.seen(SignalView(unfolded=True)))
    assert {"point.conv1", "point.bn1", "point.downsample.0"} <= {one.op for one in unfolded[0].elements}
    assert all(f'id="{one.id}"' in unfolded[0].html for one in unfolded[0].elements)


def test_what_takes_more_than_a_second_is_not_offered() -> None:
    """ResNet-50 is, to its last block; ResNet-152 is not."""
    whole = SignalView(weights="drawn", network="resnet50").blocks
    assert (len(whole), whole[-1]) == (16, "layer4.2")
    deep = SignalView(weights="drawn", network="resnet152").blocks
    assert deep[0] == "layer1.0" and len(deep) < 50
    parsed = SignalView.read({"weights": "drawn", "network": "resnet152", "at": "layer4.2"})
    assert "takes more than a second" in str(parsed.dropped[0])
