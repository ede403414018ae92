"""The story as HTML: the question, a step's figure, its words."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from urllib.parse import urlencode

from pages.parts.component.sheet import Part
from pages.parts.html.compare import links, small_svg
from resnet import text
from resnet.draw.render import PICTURE_FORMATS
from resnet.draw.sketch import sketch
from resnet.lessons.story import CORNERS, QUESTION, STEPS, Row, StoryView, the_answer, told
from resnet.spec.block import PROJECTIONS
from resnet.trace.block import trace
from resnet.views.compare import View


def title(view: StoryView) -> tuple[Part, ...]:
    """The question, and the step at which the reader stands."""
    question = "<h1>Why a convolutional block with stride 1?</h1>"
    place = f"<h2><small>{view.step} of {STEPS}</small> {escape(told(view).title)}</h2>"
    return (Part("storytitle", question + place),)


@lru_cache(maxsize=256)
def figure(view: StoryView) -> tuple[Part, ...]:
    """What there is to see."""
    step = told(view)
    picture = f"<figure>{step.picture}</figure>" if step.picture else _sketches(view)
    return (Part("story", _table(step.table) if step.table else picture),)


@lru_cache(maxsize=256)
def words(view: StoryView) -> tuple[Part, ...]:
    """What there is to say; at the end, the answer."""
    step = told(view)
    html = "".join(f"<p>{escape(one)}</p>" for one in step.words)
    if step.alarm:
        html += (
            f'<div class="box impossible"><p><strong>torch says:</strong></p><code>{escape(step.alarm)}</code></div>'
        )
    if view.step == STEPS:
        query = urlencode(View(right=QUESTION, conventions=view.conventions).to_query())
        link = (
            f'<a href="./compare{f"?{escape(query)}" if query else ""}" target="_self">See both blocks side by side</a>'
        )
        html += (
            f'<div class="box needed"><p>{escape(the_answer(view.conventions))}</p></div><p class="links">{link}</p>'
        )
    return (Part("storywords", html),)


def downloads(view: StoryView) -> tuple[Part, ...]:
    """The step's figure, to take away; the last step has none."""
    if view.step == STEPS:
        return ()
    return (
        links(
            [
                (
                    "This figure",
                    "story",
                    f"stride-1_step-{view.step}{view.conventions.suffix}",
                    PICTURE_FORMATS,
                    view.to_query(),
                )
            ]
        ),
    )


def _sketches(view: StoryView) -> str:
    """The four blocks; the one that the switches say has a frame."""
    cells = ""
    for (channels, strided), spec in CORNERS.items():
        names = f"{'channels change' if channels else 'same channels'}, stride {spec.stride}"
        chosen = " class=chosen" if (channels, strided) == (view.channels, view.strided) else ""
        why = "projection" if spec.shortcut in PROJECTIONS else "identity"
        svg = small_svg(sketch(trace(view.conventions.built(spec)), conventions=view.conventions))
        cells += (
            f'<figure role="group" aria-label="{escape(names)}: {why}"{chosen}>'
            f"<figcaption>{escape(names)}</figcaption>{svg}</figure>"
        )
    return f'<div class="corners">{cells}</div>'


def _table(rows: tuple[Row, ...]) -> str:
    most = max(row.published.value for row in rows)
    body, network = "", ""
    for (what, value, _, setting, _), params in rows:
        if setting != network:
            network = setting
            body += f'<tr class="group"><th scope="rowgroup" colspan="3">{escape(setting)}</th></tr>'
        kind = "bar projected" if "projection" in what or "convolution" in what else "bar"
        bar = f'<span class="{kind}" style="width:{100 * value / most:.0f}%"></span>'
        cost = "" if params is None else text.million(params)
        body += f'<tr><th scope="row">{escape(what)}</th><td>{cost}</td><td class="error">{value:.2f} %{bar}</td></tr>'
    sources = "; ".join(dict.fromkeys(row.published.source for row in rows))
    return (
        '<div class="scroll" role="region" aria-label="What was measured" tabindex="0"><table><thead><tr>'
        '<th scope="col">Shortcut</th><th scope="col">Parameters</th><th scope="col">Error</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        f"<p>Error: wrong at the first guess; 10-crop: over ten cut-outs of each image. {escape(sources)}.</p>"
    )
