"""What a page is shared with: the addresses are its own, and nothing that a view says breaks out of what is pasted."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from resnet.export.share import Picture, Share, Snippet, base_of, share
from resnet.spec.parameters import Text
from resnet.views.address import Addressed
from resnet.views.compare import CompareView
from resnet.views.experiments import ExperimentsView
from resnet.views.model import ModelView
from resnet.views.pages import PAGES, parse
from tests.api.kept import answer_to

BASE = "https://example.org/blocks"
QUERIES = {
    "story": {"step": "4", "repair": "pad"},
    "compare": {
        "stride": "2",
        "left": "zero_pad",
        "chosen": "right.conv1:18",
        "origin": "network=resnet50&at=layer2.0",
    },
    "network": {"network": "cifar_resnet20", "quantity": "macs", "counting": "keras"},
    "model": {"model": "vit_b_32", "sum": "2"},
    "signal": {"channel": "18", "shortcut": "zero_pad"},
    "practice": {"seed": "3", "level": "shapes"},
    "experiments": {"predicted": "most", "removed": "layer1.1"},
    "answers": {"question": "why-50"},
    "about": {"unit": "flops"},
}
WITH_PICTURE = [page for page in PAGES if page.name not in ("practice", "answers", "about")]
FORMATS = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}
# everything that means something in HTML, Markdown, MyST, a template
words = st.text(
    st.one_of(st.sampled_from("<>\"'&[]()!`*_{}\\#$|~^@:%/=\u2028ß"), st.characters(codec="utf-8")), max_size=60
)
spoken = words.map(lambda said: " ".join("".join(one if one.isprintable() else " " for one in said).split())).filter(
    bool
)


def viewed(name: str, **query: str) -> Addressed:
    page = next(page for page in PAGES if page.name == name)
    view, dropped = parse(page.view, QUERIES[name] | query)
    assert not dropped
    return view


def snippets(shared: Share) -> dict[str, Snippet]:
    return {one.key: one for one in shared.snippets}


class Tags(HTMLParser):
    """Every start tag with its attributes, and all text between tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def inline(markdown: str) -> list[Token]:
    """The inline tokens of a single paragraph, by a renderer that is not ours."""
    opened, paragraph, closed = MarkdownIt("commonmark").parse(markdown)
    assert (opened.type, paragraph.type, closed.type) == ("paragraph_open", "inline", "paragraph_close")
    return paragraph.children or []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_addresses_are_the_pages_own(page: object) -> None:
    view = viewed(page.name)
    shared = share(view, BASE)
    for address, extra in ((shared.link, {}), (shared.embed, {"embed": "true"})):
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{BASE}/{'' if page is PAGES[0] else page.name}"
        query = dict(parse_qsl(parts.query))
        assert query == view.to_query() | extra
        assert parse(page.view, query) == (view, ()), "it opens the same page, and embed is nobody's mistake"


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_PICTURE, ids=lambda page: page.name)
def test_its_picture_is_one_that_the_api_has(page: object) -> None:
    picture = share(viewed(page.name), BASE).picture
    assert picture is not None and picture.words
    for suffix, media in FORMATS.items():
        file = picture.file(suffix)
        answer = answer_to(file.address.removeprefix(BASE))
        assert (answer.status_code, answer.headers["content-type"]) == (200, media)
        assert f'filename="{file.name}"' in answer.headers["content-disposition"]
        assert re.fullmatch(r"[\w.-]+", file.name, flags=re.ASCII), "it can be named in LaTeX as it is"


def test_a_page_of_words_has_no_picture_and_a_prediction_comes_before_a_result() -> None:
    for view in (viewed("practice"), viewed("answers"), ExperimentsView()):
        shared = share(view, BASE)
        assert shared.picture is None
        assert [one.key for one in shared.snippets] == ["link", "iframe", "markdown", "quarto", "myst"]
        assert not any(one.beside for one in shared.snippets)


def test_what_is_no_part_of_the_figure_is_not_in_its_address() -> None:
    picture = share(viewed("compare"), BASE).picture
    assert picture and "stride" in picture.query and not {"chosen", "origin"} & set(picture.query)


def test_every_text_that_an_address_takes_is_tried_here() -> None:
    """A new parameter of free text is a new way to break out."""
    free = {one.name for page in PAGES for one in page.view.PARAMETERS
            if isinstance(one.takes, Text) and re.fullmatch(one.takes.pattern, '<"[)')}  # fmt: skip
    assert free == {"origin", "at"}


