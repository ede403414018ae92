"""The API's own description, as an OpenAPI document, made from what is declared: addresses, parameters, forms.

Parameters, headers and refusals that many addresses have are written once, under ``components``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resnet.api.answers import Endpoint
from resnet.api.desk import MAX_QUERY, WAITING
from resnet.api.examples import example, unit
from resnet.api.headers import bare
from resnet.api.health import LIVE, PATH, SCHEMA
from resnet.api.heard import MAX_SENT, SLOW
from resnet.api.limits import OF_REQUESTS
from resnet.export.form import Form
from resnet.spec.parameters import Flag, Odd, Parameter, Whole

_ERROR = {
    "type": "object",
    "required": ["field", "value", "works", "message"],
    "additionalProperties": False,
    "properties": {
        "field": {"type": "string", "description": "What is wrong: a parameter's name, or in words."},
        "value": {"type": "string", "description": "What it is, as Python writes it."},
        "works": {"type": "string", "description": "What would work."},
        "message": {"type": "string", "description": "All of that in a sentence, to show to a reader."},
    },
}
_ERRORS = {
    "type": "object",
    "required": ["errors"],
    "additionalProperties": False,
    "properties": {
        "errors": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Error"}},
    },
}
_TEXT = {"type": "string"}
_HEADERS: Mapping[str, Any] = {
    "ETag": ("Says which file it is: send it back in If-None-Match.", {"type": "string", "pattern": '^W/"[0-9a-f]+"$'}),
    "Cache-Control": ("How long it may be kept. What a run has told so far is asked for anew each time.", _TEXT),
    "Content-Disposition": ("How the file is called.", _TEXT),
    "Content-Security-Policy": ("What may run in it when it is opened by itself: of a figure, nothing.", _TEXT),
    "X-Content-Type-Options": ("It is what its media type says.", {"type": "string", "const": "nosniff"}),
    "Access-Control-Allow-Origin": ("Any page may read it.", {"type": "string", "const": "*"}),
    "Retry-After": ("Seconds.", {"type": "string", "pattern": "^[0-9]+$"}),
    "Allow": ("The methods that there are.", _TEXT),
}
# a refusal -> what it says, and the headers that come with it
REFUSALS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "400": ("A sentence for each parameter that can't be used, or for what they can't be together.", ()),
    "403": ("A file that a page of another origin sends is not read.", ()),
    "405": ("Another method.", ("Allow",)),
    "408": (f"The file was on its way for more than {SLOW:.0f} seconds.", ()),
    "413": (f"More than {MAX_SENT:,} bytes.", ()),
    "414": (f"More than {MAX_QUERY:,} characters.", ()),
    "429": (
        f"{WAITING} requests wait already, or more was asked for than is made in a minute; what was made before is "
        "answered all the same.",
        ("Retry-After",),
    ),
}
_OF_FILES = ("403", "408", "413")

INTRODUCTION = f"""Shapes, parameters and multiply-adds of ResNet's blocks and networks, and their figures: the numbers
and pictures of the pages, with the pages' own parameters, so that a copied address works for both.

What is left out takes the page's default. What can't be used is refused with a sentence for each, never guessed; a name
that is nobody's here (utm_source) is left alone.

A figure of these parameters never changes within a version: it may be kept for a day, and an ETag asks whether it is
still the newest. Pages of any origin may read what is asked for by GET. HEAD says the same as GET without the file, and
OPTIONS what there is.

What was made before is answered at once. What has to be made has limits, so that there is something left for everybody:
{"; ".join(f"{one.what}: {one.most}" for one in OF_REQUESTS)}. What is beyond that is refused with a
sentence, and with Retry-After where it is worth asking again."""


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """OpenAPI 3.1. Source: https://spec.openapis.org/oas/v3.1.0."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The residual block, explained",
            "version": "1",
            "summary": "Blocks and networks as numbers, figures, tables and code.",
            "description": INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            *({"name": name} for name in dict.fromkeys(one.subject.view.PAGE for one in endpoints)),
            {"name": "server"},
        ],
        "paths": {one.path: _methods(one, endpoints) for one in endpoints} | {PATH: {"get": _of_health()}},
        "components": {
            "schemas": {"Error": _ERROR, "Errors": _ERRORS, "Health": dict(SCHEMA)} | _schemas(endpoints),
            "parameters": _parameters(endpoints),
            "headers": {
                name: {"description": words, "required": True, "schema": schema}
                for name, (words, schema) in _HEADERS.items()
            },
            "responses": {status: _refusal(*told) for status, told in REFUSALS.items()},
        },
    }


