"""nginx with the configuration that is served, in front of small servers that say what they were asked."""

from __future__ import annotations

import http.client
import itertools
import json
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.site import COOKIE, SENT, UPLOAD, Site, configuration
from tests.conftest import free_port
from tests.deploy.served import NGINX, Answer, certificate, needs_nginx

pytestmark = [needs_nginx, pytest.mark.slow]
KEPT = "public, max-age=60, stale-while-revalidate=600"
NUMBERS = [f"{n:032x}" for n in range(40)]


class Process(ThreadingHTTPServer):
    """Says who it is and what it was asked; counts. ``/api/kept…`` may be kept, and takes a moment to make."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Says)
        self.asked: Counter[str] = Counter()

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Says(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Process

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        said = {"by": self.server.name, "headers": {name.lower(): value for name, value in self.headers.items()}}
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        kept = path.startswith("/api/kept")
        time.sleep(1 if path.startswith("/api/slow") else 0.2 if kept else 0)
        body = json.dumps(said).encode()
        if path == "/":
            body = b"<script>1</script><script type='module' src='x'></script>"
        elsewhere = path.startswith("/media/of") and not path.endswith(self.server.name)
        self.send_response(404 if elsewhere else int(path[-3:]) if "/status" in path else 200)
        self.send_header("Content-Type", "text/html" if path in ("/", "/static/none") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        if path.startswith("/sent-on"):
            self.send_header("Location", f"http://{self.headers['Host']}{self.path}")
        if path == "/far-too-wordy":
            self.send_header("X", 60_000 * "x")
        if kept:
            self.send_header("Cache-Control", KEPT)
            self.send_header("ETag", 'W/"1"')
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET

    def log_message(self, *_: object) -> None:
        pass


class Front:
    """nginx, and the processes behind it."""

    def __init__(self, port: int, processes: list[Process]) -> None:
        self.port = port
        self.processes = processes

    def ask(self, path: str, method: str = "GET", secure: bool = False, body: bytes = b"", **headers: str) -> Answer:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        context = ssl._create_unverified_context() if secure else None
        connection = (
            http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=context)
            if secure
            else http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        )
        try:
            connection.request(method, path, body or None, more)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def by(self, path: str, **headers: str) -> str:
        return str(self.ask(path, **headers).json()["by"])

    def times(self, path: str) -> int:
        return sum(process.asked[path] for process in self.processes)


@contextmanager
def front(folder: Path, many: int = 2, **said: Any) -> Iterator[Front]:
    with ExitStack() as stack:
        processes = [stack.enter_context(Process()) for _ in range(many)]
        for process in processes:
            threading.Thread(target=process.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(process.shutdown)
        port = free_port()
        site = Site(
            upstreams=tuple(one.name for one in processes),
            listen=(f"127.0.0.1:{port}",),
            folder=folder,
            user=_root(),
            told=True,
            **said,
        )
        file = folder / "nginx.conf"
        file.write_text(configuration(site))
        nginx = subprocess.Popen([str(NGINX), "-e", str(folder / "log"), "-p", str(folder), "-c", str(file)])
        stack.callback(nginx.wait)
        stack.callback(nginx.terminate)
        made = Front(port, processes)
        for _ in range(100):
            try:
                made.ask("/_stcore/health", secure="certificate" in said)
                break
            except OSError:
                time.sleep(0.05)
        yield made


def _root() -> str:
    import getpass
    import os

    return getpass.getuser() if os.geteuid() == 0 else ""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with front(tmp_path_factory.mktemp("site"), many=3) as made:
        yield made


def cookie(number: str) -> str:
    return f"{COOKIE}={number}"


# one reader, one process


@pytest.mark.parametrize("path", ["/_stcore/health", "/_stcore/upload_file/a/b", "/media/x", "/compare"])
def test_a_reader_stays_with_a_process(site: Front, path: str) -> None:
    where = {number: site.by(path, Cookie=cookie(number)) for number in NUMBERS}
    assert set(where.values()) == {process.name for process in site.processes}
    for number in NUMBERS[:10]:
        assert {site.by(place, Cookie=cookie(number)) for place in ("/_stcore/health", path)} == {where[number]}


def test_most_readers_stay_where_they_are_when_a_process_goes(tmp_path: Path) -> None:
    with front(tmp_path, many=3) as site:
        before = {number: site.by("/compare", Cookie=cookie(number)) for number in NUMBERS}
        gone = site.processes[0]
        gone.shutdown()
        gone.server_close()
        after = {number: site.by("/compare", Cookie=cookie(number)) for number in NUMBERS}
        moved = {number for number in NUMBERS if before[number] != after[number]}
        assert moved == {number for number in NUMBERS if before[number] == gone.name}
        assert moved
        for number, other in itertools.product(moved, range(3)):
            assert site.by(f"/{other}", Cookie=cookie(number)) == after[number], (
                "all that is a visit's goes the same way"
            )


def test_without_a_cookie_a_visit_stays_by_address_and_browser(site: Front) -> None:
    for browser in ("one", "another", "a third"):
        assert len({site.by("/_stcore/health", User_Agent=browser) for _ in range(5)}) == 1
    many = {site.by("/_stcore/health", User_Agent=f"browser {n}") for n in range(40)}
    assert many == {process.name for process in site.processes}


def test_a_file_is_found_with_the_process_that_has_it(site: Front) -> None:
    """A page may have moved on when its process died, and stays where it is when that is back."""
    for process in site.processes:
        assert {site.by(f"/media/of{process.name}", Cookie=cookie(number)) for number in NUMBERS[:9]} == {process.name}
    assert site.ask("/media/of-nobody").status == 404


def test_the_cookie_is_a_number_and_stays(site: Front) -> None:
    first = site.ask("/compare").headers["Set-Cookie"]
    name, _, rest = first.partition("=")
    number, *attributes = rest.split("; ")
    assert name == COOKIE
    assert len(number) == 32 and int(number, 16)
    assert attributes == ["Path=/", "Max-Age=86400", "HttpOnly", "SameSite=Lax"]
    assert site.ask("/compare", Cookie=cookie(number)).headers["Set-Cookie"] == first
    assert number not in site.ask("/compare").headers["Set-Cookie"]
    for bad in ("<x>", "<script>", "0" * 31, "0" * 33, "A" * 32):
        assert bad not in site.ask("/compare", Cookie=cookie(bad)).headers["Set-Cookie"]


def test_over_https_the_cookie_is_too(tmp_path: Path) -> None:
    with front(tmp_path, certificate=certificate(tmp_path)) as site:
        assert site.ask("/", secure=True).headers["Set-Cookie"].endswith("SameSite=Lax; Secure")
        framed = site.ask("/", secure=True, Sec_Fetch_Dest="iframe").headers["Set-Cookie"]
        assert framed.endswith("SameSite=None; Secure; Partitioned")
        assert site.ask("/compare", secure=True).json()["headers"]["x-forwarded-proto"] == "https"


def test_a_balancer_in_front_is_believed_and_nobody_else(tmp_path: Path, site: Front) -> None:
    claims = {"X_Forwarded_For": "192.0.2.7", "X_Forwarded_Proto": "https"}
    seen = site.ask("/compare", **claims).json()["headers"]
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("127.0.0.1", "http")
    with front(tmp_path, behind=("127.0.0.0/8",)) as inside:
        answer = inside.ask("/compare", **claims)
        seen = answer.json()["headers"]
        assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("192.0.2.7", "https")
        assert answer.headers["Set-Cookie"].endswith("; Secure")


# what is kept


def test_a_figure_is_made_once_for_all_who_ask_at_the_same_time(site: Front) -> None:
    path = "/api/kept.svg?stride=2"
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: site.ask(path), range(12)))
    assert {answer.status for answer in answers} == {200}
    assert site.times(path) == 1
    assert site.ask(path).kept == "HIT"
    assert site.ask(path, If_None_Match='W/"1"').status == 304
    assert site.ask(path, "HEAD").body == b""
    assert site.times(path) == 1
    assert site.ask("/api/kept.svg?stride=3").kept == "MISS", "another address is another figure"


def test_packed_and_plain_are_kept_apart(site: Front) -> None:
    path, long = "/api/kept.json?packed", "x" * 1_000
    plain = [site.ask(path, X=long) for _ in range(2)]
    packed = [site.ask(path, X=long, Accept_Encoding="br, gzip;q=0.8") for _ in range(2)]
    assert [one.headers["Content-Encoding"] for one in (*plain, *packed)] == [None, None, "gzip", "gzip"]
    assert [one.kept for one in (*plain, *packed)] == ["MISS", "HIT", "MISS", "HIT"]
    assert site.ask(path, Accept_Encoding="gzip;q=0").headers["Content-Encoding"] is None
    assert packed[0].headers.get_all("Vary") == ["Accept-Encoding"]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_what_was_refused_is_not_kept(site: Front, status: int) -> None:
    path = f"/api/status{status}"
    assert [site.ask(path).status for _ in range(2)] == [status, status]
    assert site.times(path) == 2


@pytest.mark.parametrize("path", ["/api/", "/api/openapi.json", "/api/health?live"])
def test_what_is_asked_for_anew_each_time_waits_for_nobody_else(site: Front, path: str) -> None:
    assert site.ask(path).kept is None
    assert site.ask(path).status == 200
    assert site.times(path) == 2


def test_what_is_sent_is_not_kept(site: Front) -> None:
    path = "/api/kept.posted"
    for _ in range(2):
        assert site.ask(path, "POST", body=b"graph").status == 200
    assert site.times(path) == 2


def test_whose_address_it_is_asked_at_is_part_of_what_is_kept(site: Front) -> None:
    """A document says where it came from: nobody puts another address into what others are given."""
    one, other = (
        site.ask("/api/kept.html", Host=host).json()["headers"]["host"] for host in ("a.example", "b.example")
    )
    assert (one, other) == ("a.example", "b.example")


def test_the_api_is_shared_out(site: Front) -> None:
    with ThreadPoolExecutor(8) as pool:
        by = set(pool.map(lambda n: site.by(f"/api/kept.{n}", Cookie=cookie(NUMBERS[0])), range(24)))
    assert by == {process.name for process in site.processes}


# what a page may do


def test_a_page_runs_its_own_scripts_and_no_others(site: Front) -> None:
    answer = site.ask("/")
    policy = dict(part.partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split("; "))
    nonce = policy["script-src"].partition("'nonce-")[2].removesuffix("'")
    assert answer.body.decode().count(f'<script nonce="{nonce}"') == 2
    assert policy["script-src"] == f"'self' 'nonce-{nonce}'"
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["frame-ancestors"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert nonce not in site.ask("/").headers["Content-Security-Policy"]


def test_what_is_no_page_does_nothing(site: Front) -> None:
    """Streamlit answers with its page where there is no such file; a file that a page made may be anybody's."""
    assert "sandbox" in site.ask("/static/none").headers["Content-Security-Policy"]
    assert site.ask("/static/js/x.js").headers["Content-Security-Policy"] is None
    assert "sandbox" in site.ask("/media/x.html").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("https://school.example", "'self' https://school.example"),
        ("https://a.example 'self'", "https://a.example 'self'"),
        ("'none'", "'none'"),
    ],
)
def test_who_may_show_a_page_in_a_frame_can_be_said(tmp_path: Path, said: str, sent: str) -> None:
    with front(tmp_path, many=1, frame_ancestors=said) as site:
        policy = site.ask("/").headers["Content-Security-Policy"]
        assert policy.endswith(f"; frame-ancestors {sent}")


