"""What the API answered before the backend got its rooms, it answers still."""

from __future__ import annotations

import pytest

from tests.api.kept import Kept, addresses, ask, kept

BEFORE = kept()


def test_three_hundred_addresses_are_kept() -> None:
    assert len(BEFORE) == 300
    assert list(BEFORE) == addresses()


@pytest.mark.parametrize("start", range(0, 300, 25))
def test_the_answers_are_those_of_before(start: int) -> None:
    for address in list(BEFORE)[start : start + 25]:
        now = ask(address)
        assert now == wanted(address, BEFORE[address]), address


def wanted(address: str, before: Kept) -> Kept:
    return before
