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


def gaps(intervals: Iterable[Interval]) -> list[Interval]:
    """What lies between them."""
    return [(before[1], after[0]) for before, after in pairwise(merged(intervals))]


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