# what nginx refuses


def error_of(answer: Answer) -> str:
    (error,) = answer.json()["errors"]
    assert set(error) == {"field", "value", "works", "message"}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    return str(error["message"])


def words_of(answer: Answer) -> str:
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return answer.body.decode()


def test_a_flood_gets_a_sentence_and_files_still_come(tmp_path: Path) -> None:
    with front(tmp_path, flood=1) as site:
        with ThreadPoolExecutor(8) as pool:
            pages = list(pool.map(lambda _: site.ask("/compare"), range(30)))
        assert {page.status for page in pages} == {200, 429}
        asked = (site.ask("/api/kept.svg") for _ in range(30))  # of one a second; the first may be in time for it
        refused = next(answer for answer in asked if answer.status == 429)
        assert refused.headers["Retry-After"] == "5"
        assert "Please ask again in 5 seconds" in error_of(refused)
        assert "Please ask again" in words_of(next(page for page in pages if page.status == 429))
        assert {site.ask(f"/static/js/{n}.js").status for n in range(30)} == {200}


def test_who_holds_too_much_open_gets_a_sentence(tmp_path: Path) -> None:
    with front(tmp_path, held=3) as site, ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: site.ask(f"/api/slow.{n}"), range(10)))
        assert {answer.status for answer in answers} == {200, 429}
        assert "Please ask again" in error_of(next(answer for answer in answers if answer.status == 429))


