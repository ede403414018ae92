"""How shapes and counts are written: the same truth in eight ways, on every page and in every file."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from itertools import product

import pytest

from pages.parts.html import answers as answers_html
from pages.parts.html import compare as compare_html
from pages.parts.html import inspector
from pages.parts.html import network as network_html
from pages.parts.html import practice as practice_html
from pages.parts.html.part import Part
from resnet import (
    KERAS,
    BlockSpec,
    Conventions,
    SpecError,
    compare,
    diagram,
    diagram_pair,
    network,
    parameters,
    render,
    trace,
    trace_network,
)
from resnet.__main__ import main
from resnet.draw import network_charts
from resnet.draw.charts import where_it_sits
from resnet.lessons.answers import answers
from resnet.lessons.marking import Given, mark
from resnet.lessons.practice import question
from resnet.numbers.explain import explain
from resnet.spec.conventions import AXES, COUNTINGS, DEFAULT, UNITS
from resnet.views.about import AboutView
from resnet.views.answers import AnswersView
from resnet.views.compare import CompareView
from resnet.views.experiments import ExperimentsView
from resnet.views.model import ModelView
from resnet.views.network import NetworkView
from resnet.views.pages import PAGES, parse
from resnet.views.practice import PracticeView
from resnet.views.signal import SignalView
from resnet.views.story import StoryView
from tests.api.asgi import ask

EVERY = tuple(Conventions(axes=a, counting=c, unit=u) for a, c, u in product(AXES, COUNTINGS, UNITS))
OTHER = Conventions(axes="nchw", counting="keras", unit="flops")
SPEC = BlockSpec(in_channels=24, filters=(20, 22, 96), stride=2, height=57, width=41)
IDS = [str(one) for one in EVERY]


def test_there_are_eight_and_the_default_writes_nothing_into_an_address() -> None:
    assert len(set(EVERY)) == 8
    assert DEFAULT.to_query() == {}
    assert OTHER.to_query() == {"axes": "nchw", "counting": "keras", "unit": "flops"}


@pytest.mark.parametrize("field", ["axes", "counting", "unit"])
def test_a_bad_value_is_explained(field: str) -> None:
    with pytest.raises(SpecError, match=f"{field} is 'x', but it must be one of"):
        Conventions(**{field: "x"})


def test_keras_numbers() -> None:
    keras = Conventions(counting="keras")
    assert keras.params(trace_network(keras.built(network("resnet50")))) == 25_636_712
    block = trace(keras.built(BlockSpec()))
    assert keras.params(block) == 76_928  # 73,728 weights + 448 + 256 biases + 2 · 1,280 + …: Keras's own sum
    for name in ("resnet50", "resnet101", "resnet152", "resnet18"):
        spec = network(name)
        assert keras.params(trace_network(keras.built(spec))) == parameters(spec, KERAS)


def test_flops_are_twice_the_multiply_adds() -> None:
    t = trace_network(network("resnet50"))
    assert DEFAULT.operations(t) == 4_089_184_256
    assert Conventions(unit="flops").operations(t) == 8_178_368_512


def test_shapes() -> None:
    assert DEFAULT.shape((2048, 7, 5)) == "7 × 5 × 2,048"
    assert OTHER.shape((2048, 7, 5)) == "2,048 × 7 × 5"
    assert (DEFAULT.axis_names, OTHER.axis_names) == ("height × width × channels", "channels × height × width")
    assert DEFAULT.shape(None) == "no result"


@pytest.mark.parametrize("conventions", EVERY, ids=IDS)
def test_an_address_keeps_them_on_every_page(conventions: Conventions) -> None:
    views = (
        CompareView(right=SPEC, conventions=conventions),
        NetworkView(spec=network("resnet18"), conventions=conventions),
        PracticeView(seed=4, conventions=conventions),
        AnswersView(question="why-50", conventions=conventions),
        StoryView(step=4, repair="pad", conventions=conventions),
        SignalView(at="layer1.1", channel=3, shortcut="unit", conventions=conventions),
        ExperimentsView(conventions=conventions),
        ModelView(model="resnet50-v1", against="vit_b_32", sum=3, theirs=2, conventions=conventions),
        AboutView(conventions=conventions),
    )
    assert {type(view) for view in views} == {page.view for page in PAGES}
    for view in views:
        assert parse(type(view), view.to_query()) == (view, ())


@pytest.mark.parametrize("conventions", EVERY, ids=IDS)
def test_the_formulas_equal_the_trace(conventions: Conventions) -> None:
    t = trace(conventions.built(SPEC))
    for op in t.ops:
        if op.out_shape is None:
            continue
        found = explain(t, op.name, conventions).formulas
        of = {name: sum(one.result for one in found if one.name in name.split(", ")) for name in
              ("Weights, Biases, Parameters", "Multiply-adds", "FLOPs")}  # fmt: skip
        assert of["Weights, Biases, Parameters"] == conventions.params(op), op.name
        assert of["Multiply-adds"] + of["FLOPs"] == conventions.operations(op), op.name


def pages(conventions: Conventions) -> Iterator[tuple[str, str]]:
    """Everything that is shown of one block and of one network, but for what is about the conventions themselves."""
    view = CompareView(right=SPEC, conventions=conventions)
    yield "compare", html(*compare_html.figures(view), *compare_html.summary(view), *compare_html.layers(view))
    yield "unfolded", html(*compare_html.figures(replace(view, unfolded=True)))
    for chosen in ("right.conv2", "right.bn2:out", "left.add", "right.downsample.0", "right.x:out"):
        yield chosen, html(*inspector.explanation(replace(view, chosen=chosen)))
    yield "chart", where_it_sits(compare(view.left, view.right, conventions)).to_json()
    whole = NetworkView(spec=network("resnet50", height=224, width=160), quantity="macs", conventions=conventions)
    yield "network", html(*network_html.picture(whole), network_html.what_if(whole)[0])
    yield "network's charts", network_charts.by_block(whole.trace, conventions=conventions).to_json()
    asked = question(3, 1, conventions)
    given = Given(1, 2, 3, "no", 0, "nowhere", conventions)
    yield "practice", html(*practice_html.asked(asked, PracticeView(conventions=conventions)))
    yield "marks", html(*practice_html.marked(asked, mark(asked, given)))
    about = ("where-does-the-stride-go", "why-batchnorm-in-the-projection", "why-no-stride-in-stage-2")
    shown = tuple(one for one in answers(conventions) if one.slug in about)
    yield "answers", html(*answers_html.listed(shown, AnswersView(conventions=conventions)))


def html(*parts: Part) -> str:
    return "".join(part.html for part in parts)


def test_every_page_follows_all_three() -> None:
    """In the other conventions nothing is left of these: shapes with channels last, multiply-adds, PyTorch's sums."""
    t = trace(SPEC)
    channels_last = [DEFAULT.shape(shape) for op in t.ops for shape in op.in_shapes]
    for (name, usual), (_, other) in zip(pages(DEFAULT), pages(OTHER), strict=True):
        assert usual != other, name
        for words in (*channels_last, "224 × 160 × 3", "height × width × channels", "ultiply-add", "MAC"):
            assert words not in other.replace("quantity=macs", ""), (name, words)
        for words in ("256 × 56 × 40", "FLOP", "channels × height × width"):
            assert words not in usual, (name, words)
    usual, other = dict(pages(DEFAULT)), dict(pages(OTHER))
    for name in ("compare", "network"):
        assert any(words in usual[name] for words in [*channels_last, "224 × 160 × 3"])
        assert "FLOPs" in other[name]
    keras = trace(replace(SPEC, conv_bias=True))
    assert f"{keras.params + keras.buffers:,}" in other["compare"]
    assert f"{t.params:,}" in usual["compare"]
    assert f"{t.params:,}" not in other["compare"]
    assert f"{2 * t.macs:,}" in other["compare"]


