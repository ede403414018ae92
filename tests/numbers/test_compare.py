from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import plotly.graph_objects as go

from resnet import BlockSpec, compare, trace, verdict
from resnet.draw.charts import where_it_sits
from resnet.export.data import to_data
from resnet.export.table_csv import to_csv
from resnet.export.tables import layers_table
from resnet.numbers.peak import peak_bytes

QUESTION = BlockSpec()
PAIR = compare(replace(QUESTION, shortcut="identity"), QUESTION)
LATER = compare(BlockSpec(in_channels=256, shortcut="identity"), BlockSpec(in_channels=256))


def test_rows_align_layer_by_layer() -> None:
    assert [row.op.name for row in PAIR.rows] == [
        "conv1", "bn1", "relu", "conv2", "bn2", "relu_1", "conv3", "bn3", "downsample.0", "downsample.1",
        "add", "relu_2",
    ]  # fmt: skip
    assert [row.op.name for row in PAIR.rows if row.differs] == ["downsample.0", "downsample.1", "add", "relu_2"]
    for row in PAIR.rows:
        assert row.left is None or row.right is None or row.left.name == row.right.name
    assert {row.op.name for row in LATER.rows if row.differs} == {"downsample.0", "downsample.1", "add"}


def test_steps_of_the_same_name_but_another_kind_do_not_share_a_row() -> None:
    pair = compare(replace(QUESTION, shortcut="zero_pad"), QUESTION)
    shortcut = [row for row in pair.rows if row.op.path == "shortcut"]
    assert [(row.left and row.left.kind, row.right and row.right.kind) for row in shortcut] == [
        ("zero_pad", None),
        (None, "conv"),
        (None, "batchnorm"),
    ]


def test_totals_and_differences() -> None:
    totals = {total.name: total for total in PAIR.totals}
    assert (totals["Parameters"].right, totals["Parameters"].difference) == (75_008, 16_896)
    assert (totals["Buffers"].right, totals["Buffers"].difference) == (1_280, 512)
    assert totals["Multiply-adds"].difference == 51_380_224
    kept, peak = totals["Activations in training"], totals["Peak of inference"]
    assert (kept.right, peak.right) == (PAIR.right.activation_bytes, peak_bytes(PAIR.right))
    # the impossible block lacks the sum and the ReLU behind it: not alike
    assert not kept.alike and not peak.alike and totals["Parameters"].alike
    assert all(total.unit for total in PAIR.totals)


def test_like_is_compared_with_like() -> None:
    """The block with the projection everywhere it is a choice: + 36 % of what is kept, in facts' own example."""
    wide = replace(QUESTION, in_channels=256)
    pair = compare(replace(wide, shortcut="identity"), wide)
    kept = next(total for total in pair.totals if total.name == "Activations in training")
    assert kept.alike and kept.difference == 2 * 4 * 256 * 56 * 56
    question = trace(replace(QUESTION, in_channels=64))
    without = question.activation_bytes - 4 * sum(op.out_elements for op in question.on("shortcut"))
    assert (round(without / 1e6, 2), round(question.activation_bytes / 1e6, 2)) == (17.66, 24.08)


def test_verdict_of_the_question() -> None:
    assert PAIR.left_verdict.outcome == "impossible"
    assert "x is 56 × 56 × 64" in PAIR.left_verdict.sentence
    assert "F(x) is 56 × 56 × 256" in PAIR.left_verdict.sentence
    assert PAIR.left_verdict.detail == PAIR.left.problem.message
    assert PAIR.right_verdict.outcome == "needed"
    assert "Channels change, 64 → 256" in PAIR.right_verdict.sentence
    assert "size" not in PAIR.right_verdict.sentence
    assert "+16,896 parameters, +29.1 %" in PAIR.right_verdict.sentence


def test_verdicts_name_size_both_or_neither() -> None:
    size = verdict(trace(BlockSpec(in_channels=256, stride=2)))
    assert size.outcome == "needed"
    assert "The size changes, 56 × 56 → 28 × 28" in size.sentence
    assert "hannels" not in size.sentence
    both = verdict(trace(BlockSpec(stride=2))).sentence
    assert "Channels change, 64 → 256 and the size changes" in both
    assert LATER.right_verdict.outcome == "choice"
    assert "+66,048 parameters, +93.8 %" in LATER.right_verdict.sentence
    assert LATER.left_verdict.outcome == "works"
    # a 1×1 map keeps its size at any stride
    assert verdict(trace(BlockSpec(in_channels=256, stride=2, height=1, width=1))).outcome == "choice"
    free = verdict(trace(replace(QUESTION, shortcut="zero_pad", stride=2)))
    assert free.outcome == "works"
    assert "192 channels of zeros" in free.sentence
    assert verdict(trace(BlockSpec(in_channels=512, shortcut="zero_pad"))).outcome == "impossible"


def test_csv_rows_sum_to_its_totals() -> None:
    header, *rows, total = csv.reader(io.StringIO(to_csv(layers_table(PAIR))))
    assert len(rows) == len(PAIR.rows)
    assert total[1] == "total"
    for i, name in enumerate(header):
        if any(what in name for what in ("parameters", "buffers", "multiply-adds", "bytes", "weights")):
            assert sum(int(row[i] or 0) for row in rows) == int(total[i]), name
    assert str(PAIR.right.params) in total
    assert str(PAIR.left.params) in total


def test_data_is_json_and_agrees_with_the_trace() -> None:
    for t in (PAIR.left, PAIR.right):
        data = json.loads(json.dumps(to_data(t)))
        assert data["params"] == t.params == sum(op["params"] for op in data["ops"])
        assert data["macs"] == t.macs == sum(op["macs"] for op in data["ops"])
        assert data["possible"] is t.possible
        assert data["out_shape"] == (list(t.out_shape) if t.out_shape else None)
        assert (data["problem"] is None) == t.possible


def test_the_chart_holds_every_parameter_and_every_multiply_add() -> None:
    figure = where_it_sits(PAIR)
    assert isinstance(figure, go.Figure)
    bars = iter(figure.data)
    for quantity in ("params", "macs"):
        for t in (PAIR.left, PAIR.right):
            assert sum(next(bars).x) == getattr(t, quantity)
    assert next(bars, None) is None
