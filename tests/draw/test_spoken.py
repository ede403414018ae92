"""What a figure says in words: all that its picture says, and no number that the picture does not have.

The pictures are read by a parser of XML. Short forms are spelled out by the two rules of ``SPELLED``; ``DECORATIONS``
is all that a picture may say and its words need not.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pypdf import PdfReader

from resnet import BlockSpec, diagram, diagram_pair, network, render, trace, trace_network
from resnet.draw.graph import Diagram
from resnet.draw.model import measure, model_diagram
from resnet.draw.model_block import sum_diagram, sum_pair
from resnet.draw.network import network_diagram
from resnet.draw.spoken import Item, Spoken, as_markdown, as_text, described
from resnet.draw.style import PLAIN
from resnet.export.subjects.lessons import EXPERIMENT, FLOW, SIGNAL, STORY
from resnet.lessons.experiments import EXPERIMENTS, told
from resnet.lessons.story import REPAIRS, Place
from resnet.lessons.story import told as told_step
from resnet.models.graph import own_nodes, residual_sums
from resnet.models.library import known
from resnet.numbers.compare import verdict
from resnet.numbers.quantities import QUANTITIES
from resnet.run.family import spec_of
from resnet.spec.catalogue import FAMILIES
from resnet.spec.conventions import Conventions
from resnet.trace.network import NetworkTrace
from resnet.views.experiments import ExperimentsView
from resnet.views.signal import SignalView
from resnet.views.story import StoryView
from tests.draw.networks import graph as small
from tests.examples import examples
from tests.spec.test_block import specs

SVG = "{http://www.w3.org/2000/svg}"
SPELLED = {r"\bconv\b": "convolution", r"\bs ?= ?(?=\d)": "stride "}
DECORATIONS = {
    "boxes", "arrows",  # of the note below a block: what stands there is said, and not where
    "params",  # of a sketch: parameters
    "it", "is", "there",  # of the line beside a photograph, which is said as one sentence
    "seed", "their", "mean",  # of the legend of dots: what a small and a large one mean
    "colour", "blue",  # a filling is said to be blue or hatched
    "in", "on", "the", "a", "of", "what", "to", "up",
}  # fmt: skip
OTHERWISE = Conventions(axes="nchw", counting="keras", unit="flops")


def texts(svg: str) -> list[str]:
    """What stands in a picture, short forms spelled out."""
    found = [one.text or "" for one in ET.fromstring(svg).iter(f"{SVG}text")]
    return [spelled(words.replace("\u00a0", " ").strip()) for words in found]


def spelled(words: str) -> str:
    for short, long in SPELLED.items():
        words = re.sub(short, long, words)
    return words


def shapes(words: str) -> list[str]:
    return re.findall(r"\d+(?:,\d{3})*(?: × \d+(?:,\d{3})*)+", words)


def numbers(words: str) -> list[str]:
    """With their sign and their point."""
    return re.findall(r"(?<![\w.,])[−+]?\d+(?:,\d{3})*(?:\.\d+)?", words)


def names(words: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+|[≠+]", words.lower()))


def check_said(svg: str, spoken: Spoken, *, also: Iterable[str] = (), times: bool = False, ticks: bool = False) -> None:
    """``also``  numbers that the trace has and no picture;  ``times``  as often as the picture says it, at least

    ``ticks``  bare numbers that are not bold are those of an axis, and words say a curve's own
    """
    said = as_text(spoken)
    bold = {
        spelled(one.text or "") for one in ET.fromstring(svg).iter(f"{SVG}text") if one.get("font-weight") == "bold"
    }
    shown = [one for one in texts(svg) if not ticks or one in bold or re.search(r"[^\W\d]", one)]
    everything = "\n".join(shown)
    for read in (shapes, numbers):
        lacking = Counter(read(everything)) - Counter(read(said)) if times else set(read(everything)) - set(read(said))
        assert not lacking, lacking
    assert names(everything) - DECORATIONS <= names(said), names(everything) - DECORATIONS - names(said)
    if not ticks:
        unknown = set(numbers(said)) - set(numbers(everything)) - set(also)
        assert not unknown, unknown


def drawn(graph: Diagram, **how: object) -> None:
    assert graph.spoken is not None
    check_said(graph.svg(), graph.spoken, **how)  # type: ignore[arg-type]


# blocks


@settings(max_examples=examples(100))
@given(specs, st.booleans(), st.booleans(), st.booleans())
def test_a_block_says_everything_in_its_picture(spec: BlockSpec, unfolded: bool, pre: bool, other: bool) -> None:
    conventions = OTHERWISE if other else Conventions()
    t = trace(conventions.built(replace(spec, pre_activation=pre)))
    says = numbers(verdict(t, conventions).sentence)  # why a projection is needed, and what it costs
    drawn(diagram(t, unfolded=unfolded, conventions=conventions), also=says, times=True)


@settings(max_examples=examples(20))
@given(specs, st.sampled_from(("identity", "zero_pad", "projection")))
def test_a_pair_says_everything_once(spec: BlockSpec, shortcut: str) -> None:
    left, right = trace(replace(spec, shortcut=shortcut)), trace(spec)
    also = [one for t in (left, right) for one in numbers(verdict(t).sentence)]
    graph = diagram_pair(left, right)
    drawn(graph, also=also)
    assert "as on the left" in as_text(graph.spoken)


def test_an_impossible_block_says_where_it_stops() -> None:
    graph = diagram(trace(BlockSpec(shortcut="identity")))
    said = as_text(graph.spoken)
    assert graph.spoken.sentence.startswith("Impossible: the two summands differ in shape.")
    assert "Addition (+): impossible, as F(x), 56 × 56 × 256, and x, 56 × 56 × 64, differ (≠)" in said
    assert "ReLU would follow" in said and "y: no result" in said


def test_a_block_can_be_drawn_again_from_its_words() -> None:
    """Every layer in order, on its path, with its parameters and its result."""
    t = trace(BlockSpec())
    paths = {item.words: item.items for item in diagram(t, unfolded=True).spoken.items}
    for path, heading in (("main", "Main path, from x to F(x)"), ("shortcut", "Shortcut, from x")):
        for op, item in zip(t.on(path), paths[heading], strict=True):  # type: ignore[arg-type]
            shape = Conventions().shape(op.out_shape)
            assert item.words.endswith(f". Gives {shape}.")
            assert (f": {op.params:,} parameters" in item.words) == (op.params > 0)


# any network


@pytest.mark.parametrize("name", ["mobilenet_v2", "convnext_tiny", "vit_b_32", "resnet50-v2"])
@pytest.mark.parametrize("unfolded", [False, True])
def test_each_residual_sum_says_everything(name: str, unfolded: bool) -> None:
    graph = known(name)
    for one in residual_sums(graph):
        diagram = sum_diagram(graph, one, unfolded=unfolded)
        also = [*numbers(one.name), *numbers(diagram.spoken.sentence)]
        drawn(diagram, also=also)


def test_two_residual_sums_say_everything() -> None:
    graph = known("mobilenet_v2")
    one, other = residual_sums(graph)[:2]
    diagram = sum_pair(graph, one, graph, other)
    drawn(diagram, also=numbers(diagram.spoken.sentence) + numbers(as_text(diagram.spoken)))


@pytest.mark.parametrize("name", ["mobilenet_v2", "convnext_tiny", "vit_b_32"])
@pytest.mark.parametrize("quantity", ["params", "macs", "activation_bytes"])
def test_a_shipped_network_says_everything(name: str, quantity: str) -> None:
    graph, amount = known(name), QUANTITIES[quantity].amount
    sums = residual_sums(graph)
    diagram = model_diagram(graph, quantity)
    also = [*numbers(diagram.spoken.sentence), *(str(i) for i in range(1, len(sums) + 1))]
    for one in sums:
        for nodes in (own_nodes(graph, one), graph.named(one.shortcut)):
            also += numbers(amount(measure(nodes, quantity, graph)))
    drawn(diagram, also=also)


@pytest.mark.parametrize("name", ["branches", "rcan", "plain", "mobile"])
def test_branches_long_shortcuts_and_layers_are_said(name: str) -> None:
    diagram = model_diagram(small(name))
    check_said(diagram.svg(), diagram.spoken, also=numbers(as_text(diagram.spoken)))
    said = as_text(diagram.spoken)
    assert {"branches": "Branch 2", "rcan": "Around all from block 1 to", "plain": "of layers without a shortcut",
            "mobile": "Transition"}[name] in said  # fmt: skip


def test_marks_are_said_where_they_stand() -> None:
    graph = known("mobilenet_v2")
    first = residual_sums(graph)[0]
    said = as_text(model_diagram(graph, marked={first.name: "differs"}).spoken)
    assert "Block 1, identity: 8,832 parameters, differs\n" in said and "Underlined with one line: differs" in said


# our networks


def also_of(t: NetworkTrace, quantity: str) -> list[str]:
    """What the trace knows of each block: its number, its amount, and the shortcut's part of it."""
    kind = QUANTITIES[quantity]
    found = [str(i) for i in range(1, len(t.blocks) + 1)]
    for block in t.blocks:
        found += numbers(kind.amount(kind.of(block, Conventions()))) + numbers(kind.amount(kind.share(block)))
    return found


