"""The numbers of a chart as a table: of all of it, for a program, or panel by panel, for a reader."""

from __future__ import annotations

from resnet.export.table import Column, Line, Table
from resnet.numbers.charted import Amount, Chart, Panel

SIDES = ("left", "right")


def chart_table(chart: Chart, name: str) -> Table:
    """A row for each place of each panel; ``quantity`` says which panel, with its unit."""
    quantity = Column(label="quantity", words="What is counted, and its unit.", kind="text")
    rows = tuple((panel.heading, *line) for panel in chart.panels for line in _lines(panel))
    return Table(name=name, title=chart.title, columns=(quantity, *_columns(chart, chart.panels[0])), rows=rows)


def panel_tables(chart: Chart, name: str) -> tuple[Table, ...]:
    """A table for each panel, which is its title."""
    return tuple(
        Table(name=name, title=panel.heading, columns=_columns(chart, panel), rows=tuple(_lines(panel)))
        for panel in chart.panels
    )


def _columns(chart: Chart, panel: Panel) -> tuple[Column, ...]:
    """A pair of blocks may have one name: then only its side tells one from the other."""
    sides = SIDES if chart.kind == "bars" else ("",) * len(panel.series)
    unit = " (px)" if chart.kind == "line" else ""  # a receptive field and its jump; else the quantity has it
    return (
        Column(label=chart.place, words=f"Which {chart.place}.", kind="text"),
        *(
            Column(label=f"{one.name}{unit}", words="How much of the quantity.", kind="count", of=side)
            for one, side in zip((*panel.series, *panel.also), (*sides, *("" for _ in panel.also)), strict=True)
        ),
    )


def _lines(panel: Panel) -> list[Line]:
    columns: list[tuple[Amount, ...]] = [one.amounts for one in (*panel.series, *panel.also)]
    return [
        (place, *(amount.value for amount in amounts)) for place, *amounts in zip(panel.places, *columns, strict=True)
    ]
