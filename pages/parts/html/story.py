"""The story: the question, a step's figure, its words."""

from __future__ import annotations

from itertools import groupby

from markupsafe import Markup

from pages.parts.html.downloads import Download, downloads
from pages.parts.html.part import Part
from pages.parts.html.templates import drawing, link, part
from resnet.cache import remembered
from resnet.draw.render import PICTURE_FORMATS
from resnet.draw.sketch import sketch
from resnet.lessons.story import CORNERS, QUESTION, STEPS, Measured, the_answer, told
from resnet.trace.block import trace
from resnet.views.compare import CompareView
from resnet.views.story import StoryView


def title(view: StoryView) -> tuple[Part, ...]:
    """The question, and the step at which the reader stands."""
    return (part("storytitle", "story/title.html", step=view.step, steps=STEPS, title=told(view).title),)


@remembered(megabytes=4)
def figure(view: StoryView) -> tuple[Part, ...]:
    """What there is to see."""
    step = told(view)
    if step.table:
        return (_measured(step.table),)
    if step.picture:
        return (part("story", "story/picture.html", picture=Markup(step.picture)),)
    return (_sketches(view),)


@remembered(megabytes=4)
def words(view: StoryView) -> tuple[Part, ...]:
    """What there is to say; at the end, the answer."""
    step = told(view)
    return (
        part(
            "storywords",
            "story/words.html",
            words=step.words,
            alarm=step.alarm,
            answer=the_answer(view.conventions) if view.step == STEPS else "",
            link=link(CompareView(right=QUESTION, conventions=view.conventions)),
        ),
    )


def files(view: StoryView) -> tuple[Part, ...]:
    """The step's figure; the last step has none."""
    if view.step == STEPS:
        return ()
    slug = f"stride-1_step-{view.step}{view.conventions.suffix}"
    return (downloads((Download("This figure", "story", slug, PICTURE_FORMATS, view.to_query()),)),)


def _sketches(view: StoryView) -> Part:
    """The four blocks; the one that the switches say has a frame."""
    corners = [
        {
            "names": f"{'channels change' if channels else 'same channels'}, stride {spec.stride}",
            "shortcut": "projection" if spec.projects else "identity",
            "chosen": (channels, strided) == (view.channels, view.strided),
            "svg": drawing(sketch(trace(view.conventions.built(spec)), conventions=view.conventions)),
        }
        for (channels, strided), spec in CORNERS.items()
    ]
    return part("story", "story/sketches.html", corners=corners)


def _measured(rows: tuple[Measured, ...]) -> Part:
    return part(
        "story",
        "story/measured.html",
        settings=[(name, list(group)) for name, group in groupby(rows, key=lambda row: row.published.setting)],
        most=max(row.published.value for row in rows),
        sources="; ".join(dict.fromkeys(row.published.source for row in rows)),
    )
