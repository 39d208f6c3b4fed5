"""A run's timeline, as ``--trace`` writes it in the Chrome trace format.

Complete events (``"ph": "X"``): ``cat`` is ``busy``, ``starved`` or ``blocked``, ``ts`` and ``dur``
are microseconds. By its metadata events (``"ph": "M"``) a process is a lane, whose work it is, and
a thread is a stage.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.intervals import Interval, covered_seconds, most_at_once

MODEL_STAGE = "detect"
CAUSES = ("busy", "starved", "blocked")
_SLACK_SECONDS = 1e-5
"""Times are rounded, so that neighbours may overlap."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of time in which a stage worked or waited.

    :param lane: a video's name; ``accelerator`` for what all videos share.
    :param cause: ``busy``, ``starved`` or ``blocked``.
    """

    stage: str
    lane: str
    cause: str
    start_seconds: float
    end_seconds: float


def read_trace(path: Path) -> list[Slice]:
    """Every slice, in order of time, which begins with the first one."""
    said = json.loads(path.read_text())
    events = said["traceEvents"] if isinstance(said, dict) else said
    lanes, stages = _names(events, "process_name", "pid"), _names(events, "thread_name", "tid")
    complete = [event for event in events if event["ph"] == "X" and event["cat"] in CAUSES]
    begin = min((event["ts"] for event in complete), default=0)
    slices = [
        Slice(
            stages[event["tid"]],
            lanes[event["pid"]],
            event["cat"],
            (event["ts"] - begin) / 1e6,
            (event["ts"] - begin + event["dur"]) / 1e6,
        )
        for event in complete
    ]
    return sorted(slices, key=lambda one: one.start_seconds)


def _names(events: Sequence[dict[str, Any]], what: str, key: str) -> dict[int, str]:
    return {
        event[key]: str(event["args"]["name"])
        for event in events
        if event["ph"] == "M" and event["name"] == what
    }


def busy_share(slices: Sequence[Slice], stage: str = MODEL_STAGE) -> float:
    """How much of the time from its first work to its last a stage's workers work, 0 to 1.

    :raises ValueError: it never works.
    """
    busy = _busy(slices, stage)
    worked = sum(end - start for start, end in busy)
    return _of_span(worked, busy, workers_of(slices, stage))


def any_busy_share(slices: Sequence[Slice], stage: str = MODEL_STAGE) -> float:
    """How much of that time one of them works at least, 0 to 1.

    :raises ValueError: it never works.
    """
    busy = _busy(slices, stage)
    return _of_span(covered_seconds(busy), busy, 1)


def _busy(slices: Sequence[Slice], stage: str) -> list[Interval]:
    busy = [
        (one.start_seconds, one.end_seconds)
        for one in slices
        if one.stage == stage and one.cause == "busy"
    ]
    if not busy:
        raise ValueError(f"{stage} never works in this timeline")
    return busy


def _of_span(worked: float, busy: Sequence[Interval], workers: int) -> float:
    span = max(end for _, end in busy) - min(start for start, _ in busy)
    return worked / span / workers if span else 1.0


def workers_of(slices: Sequence[Slice], stage: str = MODEL_STAGE) -> int:
    """How many workers a stage has: the most that worked or waited at the same time."""
    return most_at_once(
        [
            (one.start_seconds + _SLACK_SECONDS, one.end_seconds - _SLACK_SECONDS)
            for one in slices
            if one.stage == stage and one.end_seconds - one.start_seconds > 2 * _SLACK_SECONDS
        ]
    )
