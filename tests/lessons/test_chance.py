"""Whether means differ by more than chance: the bound is Student's, and grows with the pairs that are looked at."""

from __future__ import annotations

import pytest

from resnet.lessons.experiments import chance


def test_the_bound_of_a_difference_is_students() -> None:
    """Against scipy's own, where it is installed: of one pair, and of ten."""
    stats = pytest.importorskip("scipy.stats")
    for level, freedom in ((0.05, 1.5), (0.05, 10.0), (0.005, 18.0), (0.005, 400.0)):
        assert chance.t_bound(level, freedom) == pytest.approx(stats.t.isf(level / 2, freedom), rel=1e-4)
    two = {"a": (1.0, 2.0, 4.0, 4.5), "b": (3.0, 5.0, 9.0, 12.0, 7.0)}
    (pair,) = chance.pairs(two)
    found = stats.ttest_ind(two["b"], two["a"], equal_var=False)
    assert (pair.above, pair.below) == ("b", "a")
    assert pair.errors == pytest.approx(found.statistic)
    assert pair.bound == pytest.approx(stats.t.isf(chance.LEVEL / 2, found.df), rel=1e-4)


def test_the_more_pairs_the_more_a_difference_has_to_be() -> None:
    groups = {name: (1.0 + i, 2.0, 3.0, 4.5) for i, name in enumerate("abcde")}
    bounds = [max(pair.bound for pair in chance.pairs(dict(list(groups.items())[:many]))) for many in (2, 3, 5)]
    assert bounds == sorted(bounds) and bounds[0] < bounds[-1]


def test_what_does_not_vary_differs_where_it_differs() -> None:
    (pair,) = chance.pairs({"a": (1.0, 1.0), "b": (1.0, 1.0)})
    assert not pair.certain
    (pair,) = chance.pairs({"a": (1.0, 1.0), "b": (2.0, 2.0)})
    assert pair.certain