def _methods(one: Endpoint, endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    get = _operation(one)
    if one.form.key == "graph":
        get["responses"]["200"] |= {"links": _opens_again(endpoints)}
    head = get | {"operationId": f"{get['operationId']}_head", "responses": _responses(one, "head")}
    ways = {"get": get, "head": head}
    if not one.posted:
        return ways
    media = {
        "application/octet-stream": {"schema": {"type": "string", "maxLength": MAX_SENT}},
        "application/json": {"schema": {"type": "object", "description": "What /api/graph.json answered."}},
    }
    body = {"description": one.posted[0].upper() + one.posted[1:] + ".", "required": True, "content": media}
    post = {"operationId": _of_a_file(one), "requestBody": body}
    return ways | {"post": get | post | {"responses": _responses(one, "post")}}


def _of_a_file(one: Endpoint) -> str:
    return f"{_name(one)}_of_a_file"


def _opens_again(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """A graph that is saved can be sent to whatever takes a file."""
    return {
        _name(one): {"operationId": _of_a_file(one), "requestBody": "$response.body"}
        for one in endpoints
        if one.posted and not one.subject.needs
    }


def _operation(one: Endpoint) -> dict[str, Any]:
    words = one.subject.words
    return {
        "operationId": _name(one),
        "tags": [one.subject.view.PAGE],
        "summary": f"{words[0].upper()}{words[1:]}: {one.form.words}",
        "parameters": [_referred(one, parameter) for parameter in one.parameters],
        "responses": _responses(one, "get"),
    }


def _responses(one: Endpoint, method: str) -> dict[str, Any]:
    listed = [status for status in REFUSALS if status not in _OF_FILES or method == "post"]
    refused = {status: {"$ref": f"#/components/responses/{status}"} for status in listed}
    if method == "head":  # a sentence, too, is left out
        refused = {status: {"description": REFUSALS[status][0]} for status in listed}
    found = {"200": _found(one, method)}
    if method != "post":
        found["304"] = {"description": "What the reader has is the newest.", "headers": _listed(("ETag",))}
    return found | refused


def _found(one: Endpoint, method: str) -> dict[str, Any]:
    names = ["Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options", "Cache-Control"]
    names += [] if method == "post" else ["ETag", "Access-Control-Allow-Origin"]
    words = one.subject.words
    found = {"description": words[0].upper() + words[1:] + ".", "headers": _listed(names)}
    if method == "head":
        return found
    content = {bare(one.form.media): {"schema": _schema(one)}}
    return found | {"content": content}


def _listed(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _refusal(words: str, names: Iterable[str]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}}
    return {"description": words, "headers": _listed(names), "content": content}


def _of_health() -> dict[str, Any]:
    """Of the server itself, for probes."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}}
    live = {
        "name": LIVE,
        "in": "query",
        "required": False,
        "allowEmptyValue": True,
        "description": "Only whether it is alive: said without a value, or true.",
        "schema": {"enum": ["", "true"], "type": "string"},
        "example": "true",
    }
    return {
        "operationId": "health",
        "tags": ["server"],
        "summary": "Whether this process can do its work",
        "parameters": [live],
        "responses": {
            "200": {"description": "It can, or is alive where only that was asked.", "content": content},
            "503": {"description": "It can't, or is on its way out.", "content": content},
            "400": {"$ref": "#/components/responses/400"},
        },
    }


# what is answered


def _schema(one: Endpoint) -> dict[str, Any]:
    """Of JSON, its fields; of anything else, that it is text or bytes."""
    if one.form.schema is not None:
        return {"$ref": f"#/components/schemas/{_name(one)}"}
    if bare(one.form.media) == "application/json":
        return {"type": "object"}
    return {"type": "string"} if _is_text(one.form) else {"type": "string", "contentMediaType": one.form.media}


def _is_text(form: Form[Any]) -> bool:
    return form.media.startswith(("text/", "image/svg"))


def _name(one: Endpoint) -> str:
    return f"{one.subject.what}_{one.form.suffix}".replace(".", "_")


def _schemas(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    return {_name(one): dict(one.form.schema) for one in endpoints if one.form.schema is not None}


# what can be asked


def _key(one: Endpoint, parameter: Parameter) -> str:
    """Where a parameter is written down: a page's own, or one that figures have; once more where it is needed."""
    page = one.subject.view.PAGE if parameter in one.subject.view.PARAMETERS else "figure"
    return f"{page}.{parameter.name}{'.needed' if parameter.name in one.subject.needs else ''}"


def _referred(one: Endpoint, parameter: Parameter) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{_key(one, parameter)}"}


def _parameters(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    return {
        _key(one, parameter): _parameter(one, parameter)
        for one in endpoints
        for parameter in one.parameters
    }  # fmt: skip


def _parameter(endpoint: Endpoint, one: Parameter) -> dict[str, Any]:
    default = {} if one.default in (None, "") else {"default": one.default}
    schema = one.takes.schema | default | {"title": one.label}
    if isinstance(one.takes, Whole | Odd):
        schema["x-unit"] = unit(one)
    if one.name in endpoint.subject.needs:
        schema = _without(schema, one.default)
    shown = example(endpoint.subject.view.PAGE, one)
    value = one.read(shown) if isinstance(one.takes, Whole | Odd | Flag) else shown
    return {
        "name": one.name,
        "in": "query",
        "required": one.name in endpoint.subject.needs,
        "description": one.words,
        "schema": schema,
        "example": value,
    }


def _without(schema: Mapping[str, Any], value: object) -> dict[str, Any]:
    """Of a parameter that has to be said: what it says if nobody does, is nothing."""
    left = {key: told for key, told in schema.items() if key != "default"}
    return left | {"enum": [one for one in left["enum"] if one != value]} if "enum" in left else left
