"""The forms that a table has, whatever it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from resnet.draw.style import Style
from resnet.export.form import Form
from resnet.export.table import Table
from resnet.export.table_csv import to_csv
from resnet.export.table_json import SCHEMA, to_json
from resnet.export.table_latex import to_latex
from resnet.export.table_markdown import to_markdown

T = TypeVar("T")


def table_forms(table: Callable[[T], Table], rows: str = "json") -> tuple[Form[T], ...]:
    """``table`` makes it; ``rows``  the suffix of its rows as JSON, where another JSON has the short one."""

    def form(
        key: str, suffix: str, words: str, write: Callable[[Table], str], schema: Mapping[str, Any] | None = None
    ) -> Form[T]:
        def make(asked: T, _: Style) -> bytes:
            return write(table(asked)).encode()

        return Form(key, suffix, "table", words, make, schema)

    return (
        form("csv", "csv", "CSV", to_csv),
        form("rows", rows, "JSON, row by row", to_json, SCHEMA),
        form("latex", "tex", "LaTeX", to_latex),
        form("markdown", "md", "Markdown", to_markdown),
    )
