"""The practice: the question, the marked predictions with their arithmetic, the summary."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from pages.parts.html.part import Part
from pages.parts.html.templates import drawing, link, part
from resnet.draw.asked import asked as asked_block
from resnet.draw.block import diagram
from resnet.lessons.practice import QUESTIONS, Mark, Question
from resnet.numbers.compare import verdict
from resnet.spec import names
from resnet.views.compare import CompareView
from resnet.views.practice import PracticeView


def asked(question: Question, view: PracticeView, answered: bool = False) -> tuple[Part, ...]:
    """The block in words and as a picture; nothing gives its answer away until it is ``answered``."""
    spec, conventions = question.spec, question.conventions
    bias = "with bias" if conventions.counts.biases else "without bias"
    kind = "bottleneck block" if spec.bottleneck else "basic block"
    f = spec.kernel_size
    kernels = f"1×1, {f}×{f}, 1×1" if spec.bottleneck else f"{f}×{f}, {f}×{f}"
    place = "first convolution" if not spec.bottleneck or spec.stride_at == "first" else f"{f}×{f}"
    facts = (
        ("Input", f"{conventions.shape(question.bare.in_shape)}, {conventions.axis_names}"),
        ("Main path", f"{kind}: {kernels}, each padded to keep the size at stride 1"),
        ("Filters", ", ".join(f"{n:,}" for n in spec.filters)),
        ("Stride", f"{spec.stride}" + (f", in the {place}" if spec.stride > 1 else "")),
        ("Convolutions", f"{bias}, each followed by BatchNorm"),
    )
    return (
        part(
            "answer",
            "practice/asked.html",
            number=view.number,
            questions=QUESTIONS,
            streak=view.streak,
            listed=facts,
        ),
        _picture(question, answered),
    )


def _picture(question: Question, answered: bool) -> Part:
    """With question marks; once it is answered, the block that works."""
    works = question.bare if question.bare.possible else question.projected
    if answered:
        words, graph = f"Diagram: {names.title(works.spec)}", diagram(works, conventions=question.conventions)
    else:
        words = "Diagram of the block, with a question mark on the shortcut and for its output"
        graph = asked_block(question.projected, conventions=question.conventions)
    return part("picture", "practice/picture.html", words=words, svg=drawing(graph))


def marked(question: Question, marks: tuple[Mark, ...]) -> tuple[Part, ...]:
    shown = CompareView(right=replace(question.spec, shortcut="projection"), conventions=question.conventions)
    verdicts = [verdict(t, question.conventions) for t in (question.bare, question.projected)]
    return (
        part("inspector marks", "practice/marks.html", predictions=marks),
        part("real", "practice/real.html", verdicts=verdicts, link=link(shown)),
    )


def summary(view: PracticeView) -> tuple[Part, ...]:
    blocks = [
        {
            "number": number,
            "right": sign == "1",
            "link": link(replace(view, number=number, score=view.score[: number - 1])),
        }
        for number, sign in enumerate(view.score, start=1)
    ]
    return (
        part(
            "words",
            "practice/summary.html",
            right=view.score.count("1"),
            questions=QUESTIONS,
            blocks=blocks,
            again=f"./practice?{urlencode({'seed': view.seed} | view.conventions.to_query())}",  # the seed in any case
        ),
    )
