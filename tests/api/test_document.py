"""The API's document is true: its examples work, its answers fit their schemas, its numbers have units."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator
from playwright.sync_api import Page

from bench.contract import CONFIG
from bench.page import ROOT
from resnet.api import ENDPOINTS
from resnet.api.answers import Endpoint
from resnet.api.document import document
from resnet.api.examples import address
from resnet.api.headers import bare, policy
from resnet.export.form import Form
from resnet.export.table_json import SCHEMA
from tests.api.asgi import ask
from tests.api.told import parameters_of, resolved

DOCUMENT = document(ENDPOINTS)
SEEN: dict[tuple[str, str], bool] = {}
EVERY = [pytest.param(one, id=one.path.removeprefix("/api/")) for one in ENDPOINTS]
JSON = [one for one in ENDPOINTS if one.form.schema not in (None, SCHEMA)]  # a table's rows bring their units along


@pytest.mark.slow
@pytest.mark.parametrize("one", EVERY)
def test_an_addresss_example_is_answered_as_the_document_says(one: Endpoint) -> None:
    answer = ask(f"/api/{address(one)}")
    told = DOCUMENT["paths"][one.path]["get"]["responses"]["200"]
    assert answer.status_code == 200
    assert list(told["content"]) == [bare(answer.headers["content-type"])]
    for name, header in told["headers"].items():
        schema = resolved(DOCUMENT, header)["schema"]
        Draft202012Validator(schema).validate(answer.headers[name.lower()])
    assert answer.body


def test_every_parameters_example_works() -> None:
    """All of an address's together, read as it is read, and each by itself."""
    for one in ENDPOINTS:
        told = parameters_of(DOCUMENT, one.path)
        query = {parameter["name"]: _written(parameter["example"]) for parameter in told}
        for parameter in told:
            Draft202012Validator(parameter["schema"]).validate(parameter["example"])
        for said in (query, *({name: value} for name, value in query.items())):
            dropped = one.read(urlencode(said).encode()).dropped
            assert not dropped, (one.path, said, dropped)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# JSON

ASKED = {
    "/api/block.json": ("", "shortcut=identity", "unit=flops&block=basic&f1=8", "pre_activation=true&counting=keras",
                        "shortcut=zero_pad&stride=2&axes=nchw", "shortcut=max_pool&depthwise=true&f2=64&linear=true"),
    "/api/network.json": ("", "network=cifar_resnet20&shortcut_option=A", "network=course_resnet50&unit=flops",
                          "network=keras_resnet50v2&counting=keras", "network=resnext50_32x4d&variant=d"),
    "/api/model.json": ("", "against=resnet18", "model=vit_b_32", "model=convnext_tiny&against=resnet50&unit=flops"),
    "/api/layers.json": ("", "left=zero_pad&stride=2"),
    "/api/blocks.json": ("network=resnet34&unit=flops",),
    "/api/models.rows.json": ("against=resnet18",),
    "/api/signal_shares.json": ("",),
    "/api/experiment_rows.json": ("", "experiment=published", "experiment=options"),
    "/api/models.json": ("against=resnet18", "model=vit_b_32&against=convnext_tiny&axes=nchw&counting=keras"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "query"), [(path, query) for path, queries in ASKED.items() for query in queries])
def test_a_json_answer_fits_its_schema(path: str, query: str) -> None:
    told = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = ask(f"{path}?{query}")
    assert answer.status_code == 200
    Draft202012Validator(resolved(DOCUMENT, told)).validate(json.loads(answer.body))


def test_a_schema_is_not_true_of_everything() -> None:
    schema = DOCUMENT["components"]["schemas"]["block_json"]
    data = json.loads(ask("/api/block.json").body)
    for wrong in (data | {"params": -1}, data | {"more": 1}, {k: v for k, v in data.items() if k != "ops"}):
        assert not Draft202012Validator(schema).is_valid(wrong)


@pytest.mark.parametrize("one", JSON, ids=lambda one: one.path)
def test_every_number_has_a_unit_and_every_field_words(one: Endpoint) -> None:
    numbers = 0
    for name, field in _fields(dict(one.form.schema or {})):
        if field.get("type") in ("integer", "number"):
            numbers += 1
            assert "x-unit" in field, name
    assert numbers > 5


def _fields(schema: dict[str, Any], name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Of an object, and of all objects and lists in it."""
    yield name, schema
    for key, one in schema.get("properties", {}).items():
        yield from _fields(one, key)
    for one in (schema.get("items"), *schema.get("oneOf", ()), schema.get("additionalProperties")):
        if isinstance(one, dict):
            yield from _fields(one, name)


def test_every_parameter_that_is_a_number_has_a_unit() -> None:
    numbers = [one for one in DOCUMENT["components"]["parameters"].values() if one["schema"].get("type") == "integer"]
    assert len(numbers) > 20
    assert all(one["schema"]["x-unit"] for one in numbers)


def test_what_has_no_default_is_required() -> None:
    (against,) = (one for one in parameters_of(DOCUMENT, "/api/models.json") if one["name"] == "against")
    assert against["required"] and "none" not in against["schema"]["enum"] and "default" not in against["schema"]
    assert ask("/api/models.json").status_code == 400


# a program that made none of it


@pytest.mark.slow
def test_schemathesis_finds_nothing(address: str) -> None:
    """`python -m bench.contract` asks twenty thousand times."""
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", CONFIG, "run"]
    command += [f"{address}/api/openapi.json", "--checks", "all", "--phases", "examples,fuzzing,stateful"]
    command += ["--include-path-regex", r"/api/(block|network|model|graph|models)\.json|/api/(pair\.svg|layers\.csv)"]
    command += ["--max-examples", "12", "--request-timeout", "60", "--max-response-time", "60", "--continue-on-failure"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


# in a browser


@pytest.mark.slow
def test_the_page_stands_alone(address: str, page: Page) -> None:
    """Without a script, without anything from elsewhere, its pictures loaded, no wider than a phone."""
    page.goto(f"{address}/api/")
    assert page.locator("script").count() == 0
    for picture in page.locator(".preview img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("one => one.decode()")
    assert page.locator(".preview img").count() > 5
    hrefs = page.locator(".links a").evaluate_all("links => links.map(one => one.getAttribute('href'))")
    assert {href.partition("?")[0] for href in hrefs} == {one.path.removeprefix("/api/") for one in ENDPOINTS}
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not page.complaints


@pytest.mark.slow
def test_a_script_in_a_figure_does_not_run(page: Page) -> None:
    """By itself in a browser: with the header it doesn't, without it it does."""
    script = '<svg xmlns="http://www.w3.org/2000/svg"><script>document.documentElement.id = "ran"</script></svg>'
    form: Form[Any] = Form("svg", "svg", "figure", "SVG", lambda *_: b"")
    for headers, ran in (({}, "ran"), (policy(form), None)):
        said = headers | {"Content-Type": "image/svg+xml"}
        page.route("http://localhost/figure.svg", lambda route, *, said=said: route.fulfill(body=script, headers=said))
        page.goto("http://localhost/figure.svg")
        assert page.locator("svg").get_attribute("id") == ran
        page.unroute("http://localhost/figure.svg")