@given(origin=st.text(max_size=60))
def test_nothing_that_a_view_says_breaks_out(origin: str) -> None:
    view = replace(CompareView.read({}).view, origin=origin)
    shared = share(view, BASE)
    (tag, attributes), *others = Tags(shared.frame).tags
    assert (tag, others) == ("iframe", [])
    assert attributes["src"] == shared.embed
    assert dict(parse_qsl(urlsplit(shared.embed).query, keep_blank_values=True)).get("origin", "") == origin
    link, image, _ = inline(snippets(shared)["markdown"].text)
    assert (link.attrs["href"], image.type) == (shared.link, "image")
    assert "\n" not in shared.link and not re.search(r"[\s<>\"'()\[\]]", shared.link)


def sharing(said: str) -> Share:
    """A page whose figure says that of itself."""
    shared = share(CompareView.read({}).view, BASE)
    assert shared.picture
    return replace(shared, picture=shared.picture._replace(words=said))


@given(said=spoken)
def test_nothing_that_a_figure_says_breaks_out(said: str) -> None:
    shared = sharing(said)
    found = snippets(shared)
    image = Tags(found["img"].text)
    assert [tag for tag, _ in image.tags] == ["img"] and image.text == ""
    assert image.tags[0][1] == {"src": shared.picture.address, "alt": said, "style": "max-width: 100%"}
    link, picture, closed = inline(found["markdown"].text)
    assert (link.type, picture.type, closed.type) == ("link_open", "image", "link_close")
    assert link.attrs["href"] == shared.link
    assert picture.attrs["src"] == shared.picture.address
    assert picture.children is not None and "".join(one.content for one in picture.children) == said
    assert {one.type for one in picture.children} <= {"text", "text_special"}, "no markup takes effect"


@given(said=spoken)
def test_a_document_has_a_frame_and_a_picture_beside_it(said: str) -> None:
    shared = sharing(said)
    quarto, myst = (snippets(shared)[key] for key in ("quarto", "myst"))
    lines = quarto.text.split("\n")
    assert lines[0] == '::: {.content-visible when-format="html"}' and lines[1] == shared.frame
    assert lines[2:5] == [":::", "", '::: {.content-visible when-format="pdf"}'] and lines[6:] == [":::"]
    (image,) = inline(lines[5])
    assert quarto.beside == shared.picture.file("pdf") and image.attrs["src"] == quarto.beside.name
    assert "".join(one.content for one in image.children or []) == said
    options = dict(re.findall(r"^:(width|title|alt|class): (.*)$", myst.text, flags=re.M))
    assert options == {"width": "100%", "title": shared.title, "alt": said, "class": "hidden"}
    assert [line for line in myst.text.split("\n") if line.startswith(":::")] == [
        f":::{{iframe}} {shared.embed}", ":::", f":::{{image}} {shared.picture.file('png').name}", ":::",
    ]  # fmt: skip


def test_a_figure_says_its_title_and_its_sentence() -> None:
    picture = share(viewed("network"), BASE).picture
    assert picture and picture.words.startswith("CIFAR ResNet-20 v1") and "becomes y" in picture.words
    assert "\n" not in picture.words and len(picture.words) < 400


@pytest.mark.parametrize(
    ("url", "name", "base"),
    [
        ("https://example.org/", "story", "https://example.org"),
        ("https://example.org/blocks/", "story", "https://example.org/blocks"),
        ("https://example.org/story/", "story", "https://example.org/story"),
        ("https://example.org/compare", "compare", "https://example.org"),
        ("https://example.org/compare/compare", "compare", "https://example.org/compare"),
        ("http://[::1]:8501/network", "network", "http://[::1]:8501"),
    ],
)
def test_where_the_application_is_follows_from_the_browsers_address(url: str, name: str, base: str) -> None:
    assert base_of(url, viewed(name)) == base
    assert share(viewed(name), base).link.startswith(f"{base}/")


def test_an_address_of_somebodys_making_stays_one() -> None:
    shared = share(ModelView(), 'https://example.org/"><script>alert(1)</script>(')
    assert Tags(shared.frame).tags[0][1]["src"] == shared.embed
    assert not re.search(r"[<>\"() ]", shared.embed)


def test_a_picture_is_named_alike_in_all_its_forms() -> None:
    picture = Picture("https://example.org/api/pair", {"stride": "2"}, "pair", "Two blocks.")
    assert picture.file("pdf") == ("pair.pdf", "https://example.org/api/pair.pdf?stride=2")
    assert picture.address == "https://example.org/api/pair.svg?stride=2"
