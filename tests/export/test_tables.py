"""Every table in every form, opened by a program that did not write it: pandas, LaTeX, GitHub's Markdown."""

from __future__ import annotations

import csv
import html
import io
import json
import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import cmarkgfm
import jsonschema
import pandas as pd
import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from resnet.draw.tex import tex
from resnet.export.experiment_tables import COLUMNS
from resnet.export.table import Cell, Column, Table, inert, one_line, written
from resnet.export.table_csv import to_csv
from resnet.export.table_html import to_html
from resnet.export.table_json import SCHEMA, to_json
from resnet.export.table_latex import to_latex
from resnet.export.table_markdown import to_markdown
from resnet.lessons.experiments import EXPERIMENTS, table
from resnet.lessons.experiments.place import Place
from tests.examples import examples
from tests.export.tables import EVIL, any_tables, every_table, evil_table
from tools.tables import TARGET, page

pytestmark = pytest.mark.slow  # three networks, three experiments: seconds
NAMES = [
    "layers", "layers, twice the same", "blocks", "blocks, Keras", "sums", "models", "shares", *EXPERIMENTS,
]  # fmt: skip


def said(cell: Cell) -> Cell:
    """What a file says of it: a number that is none is left out."""
    return None if cell == "" or (isinstance(cell, float) and not math.isfinite(cell)) else cell


def same(found: object, cell: Cell, column: Column) -> bool:
    if said(cell) is None:
        return found is None or bool(pd.isna(found)) or found == ""
    if isinstance(cell, float) and not isinstance(cell, bool):
        assert isinstance(found, float)
        return found == (cell if column.digits is None else round(cell, column.digits))
    return bool(found == cell)


@pytest.mark.parametrize("name", NAMES)
def test_pandas_reads_the_rows_and_their_types(name: str) -> None:
    """Each cell with its type, the totals apart."""
    one = every_table()[name]
    frame = pd.read_json(io.StringIO(to_json(one)), orient="table", precise_float=True)
    assert list(frame.columns) == [column.name for column in one.columns]
    for column, values in zip(one.columns, zip(*one.rows, strict=True), strict=True):
        assert all(same(a, b, column) for a, b in zip(frame[column.name], values, strict=True)), column
    data = json.loads(to_json(one))
    assert len(data["totals"]) == len(one.totals)
    for field, column in zip(data["schema"]["fields"], one.columns, strict=True):
        assert field["description"].endswith(".") and field.get("unit", "") == column.unit


@pytest.mark.parametrize("name", NAMES)
def test_pandas_reads_the_csv(name: str) -> None:
    one = every_table()[name]
    booleans = [column.name for column in one.columns if column.type == "boolean"]
    frame = pd.read_csv(io.StringIO(to_csv(one)), keep_default_na=False, na_values=[""], float_precision="round_trip")
    assert list(frame.columns) == [column.name for column in one.columns]
    lines = (*one.rows, *one.totals)
    for column, values in zip(one.columns, zip(*lines, strict=True), strict=True):
        found = [value == "yes" for value in frame[column.name]] if column.name in booleans else frame[column.name]
        assert all(same(a, b, column) for a, b in zip(found, values, strict=True)), column
        if column.numeric:
            assert pd.api.types.is_numeric_dtype(frame[column.name]), column


@pytest.mark.parametrize("name", NAMES)
def test_every_name_says_its_unit(name: str) -> None:
    """What is counted is the unit; a number has it in brackets, unless it is a pure number."""
    pure = {"x", "gradient norm", "gradient dy/dx, scaled", "standard deviation of correlation"}
    for column in every_table()[name].columns:
        assert column.words.endswith(".") and column.words[0] != " "
        if column.kind == "number":
            assert re.search(r"\(.+\)", column.name) or column.name in pure, column
        if column.kind == "count":
            assert column.unit, column
        if column.kind == "shape":
            assert re.search(r"\([HWCL x]+( or L x C)?\)", column.name), column


