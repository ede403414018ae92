"""The charts that leave: their numbers are the trace's, in every file, and each file opens elsewhere."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import xml.etree.ElementTree as ET
from functools import cache
from html.parser import HTMLParser

import pandas as pd
import pytest
from PIL import Image
from pypdf import PdfReader

from resnet import FAMILIES, compare, network, reconcile, trace_network
from resnet.draw.interactive import figure_json
from resnet.draw.palette import LIGHT
from resnet.draw.spoken import as_text
from resnet.draw.still import still
from resnet.draw.style import PLAIN
from resnet.export.chart_tables import chart_table
from resnet.export.subjects.charts import CHART, NETWORK_CHARTS
from resnet.export.table_csv import to_csv
from resnet.numbers import charted
from resnet.numbers.charted import Amount, Chart, Panel
from resnet.numbers.quantities import QUANTITIES
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.views.compare import CompareView
from resnet.views.network import NetworkView
from resnet.views.pages import parse
from tests.draw.pictures import check_labels

SVG = "{http://www.w3.org/2000/svg}"
FLOPS = Conventions(counting="keras", unit="flops", axes="nchw")
PAIRS: tuple[dict[str, str], ...] = (
    {},
    {"left": "zero_pad", "right": "pool_projection", "stride": "2", "counting": "keras"},
    {"link": "false", "left_block": "basic", "left_f2": "64", "depthwise": "true", "unit": "flops"},
    {"right": "identity", "linear": "true"},
    {"f1": "8192", "f2": "8192", "f3": "8192", "in_channels": "8192", "kernel_size": "31", "height": "4096"},
)
NETWORKS = ("resnet50", "resnet152", "cifar_resnet20", "keras_resnet50v2", "resnext101_64x4d")


def pair_of(query: dict[str, str]) -> CompareView:
    view, dropped = parse(CompareView, query)
    assert not dropped
    return view.as_page()


@cache
def charts_of(name: str, conventions: Conventions = DEFAULT) -> dict[str, Chart]:
    spec = network(name)
    t = trace_network(conventions.built(spec))
    return {
        "by_stage": charted.by_stage(t, conventions),
        "by_block": charted.by_block(t, conventions),
        "receptive_field": charted.receptive_field(t),
        "waterfall": charted.waterfall(spec),
        "ladder": charted.ladder(spec),
    }


@cache
def every() -> dict[str, Chart]:
    pairs = [pair_of(query) for query in PAIRS]
    charts = {f"pair {i}": charted.where_it_sits(compare(one.left, one.right, one.conventions))
              for i, one in enumerate(pairs)}  # fmt: skip
    networks = [(name, which, one) for name in NETWORKS for which, one in charts_of(name).items()]
    return charts | {f"{name} {which}": one for name, which, one in networks}


IDS = [*(f"pair {i}" for i in range(len(PAIRS))), *(f"{name} {which}" for name in NETWORKS for which in
       ("by_stage", "by_block", "receptive_field", "waterfall", "ladder"))]  # fmt: skip


def total(panel: Panel) -> int:
    return sum(amount.value for one in panel.series for amount in one.amounts)


# the numbers are the trace's


@pytest.mark.parametrize("query", PAIRS)
def test_a_pair_s_bars_add_up_to_its_blocks(query: dict[str, str]) -> None:
    view = pair_of(query)
    both = compare(view.left, view.right, view.conventions)
    params, operations = charted.where_it_sits(both).panels
    for i, t in enumerate((both.left, both.right)):
        assert sum(amount.value for amount in params.series[i].amounts) == view.conventions.params(t)
        assert sum(amount.value for amount in operations.series[i].amounts) == view.conventions.operations(t)


@pytest.mark.parametrize("conventions", [DEFAULT, FLOPS])
@pytest.mark.parametrize("name", ["resnet50", "cifar_resnet20", "keras_resnet50v2"])
def test_a_network_s_numbers_are_its_trace_s(name: str, conventions: Conventions) -> None:
    spec = network(name)
    t = trace_network(conventions.built(spec))
    charts = charts_of(name, conventions)
    added = [one for one in QUANTITIES.values() if one.total]
    for quantity, stages, blocks in zip(added, charts["by_stage"].panels, charts["by_block"].panels, strict=True):
        assert quantity.total is not None
        assert total(stages) == quantity.total(t.ops, conventions)
        wholes = [
            sum(values) for values in zip(*([a.value for a in one.amounts] for one in blocks.series), strict=True)
        ]
        assert wholes == [quantity.of(block, conventions) for block in t.blocks]
        shares = [amount.value for amount in blocks.series[1].amounts]
        assert shares == [quantity.share(block, conventions) for block in t.blocks]
    (field,) = charts["receptive_field"].panels
    assert [amount.value for amount in field.series[0].amounts][1:] == [block.receptive_field for block in t.blocks]
    first, *terms, last = (amount.value for amount in charts["waterfall"].panels[0].series[0].amounts)
    assert first + sum(terms) == last == reconcile(spec).end


# the screen's figure and the file's picture show the same


def screen(chart: Chart) -> list[list[int]]:
    """The numbers of each trace of the Plotly figure."""
    sideways = chart.kind in ("bars", "ladder")
    return [one["x" if sideways else "y"] for one in json.loads(figure_json(chart, LIGHT))["data"]]


def picture(chart: Chart) -> ET.Element:
    return ET.fromstring(still(chart).svg)


def drawn_order(chart: Chart) -> list[list[Amount]]:
    """Each panel's bars as they stand in the SVG: place by place, without those that are nothing."""
    return [
        [one.amounts[i] for i in range(len(panel.places)) for one in panel.series if one.amounts[i].value]
        for panel in chart.panels
    ]


