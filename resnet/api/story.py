"""The figures of the story."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from resnet.api.answers import Endpoint, each, file, refused
from resnet.draw.render import PICTURE_FORMATS, Format, render, render_svg
from resnet.draw.sketch import sketch
from resnet.lessons.story import STEPS, told
from resnet.spec.errors import SpecError
from resnet.trace.block import trace
from resnet.views.story import StoryView


def _figure(file_format: Format) -> Callable[[StoryView], Response]:
    def answer(view: StoryView) -> Response:
        step = told(view)
        if step.picture:
            content = render_svg(step.picture, file_format, f"{step.title} (step {view.step} of {STEPS})")
        elif step.table:
            return refused((SpecError("step", view.step, f"a step with a figure, from 1 to {STEPS - 1}"),))
        else:
            traced = trace(view.conventions.built(view.corner))
            content = render(sketch(traced, conventions=view.conventions), file_format)
        return file(content, file_format, f"stride-1_step-{view.step}{view.conventions.suffix}")

    return answer


ENDPOINTS: tuple[Endpoint, ...] = each(
    "story", PICTURE_FORMATS, StoryView, "the figure of a step of the story, 1 to 5", _figure
)
