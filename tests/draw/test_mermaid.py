"""Diagrams as Mermaid, read and drawn by Mermaid itself in Chromium, and held against our own figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from resnet import BlockSpec, Diagram, diagram, diagram_pair, network, trace, trace_network
from resnet.draw.mermaid import MOST_ARROWS, mermaid, written
from resnet.draw.model import model_diagram
from resnet.draw.model_block import sum_diagram
from resnet.draw.network import network_diagram
from resnet.draw.palette import LIGHT
from resnet.draw.rows import Cell, Line, Picture, Row, draw
from resnet.models.graph import residual_sums
from resnet.models.library import known
from resnet.spec.errors import SpecError
from tests.draw.networks import NAMES, graph
from tests.draw.pictures import check_golden
from tests.mermaid import bundle

BARE = BlockSpec(shortcut="identity")
PROJECTED = BlockSpec()
BLOCKS: dict[str, Callable[[], Diagram]] = {
    "pair_64to256_s1": lambda: diagram_pair(trace(BARE), trace(PROJECTED)),
    "projection_64to256_s1_unfolded": lambda: diagram(trace(PROJECTED), unfolded=True),
    "pre_activation_64to256_s1": lambda: diagram(trace(replace(PROJECTED, pre_activation=True))),
    "zero_pad_64to256_s2": lambda: diagram(trace(replace(PROJECTED, shortcut="zero_pad", stride=2))),
    "identity_256_s1": lambda: diagram(trace(replace(BARE, in_channels=256))),
    "sum_attention": lambda: sum_diagram(known("vit_b_32"), residual_sums(known("vit_b_32"))[0]),
}
CASES = BLOCKS | {
    "network_resnet50_params": lambda: network_diagram(trace_network(network("resnet50"))),
    "network_resnet152_macs": lambda: network_diagram(trace_network(network("resnet152", shortcut_option="A")), "macs"),
    "model_rcan_params": lambda: model_diagram(graph("rcan")),
    "model_branches_params": lambda: model_diagram(graph("branches")),
}
HOSTILE = (
    "end", "subgraph x", '"]; x --> y["', "a]b[c", "(((", "A-->B", "click x href javascript:alert(1)", "class x y;",
    "%%{init: {'theme': 'dark'}}%%", "%% comment", "---", "<script>window.broken = 1</script>",
    "<img src=x onerror='window.broken = 1'>", "<b>bold</b>", "&lt;b&gt;", "#quot;", "#35;",
    "**bold** _it_ `code`", "1. one", "1) one", "- one", "+ one", "# one", "> one", "[link](https://a.b)",
    "www.example.com", "https://example.com", "a@b.org", "![x](y.png)",
    "中文 Ünïcødé ﬁ", "🙂", ":::impossible", "@{ shape: x }",
    "o---o", "~~~", "x & y", "{{mustache}}", "|pipe|",
)  # fmt: skip
STEERING = (
    "line\nbreak",
    "\u202eright to left",
    "tab\there",
    "nul\0",
    "\ud800",
    "\x7f\x9b",
    "\u200bzero",
    "ﬂ°°60¶ß",
    "a fab:fa-car",
    "$$x^2$$",
    "\\net",
)


@cache
def case(name: str) -> Diagram:
    return CASES[name]()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.set_content("<div id='place'></div>")
    page.add_script_tag(path=str(bundle()))
    page.evaluate("mermaid.initialize({startOnLoad: false})")
    page.asked.clear()
    yield page
    page.close()


def parsed(page: Page, text: str) -> dict[str, Any]:
    """What Mermaid's parser makes of it."""
    return page.evaluate(
        """async text => {
            const db = (await mermaid.mermaidAPI.getDiagramFromText(text)).db;
            return {
                nodes: [...db.getVertices().values()].map(one => ({id: one.id, text: one.text, classes: one.classes})),
                edges: db.getEdges().map(one => ({...one})),
                parts: db.getSubGraphs().map(one => ({id: one.id, title: one.title, nodes: one.nodes})),
                title: db.getAccTitle(), words: db.getAccDescription(),
            }
        }""",
        text,
    )


def arrows(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["start"], one["end"]) for one in found["edges"] if one["stroke"] != "invisible"]


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[pytest.mark.slow] * one.startswith("model")) for one in CASES]
)
def test_golden(name: str, update_golden: bool) -> None:
    check_golden(f"{name}.mmd", mermaid(case(name)), update_golden)


@pytest.mark.slow
@pytest.mark.parametrize("name", BLOCKS)
def test_mermaid_reads_the_boxes_and_arrows_of_our_figure(page: Page, name: str) -> None:
    drawn, found = case(name), parsed(page, mermaid(case(name)))
    ours = [(_id(item.name), _id(item.head)) for item in drawn.items if item.head]
    assert sorted(arrows(found)) == sorted(ours)
    words = {"title", "note"}
    boxes = {_id(item.name) for item in drawn.items if not item.head and item.name.split()[-1] not in words}
    parts = {part["id"] for part in found["parts"]}
    assert {one["id"] for one in found["nodes"]} - parts - {f"{part}_words" for part in parts} == boxes
    assert parts == ({"left", "right"} if len(drawn.figures) > 1 else {"block"})
    for part in found["parts"] if len(parts) > 1 else ():
        assert all(one.startswith(f"{part['id']}_") for one in part["nodes"])


