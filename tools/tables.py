"""Write docs/tables.md anew: every table that leaves, and what each of its columns is, as its own JSON says it.

make readme
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from resnet.api import ENDPOINTS
from resnet.draw.style import PLAIN
from resnet.export.experiment_tables import COLUMNS
from resnet.export.subjects.lessons import EXPERIMENT_TABLE
from resnet.export.subjects.model import Asked
from resnet.export.table import Column, Table
from resnet.export.table_json import field
from resnet.export.table_markdown import to_markdown
from resnet.lessons.experiments import EXPERIMENTS
from resnet.models.library import known
from resnet.views.model import ModelView
from resnet.views.pages import parse

TARGET = Path(__file__).parents[1] / "docs/tables.md"
HEAD = """# Tables

Every table leaves as CSV, as JSON, and most as LaTeX and Markdown, over HTTP (the addresses below) and from the command
line (`--format csv`, `rows`, `latex`, `markdown`). `make readme` writes this page from the tables themselves.

- **CSV**: UTF-8, commas, a line of headings, then the rows; where there are totals, they are the last line. Numbers
  are plain, an empty cell says that there is nothing to say, yes and no are words. A name from somebody's file that a
  spreadsheet would take for a formula (`=`, `+`, `-`, `@` in front) has an apostrophe before it, and what is no
  printable letter is a �. Numbers below zero stay numbers.
- **JSON**: a [Tabular Data Resource](https://specs.frictionlessdata.io/tabular-data-resource/) whose `schema` is a
  [Table Schema](https://specs.frictionlessdata.io/table-schema/): `data` has the rows, `totals` what stands below
  them. `pandas.read_json(address, orient="table")` reads it with its types.
- **LaTeX**: `booktabs`, to `\\input`; a comment at the top names the packages. It and **Markdown** have the columns
  that fit on paper, with thousands separated.

Headings follow the notation that is set: with `axes=nchw` a shape is C x H x W, with `counting=keras` parameters are
Keras's, with `unit=flops` operations are FLOPs. Below is what a table has where nothing is set.
"""
_SHOWN = (
    Column(label="column", words="", kind="name"),
    Column(label="type", words="", kind="text"),
    Column(label="unit", words="", kind="text"),
    Column(label="what it is", words="", kind="text"),
)


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for endpoint in ENDPOINTS:
        subject, form = endpoint.subject, endpoint.form
        if form.key != "rows":
            continue
        suffixes = " · ".join(f"`.{one.suffix}`" for one in subject.forms if one.group == "table")
        words = subject.words[0].upper() + subject.words[1:]
        yield f"## `/api/{subject.what}`\n\n{words}. {suffixes}\n"
        if subject.what == EXPERIMENT_TABLE.what:
            yield from _experiments()
        else:
            yield _listed(json.loads(form.make(_asked(subject.view), PLAIN))["schema"]["fields"])


def _asked(view: type[Any]) -> Any:
    """What a page opens with; of two networks some two."""
    return Asked(ModelView(), known("resnet18"), known("resnet34")) if view is ModelView else parse(view, {})[0]


def _experiments() -> Iterator[str]:
    for key, columns in COLUMNS.items():
        yield f"`experiment={key}`: {EXPERIMENTS[key].name}.\n"
        yield _listed([field(one) for one in columns.values()])


def _listed(fields: Sequence[Mapping[str, str]]) -> str:
    rows = tuple((one["name"], one["type"], one.get("unit", ""), one["description"]) for one in fields)
    return to_markdown(Table(name="", title="", columns=_SHOWN, rows=rows))


if __name__ == "__main__":
    TARGET.write_text(page())
