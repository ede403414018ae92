"""A page as a document: what it says, its figures, its tables, its sources, and the way back to it.

report_of_pair(view) ─┐
report_of_network(view) ─> Report ─> report_html.to_html     one file that opens without a network
report_of_model(asked) ─┘        └─> report_pdf.to_pdf       the same on paper
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple, Protocol
from urllib.parse import urlencode

from resnet.draw.block import diagram_pair
from resnet.draw.graph import Diagram
from resnet.draw.model import model_diagram
from resnet.draw.model_block import sum_diagram
from resnet.draw.network import network_diagram
from resnet.export.model_tables import models_table, sums_table
from resnet.export.table import Column, Table
from resnet.export.tables import blocks_table, layers_table
from resnet.models.align import compare_networks
from resnet.models.graph import Graph, residual_sums
from resnet.models.library import known
from resnet.models.spec_graph import graph_of
from resnet.models.summary import sentence
from resnet.models.summary import verdict as sum_verdict
from resnet.numbers.compare import Comparison, compare
from resnet.spec import names
from resnet.spec.conventions import Conventions
from resnet.spec.parameters import Flag, Parameter
from resnet.trace.network import NetworkTrace
from resnet.views.address import Addressed
from resnet.views.compare import CompareView
from resnet.views.model import ModelView
from resnet.views.network import NetworkView

MOST_ROWS = 400  # of a table in a document; files have all


class Said(Protocol):
    """A verdict, whatever it is on."""

    @property
    def outcome(self) -> str: ...
    @property
    def headline(self) -> str: ...
    @property
    def sentence(self) -> str: ...


class Source(NamedTuple):
    """Where something was said first. ``address`` on the web."""

    words: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """``verdicts``  each with what it is on;  ``apart``  it begins on a page of its own"""

    heading: str
    verdicts: tuple[tuple[str, Said], ...] = ()
    figure: Diagram | None = None
    tables: tuple[Table, ...] = ()
    words: tuple[str, ...] = ()
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """``page``, ``query``  the address of the same on the page; no page for what only its reader has
    ``settings``         what was asked for, by label
    """

    title: str
    lead: str
    sections: tuple[Section, ...]
    settings: tuple[tuple[str, str], ...]
    sources: tuple[Source, ...]
    page: str = ""
    query: Mapping[str, str]

    def with_tables(self, tables: Sequence[Sequence[Table]]) -> Report:
        """The same with other tables, section by section."""
        pairs = zip(self.sections, tables, strict=True)
        return replace(self, sections=tuple(replace(one, tables=tuple(own)) for one, own in pairs))

    @property
    def address(self) -> str:
        """Of the page, from where the application is: '/compare?stride=2'. Empty if there is none."""
        return f"/{self.page}?{urlencode(self.query)}".rstrip("?") if self.page else ""


class Over(NamedTuple):
    """What stands over so many columns next to each other; empty over those that stand for themselves."""

    words: str
    columns: int


def over(table: Table) -> tuple[Over, ...]:
    """The upper line of a table's head; none where its columns do not belong to one of two."""
    if not any(one.of for one in table.columns):
        return ()
    return tuple(Over(of, len(list(run))) for of, run in groupby(one.of for one in table.columns))


# which source a document names: those whose blocks, options or names it shows

_HE_2015 = Source(
    "He, Zhang, Ren, Sun 2015, Deep Residual Learning for Image Recognition: blocks, bottlenecks, shortcut options A–C",
    "https://arxiv.org/abs/1512.03385",
)
_HE_2016 = Source(
    "He, Zhang, Ren, Sun 2016, Identity Mappings in Deep Residual Networks: pre-activation, what a shortcut should be",
    "https://arxiv.org/abs/1603.05027",
)
_TRICKS = Source(
    "He et al. 2018, Bag of Tricks for Image Classification: the average pool in the projection (D)",
    "https://arxiv.org/abs/1812.01187",
)
_TORCHVISION = Source(
    "torchvision, models/resnet.py: names, stride in the 3×3",
    "https://github.com/pytorch/vision/blob/main/torchvision/models/resnet.py",
)
_KERAS = Source(
    "Keras, applications/resnet.py: names, biases, counting",
    "https://github.com/keras-team/keras/blob/master/keras/src/applications/resnet.py",
)
SOURCES = (_HE_2015, _HE_2016, _TRICKS, _TORCHVISION, _KERAS)


# the comparison


def report_of_pair(view: CompareView) -> Report:
    """Two blocks: figure, verdicts, totals; layer by layer."""
    view = replace(view.as_page(), origin="", chosen="")  # matters of the screen
    both = compare(view.left, view.right, view.conventions)
    titles = names.title(view.left), names.title(view.right)
    drawn = diagram_pair(both.left, both.right, unfolded=view.unfolded, conventions=view.conventions)
    verdicts = tuple(zip(titles, (both.left_verdict, both.right_verdict), strict=True))
    return Report(
        title=f"{titles[0]} — {titles[1]}",
        lead="The same main path with two shortcuts." if view.link else "Two blocks, each with its own settings.",
        sections=(
            Section(heading="Both blocks", verdicts=verdicts, figure=drawn, tables=(_pair_totals(both),)),
            Section(heading="Layer by layer", tables=(layers_table(both),), words=(_of(both.conventions),), apart=True),
        ),
        settings=_settings(view),
        sources=SOURCES,
        page=view.PAGE,
        query=view.to_query(),
    )


