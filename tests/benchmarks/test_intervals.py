from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.intervals import Interval, covered_seconds, fewer_than, merged, most_at_once, shared

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


def test_fewer_than_one_is_what_lies_between() -> None:
    assert fewer_than(1, [(5.0, 6.0), (0.0, 2.0), (1.0, 3.0)]) == [(3.0, 5.0)]
    assert fewer_than(1, [(0.0, 1.0)]) == []


@given(_intervals, st.integers(1, 4))
def test_fewer_than_some_is_where_they_are_fewer(intervals: list[Interval], count: int) -> None:
    own = [_ticks([one]) for one in intervals]
    whole = range(
        int(min((start for start, _ in intervals), default=0)),
        int(max((end for _, end in intervals), default=0)),
    )
    fewer = {tick for tick in whole if sum(tick in ticks for ticks in own) < count}
    assert _ticks(fewer_than(count, intervals)) == fewer


def test_most_at_once_counts_overlaps_and_not_neighbours() -> None:
    assert most_at_once([(0, 2), (1, 3), (2, 4)]) == 2
    assert most_at_once([(0, 1), (1, 2)]) == 1
    assert most_at_once([]) == 0
