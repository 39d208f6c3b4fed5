from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gpu_service.decode.times import FrameClock

_TICKS = st.none() | st.integers(-(2**40), 2**40)


def clock(*, discontinuous: bool = False) -> FrameClock:
    return FrameClock(Fraction(1, 1000), 40, discontinuous=discontinuous)


@given(st.lists(st.tuples(_TICKS, _TICKS, st.integers(0, 10**6)), min_size=1), st.booleans())
def test_times_always_increase(
    stamps: list[tuple[int | None, int | None, int]], discontinuous: bool
) -> None:
    frames = clock(discontinuous=discontinuous)
    times = [frames.stamp(*stamp) for stamp in stamps]
    assert all(a < b for a, b in pairwise(times))


@given(st.lists(st.integers(1, 9000), min_size=1), st.integers(-(10**6), 10**6))
def test_good_pts_are_kept_as_they_are(steps: list[int], start: int) -> None:
    pts = [start]
    for step in steps:
        pts.append(pts[-1] + step)
    frames = clock(discontinuous=True)
    assert [frames.stamp(value, None, 0) for value in pts] == pts


def test_dts_stand_in_where_pts_run_backwards() -> None:
    frames = clock()
    stamps = [(1, 1), (2, 2), (3, 3), (5, 4), (4, 5), (6, 6), (8, 7), (7, 8), (9, 9)]
    assert [frames.stamp(*stamp, 1) for stamp in stamps][4:] == [6, 7, 8, 9, 10]


def test_no_times_at_all_count_in_steps() -> None:
    frames = clock()
    assert [frames.stamp(None, None, 0) for _ in range(4)] == [0, 40, 80, 120]


def test_a_repeated_pts_moves_by_one_tick_and_no_drift_remains() -> None:
    frames = clock()
    assert [frames.stamp(value, None, 0) for value in (0, 40, 40, 120)] == [0, 40, 41, 120]


def test_another_clock_goes_on_where_the_first_one_ended() -> None:
    frames = clock()
    pts = (900_000, 900_040, 0, 40, 80)
    assert [frames.stamp(value, None, 40) for value in pts] == [
        900_000, 900_040, 900_080, 900_120, 900_160,
    ]  # fmt: skip


def test_a_long_gap_is_kept_unless_the_clock_may_be_reset() -> None:
    steady, resettable = clock(), clock(discontinuous=True)
    assert [steady.stamp(value, None, 40) for value in (0, 60_000)] == [0, 60_000]
    assert [resettable.stamp(value, None, 40) for value in (0, 60_000)] == [0, 40]