def _id(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_mermaid_reads_any_network(page: Page, name: str) -> None:
    drawn = model_diagram(graph(name))
    found = parsed(page, mermaid(drawn))
    way = ["x", *_rows(drawn.picture), "y"]
    assert [one for one in arrows(found) if set(one) <= set(way)] == list(pairwise(way))
    stages = {part["id"] for part in found["parts"]} - {"network"}
    assert stages == {name for name, row in zip(way[1:], drawn.picture.rows, strict=False) if row.lines}
    for one in residual_sums(graph(name))[:20]:
        parsed(page, mermaid(sum_diagram(graph(name), one, unfolded=True)))


def _rows(picture: Picture) -> list[str]:
    return [f"{_id(row.name)}_{i}" for i, row in enumerate(picture.rows)]


@pytest.mark.slow
def test_an_impossible_sum_is_dashed_in_the_alarm_colour_and_has_words(page: Page) -> None:
    found = parsed(page, mermaid(case("pair_64to256_s1")))
    nodes = {one["id"]: one for one in found["nodes"]}
    assert nodes["left_add"]["classes"] == ["impossible"]
    assert nodes["left_relu_2"]["classes"] == nodes["left_y"]["classes"] == ["unreached"]
    assert nodes["right_downsample_0"]["classes"] == ["shortcut"]
    edges = {(one["start"], one["end"]): one for one in found["edges"]}
    failing = edges["left_x", "left_add"]
    assert failing["text"] == "identity: 56 × 56 × 64"
    assert f"stroke:{LIGHT.alarm}" in failing["style"] and any("dash" in one for one in failing["style"])
    accent = {ends for ends, one in edges.items() if f"stroke:{LIGHT.accent}" in (one.get("style") or [])}
    assert accent == {("right_x", "right_downsample_0"), ("right_downsample_0", "right_add")}
    shown = text_of(page, mermaid(case("pair_64to256_s1")))
    assert "≠ 56 × 56 × 64" in shown and "+ impossible" in shown


def text_of(page: Page, text: str) -> str:
    """Everything that one reads in the picture."""
    return page.evaluate(
        """async text => {
            const place = document.getElementById('place');
            place.innerHTML = (await mermaid.render('drawn', text)).svg;
            return [...place.querySelectorAll('.nodeLabel, .edgeLabel')].map(one => one.innerText).join('\\n');
        }""",
        text,
    )


@pytest.mark.slow
def test_words_of_somebodys_file_stay_words(page: Page) -> None:
    words = [*HOSTILE, *STEERING]
    cells = tuple(Cell(name=name, title=name, value=i, label="1") for i, name in enumerate(words))
    rows = tuple(Row(name=f"row {name}", title=name, below=name, shape=name) for name in words)
    rows = (*rows, Row(name="cells", title=words[0], below="", shape="", lines=(Line(cells=cells),)))
    drawn = draw(Picture(title="".join(words)[:90], totals=words[1], x=words[2], y=words[3], rows=rows, notes=()))
    shown = text_of(page, mermaid(drawn)).replace("\u00a0", " ")
    assert [one for one in HOSTILE if shown.count(one) < 3] == []
    assert (
        "line break" in shown
        and "fl°°60¶ ß" in shown
        and "a fab: fa-car" in shown
        and "$ $x^2$ $" in shown
        and "\u202e" not in shown
    )
    assert page.evaluate("window.broken") is None
    assert page.locator("#place").locator("script, img, a, i, b, strong, em, code, li, h1, blockquote").count() == 0
    assert not page.asked
    assert "Unsupported" not in shown


@pytest.mark.slow
def test_title_and_description_are_what_the_figure_says(page: Page) -> None:
    drawn = case("pair_64to256_s1")
    page.evaluate(
        "async text => { document.getElementById('place').innerHTML = (await mermaid.render('said', text)).svg }",
        mermaid(drawn),
    )
    assert page.locator("#place svg > title").text_content() == drawn.title
    assert drawn.spoken is not None
    assert page.locator("#place svg > desc").text_content() == drawn.spoken.sentence


@given(st.text(max_size=120))
def test_nothing_but_words_and_numbers_of_letters_is_written(words: str) -> None:
    said = written(words)
    assert said and said.isprintable() and '"' not in said
    assert not re.search(r"[<>&|\[\]{}()%$`*_~@\\^!?;/]|#(?!\d+;)", re.sub(r"#\d+;", "", said))


def test_what_mermaid_does_not_draw_is_a_sentence() -> None:
    cells = tuple(Cell(name=f"b{i}", value=i, shortcut="identity") for i in range(MOST_ARROWS + 1))
    row = Row(name="stage2", title="Stage 2", below="", shape="", lines=(Line(cells=cells),))
    with pytest.raises(SpecError, match="at most 500"):
        mermaid(draw(Picture(title="deep", totals="", x="", y="", rows=(row,), notes=())))


def test_a_long_stage_is_folded() -> None:
    text = mermaid(case("network_resnet152_macs"))
    assert "35 alike<br/>from layer3.1<br/>to layer3.35" in text
    assert len(text.splitlines()) < 80
    drawn: Diagram = case("network_resnet50_params")
    assert mermaid(drawn).count("layer") == 16
