"""The page's logic, without a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox, SelectSlider

from pages.parts import warm
from pages.parts.controls import address
from pages.parts.controls import compare as compare_controls
from pages.parts.controls.address import key_of
from pages.parts.html import compare as compare_html
from pages.parts.html import inspector
from pages.parts.html import network as network_html
from pages.parts.html import story as story_html
from resnet import PRESETS, BlockSpec, Conventions, network, trace_network
from resnet.export.tables import block_rows
from resnet.spec import names
from resnet.spec.block import SHORTCUTS
from resnet.views.compare import CompareView
from resnet.views.network import NetworkView
from resnet.views.pages import PAGES, parse
from tests.pages.opening import MAIN, open_network, open_page

pytestmark = pytest.mark.slow  # seconds each: `make quick` leaves them out


def preset_box(app: AppTest) -> Selectbox:
    return next(box for box in app.selectbox if box.label == "Block of ResNet-50")


def power_slider(app: AppTest, label: str) -> SelectSlider:
    return next(slider for slider in app.select_slider if slider.label == f"{label}, powers of two")


def test_it_opens_on_the_question(shown: list[CompareView]) -> None:
    app = open_page()
    assert not app.exception
    assert shown == [CompareView(right=BlockSpec())]
    assert preset_box(app).value == PRESETS[0].name
    assert not app.warning


def test_every_control_reaches_the_figures(shown: list[CompareView]) -> None:
    app = open_page()
    app.slider(key="compare_stride").set_value(2).run()
    for key, value in {"in_channels": 96, "f1": 65, "f2": 33, "f3": 129, "height": 31, "width": 57}.items():
        app.number_input(key=f"compare_{key}").set_value(value).run()
    app.select_slider(key="compare_kernel_size").set_value(5).run()
    app.toggle(key="compare_conv_bias").set_value(True).run()
    app.toggle(key="compare_unfolded").set_value(True).run()
    app.segmented_control(key="compare_stride_at").set_value("first").run()
    app.selectbox(key="compare_left").set_value("zero_pad").run()
    app.toggle(key="compare_pre_activation").set_value(True).run()
    app.toggle(key="compare_linear").set_value(True).run()
    app.selectbox(key="compare_right").set_value("pool_projection").run()
    assert not app.exception
    expected = BlockSpec(
        in_channels=96, filters=(65, 33, 129), kernel_size=5, stride=2, stride_at="first", height=31, width=57,
        conv_bias=True, pre_activation=True, linear=True, shortcut="pool_projection",
    )  # fmt: skip
    assert shown[-1] == CompareView(
        right=expected, left_shortcut="zero_pad", right_shortcut="pool_projection", unfolded=True
    )
    assert preset_box(app).value == "Your own settings"
    app.segmented_control(key="compare_block").set_value("basic").run()
    assert shown[-1].right.filters == (65, 33)
    assert app.number_input(key="compare_f3").disabled


def test_the_slider_of_powers_of_two_sets_the_number_and_shows_any(shown: list[CompareView]) -> None:
    app = open_page()
    power_slider(app, "Filters F3").set_value(1024).run()
    assert app.number_input(key="compare_f3").value == 1024
    app.number_input(key="compare_f3").set_value(1000).run()
    assert power_slider(app, "Filters F3").value == 1000
    assert shown[-1].right.filters == (64, 64, 1000)


def test_a_late_message_is_not_taken_for_a_choice(shown: list[CompareView]) -> None:
    """A browser that is slow sends the next change before it knows what the last one did to the other controls."""
    app = open_page()
    late = [(box.proto.id, box.key) for box in (preset_box(app), power_slider(app, "Filters F1"))]
    app.slider(key="compare_stride").set_value(2).run()
    app.number_input(key="compare_f1").set_value(65).run()
    assert all(key not in {box.key for box in (*app.selectbox, *app.select_slider)} for _, key in late)
    assert shown[-1].right == BlockSpec(stride=2, filters=(65, 64, 256))
    power_slider(app, "Filters F1").set_value(128).run()  # its own choice keeps it: the focus stays on it
    kept = power_slider(app, "Filters F1").key
    power_slider(app, "Filters F1").set_value(256).run()
    assert power_slider(app, "Filters F1").key == kept
    assert shown[-1].right.filters == (256, 64, 256)


def test_a_control_that_was_renewed_chooses_nothing_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last value may still arrive, and Streamlit, which has forgotten it, then calls its callback."""
    state = {"preset renewed": 1, "preset_0": PRESETS[0].name, "preset_1": "Your own settings", "compare_stride": 2}
    state |= {"compare_f1_power renewed": 1, "compare_f1_power_0": 64, "compare_f1_power_1": 65, "compare_f1": 65}
    monkeypatch.setattr(st, "session_state", state)
    before = dict(state)
    compare_controls._take_preset("preset_0")
    compare_controls._take_power("compare_f1", "compare_f1_power_0")
    assert state == before
    compare_controls._take_power("compare_f1", "compare_f1_power_1")
    state["preset_1"] = PRESETS[2].name
    compare_controls._take_preset("preset_1")
    assert (state["compare_f1"], state["compare_in_channels"]) == (128, 256)