def test_what_adds_up_does() -> None:
    """The totals stand apart, so that a sum over the rows is the total."""
    for name in ("layers", "models"):
        one = every_table()[name]
        frame = pd.read_json(io.StringIO(to_json(one)), orient="table")
        (totals,) = json.loads(to_json(one))["totals"]
        for column in one.columns:
            if column.counts:
                assert frame[column.name].sum() == totals[column.name], column


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_column_of_an_experiment_is_explained(experiment: str) -> None:
    assert set(table(Place(experiment=experiment))[0]) == set(COLUMNS[experiment])


# spreadsheets

FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def cells_of(text: str, delimiter: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]


def is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", cell) is not None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_is_a_formula(delimiter: str) -> None:
    """Headings neither, and nowhere where a semicolon separates cells, as in half of Europe."""
    text = to_csv(evil_table())
    assert [cell for cell in cells_of(text, delimiter) if cell.startswith(FORMULA) and not is_number(cell)] == []
    if delimiter == ",":
        assert cells_of(text, delimiter).count("-1024") == len(EVIL)  # numbers stay numbers


@given(any_tables())
@settings(max_examples=examples(60), deadline=None)
def test_whatever_is_in_it_csv_and_json_are_whole(one: Table) -> None:
    rows = list(csv.reader(io.StringIO(to_csv(one), newline="")))
    assert len(rows) == 1 + len(one.rows) and {len(row) for row in rows} == {len(one.columns)}
    assert all(is_number(cell) or not cell.startswith(FORMULA) for row in rows for cell in row)
    assert all(letter.isprintable() for row in rows for cell in row for letter in cell)
    data = json.loads(to_json(one))["data"]
    for found, row in zip(data, one.rows, strict=True):
        assert all(same(a, b, column) for a, b, column in zip(found.values(), row, one.columns, strict=True))


def test_a_negative_number_is_left_alone() -> None:
    column = Column(label="difference", words="", kind="count")
    assert to_csv(Table(name="", title="", columns=(column,), rows=((-5,),))) == "difference\n-5\n"
    assert inert("-5") == "'-5"  # as a name


# Markdown


