"""The answers: that they are there, that their links work, and that their numbers come from the backend."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from pages.parts.html import answers as answers_html
from resnet import BlockSpec, OpTrace, compare, network, trace, trace_network
from resnet import trace as trace_block
from resnet.lessons import answers, evidence
from resnet.lessons.glossary import GLOSSARY, terms_in
from resnet.lessons.questions import answer, counting, design, repair, shortcut, stride
from resnet.spec.conventions import DEFAULT
from resnet.trace import follow
from resnet.views.answers import shown
from resnet.views.compare import CompareView
from resnet.views.pages import parse

ALL = answers.answers()


def test_there_are_twenty_three_each_with_its_own_address() -> None:
    assert [one.number for one in ALL] == list(range(1, 24))
    assert len({one.slug for one in ALL}) == 23
    for one in ALL:
        assert one.question.endswith("?") or one.slug == "why-50"
        assert one.facts and one.source and len(one.answer) < 440
        assert one.first.count(". ") == 0 and f"{one.first} {one.why}".strip() == one.answer


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.slug)
def test_its_link_opens_a_view_that_exists(one: answers.Answer) -> None:
    there = shown(one.see, DEFAULT)
    parsed = parse(type(there), there.to_query())
    assert parsed == (there, ())
    if isinstance(there, CompareView) and there.chosen:
        side, _, name = parsed.view.chosen.partition(".")
        assert name in {op.name for op in trace(getattr(parsed.view, side)).ops}


def test_the_published_numbers_are_in_them() -> None:
    facts = {one.number: " ".join(f"{fact.what} {fact.value}" for fact in one.facts) for one in ALL}
    for number, words in (
        (1, "16,896"), (4, "75 %"), (5, "3.86 G"), (6, "4 of 16"), (6, "12.22 %"), (9, "25,636,712"), (10, "26,560"),
        (11, "8.18 G"), (12, "1 + 48 + 1 = 50"), (12, "53"), (14, "28.54 %"), (15, "269,722"), (17, "69,632"),
        (17, "1,179,648"), (10, "25,530,472"), (20, "10.9 %"), (20, "16,896"), (20, "24.19 %"), (20, "12.22 %"),
        (21, "25.03 %"), (22, "192 of 256"), (23, "36,864"), (23, "589,824"),
    ):  # fmt: skip
        assert words in facts[number], number


def _counts_doubled(patch: pytest.MonkeyPatch) -> None:
    real = follow._counted

    def doubled(op: OpTrace, layer: object) -> OpTrace:
        op = real(op, layer)
        names = ("weights", "biases", "scale", "shift", "buffers", "macs")
        return replace(op, **{name: 2 * getattr(op, name) for name in names})

    patch.setattr(follow, "_counted", doubled)


def _in_every_file(patch: pytest.MonkeyPatch, name: str, value: object) -> None:
    for module in (answer, counting, design, repair, shortcut, stride):
        patch.setattr(module, name, value, raising=False)


def _another_network(patch: pytest.MonkeyPatch) -> None:
    _in_every_file(patch, "network", lambda name, **built: network("wide_resnet101_2", height=448, width=448))


def _another_block(patch: pytest.MonkeyPatch) -> None:
    basic = BlockSpec(in_channels=512, filters=(512, 512), shortcut="identity", pre_activation=True)
    _in_every_file(patch, "trace", lambda spec: trace_block(basic))


def _another_order(patch: pytest.MonkeyPatch) -> None:
    _in_every_file(patch, "trace", lambda spec: trace_block(BlockSpec(pre_activation=True)))


def _other_windows(patch: pytest.MonkeyPatch) -> None:
    _in_every_file(patch, "unread", lambda *window: (0, 1))
    _in_every_file(patch, "output_size", lambda *window: 7)


def _other_papers(patch: pytest.MonkeyPatch) -> None:
    for name in ("IDENTITIES", "CONVOLUTIONS"):
        _in_every_file(patch, name, getattr(evidence, name)._replace(value=99.0))
    for name in ("ON_DEPTH", "ON_SHORTCUTS"):
        _in_every_file(patch, name, tuple(one._replace(value=99.0) for one in getattr(evidence, name)))


CHANGES: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    _counts_doubled, _another_network, _another_block, _another_order, _other_windows, _other_papers,
)  # fmt: skip


@pytest.mark.slow
def test_every_answers_numbers_come_from_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a page says of a number follows the code that counts it: no answer stays as it is under all changes."""
    followed: set[str] = set()
    for change in CHANGES:
        with monkeypatch.context() as patch:
            _forget()
            change(patch)
            for question, before in zip(answers.QUESTIONS, ALL, strict=True):
                try:
                    after = replace(before, **question.answered(DEFAULT)._asdict())
                except (
                    AssertionError,
                    IndexError,
                    StopIteration,
                    KeyError,
                    ValueError,
                ):  # the other block has no such part
                    continue
                if _page(after) != _page(before):
                    followed.add(before.slug)
        _forget()
    assert {one.slug for one in ALL} - followed == set()


