"""What the API promises beside its figures: tags, headers, refusals, limits."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette

from resnet.api import ENDPOINTS
from resnet.api.answers import Endpoint
from resnet.api.desk import MAX_QUERY, Desk
from resnet.api.headers import named
from resnet.api.heard import HEARD_OUT, MAX_SENT
from resnet.draw.style import Style
from resnet.export.form import Form, Subject
from resnet.models.library import known
from resnet.models.stored import to_json
from resnet.run.jobs import queue
from resnet.spec.errors import SpecError
from resnet.views.story import StoryView
from tests.api.asgi import Answer, answered, ask, run

BLOCK = "/api/block.json"
OPTIONS = "/api/experiment.svg?experiment=options"


def errors(answer: Answer) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    found = json.loads(answer.body)["errors"]
    for one in found:
        assert set(one) == {"field", "value", "works", "message"}
        assert re.match(r"^\S.{10,}[.]$", one["message"]), one
    return list(found)


# tags


def test_the_same_parameters_have_the_same_tag_in_whatever_order() -> None:
    tags = {
        ask(f"{BLOCK}?{query}").headers["etag"] for query in ("stride=2&f1=32", "f1=32&stride=2", "f1=32&stride=02")
    }
    others = [ask(address).headers["etag"] for address in (f"{BLOCK}?stride=2", "/api/block.svg?stride=2",
              "/api/block.svg?stride=2&look=dark", "/api/layers.csv?stride=2")]  # fmt: skip
    assert len(tags) == 1
    assert len({*tags, *others}) == 5


def test_who_has_it_gets_no_second_copy_and_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(f"{BLOCK}?stride=2&f1=24")
    tag = first.headers["etag"]
    assert first.headers["cache-control"].startswith("public, max-age=86400")
    monkeypatch.setattr(Endpoint, "make", _nobody)
    for said in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        again = ask(f"{BLOCK}?f1=24&stride=2", headers={"If-None-Match": said})
        assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
    endpoint = next(one for one in ENDPOINTS if one.path == "/api/network.png")
    unseen = endpoint.tag(*endpoint.read(b"height=225")[:2])
    assert ask("/api/network.png?height=225", headers={"If-None-Match": unseen}).status_code == 304


def test_any_copy_will_do_only_where_there_is_a_figure() -> None:
    assert ask(BLOCK, headers={"If-None-Match": "*"}).status_code == 304
    assert ask("/api/model_block.svg?sum=9999", headers={"If-None-Match": "*"}).status_code == 400


def test_what_was_seen_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(f"{BLOCK}?f1=23")
    monkeypatch.setattr(Endpoint, "make", _nobody)
    assert ask(f"{BLOCK}?f1=23").body == first.body


def _nobody(*_: object) -> None:
    raise AssertionError("this was made")


def test_what_a_run_has_told_so_far_is_asked_for_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(OPTIONS)
    assert first.headers["cache-control"] == "no-cache"
    assert ask(OPTIONS, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    other = Form("svg", "svg", "figure", "SVG", lambda _, __: b"<svg/>")
    for endpoint in (one for one in ENDPOINTS if one.path == "/api/experiment.svg"):
        monkeypatch.setitem(endpoint.__dict__, "form", other)
    assert ask(OPTIONS).headers["etag"] != first.headers["etag"]


@pytest.mark.slow
def test_an_address_starts_no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(queue()), "submit", _nobody)
    for query in ("experiment=options", "experiment=gradients&steps=10&blocks=4"):
        assert ask(f"/api/experiment.svg?{query}").status_code == 200
        assert ask(f"/api/experiment.csv?{query}").status_code == 200


# methods and origins


def test_head_says_the_same_as_get() -> None:
    get, head = ask(BLOCK), ask(BLOCK, method="HEAD")
    assert (head.status_code, head.headers) == (get.status_code, get.headers)
    assert ask(f"{BLOCK}?stride=9", method="HEAD").status_code == 400


def test_any_page_may_read_and_none_elsewhere_may_send() -> None:
    before = ask(
        BLOCK, method="OPTIONS", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    )
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == "*"
    assert before.headers["access-control-allow-methods"] == "GET, HEAD"
    assert before.headers["allow"] == "GET, HEAD, OPTIONS"
    answer = ask(BLOCK, headers={"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    sent = ask("/api/model.json", method="POST", sent=b"{}", headers={"Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 403
    assert "site’s own pages" in errors(sent)[0]["message"]


def test_what_a_reader_sends_is_kept_nowhere() -> None:
    answer = ask("/api/model.json", method="POST", sent=to_json(known("resnet18")).encode())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert not {"etag", "access-control-allow-origin"} & set(answer.headers)


# refusals


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "POST"])
def test_another_method_is_refused_with_those_that_there_are(method: str) -> None:
    answer = ask(BLOCK, method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert method in errors(answer)[0]["message"]


def test_an_address_that_is_none_gets_a_sentence_and_one_that_is_near() -> None:
    answer = ask("/api/blok.svg")
    assert answer.status_code == 404
    assert "/api/block.svg" in errors(answer)[0]["message"]
    assert ask("/api/../secret").status_code == 404


def test_every_field_that_is_wrong_is_named() -> None:
    answer = ask("/api/block.svg?stride=9&f1=none&look=pink&lok=dark&f2=1&f2=2&height=0&utm_source=x")
    assert answer.status_code == 400
    fields = [one["field"] for one in errors(answer)]
    assert sorted(fields) == sorted(["f2", "f1", "stride", "height", "look", "the name of a parameter"])
    twice = next(one for one in errors(answer) if one["field"] == "f2")
    assert twice["message"] == "f2 is ['1', '2'], but it must be said once."


def test_what_is_no_figure_has_no_style() -> None:
    assert "'look'" in errors(ask(f"{BLOCK}?look=dark"))[0]["message"]


def test_a_long_address_is_refused() -> None:
    answer = ask(f"{BLOCK}?origin={'x' * MAX_QUERY}")
    assert answer.status_code == 414
    assert "8,000" in errors(answer)[0]["message"]


def test_too_much_is_heard_out_and_not_kept() -> None:
    for many in (MAX_SENT + 1, HEARD_OUT + 1):
        answer = ask("/api/model.json", method="POST", sent=bytes(many))
        assert answer.status_code == 413
        assert "without its weights" in errors(answer)[0]["message"]


HOSTILE = ("stride=%00", "stride=%ff%fe", "stride=%", "stride=%zz", "stride=2%0d%0aX-Evil:1", "stride=٣", "f1=1_000",
           "stride[]=1", "stride=1;f1=2", "=&&=", "chosen=%3Cscript%3E", "stride=1e1", "f1=" + "9" * 5000,
           "%73tride=9", "stride=2&stride=2", "unfolded=TRUE%00", "__proto__=1", "look=../../etc/passwd")  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_addresses_get_sentences(query: str) -> None:
    answer = ask(f"/api/block.svg?{query}")
    assert answer.status_code in (200, 400)
    assert "x-evil" not in answer.headers
    if answer.status_code == 400:
        assert b"Traceback" not in answer.body
        errors(answer)


# the names of files


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("block_s1", "block_s1.svg"),
        ('a"; filename="evil.exe', "a_;_filename=_evil.exe.svg"),
        ("a\r\nSet-Cookie: x=1", "a_Set-Cookie_x=1.svg"),
        ("../../etc/passwd", "etc_passwd.svg"),
        ("Netz für ✓", "Netz_f_r__.svg"),
        ("", "file.svg"),
        ("x" * 500, "x" * 120 + ".svg"),
        ("\ud800", "file.svg"),
    ],
)
def test_a_files_name_is_a_name(name: str, plain: str) -> None:
    said = named(Form("svg", "svg", "figure", "SVG", lambda *_: b""), name)["Content-Disposition"]
    assert said.startswith(f'inline; filename="{plain}"')
    assert said.isascii() and "\n" not in said and said.count('"') == 2


def test_a_name_of_other_letters_is_told_as_well() -> None:
    said = named(Form("svg", "svg", "figure", "SVG", lambda *_: b""), "für")["Content-Disposition"]
    assert said == "inline; filename=\"f_r.svg\"; filename*=UTF-8''f%C3%BCr.svg"


def test_a_reader_s_own_network_names_no_header() -> None:
    graph = to_json(known("resnet18")).replace("ResNet-18", 'x\\r\\nSet-Cookie: a=b\\"').encode()
    answer = ask("/api/model.csv", method="POST", sent=graph)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert re.fullmatch(r'inline; filename="[^"\s]*Set-Cookie[^"\s]*"', answer.headers["content-disposition"])


# one at a time


class Slow:
    """A subject of which one file is made until ``go`` is set."""

    def __init__(self) -> None:
        self.go, self.made, self.at_once, self._now = threading.Event(), 0, 0, 0
        form = Form("svg", "svg", "figure", "SVG", self._make)
        self.subject: Subject[Any] = Subject(
            what="slow", words="slow", title="", view=StoryView, slug=lambda _: "slow", forms=(form,)
        )

    def _make(self, view: StoryView, _: Style) -> bytes:
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        assert self.go.wait(20)
        self._now -= 1
        self.made += 1
        if view.step == 6:
            raise ZeroDivisionError("secret")
        if view.step == 5:
            raise SpecError("step", 5, "another one")
        return b"<svg/>"


@pytest.fixture
def slow() -> Iterator[Slow]:
    yield Slow()


def _application(slow: Slow, **limits: int) -> Starlette:
    return Starlette(routes=Desk([Endpoint(subject=slow.subject, form=slow.subject.forms[0])], **limits).routes)


def test_few_are_made_at_once_some_wait_and_no_more(slow: Slow) -> None:
    application = _application(slow, at_once=2, waiting=3)

    async def crowd() -> list[Answer]:
        asked = [
            asyncio.create_task(answered(f"/api/slow.svg?channel={i}", application=application)) for i in range(1, 9)
        ]
        await asyncio.sleep(0.3)
        slow.go.set()
        return list(await asyncio.gather(*asked))

    answers = run(crowd())
    statuses = [one.status_code for one in answers]
    assert (statuses.count(200), statuses.count(429)) == (5, 3)
    assert slow.at_once <= 2
    refused = next(one for one in answers if one.status_code == 429)
    assert int(refused.headers["retry-after"]) > 0
    assert "wait already" in errors(refused)[0]["message"]


def test_what_was_made_before_needs_no_place_in_the_line(slow: Slow) -> None:
    application = _application(slow, at_once=1, waiting=0)

    async def crowd() -> tuple[Answer, Answer]:
        slow.go.set()
        await answered("/api/slow.svg?step=1", application=application)
        slow.go.clear()
        first = asyncio.create_task(answered("/api/slow.svg?step=2", application=application))
        await asyncio.sleep(0.2)
        seen = await answered("/api/slow.svg?step=1", application=application)
        unseen = await answered("/api/slow.svg?step=3", application=application)
        slow.go.set()
        await first
        return seen, unseen

    seen, unseen = run(crowd())
    assert (seen.status_code, unseen.status_code) == (200, 429)


def test_an_error_of_ours_is_told_to_the_log_alone(slow: Slow, caplog: pytest.LogCaptureFixture) -> None:
    slow.go.set()
    answer = ask("/api/slow.svg?step=6", application=_application(slow))
    assert answer.status_code == 500
    assert b"secret" not in answer.body and "not yours" in errors(answer)[0]["message"]
    assert "ZeroDivisionError" in caplog.text
    assert ask("/api/slow.svg?step=5", application=_application(slow)).status_code == 400


def test_the_tag_changes_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    version, answers = (importlib.import_module(f"resnet.api.{one}") for one in ("version", "answers"))
    before = ask(BLOCK).headers["etag"]
    assert len(version.fingerprint()) == 16
    monkeypatch.setattr(answers, "fingerprint", lambda: "another")
    assert ask(BLOCK).headers["etag"] != before
