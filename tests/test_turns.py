"""Whose turn it is: in which order, how many at a time, and that nobody waits for ever."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest

from resnet.turns import Turns


def start(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def waiting(turns: Turns, many: int) -> None:
    """Until so many stand in the line."""
    end = time.monotonic() + 10
    while len(turns._waiting) != many:
        assert time.monotonic() < end
        time.sleep(0.001)


def join(*threads: threading.Thread) -> None:
    for one in threads:
        one.join(10)
        assert not one.is_alive()


def test_who_came_first_has_the_first_turn() -> None:
    turns, order = Turns(1, patience=60), []

    def one(number: int) -> None:
        with turns.taken():
            order.append(number)

    threads = []
    with turns.taken():
        for number in range(8):
            threads.append(start(lambda number=number: one(number)))
            waiting(turns, number + 1)
        assert order == []
    join(*threads)
    assert order == list(range(8))


def test_what_is_new_comes_ahead_of_the_rest_of_what_was_begun() -> None:
    turns, order = Turns(1, patience=60), []
    paused = threading.Event()

    def begun() -> None:
        with turns.taken():
            with turns.left():
                paused.set()
                waiting(turns, 0)
                go_on.wait(10)
            order.append("the rest")

    def new() -> None:
        with turns.taken():
            order.append("new")

    go_on = threading.Event()
    first = start(begun)
    assert paused.wait(10)
    with turns.taken():
        go_on.set()
        waiting(turns, 1)  # the rest stands in the line first
        second = start(new)
        waiting(turns, 2)
    join(first, second)
    assert order == ["new", "the rest"]


@pytest.mark.parametrize("most", [1, 3])
def test_so_many_at_a_time_and_all_of_them_in_the_end(most: int) -> None:
    turns = Turns(most, patience=60)
    lock, now, seen, done = threading.Lock(), [0], [], []

    def inside() -> None:
        with lock:
            now[0] += 1
            seen.append(now[0])
        time.sleep(random.random() * 0.002)
        with lock:
            now[0] -= 1

    def one() -> None:
        for _ in range(10):
            with turns.taken():
                inside()
                with turns.left():
                    time.sleep(random.random() * 0.002)
                inside()
        done.append(1)

    join(*(start(one) for _ in range(20)))
    assert max(seen) == most
    assert len(done) == 20
    assert not turns._since and not turns._waiting


def test_who_takes_long_holds_nobody_up() -> None:
    turns, long = Turns(1, patience=0.05), threading.Event()

    def slow() -> None:
        with turns.taken():
            long.wait(10)

    thread = start(slow)
    while not turns._since:
        time.sleep(0.001)
    start_of_it = time.monotonic()
    with turns.taken():
        took = time.monotonic() - start_of_it
    assert 0.02 < took < 5
    long.set()
    join(thread)


def test_two_that_wait_for_each_other_do_not_wait_for_ever() -> None:
    """One computes what both need and has left its turn; the other has the turn, and waits for what is computed."""
    turns, both_need = Turns(1, patience=0.05), threading.Lock()
    computing = threading.Event()

    def computes() -> None:
        with turns.taken(), both_need, turns.left():
            computing.set()
            time.sleep(0.05)

    def needs() -> None:
        assert computing.wait(10)
        with turns.taken(), both_need:
            pass

    join(start(computes), start(needs))


def test_an_error_ends_a_turn() -> None:
    turns = Turns(1, patience=60)
    with pytest.raises(ValueError, match="mine"), turns.taken():
        raise ValueError("mine")
    with pytest.raises(ValueError, match="mine"), turns.taken(), turns.left():
        raise ValueError("mine")
    with turns.taken():
        pass


def test_who_has_no_turn_can_leave_none() -> None:
    turns = Turns(1, patience=60)
    with turns.left():
        pass
    with turns.taken():
        assert len(turns._since) == 1
