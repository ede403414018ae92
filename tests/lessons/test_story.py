"""The story: that every number in it is computed, that its blocks are what it says, and its page's logic."""

from __future__ import annotations

import io
import re
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.parts.html import compare as compare_html
from pages.parts.html import story as story_html
from resnet import BlockSpec, Conventions, network, trace, trace_network
from resnet.draw.render import render
from resnet.draw.sketch import sketch
from resnet.lessons import story
from resnet.lessons.story import CORNERS, STEPS, the_answer, told
from resnet.spec.errors import SpecError
from resnet.trace.addition import try_to_add
from resnet.trace.values import differences
from resnet.views.compare import CompareView
from resnet.views.pages import parse
from resnet.views.story import StoryView
from tests.pages.opening import application
from tests.spec.test_conventions import EVERY

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

MAIN = str(Path(__file__).parents[2] / "pages/main.py")
EVERY_PLACE = [StoryView(step=step, tried=tried, repair=repair, channels=channels, strided=strided)
               for step in range(1, STEPS + 1) for tried in (False, True) for repair in story.REPAIRS
               for channels in (False, True) for strided in (False, True)]  # fmt: skip


def html(view: StoryView) -> str:
    parts = (*story_html.title(view), *story_html.figure(view), *story_html.words(view))
    return "".join(part.html for part in parts)


def test_every_place_has_an_address() -> None:
    for view in EVERY_PLACE:
        assert parse(StoryView, view.to_query()) == (view, ())
    assert StoryView().to_query() == {}


@pytest.mark.parametrize("query", ["step=0", "step=7", "tried=maybe", "repair=glue", "channels=2", "stepp=1"])
def test_nonsense_is_explained(query: str) -> None:
    key, _, value = query.partition("=")
    view, (error,) = parse(StoryView, {key: value})
    assert view == StoryView()
    assert isinstance(error, SpecError) and key in str(error)


def test_the_corners_are_what_the_story_says_of_them() -> None:
    for (channels, strided), spec in CORNERS.items():
        t = trace(spec)
        assert t.possible
        why = differences(t.addition.in_shapes[0], t.in_shape)
        assert why == ("channels",) * channels + ("size",) * strided
    blocks = {block.name: block for block in trace_network(network("resnet50")).blocks}
    assert CORNERS[True, False] == blocks["layer1.0"].trace.spec
    assert CORNERS[True, True] == blocks["layer2.0"].trace.spec
    assert CORNERS[False, False] == blocks["layer1.1"].trace.spec
    assert all(block.why != ("size",) for block in blocks.values())
    last = trace_network(network("keras_resnet50v2")).stage(2)[-1]
    assert (last.why, last.trace.spec.shortcut) == (("size",), "max_pool")


def test_torch_really_tries() -> None:
    before, after = told(StoryView(step=3)), told(StoryView(step=3, tried=True))
    assert before.alarm == "" and ">?</text>" in before.picture
    assert after.alarm == trace(BlockSpec(shortcut="identity")).problem.message
    assert "The size of tensor a (256) must match the size of tensor b (64)" in html(StoryView(step=3, tried=True))
    assert try_to_add((4, 3, 2), (4, 3, 2)) is None


