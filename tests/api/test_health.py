"""/api/health looks at what the process needs, once in a while, and says what is wrong."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.routing import Route

from resnet.api import ENDPOINTS, health
from resnet.api.desk import At
from resnet.api.document import document
from resnet.api.drain import draining
from resnet.api.health import CHECKS, SCHEMA, Health
from resnet.draw import fonts
from resnet.run.jobs import queue
from resnet.spec.names import VERSION
from tests.api.asgi import Answer, answered, ask, run


def asked(one: Health, address: str = "/api/health") -> Answer:
    return ask(address, application=application(one))


def application(one: Health) -> Starlette:
    return Starlette(routes=[Route("/api/health", At(("GET", "HEAD", "OPTIONS"), one.answer))])


def told(answer: Answer) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(answer.body)
    Draft202012Validator(SCHEMA).validate(data)
    assert answer.headers["cache-control"] == "no-store"
    return data


def test_a_process_that_is_well_is_ready() -> None:
    answer = ask("/api/health")
    data = told(answer)
    assert (answer.status_code, data["status"], data["version"]) == (200, "ready", VERSION)
    assert [one["name"] for one in data["checks"]] == list(CHECKS)
    assert all(one["ok"] and not one["words"] for one in data["checks"])
    assert data["seconds"] > 0


def test_what_is_wrong_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "REGULAR", Path("/nowhere/regular.ttf"))
    monkeypatch.setattr(type(queue()), "healthy", lambda _: "Redis does not answer.")
    monkeypatch.setenv("RESNET_MEMORY_MB", "1")
    answer = asked(Health(health.CHECKS))
    data = told(answer)
    assert (answer.status_code, data["status"]) == (503, "failing")
    words = {one["name"]: one["words"] for one in data["checks"]}
    assert "regular.ttf" in words["figure"]
    assert words["queue"] == "Redis does not answer."
    assert words["memory"].endswith("and 1 are its limit.")


def test_an_error_or_no_answer_is_a_problem_and_no_500(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops() -> str:
        raise ZeroDivisionError("secret")

    def hangs() -> str:
        import time

        time.sleep(0.5)
        return ""

    monkeypatch.setattr(health, "LONGEST", 0.1)
    answer = asked(Health({"figure": stops, "queue": hangs}))
    first, second = told(answer)["checks"]
    assert answer.status_code == 503
    assert first["words"] == "It stopped at ZeroDivisionError." and second["words"].startswith("No answer within")


def test_it_is_looked_at_once_for_all_who_ask_and_again_after_some_seconds() -> None:
    looked = []

    def look() -> str:
        looked.append(1)
        return ""

    async def crowd(one: Health, many: int) -> None:
        app = application(one)
        await asyncio.gather(*(answered("/api/health", application=app) for _ in range(many)))

    async def twice(one: Health) -> None:
        await crowd(one, 20)
        await crowd(one, 20)

    run(twice(Health({"figure": look}, kept=60)))
    assert len(looked) == 1
    run(twice(Health({"figure": look}, kept=0)))
    assert len(looked) == 3


def test_on_its_way_out_it_is_alive_and_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "now", True)
    answer = ask("/api/health")
    assert (answer.status_code, told(answer)["status"]) == (503, "draining")
    for address in ("/api/health?live", "/api/health?live=true"):
        answer = ask(address)
        assert (answer.status_code, told(answer)["status"]) == (200, "live")


def test_alive_is_answered_without_looking() -> None:
    def never() -> str:
        raise AssertionError("this was looked at")

    assert asked(Health({"figure": never}), "/api/health?live").status_code == 200


def test_a_word_that_means_nothing_is_explained() -> None:
    answer = ask("/api/health?live=maybe")
    assert answer.status_code == 400
    assert "live is 'maybe', but it must be said without a value, or true." in answer.body.decode()


@pytest.mark.parametrize(
    ("said", "file", "bytes_"),
    [({"RESNET_MEMORY_MB": "700"}, "1000", 700e6), ({}, "1000000000\n", 950e6), ({}, "max\n", None), ({}, None, None)],
)
def test_the_limit_of_memory(said: dict[str, str], file: str | None, bytes_: float | None, tmp_path: Path) -> None:
    container = tmp_path / "memory.max"
    if file is not None:
        container.write_text(file)
    assert health.limit(said, container) == bytes_


def test_the_document_has_it() -> None:
    told_of = document(ENDPOINTS)["paths"]["/api/health"]["get"]
    assert {"200", "503"} <= set(told_of["responses"])
    assert told_of["parameters"][0]["name"] == "live"
