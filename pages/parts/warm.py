"""What would be slow for the first reader, done before there is one."""

from __future__ import annotations

from dataclasses import replace

from pages.parts.html import compare, signal, story
from resnet.draw.charts import where_it_sits
from resnet.lessons.story import STEPS
from resnet.numbers.compare import compare as compared
from resnet.spec.catalogue import PRESETS
from resnet.views.compare import CompareView
from resnet.views.signal import SignalView
from resnet.views.story import StoryView


def warm_up() -> None:
    """Every preset of the comparison with its chart, and every step of the story, which opens first.

    Imports, torch's first calls, the templates and the caches are then in place.
    """
    for step in range(1, STEPS + 1):
        view = replace(StoryView(), step=step)
        story.figure(view)
        story.words(view)
    for preset in PRESETS:
        pair = CompareView(right=preset.spec)
        compare.figures(pair)
        compare.summary(pair)
        compare.layers(pair)
        where_it_sits(compared(pair.left, pair.right))
    signal.summands(signal.seen(SignalView()))
