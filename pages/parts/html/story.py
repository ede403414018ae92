"""The story: the question, a step's figure, its words."""

from __future__ import annotations

from markupsafe import Markup

from pages.parts.html.downloads import Download, downloads
from pages.parts.html.part import Element, Part
from pages.parts.html.templates import link, part
from resnet.cache import remembered
from resnet.draw.corners import Corner, key, name
from resnet.draw.pixel import drawn
from resnet.export.subjects.lessons import STORY
from resnet.lessons.story import BLOCKS, CORNERS, QUESTION, STEPS, the_answer, told
from resnet.trace.block import trace
from resnet.trace.values import BlockTrace
from resnet.views.compare import CompareView
from resnet.views.story import StoryView


def title(view: StoryView) -> tuple[Part, ...]:
    """The question, and the step at which the reader stands."""
    return (part("storytitle", "story/title.html", step=view.step, steps=STEPS, title=told(view).title),)


@remembered(megabytes=4)
def figure(view: StoryView) -> tuple[Part, ...]:
    """What there is to see, and what of it can be pressed."""
    step = told(view)
    elements: tuple[Element, ...] = ()
    if step.channels:
        elements = (Element("cells", "Channel", op="channel.", cells=drawn(step.channels), cell=view.channel),)
    elif view.step == BLOCKS:
        elements = tuple(_corner(corner, trace(spec)) for corner, spec in CORNERS.items())
    sources = "; ".join(dict.fromkeys(row.published.source for row in step.table))
    told_of = step.spoken._replace(title=step.title)
    return (part("story", "story/picture.html", elements, picture=Markup(step.picture), sources=sources, told=told_of),)


def _corner(corner: Corner, t: BlockTrace) -> Element:
    return Element(key(corner), name(corner, t), op=key(corner))


@remembered(megabytes=4)
def words(view: StoryView) -> tuple[Part, ...]:
    """What there is to say; at the end, the answer."""
    step = told(view)
    return (
        part(
            "storywords last" if view.step == STEPS else "storywords",
            "story/words.html",
            words=step.words,
            alarm=step.alarm,
            says=step.says,
            answer=the_answer(view.conventions) if view.step == STEPS else "",
            link=link(CompareView(right=QUESTION, conventions=view.conventions)),
        ),
    )


def files(view: StoryView) -> tuple[Part, ...]:
    """The step's figure."""
    return (downloads([Download(STORY.title, STORY, view, view.to_query())]),)