def test_a_class_behind_one_address_is_no_flood(site: Front) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert Counter(pool.map(lambda _: site.ask("/_stcore/health").status, range(900))) == {200: 900}


def test_nobody_there_gets_a_sentence(tmp_path: Path) -> None:
    with front(tmp_path) as site:
        assert site.ask("/api/kept.svg").kept == "MISS"
        for process in site.processes:
            process.shutdown()
            process.server_close()
        page, api = site.ask("/compare"), site.ask("/api/new.svg")
        assert page.status == api.status == 503
        assert page.headers["Retry-After"] == "5"
        assert "starting or stopping" in words_of(page)
        assert "starting or stopping" in error_of(api)
        assert site.ask("/api/kept.svg").status == 200, "what is kept is still there"


@pytest.mark.parametrize(
    ("path", "megabytes"), [("/compare", 1), ("/_stcore/upload_file/a/b", UPLOAD + 1), ("/api/model.svg", SENT + 1)]
)
def test_too_large_a_file_gets_a_sentence(site: Front, path: str, megabytes: int) -> None:
    """Before it has been sent: its length is enough."""
    refused = site.ask(path, "PUT", Content_Length=str(megabytes * 2**20))
    assert refused.status == 413
    say = error_of if path.startswith("/api/") else words_of
    assert "too large" in say(refused)


