"""A parameter is declared once: addresses, controls, the API's document, options and the README's tables follow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate
from streamlit.testing.v1 import AppTest

from pages.parts.controls.address import key_of
from resnet.api import ENDPOINTS, routes
from resnet.api.document import document
from resnet.spec import block, catalogue, conventions
from resnet.spec.block import BlockSpec
from resnet.spec.errors import SpecError
from resnet.spec.parameters import Flag, Odd, OneOf, Parameter, Text, Whole, by_name
from resnet.views.compare import LEFT_OWN, CompareView
from resnet.views.network import NetworkView
from resnet.views.pages import OURS, PAGES, parse
from tests.api.told import parameters_of
from tests.helped import help_of
from tests.pages.opening import application
from tools.readme import README, written

ROOT = Path(__file__).parents[2]
EVERY = [(page.view, one) for page in PAGES for one in page.view.PARAMETERS]
IDS = [f"{view.PAGE}.{one.name}" for view, one in EVERY]


def some(one: Parameter) -> list[Any]:
    """Values that it takes, those at its bounds among them."""
    if isinstance(one.takes, Whole | Odd):
        return [1, one.takes.most]
    if isinstance(one.takes, OneOf):
        return list(one.takes.names())
    return [True, False] if isinstance(one.takes, Flag) else [""]


@pytest.mark.parametrize(("view", "one"), EVERY, ids=IDS)
def test_what_is_written_is_read_again(view: type, one: Parameter) -> None:
    for value in some(one):
        assert one.read(one.write(value)) == value
        assert one.check(value) == value


@pytest.mark.parametrize(("view", "one"), EVERY, ids=IDS)
def test_it_is_declared_in_full(view: type, one: Parameter) -> None:
    assert one.label and one.words and one.words[0] != " "
    if one.default not in (None, ""):
        assert one.check(one.default) == one.default


@pytest.mark.parametrize(("view", "one"), EVERY, ids=IDS)
@given(text=st.text(max_size=12))
def test_any_text_is_read_or_explained(view: type, one: Parameter, text: str) -> None:
    try:
        value = one.read(text)
    except SpecError as error:
        assert error.field == one.name and "must be" in str(error)
    else:
        assert isinstance(one.takes, Text) or one.write(value) in (text.lower(), text.lstrip("0"), text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_no_parameter_twice(page: Any) -> None:
    names = [one.name for one in page.view.PARAMETERS]
    assert len(names) == len(set(names))


def test_the_defaults_are_those_of_the_values() -> None:
    assert BlockSpec().values() == {one.name: one.default for one in block.PARAMETERS}
    for page in PAGES:
        view, dropped = page.view.read({})
        assert view.to_query() == {} and not dropped


# controls


def opened(page: str) -> AppTest:
    return application().switch_page(f"{page}.py").run()


@pytest.mark.slow
@pytest.mark.parametrize("view", [CompareView, NetworkView], ids=lambda view: view.PAGE)
def test_a_control_has_the_bounds_and_the_help_of_its_parameter(view: Any) -> None:
    app = opened(view.PAGE)
    seen = set()
    for control in (*app.slider, *app.number_input, *app.toggle, *app.segmented_control, *app.selectbox):
        for one in view.PARAMETERS:
            if control.key == key_of(view, one.name):
                seen.add(one.name)
                assert (control.label, control.help) == (one.label, "" if one.obvious else one.words)
                if isinstance(one.takes, Whole):
                    assert (control.min, control.max) == (1, one.takes.most)
                if isinstance(one.takes, OneOf):
                    assert list(control.options) == list(one.takes.names().values())
    only_in_the_address = {"shortcut", "origin", "chosen", "at", "pool"} | {
        one.name for one in LEFT_OWN
    }  # test_pages.py
    slider_of_odd_numbers = {"kernel_size"}
    assert seen | only_in_the_address | slider_of_odd_numbers >= set(by_name(view.PARAMETERS))


# somebody else's


FOREIGN = ("fbclid", "gclid", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "ref", "source",
           "mc_cid", "_ga", "igshid", "si", "lang", "theme", "v", "id")  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_somebody_elses_is_left_alone(page: Any, name: str) -> None:
    assert not parse(page.view, {name: "x"}).dropped
    assert name not in OURS


@pytest.mark.parametrize(
    ("view", "name", "meant"),
    [(CompareView, "strid", "stride"), (CompareView, "kernelsize", "kernel_size"), (CompareView, "hight", "height"),
     (NetworkView, "varient", "variant"), (NetworkView, "netwrok", "network")],
)  # fmt: skip
def test_a_misspelt_name_is_not(view: Any, name: str, meant: str) -> None:
    (error,) = parse(view, {name: "2"}).dropped
    assert repr(meant) in str(error)


def test_another_pages_parameter_is_explained() -> None:
    (error,) = parse(NetworkView, {"unfolded": "true"}).dropped
    assert "one of network, variant" in str(error)


def test_it_stays_in_the_address_without_a_warning() -> None:
    app = opened("compare")
    app.query_params["fbclid"] = "abc"
    app.slider(key="compare_stride").set_value(2).run()
    assert not app.exception
    assert not app.warning
    assert (app.query_params["fbclid"], app.query_params["stride"]) == ("abc", "2")


# documents


@pytest.mark.slow
def test_the_apis_document_is_valid_and_complete() -> None:
    told = document(ENDPOINTS)
    validate(told)
    about_itself = {"/api/openapi.json", "/api/", "/api", "/metrics"}
    assert about_itself | set(told["paths"]) == {route.path for route in routes}
    for endpoint in ENDPOINTS:
        for method in told["paths"][endpoint.path]:
            listed = [one["name"] for one in parameters_of(told, endpoint.path, method)]
            assert listed == [one.name for one in endpoint.parameters]
    stride = next(one for one in parameters_of(told, "/api/block.json") if one["name"] == "stride")
    bounds = {"type": "integer", "minimum": 1, "maximum": 4, "default": 1}
    assert stride["schema"] == bounds | {"title": "Stride", "x-unit": "pixels"}
    assert stride["description"] == by_name(block.PARAMETERS)["stride"].words


def test_the_document_and_the_readmes_tables_say_the_same() -> None:
    """Every row of a table of parameters: its name, bounds, default and words are those of the document."""
    told = document(ENDPOINTS)["components"]["parameters"]
    rows = {cells[0]: cells[1:] for line in README.read_text().splitlines() if (cells := _cells(line))}
    shown = {page.view.PAGE for page in PAGES} & {one.subject.view.PAGE for one in ENDPOINTS}
    found = 0
    for page in PAGES:
        for one in page.view.PARAMETERS if page.name in shown else ():
            described = told.get(f"{page.name}.{one.name}") or told[f"{page.name}.{one.name}.needed"]
            default = described["schema"].get("default", "")
            row = f"| `{one.name}` | {one.takes.described} | {_said(default)} | {described['description']} |"
            assert row.replace("|", "") in README.read_text().replace("\\|", "").replace("|", ""), one.name
            found += one.name in rows
    assert found > 60


def _cells(line: str) -> list[str]:
    return [cell.strip(" `") for cell in line.split("|")[1:-1]] if line.startswith("| `") else []


def _said(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_the_document_lists_the_addresses_of_the_readme() -> None:
    listed = set()
    for line in README.read_text().splitlines():
        if line.startswith("| `/api/"):
            first, *more = re.findall(r"`([^`]+)`", line.split("|")[1])
            stem = next(one.path.removesuffix(f".{one.form.suffix}") for one in ENDPOINTS if one.path == first)
            listed |= {first, *(stem + suffix for suffix in more)}
    assert listed == set(document(ENDPOINTS)["paths"]) - {"/api/health"}  # a section of its own


def test_every_option_of_the_command_line_is_a_parameter() -> None:
    for command, listed in (("block", block.PARAMETERS), ("network", catalogue.PARAMETERS)):
        said = " ".join(help_of(command).split())
        for one in (*listed, *conventions.PARAMETERS):
            if f"--{one.name.replace('_', '-')} " in said:
                assert one.words.split(". ")[0][:30] in said, one.name
        assert "--size HxW" in said and "--axes" in said


def test_the_readmes_tables_are_the_declarations() -> None:
    text = README.read_text()
    assert written(text) == text, "run `make readme`"
    for name in OURS:
        assert f"`{name}`" in text
