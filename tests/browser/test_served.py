"""Two processes of the application behind nginx, as ``make serve`` starts them: what is kept, and every page under the
policy that nginx sends. ``tests/deploy`` has what keeps them running, and what nginx does by itself."""

from __future__ import annotations

import io
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from deploy.site import COOKIE
from resnet.api.desk import MAX_QUERY
from tests.browser.elsewhere import blocking, elsewhere
from tests.browser.test_embed import ONNX, PAGES
from tests.chromium import reach
from tests.conftest import listen
from tests.deploy.served import Served, needs_nginx, served

pytestmark = [needs_nginx, pytest.mark.slow]
NUMBERS = [f"{n:032x}" for n in range(24)]  # so many that each process surely has some


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with served() as running:
        yield running


def cookie(number: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={number}"}


# over HTTP


def opened(site: Served, number: str, origin: str) -> ClientConnection:
    own: dict[str, Any] = {"subprotocols": ["streamlit"], "origin": origin, "max_size": None}
    return connect(f"ws://127.0.0.1:{site.port}/_stcore/stream", additional_headers=cookie(number), **own)


def test_a_page_runs_on_the_process_that_it_came_from(site: Served) -> None:
    by = {number: site.ask("/compare", cookie(number)).by for number in NUMBERS}
    assert set(by.values()) == {"slot-1", "slot-2"}
    for number in NUMBERS[:3]:
        with opened(site, number, site.address) as page:
            assert page.response is not None
            assert page.response.headers["X-Answered-By"].endswith(f"/{by[number]}.sock")
    with opened(site, NUMBERS[0], site.address) as page:
        asked = BackMsg()
        asked.rerun_script.page_name = "compare"
        page.send(asked.SerializeToString())
        message = ForwardMsg()
        while message.WhichOneof("type") != "script_finished":
            message.ParseFromString(bytes(page.recv(timeout=60)))
        assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY


def test_a_page_of_another_site_opens_no_connection(site: Served) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(site, NUMBERS[0], "https://elsewhere.example"):
        pass
    assert refused.value.response.status_code == 403


def test_files_named_after_what_is_in_them_are_packed_and_kept(site: Served) -> None:
    script = "/static" + site.ask("/").body.decode().partition('src="./static')[2].partition('"')[0]
    answers = [site.ask(script, {"Accept-Encoding": "gzip"}) for _ in range(2)]
    assert [one.kept for one in answers] == ["MISS", "HIT"]
    for one in answers:
        assert one.status == 200
        assert one.headers["Content-Encoding"] == "gzip"
        assert one.headers.get_all("Cache-Control") == ["public, immutable, max-age=31536000"]
    assert answers[0].body == answers[1].body


def test_a_file_that_is_none_is_not_kept(site: Served) -> None:
    """Streamlit answers with its page where it has no such file."""
    for _ in range(2):
        answer = site.ask("/static/js/none.12345678.js")
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.kept != "HIT"


def test_a_figure_is_made_by_one_process_for_both(site: Served) -> None:
    path, packed = "/api/block.svg?in_channels=40", {"Accept-Encoding": "gzip"}
    first = site.ask(path, packed)
    again = [site.ask(path, packed | cookie(number)) for number in NUMBERS]
    assert first.status == 200
    assert first.kept == "MISS"
    assert {one.kept for one in again} == {"HIT"}
    assert {one.body for one in again} == {first.body}
    assert site.ask(path, {"If-None-Match": str(first.headers["ETag"])}).status == 304


def test_the_api_s_own_headers_are_there_once(site: Served) -> None:
    answer = site.ask("/api/block.svg")
    for name in ("X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "Access-Control-Allow-Origin",
                 "Cross-Origin-Resource-Policy", "Cache-Control", "ETag"):  # fmt: skip
        assert len(answer.headers.get_all(name, [])) == 1, name
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert answer.headers["Set-Cookie"] is None


def test_the_api_refuses_in_its_own_words(site: Served) -> None:
    assert site.ask("/api/block.svg?stride=9").json()["errors"][0]["field"] == "stride"
    too_long = site.ask("/api/block.svg?" + "x" * (MAX_QUERY + 1))
    assert too_long.status == 414
    assert too_long.json()["errors"][0]["field"] == "the address"
    too_much = site.ask("/api/model.json", method="POST", body=bytes(17 * 2**20))
    assert too_much.status == 413
    assert "16,777,216 bytes" in too_much.json()["errors"][0]["message"]


def test_what_nobody_reads_takes_no_process_from_its_readers(site: Served) -> None:
    """Neither what is sent along nor an address that is longer than what nginx makes room for."""
    long = 5_000 * "x"
    for _ in range(12):
        assert site.ask(f"/story?{long}").headers["Location"].endswith(long)
        assert site.ask(f"/api/block.svg?{long[:3_800]}").status == 200
        assert site.ask("/api/block.svg", method="POST", body=bytes(60_000)).status == 405
        assert site.ask("/compare", method="POST", body=bytes(60_000)).status == 413
    for number in NUMBERS:
        assert site.ask("/compare", cookie(number)).status == 200
        assert site.ask(f"/api/block.svg?in_channels={100 + int(number, 16)}", cookie(number)).status == 200


def test_a_document_leads_back_to_where_it_was_asked_for(site: Served) -> None:
    assert site.address in site.ask("/api/compare_report.html").body.decode()


# in a browser


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    yield context
    context.close()


@pytest.fixture
def tab(reader: BrowserContext) -> Iterator[Page]:
    page = reader.new_page()
    listen(page)
    yield page
    page.close()


SHOWN = PAGES | {"about": "h1"}
# what a test of its own opens, and does something with
BELOW = ("compare?stride=2", "network?network=resnet18", "model", "signal")


def shown(tab: Page, site: Served, asked: str) -> None:
    answer = tab.goto(f"{site.address}/{asked}")
    assert answer is not None
    assert "default-src 'none'; script-src 'self' 'nonce-" in answer.headers["content-security-policy"]
    expect(tab.locator(SHOWN[asked]).first).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("asked", sorted(set(SHOWN) - set(BELOW)))
def test_a_page_lives_with_the_policy(tab: Page, site: Served, asked: str) -> None:
    shown(tab, site, asked)
    tab.mouse.move(700, 500)
    tab.mouse.wheel(0, 5_000)  # what is put on the page only when a reader comes to it
    tab.wait_for_timeout(400)
    assert tab.complaints == []


def test_a_figure_is_downloaded(tab: Page, site: Served) -> None:
    shown(tab, site, "compare?stride=2")
    with tab.expect_download() as waiting:
        tab.get_by_role("link", name="Both blocks as SVG", exact=True).click(timeout=30_000)
    assert Path(waiting.value.path()).read_bytes() == site.ask("/api/pair.svg?stride=2").body
    assert tab.complaints == []


def test_a_chart_answers_the_pointer_and_a_page_shows_another_one_in_a_frame(tab: Page, site: Served) -> None:
    shown(tab, site, "network?network=resnet18")
    reach(tab, "fall")
    chart = tab.locator(".st-key-fall .js-plotly-plot")
    expect(chart).to_contain_text("11,689,512", timeout=30_000)
    box = chart.bounding_box()
    assert box is not None
    for share in range(2, 18):
        tab.mouse.move(box["x"] + box["width"] * share / 20, box["y"] + box["height"] * 0.6)
    expect(chart.locator(".hoverlayer text").first).to_be_attached()
    tab.get_by_role("button", name="Share", exact=True).click()
    tab.get_by_text("Preview of the page as it will be embedded").click()
    expect(tab.frame_locator("iframe").locator(".network svg")).to_be_visible(timeout=30_000)
    assert tab.complaints == []


def test_a_picture_is_handed_in(tab: Page, site: Served) -> None:
    shown(tab, site, "signal")
    out = io.BytesIO()
    Image.effect_noise((900, 900), 80).convert("RGB").save(out, "PNG")  # 2 MB: more than most of nginx's limits
    tab.locator(".st-key-own_picture summary").click()
    tab.locator('.st-key-own_picture input[type="file"]').set_input_files(
        {"name": "noise.png", "mimeType": "image/png", "buffer": out.getvalue()}
    )
    expect(tab.get_by_role("button", name="Put my picture away")).to_be_visible(timeout=30_000)
    expect(tab.locator(".signaltitle img")).to_have_attribute("alt", "Your picture, as the network sees it")
    assert tab.complaints == []
    assert len(out.getvalue()) > 2 * 10**6


def test_a_network_is_handed_in_and_a_file_of_it_is_downloaded(tab: Page, site: Served) -> None:
    """From the process that has it: nobody else could give that file."""
    shown(tab, site, "model")
    model: Any = {"name": "mine.onnx", "mimeType": "application/octet-stream"}
    model["buffer"] = lzma.decompress(ONNX.read_bytes())
    tab.locator('.model input[type="file"]').first.set_input_files(model)
    expect(tab.locator("h1")).to_contain_text("mine", timeout=30_000)
    with tab.expect_download() as waiting:
        tab.locator(".st-key-own_file button").click()
    assert waiting.value.suggested_filename == "mine_report.html"
    assert "mine" in Path(waiting.value.path()).read_text()
    assert tab.complaints == []


def test_a_script_that_is_not_the_page_s_own_does_not_run(tab: Page, site: Served) -> None:
    shown(tab, site, "about")
    ran = tab.evaluate("""async () => {
      window.ran = [];
      const inline = document.createElement("script");
      inline.textContent = "window.ran.push('inline')";
      const foreign = document.createElement("script");
      foreign.src = "data:text/javascript,window.ran.push('foreign')";
      document.body.append(inline, foreign);
      document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.ran.push(1)'>");
      setTimeout("window.ran.push('text')", 0);
      await new Promise(done => setTimeout(done, 300));
      return window.ran;
    }""")
    assert ran == []
    assert any("Content Security Policy" in one for one in tab.complaints)


def test_in_another_site_s_frame_it_runs_without_cookies(browser: Browser, site: Served, tmp_path: Path) -> None:
    with elsewhere() as course, blocking(browser, tmp_path) as context:
        page = context.new_page()
        listen(page)
        course.body = f'<iframe src="{site.address}/compare?embed=true" width="900" height="700"></iframe>'
        page.goto(course.address)
        frame = page.frame_locator("iframe")
        expect(frame.locator(".figure.left svg").first).to_be_visible(timeout=30_000)
        expect(frame.locator(".st-key-way_out a")).to_be_visible(timeout=30_000)
        assert frame.locator("body").evaluate("() => document.cookie") == ""
        assert context.cookies() == []
        assert page.complaints == []