NONSENSE = (
    "stride=9", "stride=0", "stride=abc", "f1=0", "f1=8193", "f1=99999999", "f2=-1", "f3=2.5", "in_channels=0",
    "in_channels=1e9", "kernel_size=4", "kernel_size=33", "height=0", "height=4097", "width=x", "stride_at=last",
    "groups=3", "pre_activation=x", "pool=x", "block=none", "conv_bias=maybe", "unfolded=maybe",
    "left=glue", "right=glue", "link=maybe", "left_stride=9", "depthwise=x", "linear=2",
    "shortcut=nothing", "chosen=<b>", "origin=" + 400 * "x",
)  # fmt: skip


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_in_the_address_falls_back(query: str) -> None:
    key, _, value = query.partition("=")
    parsed = parse(CompareView, {key: value})
    assert [error.field for error in parsed.dropped] == [key]
    assert parsed.view == CompareView(right=BlockSpec())


@pytest.mark.parametrize("query", NONSENSE[::4] + NONSENSE[-2:])  # and what is hostile
def test_the_page_says_what_it_dropped(query: str, shown: list[CompareView]) -> None:
    key, _, value = query.partition("=")
    app = open_page(**{key: value})
    assert not app.exception
    (warning,) = app.warning
    assert key in warning.value
    assert shown == [CompareView(right=BlockSpec())]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_sets_its_block(preset: object, shown: list[CompareView]) -> None:
    app = open_page()
    app.segmented_control(key="compare_block").set_value("basic").run()
    preset_box(app).set_value(preset.name).run()
    app.run()
    assert not app.exception
    assert not app.warning
    assert shown[-1].right == preset.spec
    assert preset_box(app).value == preset.name


def test_an_address_that_makes_no_sense_says_so(shown: list[CompareView]) -> None:
    app = open_page(stride="9", kernel_size="4", strid="<b>x</b>", height="12")
    assert not app.exception
    (warning,) = app.warning
    for words in ("stride is '9'", "kernel_size is '4'", "'strid'"):
        assert words.replace("'9'", "9").replace("'4'", "4") in warning.value
    assert shown[-1] == CompareView(right=BlockSpec(height=12))


def test_what_the_page_shows_is_the_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {
        part.name: part.html
        for part in (
            *compare_html.figures(CompareView(right=BlockSpec())),
            *compare_html.summary(CompareView(right=BlockSpec())),
            *compare_html.files(CompareView(right=BlockSpec())),
        )
    }
    assert "The size of tensor a (256) must match the size of tensor b (64)" in parts["verdict left"]
    assert "75,008" in parts["totals"]
    assert 'download="convolutional-block_64to256_s1.svg"' in parts["downloads"]
    assert 'download="identity-block_64to256_s1.pdf"' in parts["downloads"]
    assert 'download="identity-block_and_convolutional-block_64to256_s1.png"' in parts["downloads"]


