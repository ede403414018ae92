"""The practice: nothing ambiguous is asked, predictions are marked against the trace, the address is the place."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet import BlockSpec, Conventions, trace
from resnet.lessons.marking import Given, mark, right
from resnet.lessons.practice import LEVELS, QUESTIONS, Question, question
from resnet.numbers.arithmetic import closed_form
from resnet.views.pages import parse
from resnet.views.practice import PracticeView

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

MAIN = str(Path(__file__).parents[2] / "pages/main.py")


def correct(asked: Question) -> Given:
    return right(asked, "parameters")


def test_ten_thousand_questions_are_unambiguous() -> None:
    specs = {question.__wrapped__(seed, number).spec for seed in range(1, 1001) for number in range(1, QUESTIONS + 1)}
    assert len(specs) > 300
    whys = set()
    for spec in specs:
        asked = Question(seed=1, number=1, spec=spec)
        # what the question does not name has one value
        assert (spec.conv_bias, spec.groups, spec.pre_activation, spec.kernel_size % 2) == (False, 1, False, 1)
        assert spec.stride in (1, 2)
        # a map that strides shrinks on both sides, so that "the size changes" has one meaning
        if spec.stride == 2:
            assert asked.main_shape[1] < spec.height and asked.main_shape[2] < spec.width
        # torch would not broadcast: "nowhere" and "in the addition" are both certain
        assert asked.bare.problem is None or not asked.bare.problem.broadcasts
        assert (asked.why == "no") == asked.bare.possible == (asked.where == "nowhere")
        # and the answers are those of pencil and paper
        by_hand = {one.name: one for one in closed_form(asked.projected.spec)}
        assert by_hand[f"conv{len(spec.filters)}"].out_shape == asked.main_shape
        assert by_hand["downsample.0"].params + by_hand["downsample.1"].params == asked.projection_params
        whys.add(asked.why)
    assert whys == {"no", "channels", "size", "both"}


def test_the_same_seed_gives_the_same_blocks() -> None:
    first = [question.__wrapped__(7, n).spec for n in range(1, 11)]
    assert first == [question.__wrapped__(7, n).spec for n in range(1, 11)]
    assert first != [question.__wrapped__(8, n).spec for n in range(1, 11)]


def test_predictions_are_marked() -> None:
    asked = Question(seed=1, number=1, spec=BlockSpec(shortcut="identity"))
    assert correct(asked) == Given(56, 56, 256, "channels", 16_896, "addition")
    assert all(one.right for one in mark(asked, correct(asked)))
    wrong = mark(asked, Given(28, 56, 256, "size", 16_384, "first"))
    assert [one.right for one in wrong] == [False] * 4
    assert wrong[0].correct == "56 × 56 × 256"
    assert [one.result for one in wrong[0].arithmetic] == [56, 56, 256]
    assert sum(one.result for one in wrong[2].arithmetic) == 16_896


@pytest.mark.parametrize(
    ("params", "words"),
    [(16_384, "16,384 is the weights; the 512 numbers of BatchNorm are missing"), (16_640, "a scale γ and a shift β"),
     (17_408, "running means and variances"), (17_152, "With a bias in the convolution"),
     (147_456, "That is the weights of a 3×3"), (147_968, "That would be a 3×3"), (12, "")],
)  # fmt: skip
def test_half_right_parameters_are_told_apart(params: int, words: str) -> None:
    asked = Question(seed=1, number=1, spec=BlockSpec(shortcut="identity"))
    one = mark(asked, correct(asked)._replace(params=params))[2]
    assert not one.right and words in one.nearly and bool(words) == bool(one.nearly)


def test_half_right_parameters_as_keras_counts() -> None:
    asked = Question(seed=1, number=1, spec=BlockSpec(shortcut="identity"), conventions=Conventions(counting="keras"))
    assert asked.projection_params == 17_664  # 16,384 + 256 + 1,024
    given = correct(asked)._replace(params=16_384, conventions=asked.conventions)
    assert "the 1,280 numbers of biases and BatchNorm are missing" in mark(asked, given)[2].nearly


@pytest.mark.parametrize(
    ("shape", "words"),
    [((56, 56, 256), "this stride is 2"), ((28, 28, 64), "the last convolution has 512 filters"),
     ((28, 28, 256), "those of x"), ((1, 1, 512), "The channels are right; height or width is not"), ((1, 2, 3), "")],
)  # fmt: skip
def test_half_right_shapes_are_told_apart(shape: tuple[int, int, int], words: str) -> None:
    spec = BlockSpec(in_channels=256, filters=(128, 128, 512), stride=2, shortcut="identity")
    asked = Question(seed=1, number=1, spec=spec)
    height, width, channels = shape
    if shape == (56, 56, 256):
        channels = 512
    one = mark(asked, Given(height, width, channels))[0]
    assert words in one.nearly and bool(words) == bool(one.nearly)


def test_an_odd_size_is_rounded_up() -> None:
    spec = BlockSpec(in_channels=256, filters=(128, 128, 512), stride=2, height=57, width=57, shortcut="identity")
    asked = Question(seed=1, number=1, spec=spec)
    assert "rounded up" in mark(asked, Given(28, 28, 512))[0].nearly
    assert mark(asked, Given(29, 29, 512))[0].right


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_asks_what_it_says(level: str) -> None:
    from pages.parts.html import practice as practice_html

    asked, asks = question(1, 1), LEVELS[level].asks
    said = {"why": asked.why, "params": asked.projection_params, "where": asked.where}
    channels, height, width = asked.main_shape
    given = Given(height, width, channels, **{one: said[one] for one in asks if one != "shape"})
    assert len(mark(asked, given)) == len(asks)
    view = PracticeView(level=level)
    assert parse(PracticeView, view.to_query()) == (view, ())
    html = practice_html.asked(asked, view)[1].html
    for i, one in enumerate(asks, start=1):
        mark_at = {"shape": f"F(x): {i} ?", "params": ", 3 ?", "where": f">{i} ?<", "why": "2"}[one]
        assert mark_at in html
    assert len(practice_html.solutions(view)) == QUESTIONS
    assert practice_html.solutions(view)[0].html.count("<strong>") == len(asks)


def test_the_teachers_page_has_the_answers_that_are_marked_right() -> None:
    from pages.parts.html import practice as practice_html

    view = PracticeView(seed=9, sheet=True)
    for number, shown in enumerate(practice_html.solutions(view), start=1):
        asked = question(9, number)
        assert f"<strong>{asked.projection_params:,}</strong>" in shown.html
        assert f"<strong>{asked.conventions.shape(asked.main_shape)}</strong>" in shown.html
    link = practice_html.teachers(view)[0].html
    assert "./practice?seed=9" in link and "sheet" not in link


def test_a_mistake_leads_to_one_picture() -> None:
    from pages.parts.html import practice as practice_html

    asked = Question(seed=1, number=1, spec=BlockSpec(shortcut="identity"))
    right = correct(asked)
    for wrong, words in (
        (right._replace(height=1), "How the window moves"),
        (right._replace(why="no"), "The sum at one pixel"),
        (right._replace(params=3), "One channel of the projection"),
        (right._replace(where="relu"), "192 missing"),
    ):
        shown = "".join(one.html for one in practice_html.marked(asked, mark(asked, wrong)))
        assert words in shown
        assert shown.count("<figure>") + shown.count('class="kernel"') == 1
    assert "<figure>" not in "".join(one.html for one in practice_html.marked(asked, mark(asked, right)))


def test_the_place_in_the_address() -> None:
    view = PracticeView(seed=42, number=4, score="011")
    assert parse(PracticeView, view.to_query()) == (view, ())
    assert view.streak == 2
    assert view.next(False) == PracticeView(seed=42, number=5, score="0110")
    assert PracticeView().to_query() == {}


@pytest.mark.parametrize(
    ("query", "field"),
    [({"seed": "x"}, "seed"), ({"seed": "0"}, "seed"), ({"number": "12"}, "number"), ({"number": "3"}, "score"),
     ({"number": "3", "score": "012"}, "score"), ({"number": "3", "score": "0<"}, "score"),
     ({"sead": "1"}, "the name of a parameter")],
)  # fmt: skip
def test_nonsense_in_the_address_is_named(query: dict[str, str], field: str) -> None:
    view, dropped = parse(PracticeView, query)
    assert field in {error.field for error in dropped}
    assert view.number == 1


# the page


def open_practice(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60).run()
    app.switch_page("practice.py")
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def predict(app: AppTest, seed: int, number: int, given: Given) -> AppTest:
    of_this = f"{seed} {number}"
    for name, value in (("Height", given.height), ("Width", given.width), ("Channels", given.channels)):
        app.number_input(key=f"{name} {of_this}").set_value(value)
    app.number_input(key=f"params {of_this}").set_value(given.params)
    app.radio(key=f"why {of_this}").set_value(given.why)
    app.radio(key=f"where {of_this}").set_value(given.where)
    return app.button[0].click().run()


@pytest.mark.slow
def test_a_reader_goes_through_all_ten() -> None:
    app = open_practice(seed="5")
    for number in range(1, QUESTIONS + 1):
        given = correct(question(5, number))
        if number == 3:
            given = given._replace(params=given.params + 1)
        predict(app, 5, number, given)
        assert not app.exception
        app.button[1].click().run()
    assert not app.exception
    assert app.query_params["score"] == "1101111111"
    assert app.button[0].label == "Ten other blocks"
    app.button[0].click().run()
    assert app.query_params["seed"] == "6"


def test_an_unfinished_prediction_is_asked_for_and_the_first_one_counts() -> None:
    app = open_practice()
    app.button[0].click().run()
    assert "Predict all of it first" in app.info[0].value
    wrong = correct(question(1, 1))._replace(channels=1)
    predict(app, 1, 1, wrong)
    predict(app, 1, 1, correct(question(1, 1)))
    app.button[1].click().run()
    assert app.query_params["score"] == "0"


def test_the_page_says_nothing_of_the_answer_before_it_is_given() -> None:
    from pages.parts.html import practice as practice_html

    for number in range(1, 200):
        asked = question.__wrapped__(3, number)
        html = "".join(one.html for one in practice_html.asked(asked, PracticeView(seed=3)))
        assert "impossible" not in html.lower()
        assert f"{asked.projection_params:,}" not in html
        assert trace(asked.spec).in_shape == asked.bare.in_shape


def test_the_picture_shows_the_block_without_its_answer() -> None:
    from resnet.draw.asked import asked as asked_block

    for number in range(1, 200):
        asked = question.__wrapped__(5, number)
        graph = asked_block(asked.projected)
        svg = ET.fromstring(graph.svg())
        words = [(text.text or "").strip() for text in svg.iter("{http://www.w3.org/2000/svg}text")]
        shapes = [one for one in words if "×" in one and "conv" not in one and "height" not in one]
        assert shapes == [asked.conventions.shape(asked.bare.in_shape)]
        assert {"F(x): 1 ?", "2, 3 ?", "4 ?"} <= set(words)  # what is asked, where it is asked
        assert not any("parameters" in one or "impossible" in one for one in words)
        arrows = svg.findall(".//*[@class='edge main']/*")
        assert {arrow.get("stroke-width") for arrow in arrows if not arrow.tag.endswith("text")} == {"1.8"}
        assert [
            f"{op.window.kernel_size}×{op.window.kernel_size}" for op in asked.bare.on("main") if op.kind == "conv"
        ] == [one.split()[0] for one in words if "conv" in one]


def test_a_prediction_is_marked_in_the_notation_in_which_it_was_made() -> None:
    keras = Conventions(counting="keras")
    asked = question(1, 1, keras)
    channels, height, width = asked.main_shape
    given = Given(height, width, channels, asked.why, asked.projection_params, asked.where, keras)
    assert all(one.right for one in mark(question(1, 1), given))  # the reader has switched since
    assert asked.projection_params != question(1, 1).projection_params