def _page(one: answers.Answer) -> str:
    return answers_html._answer(one, True, DEFAULT).html


def _forget() -> None:
    for cache in (trace, trace_network, compare, answers.answers):
        cache.cache_clear()


def test_searching() -> None:
    assert answers.matching("") == ALL
    assert answers.matching("Keras bias")[0].slug in ("why-keras-counts-more-than-pytorch", "why-bias-false")
    assert [one.slug for one in answers.matching("densenet")] == ["why-add-and-not-concatenate"]


def test_what_depends_on_the_variant_says_so() -> None:
    """In v1 the main path's strided 1×1 skips three quarters as well; 3.858 rounds to 3.9, the paper prints 3.8."""
    by_number = {one.number: one.answer for one in ALL}
    assert "In v1 the main path’s first 1×1" in by_number[4] and "in v1.5 the 3×3" in by_number[4]
    for variant, reads in (("v1", 1), ("v1.5", 3)):
        block = trace_network(network("resnet50", variant=variant)).stage(3)[0]
        strided = next(op for op in block.trace.on("main") if op.kind == "conv" and op.window.stride == 2)
        assert strided.window.kernel_size == reads
    assert "The paper prints 3.8 for v1, which has 3.86 G" in by_number[11]
    v2 = trace_network(replace(network("resnet50", variant="v2"), conv_bias=True))
    followed = {name for op in v2.ops if op.kind == "batchnorm" for name in op.reads}
    assert any(op.kind == "conv" and op.biases and op.name not in followed for op in v2.ops)
    assert "Where no BatchNorm follows" in by_number[10]


def test_no_term_of_the_glossary_stands_before_it_is_explained() -> None:
    told = [term.name for term in GLOSSARY]
    assert len(set(told)) == len(told)
    for i, term in enumerate(GLOSSARY):
        assert {one.name for one in terms_in(term.meaning)} <= set(told[: i + 1]), term.name


JARGON = (
    "shortcut", "bottleneck", "basic block", "stage 2", "stride", "max-pool", "BatchNorm", "ReLU", "γ", "β",
    "projection", "downsample", "layer1.0", "identity", "convolutional block", "multiply-add", "FLOPs", "v1", "v2",
    "ResNet-D", "Keras", "torchvision", "TF-slim", "CIFAR", "ImageNet", "10-crop", "DenseNet", "hook", "bias", "stem",
    "main path", "padding", "option A", "degradation", "vanishing gradients", "plain", "linear layer",
    "‘same’", "⊕",
)  # fmt: skip


@pytest.mark.parametrize("word", JARGON)
def test_every_answer_explains_the_terms_it_uses(word: str) -> None:
    users = [one for one in ALL if word in one.words]
    assert users, "no answer uses it"
    for one in users:
        explained = html.unescape(re.search(r'class="terms">.*?</details>', _page(one))[0])
        assert word.lower() in explained.lower() or terms_in(word), (one.slug, word)
        assert all(term.meaning in explained for term in terms_in(word)), (one.slug, word)
