"""What goes from one process to another: as text, and back as what it was."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet.run.gradients import Norms
from resnet.run.plain import read, written
from resnet.run.runs import Job
from resnet.run.training import Epoch

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=4).map(tuple), max_leaves=12)


@given(values)
def test_it_comes_back(value: object) -> None:
    again = read(written(value))
    assert again == value and repr(again) == repr(value)


def test_what_experiments_tell_comes_back_as_what_it_was() -> None:
    epoch = Epoch("B", 1, 2, 0.1 + 0.2, 1 / 3, math.inf)
    norms = Norms("plain", 2, 0, (1e-300, 2.5, 3.0), 2.302585092994046)
    again = read(written((epoch, norms)))
    assert again == (epoch, norms) and [type(one) for one in again] == [Epoch, Norms]
    assert math.isnan(read(written(math.nan)))


@pytest.mark.parametrize("value", [{"a": 1}, [1], {1}, b"bytes", object(), Job.of("training"), lambda: None])
def test_nothing_else_can_be_sent(value: object) -> None:
    with pytest.raises(TypeError, match="neither plain nor in the table of values"):
        written((1, value))


@pytest.mark.parametrize("text", ['{"Path": ["x"]}', '{"system": ["true"]}', '{"Epoch": ["B"]}', '{"Epoch": 1}', "{}"])
def test_text_names_no_other_class(text: str) -> None:
    with pytest.raises(ValueError):
        read(text)
