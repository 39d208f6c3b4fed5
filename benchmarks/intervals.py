"""Stretches of time: what they cover together, and how much of one lies in another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

Interval = tuple[float, float]
"""Start and end in seconds."""


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time, in order and without overlaps."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def covered_seconds(intervals: Iterable[Interval]) -> float:
    """How long at least one of them lasts."""
    return sum(end - start for start, end in merged(intervals))


def most_at_once(intervals: Sequence[Interval]) -> int:
    """How many there are at the same time, where most are; touching does not count."""
    most = now = 0
    for _, step in _steps(intervals):
        now += step
        most = max(most, now)
    return most


def fewer_than(count: int, intervals: Sequence[Interval]) -> list[Interval]:
    """From the first start to the last end, where fewer than ``count`` are at the same time."""
    now = 0
    found: list[Interval] = []
    for (at, step), (then, _) in pairwise(_steps(intervals)):
        now += step
        if now < count and at < then:
            found.append((at, then))
    return merged(found)


def _steps(intervals: Sequence[Interval]) -> list[tuple[float, int]]:
    ends = [(end, -1) for _, end in intervals]
    return sorted(ends + [(start, 1) for start, _ in intervals])


def shared(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """The time that is in both.

    :param left: as :func:`merged` gives it; so is ``right``.
    """
    found: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            found.append((start, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return found
