"""Tables to write: one of each kind, and some with names that mean harm."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import strategies as st

from resnet import BlockSpec, compare, network, trace_network
from resnet.export.experiment_tables import experiment_table
from resnet.export.model_tables import models_table, sums_table
from resnet.export.table import Cell, Column, Kind, Table
from resnet.export.tables import blocks_table, layers_table, shares_table
from resnet.lessons.experiments import EXPERIMENTS
from resnet.lessons.experiments.place import Place
from resnet.models.align import compare_networks
from resnet.models.library import known
from resnet.models.spec_graph import graph_of
from resnet.spec.conventions import Conventions

KERAS = Conventions(axes="nchw", counting="keras", unit="flops")
EVIL = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "a;=cmd|' /C calc'!A0", "\x1b[2J", "\u202eevil",
    r"\input{/etc/passwd}", r"\end{tabular}\write18{x}", "a & b % c # d _ e ^ f ~ g $x$ {h} \\",
    "[x]", "*", '"q"', "--",     "a|b", r"a\|b", "`a``b", "``", "**x**", "<script>alert(1)</script>", "[a](http://b)",
    "http://x.y", "www.x.y", "@mention", "#1", "![a](b)", "&amp;", " a ", "中é ï Ω", "'", "null", "",
)  # fmt: skip


@lru_cache(maxsize=1)
def every_table() -> dict[str, Table]:
    """By what it is; the same conventions nowhere twice in a row."""
    identity, projection = BlockSpec(shortcut="identity"), BlockSpec()
    both = [graph_of(network(name)) for name in ("resnet18", "resnet34")]
    gradients = Place(experiment="gradients", blocks=3, kinds=("plain", "B"))
    return {
        "layers": layers_table(compare(identity, projection)),
        "layers, twice the same": layers_table(compare(projection, projection, KERAS)),
        "blocks": blocks_table(trace_network(network("resnet50"))),
        "blocks, Keras": blocks_table(trace_network(network("keras_resnet50v2")), KERAS),
        "sums": sums_table(known("vit_b_32"), KERAS),
        "models": models_table(compare_networks(*both)),
        "shares": shares_table([0.5, 1 / 3, 0.0]),
        **{one: experiment_table(gradients if one == "gradients" else Place(experiment=one)) for one in EXPERIMENTS},
    }


def evil_table(names: tuple[str, ...] = EVIL) -> Table:
    """Each name as a name, as words of ours, and as a heading of a group; with a number below zero."""
    columns = tuple(Column(label=kind, words="", kind=kind, of=names[0]) for kind in ("name", "text", "prose"))
    number = Column(label="left over", words="", kind="count")
    return Table(
        name="evil", title=names[-1], columns=(*columns, number), rows=tuple((one, one, one, -1024) for one in names)
    )


_KINDS: dict[Kind, st.SearchStrategy[Cell]] = {
    "text": st.text(max_size=9),
    "name": st.one_of(st.sampled_from(EVIL), st.text(max_size=9)),
    "count": st.one_of(st.none(), st.integers(-(10**12), 10**12)),
    "number": st.one_of(st.none(), st.floats(width=32)),
    "yes or no": st.one_of(st.none(), st.booleans()),
}


@st.composite
def any_tables(draw: st.DrawFn) -> Table:
    """Whatever kinds of column, whatever is in them."""
    kinds = draw(st.lists(st.sampled_from(list(_KINDS)), min_size=1, max_size=4))
    columns = tuple(
        Column(label=f"{i}{draw(st.sampled_from(EVIL))}", words="", kind=kind) for i, kind in enumerate(kinds)
    )
    rows = draw(st.lists(st.tuples(*(_KINDS[kind] for kind in kinds)), max_size=4))
    return Table(name="any", title=draw(st.text(max_size=9)), columns=columns, rows=tuple(rows))