def _pair_totals(both: Comparison) -> Table:
    columns = (
        _column("quantity", "What is counted."),
        _column("unit", "Of what."),
        _column("left block", "Of the left block.", count=True),
        _column("right block", "Of the right block.", count=True),
        _column("right − left", "The difference, where the two can be compared.", count=True),
    )
    rows = tuple(
        (one.name, one.unit, one.left, one.right, one.difference if one.alike else None) for one in both.totals
    )
    return Table(name="totals", title="What each block comes to", columns=columns, rows=rows)


# a network of ours


def report_of_network(view: NetworkView) -> Report:
    """A network: picture, totals, which projections are needed; block by block."""
    t, said = view.trace, view.conventions
    drawn = network_diagram(t, view.quantity, conventions=said)
    return Report(
        title=f"{names.network_title(t.spec)}, option {t.spec.shortcut_option}",
        lead=sentence(graph_of(t.spec), said),
        sections=(
            Section(heading="The network", figure=drawn, tables=(_totals(t, said),)),
            Section(heading="Block by block", tables=(blocks_table(t, said),), words=(_of(said),), apart=True),
        ),
        settings=_settings(view),
        sources=SOURCES,
        page=view.PAGE,
        query=view.to_query(),
    )


def _totals(counted: NetworkTrace | Graph, said: Conventions) -> Table:
    rows = (
        ("Parameters", said.counts.counted, said.params(counted)),
        (said.counts.measured, "BatchNorm means and variances", counted.buffers),
        (said.operation.long, f"{said.operation.name}, batch 1", said.operations(counted)),
        ("Activations in training", "bytes: every operation’s result, kept once; float32, batch 1",
         counted.activation_bytes),
    )  # fmt: skip
    columns = (
        _column("quantity", "What is counted."),
        _column("unit", "Of what."),
        _column("number", "How many.", count=True),
    )
    return Table(name="totals", title="What the network comes to", columns=columns, rows=rows)


# anybody's network


def report_of_model(view: ModelView, graph: Graph, other: Graph | None) -> Report:
    """Any network: picture, totals, what is opened; its residual sums; what another does differently."""
    said = view.conventions
    sections = [Section(heading="The network", figure=model_diagram(graph, view.measure, conventions=said),
                        tables=(_totals(graph, said),))]  # fmt: skip
    sums = residual_sums(graph)
    if view.sum and view.sum <= len(sums):
        chosen = sums[view.sum - 1]
        drawn = sum_diagram(graph, chosen, unfolded=view.unfolded, conventions=said)
        verdict = sum_verdict(graph, chosen, said)
        sections.append(Section(heading="The block", verdicts=((chosen.name, verdict),), figure=drawn, apart=True))
    sections.append(_long("Its residual sums", sums_table(graph, said), said))
    if other is not None:
        both = compare_networks(graph, other)
        sections.append(_long(f"Beside {other.name}", models_table(both, said), said))
    return Report(
        title=graph.name,
        lead=sentence(graph, said),
        sections=tuple(sections),
        settings=_settings(view),
        sources=(_HE_2015, _HE_2016),
        page=view.PAGE if graph == known(view.model) else "",  # a reader’s own is at no address
        query=view.to_query(),
    )


def _long(heading: str, table: Table, said: Conventions) -> Section:
    """A table that may be longer than a document wants."""
    words: tuple[str, ...] = (_of(said),)
    if len(table.rows) > MOST_ROWS:
        words = (*words, f"The first {MOST_ROWS:,} of {len(table.rows):,} rows; the table as a file has all.")
        table = Table(name=table.name, title=table.title, columns=table.columns, rows=table.rows[:MOST_ROWS])
    return Section(heading=heading, tables=(table,), words=words, apart=True)


# words that all have

_OF_THE_SCREEN = ("shortcut", "link", "unfolded", "origin", "chosen", "at", "sum", "theirs", "model")


def _of(said: Conventions) -> str:
    """How shapes and counts are written."""
    return f"Shapes: {said.axis_names}. Parameters: {said.counts.counted}. {said.operation.means}."


def _column(label: str, words: str, *, count: bool = False) -> Column:
    return Column(label=label, words=words, kind="count" if count else "text")


def _settings(view: Addressed) -> tuple[tuple[str, str], ...]:
    """What was asked for, in the controls' words; without what says nothing on paper."""
    declared = {one.name: one for one in view.PARAMETERS}
    said = {name: value for name, value in view.values().items() if value not in (None, "", False)}
    listed = [(declared[name], value) for name, value in said.items() if name not in _OF_THE_SCREEN]
    return tuple((_label(one), _word(one, one.write(value))) for one, value in listed)


def _label(one: Parameter) -> str:
    return f"{one.label} (left block)" if one.name.startswith("left_") else one.label


def _word(one: Parameter, value: str) -> str:
    return "yes" if isinstance(one.takes, Flag) else one.choices.get(value, value)