@pytest.mark.parametrize("name", FAMILIES)
def test_a_network_says_everything(name: str) -> None:
    t = trace_network(network(name))
    for quantity in QUANTITIES if name in ("resnet50", "cifar_resnet20") else ("params",):
        drawn(network_diagram(t, quantity), also=also_of(t, quantity))


def blocks_in(words: str) -> set[int]:
    """'Blocks 1 to 3 and 7, identity' -> 1, 2, 3, 7"""
    heading = re.match(r"Blocks? (.*?), [a-z]", words)
    found: set[int] = set()
    if heading:
        assert "so on" not in heading[1]
        for first, last in re.findall(r"(\d+)(?: to (\d+))?", heading[1]):
            found |= set(range(int(first), int(last or first) + 1))
    return found


@pytest.mark.parametrize("name", FAMILIES)
def test_each_block_is_in_the_one_line_that_is_right_of_it(name: str) -> None:
    t = trace_network(network(name))
    rows = {item.words.partition(":")[0]: item.items for item in network_diagram(t).spoken.items}
    kinds = {"identity": "identity", "convolutional": "projection"}
    for number in t.stages:
        for i, block in enumerate(t.stage(number), start=1):
            lines = [item.words for item in rows[f"Stage {number}"] if i in blocks_in(item.words)]
            assert len(lines) == 1, lines
            assert kinds.get(block.kind, "without parameters") in lines[0]
            assert QUANTITIES["params"].with_unit(block.params) in lines[0]


