"""The figures of the story."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from resnet.api.answers import Endpoint, each, file
from resnet.draw.render import PICTURE_FORMATS, Format, render_svg
from resnet.lessons.story import STEPS, told
from resnet.views.story import StoryView


def _figure(file_format: Format) -> Callable[[StoryView], Response]:
    def answer(view: StoryView) -> Response:
        step = told(view)
        content = render_svg(step.picture, file_format, f"{step.title} (step {view.step} of {STEPS})")
        return file(content, file_format, f"stride-1_step-{view.step}{view.conventions.suffix}")

    return answer


ENDPOINTS: tuple[Endpoint, ...] = each(
    "story", PICTURE_FORMATS, StoryView, "the figure of a step of the story", _figure
)