def test_groups_that_do_not_divide_the_filters_are_explained_and_nothing_is_lost(shown: list[CompareView]) -> None:
    app = open_page()
    app.number_input(key="compare_groups").set_value(32).run()
    assert shown[-1].right.groups == 32
    app.number_input(key="compare_f1").set_value(65).run()
    assert not app.exception
    (warning,) = app.warning
    assert "groups is 32" in warning.value and "divides F1 = 65" in warning.value
    assert shown[-1].right == BlockSpec(filters=(65, 64, 256))
    assert app.number_input(key="compare_groups").value == 32
    app.number_input(key="compare_f1").set_value(96).run()
    assert shown[-1].right.groups == 32


# the inspector and the answers


def test_the_inspector_explains_what_the_address_names(shown: list[CompareView]) -> None:
    app = open_page(chosen="right.downsample.0")
    assert not app.exception
    assert shown == [CompareView(right=BlockSpec())]  # the figures are the same, whatever is chosen
    html = inspector.explanation(CompareView(right=BlockSpec(), chosen="right.downsample.0"))[0].html
    for words in ("1×1 conv, 256", "1 · 1 · 64 · 256", "= 16,384", "BatchNorm", "2 · 256"):
        assert words in html
    gone = inspector.explanation(CompareView(right=BlockSpec(filters=(8, 8)), chosen="right.conv3"))[0].html
    assert "no such layer" in gone


@pytest.mark.parametrize("unfolded", [False, True])
@pytest.mark.parametrize("spec", [BlockSpec(), BlockSpec(pre_activation=True, stride=2), BlockSpec(filters=(8, 64))])
def test_every_box_and_arrow_of_the_diagrams_can_be_explained(spec: BlockSpec, unfolded: bool) -> None:
    for left in ("identity", "zero_pad", "max_pool"):
        view = CompareView(right=spec, left_shortcut=left, unfolded=unfolded)
        parts = compare_html.figures(view)
        for part in parts:  # every mark belongs to an element of its drawing, and to one alone
            ids = re.findall(r' id="([^"]+)"', part.html)
            assert all(ids.count(mark.id) == 1 for mark in part.elements), part.name
        choices = {mark.op for part in parts for mark in part.elements}
        assert len(choices) > 15
        for choice in choices:
            assert "no such layer" not in inspector.explanation(replace(view, chosen=choice))[0].html, choice
            parsed = parse(CompareView, {"chosen": choice})
            assert not parsed.dropped


def test_the_answers_open_and_say_what_is_not_there() -> None:
    app = open_page()
    app.switch_page("answers.py").run()
    assert not app.exception
    app.text_input(key="words").set_value("Keras").run()
    assert not app.exception
    app.query_params["question"] = "why-not"
    app.run()
    (warning,) = app.warning
    assert "why-not" in warning.value


# the notation


def test_the_quantity_stays_when_the_unit_changes(pictures: list[NetworkView]) -> None:
    app = open_network()
    app.selectbox(key="network_quantity").set_value("macs").run()
    app.segmented_control(key="unit").set_value("flops").run()
    app.segmented_control(key="counting").set_value("keras").run()
    assert not app.exception
    assert (pictures[-1].quantity, app.selectbox(key="network_quantity").value) == ("macs", "macs")
    assert app.query_params["quantity"] == "macs"


def test_the_way_back_to_the_network_keeps_the_notation() -> None:
    view = NetworkView(spec=network("resnet50")).comparison("layer2.0")
    there = replace(view, conventions=Conventions(counting="keras", axes="nchw"))
    title = compare_html.figures(there)[0].html
    assert "./network?at=layer2.0&amp;axes=nchw&amp;counting=keras" in title


def test_a_page_that_is_reached_with_nothing_but_the_notation_is_found_as_it_was_left(shown: list[CompareView]) -> None:
    app = open_page()
    app.slider(key="compare_stride").set_value(3).run()
    app.segmented_control(key="counting").set_value("keras").run()
    app.query_params.clear()
    app.switch_page("practice.py").run()
    app.query_params.clear()
    app.query_params["counting"] = "keras"  # as the browser's Back may leave it
    app.switch_page("compare.py").run()
    assert shown[-1].right.stride == 3
    assert shown[-1].conventions == Conventions(counting="keras")