def test_the_numbers() -> None:
    shown = {step: html(StoryView(step=step)) for step in range(1, STEPS + 1)}
    for step, numbers in {
        1: ("224 × 224 × 3", "112 × 112 × 64", "56 × 56 × 64"),
        2: (
            "It reads 64 numbers",
            "256 channels of its own",
            "have 589,824",
            "3 · 3 · 64 · 64 = 36,864 weights",
            "4 times 64",
        ),
        3: ("of 56 × 56 × 64", "of 56 × 56 × 256", "x has 64 numbers, and F(x) has 256"),
        5: ("16,896 params", "66,048 params", "132,096 params"),
        6: (
            "ResNet-50 is B: 4 in 16 blocks",
            ">25.03<",
            ">24.19<",
            ">12.22<",
            ">6.61<",
            "21.8 M parameters",
            "from 112 to 56 pixels",
        ),
    }.items():
        for number in numbers:
            assert number in shown[step], number
    assert "64 numbers find a partner, 192 stand alone" in html(StoryView(step=3, tried=True))
    projected = html(StoryView(step=4, repair="project"))
    assert (
        "256 · 64 = 16,384 weights" in projected
        and "that is 16,896 parameters" in projected
        and "option B" in projected
    )
    assert "192 zeros" in html(StoryView(step=4, repair="pad"))
    neither = html(StoryView(step=5, channels=False))
    assert "70,400 parameters into 136,448: × 1.94" in neither
    assert "in the library Keras, V2, has 3" in html(StoryView(step=5, channels=False, strided=True))


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_no_step_stays_as_it_is_when_the_backend_changes(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = html(StoryView(step=step, tried=True, repair="project"))
    wider = BlockSpec(in_channels=32, filters=(48, 48, 96), height=40, width=40)
    other = network("resnet18", height=448, width=448)
    corners = dict.fromkeys(CORNERS, BlockSpec(in_channels=96, filters=(48, 48, 96)))
    monkeypatch.setattr(story, "QUESTION", wider)
    monkeypatch.setattr(story, "CORNERS", corners)
    monkeypatch.setattr(story_html, "CORNERS", corners)
    monkeypatch.setattr(story, "network", lambda name, **built: other)
    _forget()
    after = html(StoryView(step=step, tried=True, repair="project"))
    _forget()
    numbers = [set(re.findall(r"\d[\d,.]*", re.sub(r"<[^>]*>", " ", words))) for words in (before, after)]
    assert numbers[0] != numbers[1]


def _forget() -> None:
    for cache in (told, story_html.figure, story_html.words):
        cache.cache_clear()


def test_no_term_stands_before_it_is_explained() -> None:
    """Where a term is explained, by the words that do it; before that place it must not be used."""
    explained = {
        "max-pool": (1, "the largest number of each window"),
        "stride": (1, "pixels at a time"),
        "convolutional block": (1, "though the map keeps its size"),
        "identity block": (1, "simpler and more usual"),
        "main path": (2, "main path is three convolutions"),
        "F(x)": (2, "is called F(x)"),
        "shortcut": (3, "a way around the main path, the “shortcut”"),
        "option A": (4, "the ResNet paper calls it option A"),
        "BatchNorm": (4, "rescales the channels"),
        "a projection": (4, "Such a shortcut is called a projection"),
        "option B": (4, "wherever shapes change (option B)"),
        "capacity": (6, "(room to learn)"),
    }
    told_so_far = ""
    for step in range(1, STEPS + 1):
        for repair in story.REPAIRS if step == 4 else ("nothing",):
            words = " ".join(told(StoryView(step=step, repair=repair)).words)
            told_so_far += f"<{step}> {words} "
    for term, (step, how) in explained.items():
        first = told_so_far.index(term)
        assert how in told_so_far, term
        assert re.findall(r"<(\d)>", told_so_far[:first])[-1] == str(step), term


def test_pictures_are_well_formed_and_everything_is_inside() -> None:
    for view in EVERY_PLACE:
        picture = told(view).picture
        if not picture:
            continue
        root = ET.fromstring(picture)
        _, _, width, height = map(float, root.get("viewBox").split())
        for polygon in root.iter("{http://www.w3.org/2000/svg}polygon"):
            for point in polygon.get("points").split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= width and 0 <= y <= height, (view, point)


@pytest.mark.parametrize(
    "query", ["", "step=2&channel=200", "step=3", "step=3&tried=true", "step=4", "step=4&repair=pad&axes=nchw",
              "step=4&repair=project&channel=7", "step=5&strided=true", "step=6"]
)  # fmt: skip
def test_every_figure_can_be_taken_away(address: str, query: str) -> None:
    def get(suffix: str) -> bytes:
        with urllib.request.urlopen(f"{address}/api/story.{suffix}?{query}", timeout=30) as answer:
            return bytes(answer.read())

    root = ET.fromstring(get("svg"))
    words = " ".join(root.itertext())
    view, dropped = parse(StoryView, dict(urllib.parse.parse_qsl(query)))
    assert not dropped
    shape = view.conventions.shape(
        trace(CORNERS[view.channels, view.strided] if view.step == 5 else story.QUESTION).in_shape
    )
    brought = view.conventions.shape((256, 56, 56))
    said = {2: "1×1 convolution: 256 such sums", 6: "24.52"} | (
        {4: f"of {brought}"} if view.repair != "nothing" else {}
    )
    assert said.get(view.step, shape) in words
    assert get("pdf").startswith(b"%PDF-")
    picture = Image.open(io.BytesIO(get("png")))
    assert picture.convert("L").getextrema()[1] == 255  # on white paper
    assert picture.width >= 3 * 190


def test_sketches_are_equally_large_and_follow_the_conventions() -> None:
    boxes = set()
    for spec in CORNERS.values():
        svg = render(sketch(trace(spec)), "svg").decode()
        boxes.add(re.search(r'viewBox="([^"]*)"', svg)[1].split()[2])
    assert len(boxes) == 1
    svg = render(sketch(trace(BlockSpec()), conventions=Conventions(axes="nchw")), "svg").decode()
    assert "64 × 56 × 56" in svg and "16,896" in svg


def test_the_story_follows_the_conventions() -> None:
    for conventions in EVERY:
        for step in range(1, STEPS + 1):
            place = StoryView(step=step, repair="project", tried=True, conventions=conventions)
            shown = html(place).replace(told(place).alarm, "")  # torch's and Keras's own words
            wrong = "56 × 56 × 256" if conventions.axes == "nchw" else "256 × 56 × 56"
            assert wrong not in shown
    keras = html(StoryView(step=4, repair="project", conventions=Conventions(counting="keras")))
    assert "rescales the channels with 5 numbers each (1,280)" in keras  # 256 biases, and 4 · 256 of BatchNorm
    assert "17,664 parameters" in keras
    refused = told(StoryView(step=3, tried=True, conventions=Conventions(counting="keras")))
    assert refused.says in ("Keras says", "Keras would say")
    assert "Received shapes (56, 56, 256) and (56, 56, 64)" in refused.alarm


def test_the_end_leads_to_the_comparison_at_that_setting() -> None:
    conventions = Conventions(unit="flops")
    end = html(StoryView(step=STEPS, conventions=conventions))
    assert the_answer() in end
    query = re.search(r'href="./compare\?([^"]*)"', end)[1]
    view = parse(CompareView, dict(pair.split("=") for pair in query.split("&"))).view
    assert (view.right, view.conventions) == (BlockSpec(), conventions)


# the page


@pytest.fixture
def app() -> AppTest:
    return application()


@pytest.mark.slow
def test_a_reader_goes_through_it(app: AppTest) -> None:
    assert not app.exception
    assert app.button(key="back").disabled
    for step in range(2, STEPS + 1):
        app.button(key="next").click().run()
        assert not app.exception
        assert app.query_params["step"] == str(step)
        if step == 3:
            app.button(key="add").click().run()
            assert app.query_params["tried"] == "true"
        elif step == 4:
            app.segmented_control(key="story_repair").set_value("pad").run()
            assert app.query_params["repair"] == "pad"
        elif step == 5:
            app.toggle(key="story_channels").set_value(False).run()
            app.toggle(key="story_strided").set_value(True).run()
            assert (app.query_params["channels"], app.query_params["strided"]) == ("false", "true")
    assert "next" not in {button.key for button in app.button}
    for _ in range(STEPS - 1):
        app.button(key="back").click().run()
    assert "step" not in app.query_params
    assert app.query_params["repair"] == "pad"  # what was tried is not lost


@pytest.mark.slow
def test_the_conventions_are_the_same_on_every_page(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    app.segmented_control(key="axes").set_value("nchw").run()
    app.segmented_control(key="counting").set_value("keras").run()
    seen: list[Conventions] = []
    original = compare_html.figures
    monkeypatch.setattr(compare_html, "figures", lambda view: seen.append(view.conventions) or original(view))
    app.query_params.clear()
    app.switch_page("compare.py").run()
    assert not app.exception
    expected = Conventions(axes="nchw", counting="keras")
    assert seen[-1] == expected
    assert app.query_params["counting"] == "keras"
    assert app.toggle(key="bias_as_counted").disabled
    app.segmented_control(key="counting").set_value("pytorch").run()
    assert app.toggle(key="compare_conv_bias").value is False  # the reader's own choice is not lost
    for page in ("network.py", "practice.py", "answers.py", "story.py"):
        app.query_params.clear()
        app.switch_page(page).run()
        assert not app.exception
        assert app.query_params["axes"] == "nchw", page
        assert "counting" not in app.query_params, page


def test_an_address_that_once_opened_the_comparison_still_does(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    original = compare_html.figures
    monkeypatch.setattr(compare_html, "figures", lambda view: seen.append(view.right) or original(view))
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["stride"] = "2"
    app.query_params["f1"] = "32"
    app.run()
    assert not app.exception
    assert seen[-1] == BlockSpec(stride=2, filters=(32, 64, 256))


def test_a_bad_convention_is_explained_where_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["axes"] = "foo"
    app.query_params["step"] = "2"
    app.run()
    assert not app.exception
    assert "axes is 'foo'" in app.warning[0].value
    assert app.query_params["step"] == "2"
    assert app.button(key="next")