@pytest.mark.parametrize("name", IDS)
def test_the_screen_shows_the_chart_s_numbers(name: str) -> None:
    chart = every()[name]
    assert screen(chart) == [[a.value for a in one.amounts] for panel in chart.panels for one in panel.series]


@pytest.mark.parametrize("name", IDS)
def test_the_file_s_bars_are_as_long_as_their_numbers(name: str) -> None:
    chart = every()[name]
    root = picture(chart)
    if chart.kind == "line":
        way = next(one.get("d", "") for one in root.iter(f"{SVG}path") if one.get("stroke-width") == "2")
        ys = [float(point.split(",")[1]) for point in way[1:].split("L")]
        values = [amount.value for amount in chart.panels[0].series[0].amounts]
        pixels = (ys[0] - ys[-1]) / (values[-1] - values[0])
        for y, value in zip(ys, values, strict=True):
            assert ys[0] - y == pytest.approx(pixels * (value - values[0]), abs=0.11)
        return
    bars = [one for one in root.iter(f"{SVG}rect") if one.get("class") == "bar"]
    side = "width" if chart.kind in ("bars", "ladder") else "height"
    for amounts in drawn_order(chart):
        mine, bars = bars[: len(amounts)], bars[len(amounts) :]
        sizes = [float(one.get(side, "")) + (1.5 if one.get("stroke") else 0) for one in mine]
        ends = slice(1, -1) if chart.kind == "fall" else slice(None)  # its axis does not start at 0: terms alone count
        scale = max(sizes[ends]) / max(amount.value for amount in amounts[ends])
        for amount, size in zip(amounts[ends], sizes[ends], strict=True):
            assert size == pytest.approx(scale * amount.value, abs=1.65)  # the least that is seen of a hollow one
    assert not bars


@pytest.mark.parametrize("name", IDS)
def test_no_label_is_cut_off_or_covers_another(name: str) -> None:
    check_labels(still(every()[name]).svg, at_least=8)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_nor_of_any_other_network(name: str) -> None:
    for chart in charts_of(name, FLOPS).values():
        check_labels(still(chart).svg, at_least=8)


@pytest.mark.parametrize("name", IDS)
def test_what_the_picture_says_stands_in_its_words(name: str) -> None:
    """But for the numbers along an axis, which are grey."""
    plate = still(every()[name])
    said = " ".join(as_text(plate.spoken).split())
    for label in ET.fromstring(plate.svg).iter(f"{SVG}text"):
        if label.get("fill") != LIGHT.muted:
            assert (label.text or "") in said