def cells_in_markdown(text: str) -> list[list[str]]:
    """What CommonMark with GitHub's tables takes for cells, as text."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert [one.type for one in tokens if one.level == 0] == ["table_open", "table_close"]
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            assert {one.type for one in token.children or ()} <= {"text", "code_inline", "text_special"}, token.content
            rows[-1].append("".join(one.content for one in token.children or ()))
    return rows


def cells_on_github(text: str) -> list[list[str]]:
    """The same by GitHub's own parser, with all of its extensions; a link or a tag of its own would be seen."""
    rendered = cmarkgfm.github_flavored_markdown_to_html(text)
    assert not re.search(r"<(?!/?(table|thead|tbody|tr|th|td|code)\b)", rendered), rendered
    return [
        [html.unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", rendered, flags=re.S)
    ]


def read(one: Table) -> list[list[str]]:
    """What a reader is to see."""
    shown = one.printed()
    head = [one_line(column.name) for column in shown.columns]
    lines = [
        [written(cell, column) for cell, column in zip(line, shown.columns, strict=True)]
        for line in (*shown.rows, *shown.totals)
    ]
    return [[cell.strip() for cell in line] for line in (head, *lines)]


def stripped(rows: list[list[str]]) -> list[list[str]]:
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.parametrize("name", [*NAMES, "evil"])
def test_markdown_shows_what_is_in_it(name: str) -> None:
    one = evil_table() if name == "evil" else every_table()[name]
    text = to_markdown(one)
    assert stripped(cells_in_markdown(text)) == read(one)
    assert stripped(cells_on_github(text)) == read(one)
    rule = text.splitlines()[1].strip("|").split("|")
    assert [part.strip().endswith(":") for part in rule] == [column.numeric for column in one.printed().columns]


@given(any_tables())
@settings(max_examples=examples(60), deadline=None)
def test_whatever_is_in_it_markdown_shows_it(one: Table) -> None:
    assert stripped(cells_in_markdown(to_markdown(one))) == read(one)
    assert stripped(cells_on_github(to_markdown(one))) == read(one)


# HTML


@pytest.mark.parametrize("name", ["layers", "evil"])
def test_html_shows_what_is_in_it(name: str) -> None:
    one = evil_table() if name == "evil" else every_table()[name]
    root = ET.fromstring(to_html(one))
    groups, labels, *rows = [["".join(cell.itertext()).strip() for cell in row] for row in root.iter("tr")]
    spans = [int(cell.get("colspan", "1")) for cell in next(root.iter("tr"))]
    of = [group for group, many in zip(groups, spans, strict=True) for _ in range(many)]
    head = [f"{group}: {label}" if group else label for group, label in zip(of, labels, strict=True)]
    assert [head, *rows] == read(one)
    assert {element.tag for element in root.iter()} <= {
        "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "code",
    }  # fmt: skip


# LaTeX


def typeset(body: str, folder: Path) -> str:
    """The text of the page that pdfLaTeX makes of it."""
    latex = shutil.which("pdflatex")
    if latex is None:
        pytest.skip("there is no LaTeX here")
    import pypdfium2

    packages = sorted({one for line in re.findall(r"^% \\usepackage\{(.*)\}$", body, re.M) for one in line.split(",")})
    source = (
        r"\documentclass{article}\usepackage[a3paper,landscape,margin=1cm]{geometry}"
        rf"\usepackage{{{','.join(packages)}}}\begin{{document}}\scriptsize\noindent" + f"\n{body}\n\\end{{document}}\n"
    )
    (folder / "table.tex").write_text(source, encoding="ascii")
    command = [latex, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "table.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    pages = pypdfium2.PdfDocument(folder / "table.pdf")
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


@pytest.mark.parametrize("name", ["layers", "blocks, Keras", "sums", "models", "published", "shattered"])
def test_latex_sets_every_number(name: str, tmp_path: Path) -> None:
    one = every_table()[name]
    text = typeset(to_latex(one), tmp_path)
    printed = one.printed()
    for line in (*printed.rows[:60], *printed.totals):
        for cell, column in zip(line, printed.columns, strict=True):
            if column.counts and isinstance(cell, int):
                assert f"{abs(cell):,}" in text, (column, cell)


def test_latex_sets_whatever_a_name_is(tmp_path: Path) -> None:
    """No command gets through: what is read on the page is the name, and the last row is there."""
    text = " ".join(typeset(to_latex(evil_table()), tmp_path).split())
    for name in (r"\input{/etc/passwd}", r"\end{tabular}\write18{x}", "a & b % c # d", "g $x$ {h} \\", "[x]"):
        assert name in text, name
    assert text.count("−1,024") + text.count("-1,024") == len(EVIL)
    assert "U+4E2D" in text


def test_every_letter_is_known_to_latex(tmp_path: Path) -> None:
    """All of Latin, and all signs that we write; and nothing beyond ASCII in the source."""
    letters = [chr(code) for code in range(0x20, 0x180) if chr(code).isprintable()]
    ours = "×·−±→≠≤≥≈⊕∂‖αβγσ²³∞’‘“”–—…"
    text = typeset("\n\n".join(tex(letter) for letter in [*letters, *ours]), tmp_path)
    named = [letter for letter in letters if tex(letter).startswith("U+")]
    assert all(f"U+{ord(letter):04X}" in text for letter in named)
    assert not set("éßØñçüšÅ") & set(named) and not any(tex(sign).startswith("U+") for sign in ours)


# what is written of them


@pytest.mark.parametrize("name", ["layers", "sums", "published"])
def test_the_rows_are_as_the_schema_says(name: str) -> None:
    jsonschema.validate(json.loads(to_json(every_table()[name])), SCHEMA)


def test_the_page_of_tables_is_theirs() -> None:
    assert page() == TARGET.read_text(), "run `make readme`"
