"""The network page's logic, without a browser."""

from __future__ import annotations

import pytest

from pages.parts.html import network as network_html
from resnet import FAMILIES, network
from resnet.views.compare import CompareView
from resnet.views.network import NetworkView
from tests.pages.opening import open_network, open_page

pytestmark = pytest.mark.slow  # seconds each: `make quick` leaves them out


def test_every_control_of_the_network_reaches_its_picture(pictures: list[NetworkView]) -> None:
    app = open_network()
    assert not app.exception
    assert pictures[-1] == NetworkView(spec=network("resnet50"))
    app.segmented_control(key="network_variant").set_value("d").run()
    app.segmented_control(key="network_shortcut_option").set_value("C").run()
    for key, value in {"network_height": 160, "network_width": 97, "network_num_classes": 10}.items():
        app.number_input(key=key).set_value(value).run()
    app.selectbox(key="network_quantity").set_value("macs").run()
    assert not app.exception
    spec = network("resnet50", variant="d", shortcut_option="C", height=160, width=97, num_classes=10)
    assert pictures[-1] == NetworkView(spec=spec, quantity="macs")
    app.selectbox(key="network_network").set_value("cifar_resnet20").run()  # another family brings its own defaults
    assert not app.exception
    assert pictures[-1] == NetworkView(spec=network("cifar_resnet20"), quantity="macs")
    assert app.number_input(key="network_height").value == 32
    assert app.segmented_control(key="network_shortcut_option").value == "A"


@pytest.mark.parametrize("name", FAMILIES)
def test_every_network_opens(name: str, pictures: list[NetworkView]) -> None:
    app = open_network(network=name)
    assert not app.exception
    assert not app.warning
    assert pictures[-1].spec == network(name)


def test_what_is_a_default_of_the_other_page_stays_in_the_address() -> None:
    app = open_network()
    app.number_input(key="network_height").set_value(56).run()
    assert app.query_params["height"] == "56"


def test_an_input_that_is_too_small_is_explained_and_nothing_is_lost(pictures: list[NetworkView]) -> None:
    app = open_network(network="course_resnet50", at="layer1.0")
    app.number_input(key="network_height").set_value(20).run()
    (warning,) = app.warning
    assert "at least 37 × 37" in warning.value
    assert app.number_input(key="network_height").value == 20
    assert pictures[-1].spec == network("course_resnet50")
    app.number_input(key="network_height").set_value(40).run()
    assert not app.warning
    assert pictures[-1].spec.height == 40


def test_a_page_is_found_as_it_was_left(shown: list[CompareView], pictures: list[NetworkView]) -> None:
    app = open_page()
    app.slider(key="compare_stride").set_value(2).run()
    app.switch_page("network.py").run()
    app.selectbox(key="network_network").set_value("resnet18").run()
    app.query_params.clear()
    app.switch_page("compare.py").run()
    assert not app.exception
    assert shown[-1].right.stride == 2
    app.query_params.clear()
    app.switch_page("answers.py").run()  # a page without a view of its own in between
    app.query_params.clear()
    app.switch_page("compare.py").run()
    assert shown[-1].right.stride == 2
    app.query_params.clear()
    app.switch_page("network.py").run()
    assert pictures[-1].spec.name == "resnet18"


def test_the_network_page_shows_the_backends_numbers() -> None:
    view = NetworkView(spec=network("resnet50"))
    elements = network_html.picture(view)[1].elements
    assert len(elements) == 16
    assert all(mark.href.startswith("./compare") for mark in elements)
    assert "layer1.0, convolutional block of stage 2" in elements[0].tip
    assert "75,008 parameters" in elements[0].tip
    words = network_html.why_totals_differ(view)[0].html
    for number in ("25,557,032", "+53,120", "+26,560", "25,636,712", "Keras prints"):
        assert number in words
    assert "as Keras would count" in network_html.why_totals_differ(NetworkView(spec=network("resnet18")))[0].html
    what_if = network_html.what_if(view)[0].html
    for number in ("22,780,456", "40,128,552", "−2,776,576", "3,857,973,248"):
        assert number in what_if
    assert "12.22 %" in network_html.what_if(view)[1].html
