from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.intervals import Interval, covered_seconds, gaps, merged, shared

_TICKS = 40
_intervals = st.lists(
    st.tuples(st.integers(0, _TICKS), st.integers(0, _TICKS)).map(lambda p: (min(p), max(p))),
    max_size=8,
)


def _ticks(intervals: list[Interval]) -> set[int]:
    return {tick for start, end in intervals for tick in range(int(start), int(end))}


@given(_intervals)
def test_merging_keeps_the_time_and_drops_overlaps(intervals: list[Interval]) -> None:
    found = merged(intervals)
    assert _ticks(found) == _ticks(intervals)
    assert all(end < start for (_, end), (start, _) in pairwise(found))
    assert covered_seconds(intervals) == len(_ticks(intervals))


@given(_intervals, _intervals)
def test_shared_time_is_in_both(left: list[Interval], right: list[Interval]) -> None:
    assert _ticks(shared(merged(left), merged(right))) == _ticks(left) & _ticks(right)


def test_gaps_lie_between() -> None:
    assert gaps([(5.0, 6.0), (0.0, 2.0), (1.0, 3.0)]) == [(3.0, 5.0)]
    assert gaps([(0.0, 1.0)]) == []
