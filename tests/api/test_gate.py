"""Turns go round between those who ask, nobody fills the line for the others, and a minute has an end."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from resnet.api import clients
from resnet.api.answers import Endpoint
from resnet.api.clients import NOBODY, client_of, numbered
from resnet.api.desk import Desk
from resnet.api.document import INTRODUCTION
from resnet.api.gate import Gate
from resnet.api.limits import OF_REQUESTS
from resnet.api.refusals import Refusal
from resnet.export.form import Form, Subject
from resnet.views.story import StoryView
from tests.api.asgi import Answer, answered, run


def turns(asked: str, *, at_once: int = 1, waiting: int = 100) -> tuple[str, list[str]]:
    """Who got through, in order, if these ask one after the other while the first is being made; who was sent away."""

    async def crowd() -> tuple[str, list[str]]:
        gate, go, done = Gate(at_once=at_once, waiting=waiting), threading.Event(), []
        away: list[str] = []

        def make(client: str) -> None:
            assert go.wait(20)
            done.append(client)

        async def ask(client: str) -> None:
            try:
                await gate.through(client, make, client)
            except Refusal as refusal:
                assert refusal.status == 429
                away.append(client)

        tasks = []
        for client in asked:
            tasks.append(asyncio.create_task(ask(client)))
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        go.set()
        await asyncio.gather(*tasks)
        assert gate.waiting == 0 and gate._free == at_once
        return "".join(done), away

    return run(crowd())


def test_one_who_asks_for_much_does_not_starve_one_who_asks_for_little() -> None:
    assert turns("a" * 100 + "b" + "c", waiting=200) == ("aabc" + "a" * 98, [])


def test_turns_go_round() -> None:
    assert turns("aaaabbbbc")[0] == "a" + "abc" + "ab" + "ab" + "b"


def test_nobody_fills_the_line_for_the_others() -> None:
    done, away = turns("a" + "a" * 6 + "b" + "c", waiting=6)
    assert set("bc") <= set(done)
    assert away == ["a", "a"]
    done, away = turns("a" + "aabbcc" + "d", waiting=6)  # one more than the others have is not too much
    assert sorted(away) in (["a"], ["b"], ["c"], ["d"]) and len(done) == 7


def test_a_full_line_of_one_sends_the_last_one_away() -> None:
    done, away = turns("a" * 9, waiting=3)
    assert (done, len(away)) == ("aaaa", 5)


def test_who_leaves_the_line_holds_up_nobody() -> None:
    async def crowd() -> list[str]:
        gate, go, done = Gate(at_once=1, waiting=10), threading.Event(), []

        def make(client: str) -> None:
            assert go.wait(20)
            done.append(client)

        first, gone, last = (asyncio.create_task(gate.through(one, make, one)) for one in "abc")
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.sleep(0)
        assert gate.waiting == 1
        go.set()
        await asyncio.gather(first, last)
        assert gate.waiting == 0 and gate._free == 1
        return done

    assert run(crowd()) == ["a", "c"]


def test_a_turn_that_comes_to_somebody_who_just_left_goes_on() -> None:
    async def crowd() -> list[str]:
        gate, done = Gate(at_once=1, waiting=10), []
        await gate._turn("a")
        gone, last = (asyncio.create_task(gate.through(one, done.append, one)) for one in "bc")
        await asyncio.sleep(0)
        gate._free += 1
        gate._next()  # b's turn comes,
        gone.cancel()  # and b is gone before it hears of it
        await asyncio.gather(gone, last, return_exceptions=True)
        assert gate._free == 1
        return done

    assert run(crowd()) == ["c"]


# of a minute


def application(**limits: int) -> Starlette:
    form = Form("svg", "svg", "figure", "SVG", lambda *_: b"<svg/>")
    subject: Subject[Any] = Subject(
        what="quick", words="quick", title="", view=StoryView, slug=lambda _: "quick", forms=(form,)
    )
    return Starlette(routes=Desk([Endpoint(subject=subject, form=form)], **limits).routes)


def ask(app: Starlette, number: int, host: str) -> Answer:
    return run(answered(f"/api/quick.svg?channel={number}", application=From(app, host)))


class From:
    """As if somebody at that address asked."""

    def __init__(self, app: Starlette, host: str) -> None:
        self._app, self._host = app, host

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope | {"client": (self._host, 1)}, receive, send)


def test_an_address_has_so_many_in_a_minute_and_the_others_theirs() -> None:
    app = application(of_one=3)
    assert [ask(app, i, "203.0.113.7").status_code for i in range(1, 6)] == [200, 200, 200, 429, 429]
    refused = ask(app, 9, "203.0.113.7")
    assert int(refused.headers["retry-after"]) in range(15, 22)
    assert b"3 figures a minute of one address" in refused.body
    assert ask(app, 1, "203.0.113.7").status_code == 200  # it was made before
    assert ask(app, 8, "203.0.113.8").status_code == 200
    assert ask(app, 6, "2001:db8:1:2::1").status_code == 200
    assert [ask(app, i, f"2001:db8:1:2::{i}").status_code for i in (10, 11, 12)] == [200, 200, 429]  # one network


def test_all_together_have_so_many_and_who_is_over_the_own_share_takes_none_of_it() -> None:
    app = application(of_one=2, in_all=4)
    assert [ask(app, i, "203.0.113.7").status_code for i in range(1, 9)] == [200] * 2 + [429] * 6
    assert [ask(app, 10 + i, f"203.0.113.{i}").status_code for i in (8, 9, 10)] == [200, 200, 429]
    assert b"4 figures a minute in all" in ask(app, 30, "203.0.113.11").body


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "", "unix:", "nonsense", "127.0.0.1%eth0"])
def test_a_proxy_that_does_not_say_for_whom_it_asks_is_not_one_reader(host: str) -> None:
    app = application(of_one=1)
    assert [ask(app, i, host).status_code for i in range(1, 4)] == [200] * 3


def test_an_address_is_a_number_that_means_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(host: str) -> str:
        return client_of(Request({"type": "http", "headers": [], "client": (host, 1)}))

    assert of("203.0.113.7") == of("203.0.113.7") == of("::ffff:203.0.113.7") != of("203.0.113.8")
    assert len(of("203.0.113.7")) == 16 and "203" not in of("203.0.113.7")[:3]
    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::1") != of("2001:db8:1:3::1")
    assert client_of(Request({"type": "http", "headers": [], "client": None})) == NOBODY
    before = numbered("203.0.113.7")
    monkeypatch.setattr(clients, "_KEY", b"another process")
    assert numbered("203.0.113.7") != before


def test_the_limits_are_told() -> None:
    for one in OF_REQUESTS:
        assert f"{one.what}: {one.most}" in INTRODUCTION
