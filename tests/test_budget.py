"""Counting bytes against a limit, from many threads."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.budget import ByteBudget


def test_what_fits_is_charged_and_what_does_not_is_not() -> None:
    budget = ByteBudget("frames", 100)
    assert budget.try_charge(60)
    assert not budget.try_charge(41)
    assert budget.used_bytes == 60
    assert budget.try_charge(40)
    budget.release(100)
    assert (budget.used_bytes, budget.peak_bytes) == (0, 100)


def test_one_thing_larger_than_the_limit_fits_alone() -> None:
    budget = ByteBudget("frames", 100)
    assert budget.try_charge(1000)
    assert not budget.try_charge(1)
    budget.release(1000)
    assert budget.try_charge(1)


def test_what_replaces_something_is_charged_whatever_the_limit() -> None:
    budget = ByteBudget("frames", 100)
    budget.charge(100)
    budget.charge(50)
    assert not budget.has_room(1)
    assert budget.peak_bytes == 150


def test_more_is_never_given_back_than_was_taken() -> None:
    budget = ByteBudget("packets", 100)
    budget.charge(10)
    with pytest.raises(ValueError, match="packets: releasing 11 of 10 bytes"):
        budget.release(11)
    assert budget.used_bytes == 10


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_positive(limit: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        ByteBudget("frames", limit)


class _Holding:
    """Gives way piece by piece."""

    def __init__(self, budget: ByteBudget, pieces: list[int]) -> None:
        self.budget = budget
        self.pieces = pieces
        for size in pieces:
            budget.charge(size)
        budget.join(self)

    @property
    def held_bytes(self) -> int:
        return sum(self.pieces)

    def give_way(self, share_bytes: int) -> bool:
        if self.held_bytes <= share_bytes:
            return False
        self.budget.release(self.pieces.pop(0))
        return True


def test_who_is_above_the_share_gives_way_the_largest_first() -> None:
    budget = ByteBudget("packets", 90)
    small, large = _Holding(budget, [20, 15]), _Holding(budget, [30, 20])
    new = _Holding(budget, [])
    assert budget.try_charge_share(new, 10)
    assert (small.pieces, large.pieces) == ([20, 15], [20])
    assert budget.used_bytes == 65


def test_nobody_gives_way_beyond_the_share() -> None:
    budget = ByteBudget("packets", 90)
    one, other = _Holding(budget, [40]), _Holding(budget, [45])
    assert not budget.try_charge_share(one, 6)
    budget.leave(other)
    assert not budget.try_charge_share(one, 6)
    assert (one.pieces, other.pieces) == ([40], [45])
    assert budget.try_charge_share(one, 5)


def test_who_is_above_the_share_takes_from_nobody() -> None:
    budget = ByteBudget("packets", 90)
    one, other, new = (_Holding(budget, pieces) for pieces in ([45], [40], []))
    assert not budget.try_charge_share(other, 6)
    assert one.pieces == [45]
    assert budget.try_charge_share(new, 30)


@given(
    limit=st.integers(1, 100),
    steps=st.lists(st.tuples(st.sampled_from(["try", "charge", "release"]), st.integers(0, 60))),
)
def test_it_agrees_with_a_plain_sum(limit: int, steps: list[tuple[str, int]]) -> None:
    budget = ByteBudget("any", limit)
    used = peak = 0
    for what, size in steps:
        if what == "release":
            size = min(size, used)
            budget.release(size)
            used -= size
        elif what == "charge":
            budget.charge(size)
            used += size
        else:
            fits = used == 0 or used + size <= limit
            assert budget.try_charge(size) == fits
            used += size * fits
        peak = max(peak, used)
        assert (budget.used_bytes, budget.peak_bytes) == (used, peak)


def test_threads_never_exceed_it_together() -> None:
    budget = ByteBudget("frames", 10)
    start = threading.Barrier(8)
    admitted = [0] * 8

    def work(number: int) -> None:
        start.wait()
        for _ in range(2000):
            if budget.try_charge(3):
                admitted[number] += 1
                time.sleep(0)
                budget.release(3)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert sum(admitted) > 0
    assert budget.used_bytes == 0
    assert 3 <= budget.peak_bytes <= 9
