"""Answers requests: what was made before at once, anything else when its turn comes.

    seen, or the reader's own copy is the newest ──> answered (304 if so)
    else ──> the gate ──> read, made, kept within so many bytes ──> answered
                └──> 429 where too many wait, or where one address, or all, asked for too many in a minute

Nothing here starts a training; what a run has told so far is answered without being kept. Each answer is counted, and
told to the log: by which address, format and settings, never by whom.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from resnet import metrics
from resnet.api.answers import Endpoint, Made, Read, weak_tag
from resnet.api.clients import NOBODY, client_of
from resnet.api.gate import Gate
from resnet.api.headers import (
    ALWAYS,
    ANYBODY,
    ASK_AGAIN,
    KEEP_NOTHING,
    NEVER_CHANGES,
    NOTHING,
    PREFLIGHT,
    named,
    policy,
)
from resnet.api.heard import Heard, body
from resnet.api.refusals import (
    Refusal,
    busy,
    elsewhere,
    failed,
    not_allowed,
    too_long,
    too_often,
    wrong,
)
from resnet.cache import remembered
from resnet.draw.style import Style
from resnet.log import settings_hash, told
from resnet.pace import Pace
from resnet.spec.errors import SpecError
from resnet.views.address import Addressed

MAX_QUERY = 8_000  # characters of an address behind its question mark; servers in between end about there
AT_ONCE = 1  # figures that are made: the pages share the interpreter with them (bench/figures.py)
WAITING = 32
READ_AT_ONCE = 4  # files that are on their way
LARGE_AT_ONCE = 4  # large files that are on their way to slow readers, each as long as it takes
# What has to be made, in a minute. A class sits behind one address: three hundred readers who open a page with four
# figures that nobody has asked for before are let through at once.
OF_ONE_ADDRESS = 1_200
IN_ALL = 6_000

log = logging.getLogger(__name__)
_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"))

Answer = Callable[[Request], Awaitable[Response]]


class Sought(NamedTuple):
    """What a browser says that it has: tags of its copies. ``any`` copy will do where it says ``*``."""

    tags: frozenset[str]
    any: bool

    @classmethod
    def by(cls, request: Request) -> Sought:
        said = [one.strip() for one in ",".join(request.headers.getlist("if-none-match")).split(",")]
        return cls(frozenset(one.removeprefix("W/") for one in said if one), "*" in said)

    def has(self, tag: str) -> bool:
        return tag.removeprefix("W/") in self.tags


class Seen:
    """What an answer turned out to be, for those who watch. ``made``: it had to be."""

    def __init__(self) -> None:
        self.form = self.settings = ""
        self.made = False

    def how(self, status: int) -> str:
        if status == 304:
            return "copied"
        if status < 400:
            return "made" if self.made else "seen"
        return "refused" if status < 500 else "failed"


class Desk:
    """``endpoints``: what there is to be asked for."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
        of_one: int = OF_ONE_ADDRESS,
        in_all: int = IN_ALL,
    ) -> None:
        self._endpoints = {one.path: one for one in endpoints}
        self._gate = Gate(at_once=at_once, waiting=waiting)
        self._of_one, self._in_all = Pace(of_one), Pace(in_all)
        self._coming = 0  # files that are on their way
        self._going = 0  # large ones that are on their way out
        self._read = remembered(megabytes=8)(self._read_anew)
        self._made = remembered(megabytes=64)(self._make_anew)

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route(one.path, At(one.methods, self._answers(one), one.path)) for one in self._endpoints.values()]

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return self._gate.waiting

    def _read_anew(self, path: str, query: bytes) -> Read:
        return self._endpoints[path].read(query)

    def _make_anew(self, path: str, view: Addressed, dressed: Style) -> Made:
        return self._endpoints[path].make(view, dressed)

    def _answers(self, one: Endpoint) -> Answer:
        async def answer(request: Request) -> Response:
            seen = request.state.seen
            seen.form = one.form.key
            query = bytes(request.scope["query_string"])
            if len(query) > MAX_QUERY:
                raise too_long(len(query), MAX_QUERY)
            try:
                if request.method == "POST":
                    return await self._posted(one, query, request)
                if one.form.large:
                    return await self._large(one, query, request)
                sought, home = Sought.by(request), _home(one, request)
                if self._at_hand(one, query, sought, home):
                    return self.answer(one, query, sought, home, seen)
                return await self._turn(request, self.answer, one, query, sought, home, seen)
            finally:
                read = self._read.known(one.path, query)
                if read is not None and not read.dropped:
                    seen.settings = settings_hash(read.view.PAGE, read.view.to_query())

        return answer

    async def _turn(self, request: Request, function: Callable[..., Response], *args: object) -> Response:
        """Through the gate, for who has not asked for too much."""
        client = client_of(request)
        if client != NOBODY and (wait := self._of_one.take(client)):
            raise too_often(self._of_one.most, wait, "of one address")
        if wait := self._in_all.take():  # last: who is over the own share takes nothing of everybody's
            raise too_often(self._in_all.most, wait, "in all")
        return await self._gate.through(client, function, *args)

    async def _large(self, one: Endpoint, query: bytes, request: Request) -> Response:
        """What has many megabytes is not kept, and few are held at a time."""
        if self._going >= LARGE_AT_ONCE:
            raise busy(LARGE_AT_ONCE)
        self._going += 1
        try:
            answer = await self._turn(request, self.answer, one, query, Sought.by(request), "", request.state.seen)
        except BaseException:
            self._going -= 1
            raise
        answer.background = BackgroundTask(self._gone)
        return answer

    async def _gone(self) -> None:
        self._going -= 1

    def _at_hand(self, one: Endpoint, query: bytes, sought: Sought, home: str) -> bool:
        """Whether it is answered without any work."""
        read = self._read.known(one.path, query)
        if read is None or not read.view.settled:
            return False
        dressed = replace(read.style, home=home)
        if read.dropped or sought.has(one.tag(read.view, dressed)):
            return True
        return self._made.known(one.path, read.view, dressed) is not None

    def answer(self, one: Endpoint, query: bytes, sought: Sought, home: str, seen: Seen) -> Response:
        """To a GET. ``home`` is where a document leads back to. Raises Refusal, or SpecError."""
        view, dressed, dropped = self._read(one.path, query)
        if dropped:
            raise wrong(dropped)
        dressed = replace(dressed, home=home)
        if not view.settled:
            seen.made = True
            made = one.make(view, dressed)
            return _file(one, made, sought, weak_tag(made.content), ASK_AGAIN)
        tag = one.tag(view, dressed)
        if sought.has(tag):
            return _not_modified(tag, NEVER_CHANGES)
        seen.made = one.form.large or self._made.known(one.path, view, dressed) is None
        make = self._make_anew if one.form.large else self._made
        return _file(one, make(one.path, view, dressed), sought, tag, NEVER_CHANGES)

    async def _posted(self, one: Endpoint, query: bytes, request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise elsewhere()
        if self._coming >= READ_AT_ONCE:
            raise busy(READ_AT_ONCE)
        self._coming += 1
        try:
            sent = await body(request)
            request.state.seen.made = True
            return await self._turn(request, self._answer_of_file, one, query, sent, _home(one, request))
        finally:
            self._coming -= 1

    def _answer_of_file(self, one: Endpoint, query: bytes, sent: bytes, home: str) -> Response:
        view, dressed, dropped = self._read(one.path, query)
        if dropped:
            raise wrong(dropped)
        made = one.make(view, replace(dressed, home=home), sent)
        return Response(made.content, headers=_of(one, made) | {"Cache-Control": KEEP_NOTHING})


def _home(one: Endpoint, request: Request) -> str:
    """Where this server answers, as its reader asked for it; what is no document leads nowhere."""
    home = str(request.base_url).rstrip("/") if one.form.group == "document" else ""
    return home if re.fullmatch(r"https?://[\w.:\[\]/-]{1,200}", home, re.ASCII) else ""


def _of(one: Endpoint, made: Made) -> dict[str, str]:
    media = {"Content-Type": one.form.media}
    return media | ALWAYS | policy(one.form) | named(one.form, made.name)


def _file(one: Endpoint, made: Made, sought: Sought, tag: str, keep: str) -> Response:
    if sought.any or sought.has(tag):
        return _not_modified(tag, keep)
    said = _of(one, made) | ANYBODY | {"ETag": tag, "Cache-Control": keep}
    return Response(made.content, headers=said)


def _not_modified(tag: str, keep: str) -> Response:
    return Response(status_code=304, headers=ALWAYS | ANYBODY | {"ETag": tag, "Cache-Control": keep})


class At:
    """An address as a web server calls it, whatever the method: a refusal is an answer as any other.

    ``path``  its name in the log; ``level``  of its line there
    """

    def __init__(self, methods: Sequence[str], answer: Answer, path: str = "other", level: int = logging.INFO) -> None:
        self.methods = tuple(methods)
        self._answer = answer
        self._path, self._level = path, level

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = time.perf_counter()
        heard = Heard(receive)
        request = Request(scope, heard)
        request.state.seen = Seen()
        try:
            answer = await self._response(request)
            await heard.out()
        except ClientDisconnect:
            return
        try:
            await answer(scope, heard, send)
        finally:
            self._tell(request, answer, time.perf_counter() - start)

    def _tell(self, request: Request, answer: Response, seconds: float) -> None:
        seen: Seen = request.state.seen
        if seen.form:
            how = seen.how(answer.status_code)
            metrics.FIGURES.labels(seen.form, how, str(answer.status_code)).inc()
            if how == "made":
                metrics.FIGURE_SECONDS.labels(seen.form).observe(seconds)
        told(
            "request",
            level=self._level,
            method=request.method if request.method in _METHODS else "other",
            path=self._path,
            status=answer.status_code,
            how=seen.how(answer.status_code) if seen.form else None,
            settings=seen.settings or None,
            ms=round(1000 * seconds, 1),
            bytes=len(answer.body),
        )

    async def _response(self, request: Request) -> Response:
        try:
            if request.method not in self.methods:
                raise not_allowed(request.method, self.methods)
            if request.method == "OPTIONS":
                said = {"Allow": ", ".join(self.methods)} | ALWAYS | ANYBODY | PREFLIGHT
                return Response(status_code=204, headers=said)
            return await self._answer(request)
        except ClientDisconnect:
            raise
        except Refusal as refusal:
            return refused(refusal, request.method)
        except SpecError as error:
            return refused(wrong([error]), request.method)
        except Exception:
            log.exception("%s was not answered", self._path)
            return refused(failed(), request.method)


def refused(refusal: Refusal, method: str = "GET") -> Response:
    """A sentence for each thing that is wrong. It is not kept: it may be put right."""
    said = ALWAYS | {"Content-Security-Policy": NOTHING, "Cache-Control": KEEP_NOTHING}
    if method != "POST":
        said = said | ANYBODY
    return JSONResponse(refusal.content, status_code=refusal.status, headers=said | refusal.headers)
