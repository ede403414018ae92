"""Documents and ZIPs, opened by programs that did not make them."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2
import pytest
from pypdf import PdfReader

from resnet.draw.style import PLAIN, Style
from resnet.export.bundle import Entry, bundle
from resnet.export.form import Form, Subject
from resnet.export.report import MOST_ROWS, Report, report_of_model, report_of_network, report_of_pair
from resnet.export.report_html import to_html
from resnet.export.report_pdf import to_pdf
from resnet.export.subjects.documents import COMPARE_REPORT, MODEL_REPORT, NETWORK_REPORT
from resnet.export.subjects.model import Asked
from resnet.models.graph import residual_sums
from resnet.models.library import known
from resnet.models.spec_graph import graph_of
from resnet.spec.catalogue import network
from resnet.spec.errors import SpecError
from resnet.views.compare import CompareView
from resnet.views.model import ModelView
from resnet.views.network import NetworkView

PAIR = CompareView.read({}).view
RESNET50 = NetworkView.read({}).view
MOBILE = Asked(ModelView.read({"sum": "2", "against": "resnet18"}).view, known("mobilenet_v2"))


class Text(HTMLParser):
    """What a document says, and what it would fetch."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.inside = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.fetched += [str(value) for name, value in attrs if name in ("src", "data", "srcset") and value]
        if tag in ("script", "link", "iframe", "object", "embed"):
            self.fetched.append(tag)

    def handle_data(self, data: str) -> None:
        if self.inside != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def pdf_text(content: bytes) -> list[str]:
    """Page by page."""
    pages = pypdfium2.PdfDocument(content)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pages]


def test_the_comparison_says_what_the_page_says_as_html_and_on_paper() -> None:
    html = Text(COMPARE_REPORT.form("report").make(PAIR, Style(home="https://example.org/")))
    paper = " ".join(pdf_text(COMPARE_REPORT.form("report-pdf").make(PAIR, Style(home="https://example.org/"))))
    for said in (html.text, paper):
        for words in (
            "Impossible.", "x + F(x) does not exist: x is 56 × 56 × 64, F(x) is 56 × 56 × 256.",
            "Works, projection needed.", "58,112", "75,008", "231,211,008", "24,084,480", "1×1 conv, 256, s=1",
            "56 × 56 × 256", "https://arxiv.org/abs/1512.03385", "https://example.org/compare", "PyTorch",
        ):  # fmt: skip
            assert words in said, words
    assert html.fetched == []


UNFOLDED = CompareView.read({"unfolded": "true", "stride": "2", "left": "zero_pad"}).view


@pytest.mark.parametrize(
    ("report", "pages"),
    [
        (partial(report_of_pair, PAIR), 2),
        (partial(report_of_pair, UNFOLDED), 2),
        (partial(report_of_network, RESNET50), 2),
    ],
    ids=["pair", "unfolded", "resnet50"],
)
def test_it_is_two_clean_pages_of_a4_with_our_typeface(report: Callable[[], Report], pages: int) -> None:
    content = to_pdf(report())
    read = PdfReader(io.BytesIO(content))
    assert len(read.pages) == pages
    for page in read.pages:
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
        fonts = [one.get_object() for one in page["/Resources"]["/Font"].values()]
        used = [one for one in fonts if "ResidualSans" in str(one["/BaseFont"])]
        assert len(used) == 2 and all("/FontFile2" in one["/FontDescriptor"] for one in used)
        # nothing is cut: ink stays off the edge of the paper
        shown = pypdfium2.PdfDocument(content)[page.page_number].render(scale=0.5).to_pil().convert("L")
        inner = shown.point(lambda grey: 255 if grey < 250 else 0).getbbox()
        assert inner is not None
        assert inner[0] > 12 and inner[1] > 12 and inner[2] < shown.width - 12 and inner[3] < shown.height - 12


def test_a_network_and_anybodys_network() -> None:
    html = Text(NETWORK_REPORT.form("report").make(RESNET50, PLAIN)).text
    for words in ("25,557,032", "16 residual sums: 12 identity, 4 projections; 4 needed, 0 a choice", "layer4.2"):
        assert words in html
    paper = " ".join(pdf_text(MODEL_REPORT.form("report-pdf").make(MOBILE, PLAIN)))
    for words in ("MobileNetV2", "10 residual sums: 10 identity", "features.5.conv", "Beside ResNet-18"):
        assert words in paper
    assert "/model?against=resnet18&sum=2 of the application" in paper.replace("&amp;", "&")


def test_only_what_everybody_can_open_has_a_way_back() -> None:
    own = graph_of(network("resnet18"))
    assert report_of_model(ModelView(), own, None).address == ""
    assert report_of_model(ModelView(), known("mobilenet_v2"), None).address == "/model"
    screen = CompareView.read({"chosen": "right.conv1", "origin": "network=resnet18&at=layer1.0"}).view
    assert report_of_pair(screen).address == "/compare"


def test_a_name_from_somebodys_file_is_text() -> None:
    name = "</style><script>alert(1)</script><img src=x onerror=alert(1)>"
    graph = replace(graph_of(network("resnet18")), name=name)
    html = to_html(report_of_model(ModelView(), graph, None))
    assert b"<script" not in html and b"<img" not in html
    assert name in Text(html).text
    assert name[:20] in " ".join(pdf_text(to_pdf(report_of_model(ModelView(), graph, None))))


def test_a_document_has_no_more_rows_than_one_reads() -> None:
    assert MOST_ROWS < 1000
    table = report_of_model(ModelView(), known("resnet152"), None).sections[-1].tables[0]
    assert len(table.rows) == len(residual_sums(known("resnet152"))) == 50


@pytest.mark.slow
@pytest.mark.parametrize(("subject", "asked"), [(COMPARE_REPORT, PAIR), (MODEL_REPORT, MOBILE)], ids=["pair", "model"])
def test_everything_in_one_file_is_what_each_is_alone(subject: Subject, asked: object, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    file.write_bytes(subject.form("zip").make(asked, PLAIN))
    assert subprocess.run(["unzip", "-t", str(file)], capture_output=True, check=False).returncode == 0
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert len(set(names)) == len(names)
        listed = archive.read("README.txt").decode()
        assert all(name in listed for name in names if name != "README.txt")
        html = next(name for name in names if re.search(r"report/.*\.html$", name))
        assert archive.read(html) == subject.form("report").make(asked, PLAIN)
    assert file.read_bytes() == subject.form("zip").make(asked, PLAIN), "the same bytes each time"


def test_what_cannot_be_made_is_told_in_the_list() -> None:
    def refuse(*_: object) -> bytes:
        raise SpecError("shortcut", "identity", "one that exists")

    forms = (Form("csv", "csv", "table", "CSV", refuse), Form("txt", "txt", "words", "Text", lambda *_: b"words"))
    one = Subject(what="one", words="", title="One", view=CompareView, slug=lambda _: "name", forms=forms)
    with zipfile.ZipFile(io.BytesIO(bundle("All", [Entry("folder", one, None)], PLAIN))) as archive:
        assert archive.namelist() == ["folder/name.txt", "README.txt"]
        assert "folder/name.csv\n    is not there: shortcut is 'identity'" in archive.read("README.txt").decode()