def test_a_networks_words_are_short() -> None:
    for name in FAMILIES:
        assert len(as_text(network_diagram(trace_network(network(name))).spoken)) < 2600, name


def test_what_takes_turns_is_said_in_two_lines() -> None:
    said = as_text(model_diagram(known("vit_b_32")).spoken)
    assert "Blocks 1, 3 and so on up to 23, identity" in said and "Blocks 2, 4 and so on up to 24" in said


# the story, the signal, the experiments

OURS = trace_network(spec_of("B"))

PLACES = [
    *(Place(step=step, conventions=c) for step in (1, 2, 3, 6) for c in (Conventions(), OTHERWISE)),
    Place(step=3, tried=True),
    *(Place(step=4, repair=one, conventions=c) for one in REPAIRS for c in (Conventions(), OTHERWISE)),
    *(Place(step=5, channels=a, strided=b) for a in (False, True) for b in (False, True)),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.step}-{place.repair}-{place.conventions.axes}")
def test_a_step_of_the_story_says_everything(place: Place) -> None:
    step = told_step(place)
    dots = place.step == 6  # has axes
    also = numbers(step.spoken.sentence) + [str(number) for number in (64, 2, 256, 512)]  # filters, "one of 2"
    check_said(step.picture, step.spoken, also=also, ticks=dots)


