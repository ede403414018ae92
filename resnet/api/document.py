"""The API's own description, as an OpenAPI document: every address, and every parameter with its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from resnet.api.answers import MAX_SENT, Endpoint
from resnet.spec.parameters import Parameter

_ERROR = {
    "type": "object",
    "required": ["field", "value", "works", "message"],
    "properties": {name: {"type": "string"} for name in ("field", "value", "works", "message")},
}
_ERRORS = {
    "type": "object",
    "required": ["errors"],
    "properties": {"errors": {"type": "array", "items": {"$ref": "#/components/schemas/Error"}}},
}


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """OpenAPI 3.1. Source: https://spec.openapis.org/oas/v3.1.0."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The residual block, explained",
            "version": "1",
            "description": "Shapes, parameters and multiply-adds of ResNet's blocks and networks, and their figures. "
            "What is left out takes the page's default.",
        },
        "paths": {one.path: _methods(one) for one in endpoints},
        "components": {"schemas": {"Error": _ERROR, "Errors": _ERRORS}},
    }


def _methods(one: Endpoint) -> dict[str, Any]:
    get = _operation(one)
    if not one.posted:
        return {"get": get}
    media = {"application/octet-stream": {"schema": {"type": "string", "maxLength": MAX_SENT}}}
    body = {"description": one.posted[0].upper() + one.posted[1:], "required": True, "content": media}
    too_large = {"413": {"description": "More than a graph without weights, or nothing."}}
    post = get | {"operationId": f"{get['operationId']}_of_a_file", "requestBody": body}
    return {"get": get, "post": post | {"responses": get["responses"] | too_large}}


def _operation(one: Endpoint) -> dict[str, Any]:
    words = one.subject.words
    schema = {"type": "object"} if one.form.suffix == "json" else {"type": "string"}
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}}
    return {
        "operationId": f"{one.subject.what}_{one.form.suffix}".replace(".", "_"),
        "summary": words[0].upper() + words[1:],
        "parameters": [_parameter(parameter) for parameter in one.parameters],
        "responses": {
            "200": {"description": words, "content": {one.form.media.partition(";")[0]: {"schema": schema}}},
            "400": {"description": "A sentence for each parameter that can't be used.", "content": refused},
        },
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    schema = one.takes.schema | ({} if one.default in (None, "") else {"default": one.default})
    return {"name": one.name, "in": "query", "required": False, "description": one.words, "schema": schema}
