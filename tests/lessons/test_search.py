"""What people type, in the words of course forums, and the answer that they look for: first or second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet.lessons.answers import answers, matching

TYPED = (
    ("why conv block instead of identity block in stage 2", 1),
    ("why not identity block", 1),
    ("stride 1 convolutional block", 1),
    ("size of tensor a must match the size of tensor b", 1),
    ("dimension mismatch skip connection", 1),
    ("resnet18 downsample layer1", 2),
    ("resnet 50 layer1 has downsample but resnet 18 not", 2),
    ("no stride in conv2_x", 3),
    ("1x1 conv stride 2 information loss", 4),
    ("kernel size 1 stride 2 throws away pixels", 4),
    ("stride in 3x3 or 1x1", 5),
    ("resnet v1 vs v1.5", 5),
    ("skip connection 1x1 conv breaks identity mapping", 6),
    ("relu after addition", 7),
    ("batch norm in skip connection", 8),
    ("keras vs pytorch parameter count", 9),
    ("25,6 million parameters", 9),
    ("25.6M params", 9),
    ("conv bias false batchnorm", 10),
    ("how many flops resnet50", 11),
    ("3,8 GFLOPs", 11),
    ("why is it called resnet 50", 12),
    ("concat vs add", 13),
    ("vanishing gradient", 14),
    ("cifar10 resnet20", 15),
    ("zero init last gamma", 16),
    ("why bottleneck 64", 17),
    ("bottelneck", 17),
    ("padding same valid 1×1", 18),
    ("same relu module reused", 19),
    ("capacity", 20),
    ("1x1 skip conection", 2),
    ("batchnrom in the shorcut", 8),
    ("resdiual connection addition concatenation", 13),
    ("shorcut projecton capasity", 20),
    ("does the projection shortcut improve accuracy", 21),
    ("zero padding shortcut option A", 22),
    ("pad channels with zeros instead of 1x1 conv", 22),
    ("why 256 channels expansion 4", 23),
)


@pytest.mark.parametrize(("typed", "number"), TYPED, ids=[typed for typed, _ in TYPED])
def test_it_is_found_first_or_second(typed: str, number: int) -> None:
    assert number in [one.number for one in matching(typed)[:2]]


@pytest.mark.parametrize(
    ("one", "other"),
    [("1×1", "1x1"), ("1 x 1", "1x1"), ("25,6", "25.6"), ("25.6M", "25.6 m"), ("skip connection", "shortcut"),
     ("16,896", "16896"), ("BatchNorm", "batch normalization"), ("γ", "gamma"), ("‘same’", "same")],
)  # fmt: skip
def test_other_signs_for_the_same(one: str, other: str) -> None:
    assert matching(one) and matching(one)[0] == matching(other)[0]


def test_a_number_is_not_another_one() -> None:
    assert matching("25,557,033") == ()


@pytest.mark.parametrize("nonsense", ["<script>", "xyzzy", "zzz qqq vvv", "???", "%", "pizza"])
def test_nothing_is_found_for_nothing(nonsense: str) -> None:
    assert matching(nonsense) == ()


@given(st.text(max_size=100))
def test_whatever_is_typed_has_an_answer_or_none(typed: str) -> None:
    found = matching(typed)
    assert len(set(found)) == len(found)
    if not typed.strip():
        assert found == answers()
