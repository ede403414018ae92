"""The practice as HTML: the question, the marked predictions with their arithmetic, the summary."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from urllib.parse import urlencode

from pages.parts.component.sheet import Part
from pages.parts.html.compare import verdict_box
from pages.parts.html.inspector import formulas
from resnet.lessons.practice import QUESTIONS, Mark, PracticeView, Question
from resnet.numbers.compare import verdict
from resnet.views.compare import View


def asked(question: Question, view: PracticeView) -> tuple[Part, ...]:
    """The block in words, without anything that would give its answer away."""
    spec, conventions = question.spec, question.conventions
    bias = "with bias" if conventions.counting == "keras" else "without bias"
    kind = "Bottleneck block" if spec.bottleneck else "Basic block"
    f = spec.kernel_size
    kernels = f"1×1, {f}×{f}, 1×1" if spec.bottleneck else f"{f}×{f}, {f}×{f}"
    place = "first convolution" if not spec.bottleneck or spec.stride_at == "first" else f"{f}×{f}"
    streak = f", {view.streak} right in a row" if view.streak else ""
    facts = (
        ("Input", f"{conventions.shape(question.bare.in_shape)}, {conventions.axis_names}"),
        ("Main path", f"{kind.lower()}: {kernels}, each padded to keep the size at stride 1"),
        ("Filters", ", ".join(f"{n:,}" for n in spec.filters)),
        ("Stride", f"{spec.stride}" + (f", in the {place}" if spec.stride > 1 else "")),
        ("Convolutions", f"{bias}, each followed by BatchNorm"),
    )
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return (Part("answer", f"<h2>Block {view.number} of {QUESTIONS}{streak}</h2><dl>{rows}</dl>"),)


def marked(question: Question, marks: tuple[Mark, ...]) -> tuple[Part, ...]:
    rows = ""
    for one in marks:
        said = "" if one.right else f"<p>You said: {escape(one.given)}.</p>"
        sign = "✓ Right" if one.right else "✕ Not so"
        arithmetic = "" if one.right else formulas(one.arithmetic)
        outcome = "works" if one.right else "impossible"
        rows += (
            f'<div class="box {outcome}"><p><strong>{sign}.</strong> '
            f"{escape(_colon(one.part))} {escape(one.correct)}</p>"
            f"{said}{arithmetic}</div>"
        )
    real = "".join(verdict_box(verdict(t, question.conventions)) for t in (question.bare, question.projected))
    view = View(right=replace(question.spec, shortcut="projection"), conventions=question.conventions)
    link = escape(urlencode(view.to_query()))
    more = f'<p class="links"><a href="./compare?{link}" target="_self">See this block in the comparison</a></p>'
    return (Part("inspector marks", rows), Part("real", f"<h3>What the trace says</h3>{real}{more}"))


def _colon(part: str) -> str:
    return part if part.endswith("?") else f"{part}:"


def summary(view: PracticeView) -> tuple[Part, ...]:
    right = view.score.count("1")
    rows = ""
    for number, sign in enumerate(view.score, start=1):
        address = escape(urlencode(replace(view, number=number, score=view.score[: number - 1]).to_query()))
        word = "right" if sign == "1" else "not all right"
        rows += f'<li>{word}: <a href="./practice?{address}" target="_self">block {number}</a></li>'
    again = escape(urlencode({"seed": str(view.seed)} | view.conventions.to_query()))
    return (
        Part(
            "words",
            f"<h2>{right} of {QUESTIONS} blocks predicted without a mistake</h2><ol>{rows}</ol>"
            f'<p><a href="./practice?{again}" target="_self">The address of these ten blocks</a>, to hand '
            "out. Nothing of this is kept on the server.</p>",
        ),
    )