@pytest.mark.parametrize("name", IDS)
def test_every_number_is_in_the_table(name: str) -> None:
    chart = every()[name]
    frame = pd.read_csv(io.StringIO(to_csv(chart_table(chart, "chart"))))
    assert list(frame["quantity"]) == [panel.heading for panel in chart.panels for _ in panel.places]
    for i, column in enumerate(list(frame.columns)[2:]):
        series = [(*panel.series, *panel.also)[i] for panel in chart.panels]
        assert list(frame[column]) == [amount.value for one in series for amount in one.amounts]


# files


class Page(HTMLParser):
    """What a file of a chart consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.policy, self.fetched, self.handlers = "", [], []
        self.scripts, self.data, self.words = [], {}, {}
        self._inside: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "meta" and said.get("http-equiv") == "Content-Security-Policy":
            self.policy = said["content"] or ""
        self.fetched += [said[one] for one in ("src", "href", "action") if said.get(one)]
        self.handlers += [one for one in said if one.startswith("on")]
        if tag not in ("meta", "link"):
            self._inside.append((tag, said))

    def handle_endtag(self, tag: str) -> None:
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        tag, said = self._inside[-1] if self._inside else ("", {})
        if tag == "script" and said.get("type") == "application/json":
            self.data[said["id"]] = json.loads(data)
        elif tag == "script":
            self.scripts.append(data)
        elif tag in ("title", "h1", "p", "caption", "td", "th"):
            self.words.setdefault(tag, []).append(data)


@pytest.mark.parametrize("subject", [CHART, *NETWORK_CHARTS], ids=lambda one: one.what)
def test_the_interactive_file_has_everything_in_it_and_lets_nothing_else_run(subject: object) -> None:
    view = CompareView.read({}).view if subject is CHART else NetworkView.read({}).view
    page = Page(subject.form("interactive").make(view, PLAIN).decode())
    assert page.fetched == ["data:,"] and not page.handlers
    allowed = re.search(r"script-src ([^;]*);", page.policy)[1].split()
    found = [f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in page.scripts]
    assert allowed == found and len(found) == 2
    assert page.policy.startswith("default-src 'none';")
    assert page.words["title"] == page.words["h1"] and len(page.words["p"]) == 1
    table = json.loads(subject.form("rows").make(view, PLAIN))["data"]
    cells = [value for row in table for name, value in row.items() if name != "quantity"]
    assert page.words["td"] == [f"{one:,}" if isinstance(one, int) else one for one in cells]
    assert page.words["caption"] == list(dict.fromkeys(row["quantity"] for row in table))
    light, dark = (page.data[look]["data"] for look in ("light", "dark"))
    assert [(one.get("x"), one.get("y")) for one in light] == [(one.get("x"), one.get("y")) for one in dark]
    assert page.data["light"]["layout"]["paper_bgcolor"] != page.data["dark"]["layout"]["paper_bgcolor"]


@pytest.mark.slow
@pytest.mark.parametrize("subject", [CHART, *NETWORK_CHARTS], ids=lambda one: one.what)
def test_pictures_open_elsewhere(subject: object) -> None:
    view = CompareView.read({}).view if subject is CHART else NetworkView.read({}).view
    svg = ET.fromstring(subject.form("svg").make(view, PLAIN))
    labels = [label.text for label in svg.iter(f"{SVG}text")]
    png = Image.open(io.BytesIO(subject.form("png").make(view, PLAIN)))
    wide, high = map(float, svg.get("viewBox").split()[2:])
    assert png.size == (pytest.approx(3 * wide, abs=1), pytest.approx(3 * high, abs=1))
    assert len(png.convert("RGB").getcolors(1 << 16)) > 20
    pdf = PdfReader(io.BytesIO(subject.form("pdf").make(view, PLAIN)))
    (page,) = pdf.pages
    assert pdf.metadata.title == svg.find(f"{SVG}title").text
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    ours = [font for font in fonts if "ResidualSans" in font["/BaseFont"]]
    assert len(ours) >= 2 and all("/FontFile2" in font["/FontDescriptor"] for font in ours)
    text = page.extract_text()
    assert all(label in text for label in labels if label and re.fullmatch(r"[+\d,.]+", label))
