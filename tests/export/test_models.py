"""A network, and two beside each other, as data, CSV and text: what is written is what was found, and nothing more."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet import network, trace_network
from resnet.export.model_tables import models_table, sums_table
from resnet.export.models import comparison_to_data, model_to_data, to_text
from resnet.export.table_csv import to_csv
from resnet.models.align import compare_networks
from resnet.models.graph import Graph, residual_sums
from resnet.models.spec_graph import graph_of
from resnet.models.summary import sentence
from resnet.models.units import units_of
from resnet.spec.conventions import Conventions
from tests.examples import examples
from tests.models.growing import grown
from tests.models.stacks import Block, stack

GOLDEN = Path(__file__).parents[1] / "golden"
KERAS = Conventions(axes="nchw", counting="keras", unit="flops")


def of(name: str, **options: str) -> Graph:
    return graph_of(network(name, **options))


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def renamed(graph: Graph, name: str) -> Graph:
    """Its first convolution and its first block are called that."""
    nodes = [replace(one, place=name) if i == 0 or one.kind == "add" else one for i, one in enumerate(graph.nodes)]
    nodes = [replace(one, place="" if one.place.startswith("layer") else one.place) for one in nodes]
    return replace(graph, name=name, nodes=tuple(nodes))


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "cifar_resnet20"])
def test_the_table_of_sums_is_the_trace(name: str) -> None:
    t = trace_network(network(name))
    rows = table(to_csv(sums_table(of(name))))
    assert [row["block"] for row in rows] == [block.name for block in t.blocks]
    for row, block in zip(rows, t.blocks, strict=True):
        numbers = [int(row[one]) for one in ("parameters", "parameters in the shortcut", "multiply-adds")]
        assert numbers == [block.params, block.shortcut_params, block.macs]
        yes = [row[one] == "yes" for one in ("channels change", "size changes", "needed")]
        assert yes == ["channels" in block.why, "size" in block.why, block.needs_projection]
        channels, height, width = block.out_shape
        assert row["output (H x W x C or L x C)"] == f"{height} x {width} x {channels}"


def test_conventions_reach_every_table() -> None:
    graph, t = of("resnet50"), trace_network(network("resnet50"))
    row = table(to_csv(sums_table(graph, KERAS)))[0]
    assert row["input (C x H x W or L x C)"] == "64 x 56 x 56"
    assert int(row["FLOPs"]) == 2 * t.blocks[0].macs
    assert int(row["parameters (Keras)"]) == t.blocks[0].params + t.blocks[0].buffers
    data = model_to_data(graph, KERAS)
    assert data["params"] == t.params and data["shown"] == {"params": t.params + t.buffers, "flops": 2 * t.macs}
    assert data["sums"][0]["params"] == t.blocks[0].params
    assert "64 × 56 × 56" in to_text(graph, KERAS)
    c = compare_networks(graph, of("resnet34"))
    assert comparison_to_data(c, KERAS) == comparison_to_data(compare_networks(graph, of("resnet34"), KERAS))
    assert "left: FLOPs" in to_csv(models_table(c, KERAS)) and "FLOPs" not in to_csv(models_table(c))


def test_data_has_every_field() -> None:
    graph = of("resnet50")
    data = json.loads(json.dumps(model_to_data(graph)))
    assert data["sentence"] == sentence(graph)
    assert (data["params"], data["macs"], data["buffers"]) == (graph.params, graph.macs, graph.buffers)
    for said, one in zip(data["sums"], residual_sums(graph), strict=True):
        for key in ("name", "kind", "block", "add", "fork", "needed", "shortcut_params", "shortcut_macs", "params"):
            assert said[key] == getattr(one, key)
        assert tuple(said["main"]) == one.main and tuple(said["in_shape"]) == one.in_shape


def test_data_of_what_is_no_sum_and_of_what_is_unknown() -> None:
    graph = of("resnet18")
    bias = replace(
        graph.nodes[-1], name="bias", kind="add", reads=("fc",), constants=((1000,),), in_shapes=((1, 1000),)
    )
    lost = replace(bias, name="lost", kind="other", out_shape=None, why="Nobody knows.", reads=("bias",))
    graph = replace(graph, nodes=(*graph.nodes, bias, lost))
    data = model_to_data(graph)
    assert data["other_sums"] == [{"name": "bias", "why": "bias", "words": "A constant is added: a bias."}]
    assert data["unknown"] == [{"name": "lost", "op": lost.op, "why": "Nobody knows."}]
    assert "1 operation has no known shape, lost first: Nobody knows." in to_text(graph)


def test_the_comparison_as_csv_adds_up() -> None:
    c = compare_networks(of("resnet50", variant="v1"), of("resnext50_32x4d"))
    *rows, total = table(to_csv(models_table(c)))
    assert [row["row"] for row in rows] == [row.kind for row in c.rows] and total["row"] == "total"
    for column in ("parameters", "multiply-adds"):
        sides = []
        for side in ("left", "right"):
            sides.append([int(row[f"{side}: {column}"] or 0) for row in rows])
            assert sum(sides[-1]) == int(total[f"{side}: {column}"])
        differences = [int(row[f"difference: {column}"]) for row in rows]
        assert differences == [b - a for a, b in zip(*sides, strict=True)]
        assert sum(differences) == int(total[f"difference: {column}"])


def test_the_comparison_as_data() -> None:
    left, right = of("resnet50"), of("resnet101")
    data = json.loads(json.dumps(comparison_to_data(compare_networks(left, right))))
    assert data["counts"] == {"same": 20, "changed": 0, "only_left": 0, "only_right": 17}
    assert [row["right"]["name"] for row in data["rows"]] == [one.name for one in units_of(right)]
    assert sum(row["left"]["params"] for row in data["rows"] if row["left"]) == left.params
    assert data["totals"][0] == {
        "key": "params", "words": "Parameters", "left": left.params, "right": right.params, "in_bytes": False,
        "difference": right.params - left.params,
    }  # fmt: skip


def check_golden(name: str, said: str, update: bool) -> None:
    file = GOLDEN / name
    if update:
        file.write_text(said)
    assert said == file.read_text(), f"{name} changed; read it, then run pytest tests/export --update-golden"


def test_the_tables_of_a_pair(update_golden: bool) -> None:
    left, right = of("resnet18", variant="v1.5"), of("resnet34", variant="d")
    check_golden("models_resnet18_resnet34d.txt", to_text(compare_networks(left, right)), update_golden)


def test_the_table_of_a_network(update_golden: bool) -> None:
    check_golden("model_resnet18.txt", to_text(of("resnet18", shortcut_option="C")), update_golden)


@pytest.mark.parametrize("seed", range(6))
def test_columns_stand_below_each_other(seed: int) -> None:
    """For whatever network: each line of a table is as wide as its rule at most, and cells begin where heads do."""
    graph = grown(seed, 5)[1]
    said, lines, *_ = to_text(graph).split("\n\n")
    head, rule, *rows = lines.splitlines()
    rows.remove(rule)
    assert said.endswith(sentence(graph))
    assert all(len(row) <= len(rule) for row in rows) and set(rule) == {"-"}
    at = head.index("Kind")
    assert all(row[at - 1] == " " for row in rows)
    assert rows[-1].startswith("The whole network") and rows[-1].endswith(f"{graph.macs:,}")


def test_names_do_no_harm() -> None:
    """A name is somebody's: no formula in a spreadsheet, no control codes for a terminal, no endless column."""
    evil = "=cmd|' /C calc'!A0\x1b[2J\n" + "x" * 3000
    graph = renamed(of("resnet18"), evil)
    c = compare_networks(graph, stack([Block(8)]))
    for said in (to_text(graph), to_text(c)):
        assert "\x1b" not in said
        assert max(map(len, said.splitlines())) < 400
    for rows in (table(to_csv(sums_table(graph))), table(to_csv(models_table(c)))):
        assert not any(cell.startswith("=") for row in rows for cell in row.values())
    assert any(row["left: name"].startswith("'=cmd|' /C calc'!A0�[2J�xxx") for row in table(to_csv(models_table(c))))


@given(st.lists(st.builds(Block, st.sampled_from([8, 16]), st.sampled_from([3, 5])), max_size=4), st.text(max_size=9))
@settings(max_examples=examples(30), deadline=None)
def test_any_names_in_any_format(blocks: list[Block], name: str) -> None:
    graph = renamed(stack(blocks), name)
    c = compare_networks(graph, stack(blocks[::-1]))
    data: Any = [model_to_data(graph), comparison_to_data(c)]
    assert json.loads(json.dumps(data))[0]["name"] == name
    assert len(table(to_csv(models_table(c)))) == len(c.rows) + 1
    assert len(table(to_csv(sums_table(graph)))) == len(blocks)
    assert to_text(c) and to_text(graph)