@pytest.mark.slow
@pytest.mark.parametrize("shortcut", ["own", "identity", "zero_pad"])
def test_the_signal_says_everything(shortcut: str) -> None:
    view = SignalView(shortcut=shortcut, channel=200)
    for subject in (SIGNAL, FLOW):
        svg, said = (subject.form(key).make(view, PLAIN).decode() for key in ("svg", "words"))
        also = set(numbers(said))  # what was computed of the channel stands in no picture
        check_said(svg, Spoken("", said), also=also)


@pytest.mark.slow
@pytest.mark.parametrize("key", EXPERIMENTS)
def test_an_experiment_says_everything(key: str) -> None:
    for figure in told(ExperimentsView(experiment=key, removed=("layer1.1",) if key == "lesion" else ())).figures:
        network = figure.name == "The network"
        check_said(figure.svg, figure.plate.spoken, ticks=not network, also=also_of(OURS, "params"))


# files

HOSTILE = "<b>*x*</b> # [a](javascript:b) `c` \\ ~~d~~ | $e$ &lt; 1. __f__\n- g\x1b[31m\u202e"


def test_a_hostile_name_stays_words() -> None:
    spoken = Spoken(HOSTILE, HOSTILE, (Item(f"1. {HOSTILE}", (Item(f"- {HOSTILE}"),)),))
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(as_markdown(spoken))
    inline = [one for token in tokens if token.type == "inline" for one in token.children or ()]
    assert {one.type for one in inline} == {"text"} or {one.type for one in inline} == {"text", "text_special"}
    found = ["".join(one.content for one in token.children or ()) for token in tokens if token.type == "inline"]
    line = " ".join("".join(c if c.isprintable() else " " for c in HOSTILE).split())
    assert found == [line, line, f"1. {line}", f"- {line}"]
    kinds = [token.type for token in tokens if token.type.endswith("_open") and token.type != "paragraph_open"]
    assert kinds == ["heading_open", "bullet_list_open", "list_item_open", "bullet_list_open", "list_item_open"]
    text = as_text(spoken)
    assert text.count("\n") == 6 and "\x1b" not in text and "\u202e" not in text


def test_text_and_markdown_are_the_same_list() -> None:
    spoken = diagram(trace(BlockSpec())).spoken
    tokens = MarkdownIt().parse(as_markdown(spoken))
    items = [token.content.replace("\\", "") for token in tokens if token.type == "inline"]
    lines = [line.strip().removeprefix("- ") for line in as_text(spoken).splitlines() if line]
    assert items == lines


def test_an_svg_begins_with_title_and_description_and_two_have_ids_of_their_own() -> None:
    graphs = [diagram(trace(replace(BlockSpec(), shortcut=one))) for one in ("identity", "projection")]
    ids = []
    for graph in graphs:
        root = ET.fromstring(render(graph, "svg"))
        title, desc = root[0], root[1]
        assert (title.tag, desc.tag) == (f"{SVG}title", f"{SVG}desc")
        assert (root.get("role"), root.get("aria-labelledby"), root.get("aria-describedby")) == (
            "img", title.get("id"), desc.get("id"),
        )  # fmt: skip
        assert title.text == graph.spoken.title and desc.text.startswith(graph.spoken.sentence)
        ids += [title.get("id"), desc.get("id")]
    assert len(set(ids)) == 4


def test_a_pdf_says_what_it_shows() -> None:
    for content, sentence in (
        (render(diagram(trace(BlockSpec())), "pdf"), diagram(trace(BlockSpec())).spoken.sentence),
        (STORY.form("pdf").make(StoryView(step=2), PLAIN), told_step(Place(step=2)).spoken.sentence),
    ):
        assert PdfReader(io.BytesIO(content)).metadata.subject == sentence


@pytest.mark.slow
def test_what_is_no_graph_is_described_too() -> None:
    svg = ET.fromstring(EXPERIMENT.form("svg").make(ExperimentsView(figure=2), PLAIN))
    assert svg[0].text.endswith("With and without") and "mean" in svg[1].text and svg.get("aria-label") is None
    spoken = Spoken("a", "b")
    assert described(described("<svg xmlns='http://www.w3.org/2000/svg'/>", spoken), spoken).count("<title") == 1