def test_a_layer_that_shares_its_box_is_explained_when_layers_are_folded() -> None:
    html = inspector.explanation(CompareView(right=BlockSpec(), chosen="right.bn1"))[0].html
    assert "BatchNorm" in html and "no such layer" not in html


@pytest.mark.parametrize(
    "conventions", [Conventions(), Conventions(counting="keras", axes="nchw", unit="flops")], ids=str
)
def test_every_number_in_the_table_of_blocks_is_written_as_one(conventions: Conventions) -> None:
    (first, *_) = block_rows(trace_network(network("resnet50")), conventions)
    numbers = {name for name, value in first.items() if isinstance(value, int) and name != "stage"}
    assert set(network_html.columns(conventions)) == numbers


def test_everything_that_opens_first_is_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    charted = []
    monkeypatch.setattr(warm, "where_it_sits", lambda both: charted.append(both.right.spec))
    for cached in (story_html.figure, story_html.words, compare_html.figures, compare_html.layers):
        cached.cache_clear()
    warm.warm_up()
    assert charted == [preset.spec for preset in PRESETS]
    before = story_html.figure.cache_info().misses, compare_html.figures.cache_info().misses
    app = AppTest.from_file(MAIN, default_timeout=60).run()  # the page that opens first
    app.switch_page("compare.py").run()
    assert not app.exception
    assert before == (story_html.figure.cache_info().misses, compare_html.figures.cache_info().misses)


def test_no_name_of_the_session_is_also_a_controls() -> None:
    kept = {address._PAGE, address._SAID, *(address._LAST.format(page.name) for page in PAGES)}
    source = "".join(file.read_text() for file in (Path(MAIN).parent).rglob("*.py"))
    assert kept.isdisjoint(re.findall(r'key="([^"]+)"', source))
    app = open_page()
    app.segmented_control(key="axes").set_value("nchw").run()
    assert app.session_state[address._SAID] == {"axes": "nchw"}
    assert kept.isdisjoint(key_of(page.view, one.name) for page in PAGES for one in page.view.PARAMETERS)


def test_unlocked_blocks_have_settings_of_their_own(shown: list[CompareView]) -> None:
    app = open_page(stride="2")
    app.toggle(key="compare_link").set_value(False).run()
    assert not app.exception
    view = shown[-1]
    assert view.left == replace(view.right, shortcut="identity")  # it begins as it was
    assert app.query_params["link"] == "false" and app.query_params["left_stride"] == "2"
    app.number_input(key="compare_f3").set_value(512).run()
    assert (shown[-1].right.filters, shown[-1].left.filters) == ((64, 64, 512), (64, 64, 256))
    app.toggle(key="compare_link").set_value(True).run()
    assert shown[-1].left.filters == (64, 64, 512)
    assert not any(name.startswith("left") for name in app.query_params)


@pytest.mark.parametrize("left", list(SHORTCUTS))
@pytest.mark.parametrize("right", list(SHORTCUTS))
def test_any_two_kinds_beside_each_other(left: str, right: str) -> None:
    own = BlockSpec(in_channels=32, filters=(32, 32), shortcut=left)
    for left_own in (None, own):
        view = CompareView(
            right=BlockSpec(shortcut=right, stride=2), left_shortcut=left, right_shortcut=right, left_own=left_own
        )
        assert parse(CompareView, view.to_query()) == (view, ())
        html = "".join(one.html for one in (*compare_html.figures(view), *compare_html.summary(view)))
        assert names.title(view.left) in html and names.title(view.right) in html


def test_the_downloads_are_the_blocks_that_are_shown() -> None:
    own = BlockSpec(in_channels=32, filters=(32, 32), shortcut="projection")
    view = CompareView(
        right=BlockSpec(shortcut="zero_pad", stride=2),
        left_shortcut="projection",
        right_shortcut="zero_pad",
        left_own=own,
    )
    downloads = compare_html.files(view)[0].html.replace("&amp;", "&")
    asked = [
        parse(CompareView, dict(parse_qsl(query))).view.right
        for query in re.findall(r"api/block\.svg\?([^\"]*)", downloads)
    ]
    assert asked == [view.left, view.right]
