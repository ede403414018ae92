"""The inspector's arithmetic against the trace, which reads the real module."""

from __future__ import annotations

import math
import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from resnet import BlockSpec, trace
from resnet.numbers.arithmetic import output_size, receptive_field, unread
from resnet.numbers.explain import explain, tensor
from resnet.trace.receptive import fields
from resnet.trace.values import BlockTrace
from tests.examples import examples
from tests.trace.test_network import random_spec


def evaluated(numbers: str) -> float:
    """A formula with its numbers in it, as a reader would work it out (the first of several steps)."""
    first = numbers.split(" = ", maxsplit=1)[0].replace(",", "").replace("·", "*").replace("−", "-").replace("^", "**")
    first = first.replace("⌊", "math.floor(").replace("⌋", ")").replace("⌈", "math.ceil(").replace("⌉", ")")
    assert re.fullmatch(r"[0-9 ()*+\-/.]*", first.replace("math.floor", "").replace("math.ceil", "")), numbers
    return eval(first, {"math": math})


def check(t: BlockTrace) -> set[str]:
    """Every formula of every operation; returns the kinds that were seen."""
    for op in t.ops:
        found = {one.name: one for one in explain(t, op.name).formulas}
        for one in found.values():
            assert evaluated(one.numbers) == one.result, (t.spec, op.name, one)
        if op.out_shape is None:
            assert not found
            continue
        results = {name: one.result for name, one in found.items()}
        shape = (results["Output channels"], results["Output height"], results["Output width"])
        assert shape == op.out_shape, (t.spec, op.name)
        assert results.get("Weights", 0) == op.weights
        assert results.get("Biases", 0) == op.biases
        assert results.get("Parameters", 0) == op.scale + op.shift
        assert results.get("Buffers", 0) == op.buffers
        assert results.get("Multiply-adds", 0) == op.macs
        assert results["Activation memory"] == 4 * op.out_elements
        assert (results["Receptive field"], results["Jump"]) == fields(t.ops)[op.name]
    return {op.kind for op in t.ops}


def test_every_formula_equals_the_trace_for_a_thousand_blocks() -> None:
    rng = random.Random(3)
    kinds: set[str] = set()
    for _ in range(examples(1_200)):
        kinds |= check(trace(random_spec(rng)))
    assert kinds == {"conv", "batchnorm", "relu", "add", "subsample", "zero_pad", "maxpool", "avgpool"}


def test_the_questions_arithmetic() -> None:
    t = trace(BlockSpec(stride=2))
    found = {one.name: one for one in explain(t, "conv2").formulas}
    assert found["Output height"].numbers == "⌊(56 + 2·1 − 3) / 2⌋ + 1 = ⌊27.5⌋ + 1"
    assert found["Output height"].result == 28
    assert found["Weights"].numbers == "3 · 3 · 64 · 64"
    assert (
        "28 of 56 rows are never read: 1, 3, 5 …"
        in {one.name: one.note for one in explain(t, "downsample.0").formulas}["Output height"]
    )
    assert fields(t.ops)["conv2"] == (3, 2)


def test_the_receptive_field_by_the_recurrence() -> None:
    for stride, at in ((1, "middle"), (2, "middle"), (2, "first"), (3, "first")):
        t = trace(BlockSpec(stride=stride, stride_at=at, kernel_size=5))
        windows = [(1, stride), (5, 1)] if at == "first" else [(1, 1), (5, stride)]
        assert fields(t.ops)["relu_2"] == receptive_field([*windows, (1, 1)])


@settings(max_examples=examples(200), deadline=None)
@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4), st.integers(0, 3))
def test_unread_rows_are_those_that_no_window_covers(n: int, f: int, s: int, p: int) -> None:
    steps = output_size(n, f, s, p)
    covered = {i * s + k - p for i in range(max(0, steps)) for k in range(f)}
    assert unread(n, f, s, p) == tuple(row for row in range(n) if row not in covered)
    if f == 1 and s == 2 and p == 0:
        assert len(unread(n, f, s, p)) == n // 2


def test_a_tensor() -> None:
    assert [one.result for one in tensor((256, 56, 56))] == [802_816, 3_211_264]
    for one in tensor((3, 5, 7)):
        assert evaluated(one.numbers) == one.result


def test_an_addition_that_fails_has_no_arithmetic() -> None:
    assert explain(trace(BlockSpec(shortcut="identity")), "add").formulas == ()
