"""The forms that a picture has, whatever it shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from resnet.draw.graph import Diagram
from resnet.draw.mermaid import mermaid
from resnet.draw.render import FORMATS, PICTURE_FORMATS, Format, render, render_svg
from resnet.draw.spoken import Plate, Spoken, as_markdown, as_text, described
from resnet.draw.style import Style
from resnet.draw.tikz import tikz
from resnet.export.form import Form

T = TypeVar("T")


def graph_forms(
    drawn: Callable[[T], Diagram], text: str = "txt", narrow: Callable[[T], Diagram] | None = None
) -> tuple[Form[T], ...]:
    """Of a graph: ``drawn`` makes it.

    ``text``    the suffix of what it says, where a table has that suffix already
    ``narrow``  the same, arranged for a column of a paper; None where it can be read there as it is
    """

    def placed(asked: T, style: Style) -> Diagram:
        return narrow(asked) if narrow and style.fit == "column" else drawn(asked)

    def make(file_format: Format, asked: T, style: Style) -> bytes:
        return render(placed(asked, style), file_format, style)

    def spoken(asked: T) -> Spoken:
        said = drawn(asked).spoken
        assert said is not None, "what leaves is no sketch"
        return said

    return (
        *(Form(one, one, "figure", one.upper(), partial(make, one)) for one in FORMATS),
        Form("tikz", "tex", "figure", "TikZ", lambda asked, style: tikz(placed(asked, style), style).encode()),
        Form("mermaid", "mmd", "figure", "Mermaid", lambda asked, _: mermaid(drawn(asked)).encode()),
        *word_forms(spoken, text),
    )


def word_forms(spoken: Callable[[T], Spoken], text: str = "txt") -> tuple[Form[T], ...]:
    """What a figure says, for who can't see it."""
    return (
        Form("words", text, "words", "Text", lambda asked, _: as_text(spoken(asked)).encode()),
        Form("outline", "md", "words", "Markdown", lambda asked, _: as_markdown(spoken(asked)).encode()),
    )


def picture_forms(drawn: Callable[[T], Plate], narrow: Callable[[T], Plate] | None = None) -> tuple[Form[T], ...]:
    """Of a picture that is no graph; ``narrow`` as above."""

    def make(file_format: Format, asked: T, style: Style) -> bytes:
        picture = narrow(asked) if narrow and style.fit == "column" else drawn(asked)
        return render_svg(described(*picture), file_format, picture.spoken.title, style)

    return (
        *(Form(one, one, "figure", one.upper(), partial(make, one)) for one in PICTURE_FORMATS),
        *word_forms(lambda asked: drawn(asked).spoken),
    )
