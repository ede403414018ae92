"""The page's logic, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import sheet
from resnet import PRESETS, BlockSpec
from resnet.view import View

MAIN = str(Path(__file__).parents[1] / "pages/main.py")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[View]:
    """The views for which figures were asked, in order."""
    views: list[View] = []
    original = sheet.figures

    def figures(view: View) -> tuple[sheet.Part, ...]:
        views.append(view)
        return original(view)

    monkeypatch.setattr(sheet, "figures", figures)
    return views


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def test_it_opens_on_the_question(shown: list[View]) -> None:
    app = open_page()
    assert not app.exception
    assert shown == [View(right=BlockSpec())]
    assert app.selectbox(key="preset").value == PRESETS[0].name
    assert not app.warning


def test_every_control_reaches_the_figures(shown: list[View]) -> None:
    app = open_page()
    app.slider(key="stride").set_value(2).run()
    for key, value in {"in_channels": 96, "f1": 65, "f2": 33, "f3": 129, "height": 31, "width": 57}.items():
        app.number_input(key=key).set_value(value).run()
    app.select_slider(key="kernel_size").set_value(5).run()
    app.toggle(key="conv_bias").set_value(True).run()
    app.toggle(key="unfolded").set_value(True).run()
    app.segmented_control(key="stride_at").set_value("first").run()
    app.segmented_control(key="left").set_value("zero_pad").run()
    assert not app.exception
    expected = BlockSpec(
        in_channels=96, filters=(65, 33, 129), kernel_size=5, stride=2, stride_at="first", height=31, width=57,
        conv_bias=True,
    )  # fmt: skip
    assert shown[-1] == View(right=expected, left_shortcut="zero_pad", unfolded=True)
    assert app.selectbox(key="preset").value == "Your own settings"
    app.segmented_control(key="block").set_value("basic").run()
    assert shown[-1].right.filters == (65, 33)
    assert app.number_input(key="f3").disabled


def test_the_slider_of_powers_of_two_sets_the_number_and_shows_any(shown: list[View]) -> None:
    app = open_page()
    app.select_slider(key="f3_power").set_value(1024).run()
    assert app.number_input(key="f3").value == 1024
    app.number_input(key="f3").set_value(1000).run()
    assert app.select_slider(key="f3_power").value == 1000
    assert shown[-1].right.filters == (64, 64, 1000)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_sets_its_block(preset: object, shown: list[View]) -> None:
    app = open_page()
    app.segmented_control(key="block").set_value("basic").run()
    app.selectbox(key="preset").set_value(preset.name).run()
    app.run()
    assert not app.exception
    assert not app.warning
    assert shown[-1].right == preset.spec
    assert app.selectbox(key="preset").value == preset.name


def test_an_address_that_makes_no_sense_says_so(shown: list[View]) -> None:
    app = open_page(stride="9", kernel_size="4", nonsense="<b>x</b>", height="12")
    assert not app.exception
    (warning,) = app.warning
    for words in ("stride is '9'", "kernel_size is '4'", "'nonsense'"):
        assert words.replace("'9'", "9").replace("'4'", "4") in warning.value
    assert shown[-1] == View(right=BlockSpec(height=12))


def test_what_the_page_shows_is_the_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {
        part.name: part.html
        for part in (*sheet.figures(View(right=BlockSpec())), *sheet.summary(View(right=BlockSpec())))
    }
    assert "The size of tensor a (256) must match the size of tensor b (64)" in parts["verdict left"]
    assert "75,008" in parts["totals"]
    assert 'download="convolutional-block_64to256_s1.svg"' in parts["downloads"]
    assert 'download="identity-block_64to256_s1.pdf"' in parts["downloads"]
    assert 'download="identity-block_and_convolutional-block_64to256_s1.png"' in parts["downloads"]