def test_a_picture_of_five_megabytes_passes(site: Front) -> None:
    assert site.ask("/_stcore/upload_file/a/b", "PUT", body=b"x" * (5 * 2**20 + 1000)).status == 200


def test_a_long_address_is_the_api_s_own_to_refuse(site: Front) -> None:
    assert site.ask("/api/kept.json?" + "x" * 15_000).status == 200
    refused = site.ask("/api/kept.json?" + "x" * 20_000)
    assert refused.status == 414
    assert "at most 8,000 characters" in words_of(refused)
    assert site.ask("/too-long").status == 404


@pytest.mark.parametrize("many", [3_000, 3_700, 3_900, 4_100, 8_000, 15_000])
def test_a_long_address_is_kept_and_sent_on_like_any_other(site: Front, many: int) -> None:
    address = "/api/kept.json?" + many * "y"
    assert [site.ask(address).kept for _ in range(2)] == ["MISS", "HIT"]
    assert site.times(address) == 1
    answer = site.ask("/sent-on?" + many * "x", Host=many * "h")
    assert answer.status == 200 and len(answer.headers["Location"]) > 2 * many


def test_what_is_answered_badly_takes_no_process_from_its_readers(site: Front) -> None:
    for number in NUMBERS:
        assert site.ask("/far-too-wordy", Cookie=cookie(number)).status == 503
    for number in NUMBERS:
        assert site.ask("/compare", Cookie=cookie(number)).status == 200


def test_a_long_header_gets_a_sentence(site: Front) -> None:
    refused = site.ask("/compare", X="x" * 20_000)
    assert refused.status == 431
    assert "at most 16,000 characters" in words_of(refused)


def test_what_the_application_refuses_is_left_as_it_is(site: Front) -> None:
    for status in (404, 413, 429, 503):
        assert "by" in site.ask(f"/api/status{status}").json()
        assert "by" in site.ask(f"/page/status{status}").json()


def test_how_a_process_is_is_not_for_readers(site: Front) -> None:
    for path in ("/metrics", "/_stcore/metrics"):
        assert site.ask(path).status == 404
        assert site.times(path) == 0


def test_how_each_process_is_can_be_had_at_a_port_of_its_own(tmp_path: Path) -> None:
    port = free_port()
    with front(tmp_path, metrics=f"127.0.0.1:{port}") as site:
        inside = Front(port, site.processes)
        assert [inside.by(f"/{n}/metrics") for n in (1, 2)] == [process.name for process in site.processes]
        assert inside.ask("/compare").status == inside.ask("/3/metrics").status == 404
