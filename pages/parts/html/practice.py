"""The practice: the question, the marked predictions with their arithmetic, the summary."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode

from markupsafe import Markup

from pages.parts.html.part import Part
from pages.parts.html.templates import drawing, link, part
from resnet.draw.asked import asked as asked_block
from resnet.draw.block import diagram
from resnet.draw.pixel import one_pixel
from resnet.lessons.marking import Mark, mark, right, strided
from resnet.lessons.practice import LEVELS, QUESTIONS, Level, Question
from resnet.lessons.practice import question as asked_of
from resnet.numbers.compare import verdict
from resnet.spec import names
from resnet.spec.errors import SpecError
from resnet.views.compare import CompareView
from resnet.views.practice import PracticeView


def asked(question: Question, view: PracticeView, answered: bool = False) -> tuple[Part, ...]:
    """The block in words and as a picture; nothing gives its answer away until it is ``answered``."""
    where = {"number": view.number, "questions": QUESTIONS, "streak": view.streak}
    return (
        part("answer", "practice/asked.html", listed=_facts(question), where=where),
        part("picture", "practice/picture.html", picture=_picture(question, view.level, answered)),
    )


def _facts(question: Question) -> tuple[tuple[str, str], ...]:
    spec, conventions = question.spec, question.conventions
    bias = "with bias" if conventions.counts.biases else "without bias"
    kind = "bottleneck block" if spec.bottleneck else "basic block"
    f = spec.kernel_size
    kernels = f"1×1, {f}×{f}, 1×1" if spec.bottleneck else f"{f}×{f}, {f}×{f}"
    place = "first convolution" if not spec.bottleneck or spec.stride_at == "first" else f"{f}×{f}"
    return (
        ("Input", f"{conventions.shape(question.bare.in_shape)}, {conventions.axis_names}"),
        ("Main path", f"{kind}: {kernels}, each padded to keep the size at stride 1"),
        ("Filters", ", ".join(f"{n:,}" for n in spec.filters)),
        ("Stride", f"{spec.stride}" + (f", in the {place}" if spec.stride > 1 else "")),
        ("Convolutions", f"{bias}, each followed by BatchNorm"),
    )


def _picture(question: Question, level: Level, answered: bool) -> dict[str, str]:
    """With question marks; once it is answered, the block that works."""
    works = question.bare if question.bare.possible else question.projected
    if answered:
        words, graph = f"Diagram: {names.title(works.spec)}", diagram(works, conventions=question.conventions)
    else:
        words = "Diagram of the block, with a question mark wherever something is asked"
        graph = asked_block(question.projected, conventions=question.conventions, asks=LEVELS[level].asks)
    return {"words": words, "svg": drawing(graph)}


def marked(question: Question, marks: tuple[Mark, ...]) -> tuple[Part, ...]:
    """Each prediction with its mark, and the picture that explains the first mistake."""
    shown = CompareView(right=replace(question.spec, shortcut="projection"), conventions=question.conventions)
    verdicts = [verdict(t, question.conventions) for t in (question.bare, question.projected)]
    mistake = next((one for one in marks if not one.right), None)
    return (
        part("inspector marks", "practice/marks.html", predictions=marks),
        *([_explained(question, mistake)] if mistake else []),
        part("real", "practice/real.html", verdicts=verdicts, link=link(shown)),
    )


def _explained(question: Question, mistake: Mark) -> Part:
    """The window on its way, or one pixel in real numbers where there are not too many of them."""
    t = question.projected if mistake.picture == "weights" else question.bare
    heading = {
        "window": "How the window moves",
        "sum": "The sum at one pixel",
        "weights": "One channel of the projection, and all the others",
    }[mistake.picture]
    picture, op = "", strided(question)
    if mistake.picture != "window":
        with suppress(SpecError):
            picture = Markup(one_pixel(t.spec, question.conventions))
    return part(
        "inspector explained-by",
        "practice/explained.html",
        heading=heading,
        picture=picture,
        window=op.window if mistake.picture == "window" else None,
        pixels=op.in_shapes[0][2],
    )


def solutions(view: PracticeView) -> tuple[Part, ...]:
    """The teacher's page: all ten, each with its answers."""
    return tuple(_solution(view, number) for number in range(1, QUESTIONS + 1))


def _solution(view: PracticeView, number: int) -> Part:
    question = asked_of(view.seed, number, view.conventions)
    return part(
        "solution",
        "practice/solution.html",
        number=number,
        listed=_facts(question),
        answers=mark(question, right(question, view.level)),
        picture=_picture(question, view.level, answered=False),
        link=link(CompareView(right=replace(question.spec, shortcut="projection"), conventions=view.conventions)),
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
            again=_ten(view),
            solutions=link(replace(view, number=1, score="", sheet=True)),
        ),
    )


def _ten(view: PracticeView) -> str:
    """The address of these ten blocks; with the seed in any case, since it is to be handed out."""
    query = {"seed": str(view.seed)} | replace(view, number=1, score="", sheet=False).to_query()
    return f"./practice?{urlencode(query)}"


def teachers(view: PracticeView) -> tuple[Part, ...]:
    """What stands above the ten blocks with their solutions."""
    return (part("words", "practice/teachers.html", seed=view.seed, again=_ten(view), level=LEVELS[view.level].name),)
