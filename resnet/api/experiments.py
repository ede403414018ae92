"""The figures of the experiments, and their raw numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from starlette.responses import Response

from resnet.api.answers import Endpoint, each, file, refused
from resnet.draw.render import PICTURE_FORMATS, Format, render_svg
from resnet.lessons.experiments import EXPERIMENTS, table, told
from resnet.spec.errors import SpecError
from resnet.views.experiments import ExperimentsView


def _figure(file_format: Format) -> Callable[[ExperimentsView], Response]:
    def answer(view: ExperimentsView) -> Response:
        figures = told(view).figures
        if view.figure > len(figures):
            works = f"a whole number from 1 to {len(figures)}, or of what was run on the page before"
            return refused([SpecError("figure", view.figure, works)])
        one, slug = figures[view.figure - 1], f"{view.experiment}_figure-{view.figure}{view.conventions.suffix}"
        title = f"{EXPERIMENTS[view.experiment].question} {one.name}"
        return file(render_svg(one.svg, file_format, title), file_format, slug)

    return answer


def _numbers(view: ExperimentsView) -> Response:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table(view))
    return file(out.getvalue().encode(), "csv", view.experiment)


ENDPOINTS: tuple[Endpoint, ...] = (
    *each("experiment", PICTURE_FORMATS, ExperimentsView, "a figure of an experiment", _figure),
    Endpoint("experiment", "csv", ExperimentsView, "the raw numbers of an experiment", _numbers),
)
