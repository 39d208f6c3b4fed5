"""Why NVDEC's engines had no work, as a run's timeline has it.

A video feeds one engine while its scan is at work, and one more while a midpoint is decoded again;
what an engine does itself, no timeline says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from benchmarks.chrome_trace import MODEL_STAGE, Slice
from benchmarks.intervals import Interval, merged, shared

CAUSES = {
    "starved": "scans waited for bytes",
    "blocked": "scans waited for the model or for room",
    "between": "videos were being opened or published",
    "absent": "there were fewer videos than engines",
}
"""What the videos were at that fed none."""

_FED = "fed"

_Step = tuple[float, str, int]
"""When one more or one fewer is at something."""


def unfed_shares(slices: Sequence[Slice], engines: int) -> dict[str, float]:
    """By cause, the share of all engines' time in which nothing fed them, from the first scan's
    start to the last one's end.

    Engines without work are put down to the videos that feed none, in equal parts where there are
    more of those; engines beyond the videos are ``absent``.

    :raises ValueError: nothing is ever decoded.
    """
    scans = [one for one in slices if one.stage == "decode"]
    if not scans:
        raise ValueError("no video is decoded in this timeline")
    begin = min(one.start_seconds for one in scans)
    end = max(one.end_seconds for one in scans)
    lanes = {one.lane for one in slices if one.stage != MODEL_STAGE}
    steps = sorted(
        (min(max(at, begin), end), what, by)
        for lane in lanes
        for at, what, by in _steps([one for one in slices if one.lane == lane])
    )
    at_it = dict.fromkeys((_FED, *CAUSES), 0)
    found = dict.fromkeys(CAUSES, 0.0)
    for (at, what, by), (then, *_) in pairwise(steps):
        at_it[what] += by
        idle = max(0, engines - at_it[_FED])
        waiting = {cause: at_it[cause] for cause in CAUSES if at_it[cause]}
        part = min(1.0, idle / max(1, sum(waiting.values())))
        for cause, videos in waiting.items():
            found[cause] += videos * part * (then - at)
        found["absent"] += max(0, idle - sum(waiting.values())) * (then - at)
    capacity = engines * (end - begin)
    return {cause: seconds / capacity if capacity else 0.0 for cause, seconds in found.items()}


def _steps(lane: Sequence[Slice]) -> Iterator[_Step]:
    """What one video is at, each time."""
    seeks = merged(_of(lane, "seek", "busy"))
    scan = merged(_span(_of(lane, "decode")))
    yield from _both(_FED, scan)
    for cause in ("starved", "blocked"):
        waits = merged(_of(lane, "decode", cause))
        yield from _both(cause, waits)
        yield from _both(_FED, waits, -1)
    yield from _both(_FED, seeks)
    life = _span([(one.start_seconds, one.end_seconds) for one in lane])
    for own, by in ((life, 1), (scan, -1), (seeks, -1), (shared(scan, seeks), 1)):
        yield from _both("between", own, by)


def _of(lane: Sequence[Slice], stage: str, cause: str | None = None) -> list[Interval]:
    return [
        (one.start_seconds, one.end_seconds)
        for one in lane
        if one.stage == stage and cause in (None, one.cause)
    ]


def _span(intervals: Sequence[Interval]) -> list[Interval]:
    """From the first start to the last end."""
    if not intervals:
        return []
    return [(min(start for start, _ in intervals), max(end for _, end in intervals))]


def _both(what: str, intervals: Sequence[Interval], by: int = 1) -> Iterator[_Step]:
    for start, end in intervals:
        yield start, what, by
        yield end, what, -by