def test_one_convention_changes_only_its_own() -> None:
    """Axes leave every number as it is; counting leaves the operations; the unit leaves the parameters."""
    totals = {one: compare(SPEC, SPEC, one).totals for one in EVERY}
    for one in EVERY:
        assert totals[one] == totals[replace(one, axes="nhwc")]
        params, _, operations, *memory = totals[one]
        before = totals[replace(one, counting="pytorch")]
        assert operations.left == before[2].left
        assert [each.left for each in memory] == [each.left for each in before[3:]]
        assert params == totals[replace(one, unit="macs")][0]


QUERY = "in_channels=24&f1=20&f2=22&f3=96&stride=2&height=57&width=41"
SAID = "axes=nchw&counting=keras&unit=flops"


def test_the_files_follow() -> None:
    def get(what: str) -> str:
        answer = ask(f"/api/{what}")
        assert answer.status_code == 200
        return answer.body.decode()

    left, right = (trace(OTHER.built(replace(SPEC, shortcut=one))) for one in ("identity", "projection"))
    svg = get(f"block.svg?{QUERY}&{SAID}")
    assert svg == render(diagram(right, beside=left, conventions=OTHER), "svg").decode()
    assert "96 × 29 × 21" in svg and "29 × 21 × 96" not in svg
    assert get(f"pair.dot?{QUERY}&{SAID}") == diagram_pair(left, right, conventions=OTHER).source
    header, *rows = get(f"layers.csv?{QUERY}&{SAID}").splitlines()
    assert "output (C x H x W)" in header and "parameters (Keras)" in header and "FLOPs" in header
    assert "multiply-adds" not in header and any("96 x 29 x 21" in row for row in rows)
    assert str(right.params + right.buffers) in rows[-1] and str(2 * right.macs) in rows[-1]
    assert "output (H x W x C)" in get(f"layers.csv?{QUERY}")
    assert "parameters not trained" in get(f"blocks.csv?network=resnet18&{SAID}")
    assert "3 × 224 × 224" in get(f"network.svg?network=resnet18&{SAID}")
    data = json.loads(get(f"block.json?{QUERY}&{SAID}"))
    assert data["shown"] == {
        "in_shape": [24, 57, 41],
        "out_shape": [96, 29, 21],
        "params": right.params + right.buffers,
        "flops": 2 * right.macs,
    }
    assert (data["out_shape"], data["params"], data["macs"]) == ([96, 29, 21], right.params, right.macs)
    assert json.loads(get(f"network.json?{SAID}"))["shown"]["params"] == 25_636_712
    assert ask("/api/block.svg?unit=watts").status_code == 400


def test_the_command_line_follows() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(out):
        assert main(["network", "resnet50", "--counting", "keras", "--unit", "flops", "--axes", "nchw"]) == 0
    out.seek(0)
    shown = json.loads(out.read())["shown"]
    assert (shown["params"], shown["flops"]) == (25_636_712, 8_178_368_512)
