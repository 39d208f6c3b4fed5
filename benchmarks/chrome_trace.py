"""A run's timeline, as ``--trace`` writes it in the Chrome trace format.

Complete events (``"ph": "X"``): ``name`` is the stage, ``cat`` is ``busy``, ``starved`` or
``blocked``, ``ts`` and ``dur`` are microseconds, ``tid`` is the lane: whose work it is. A lane may
have a name by a metadata event (``"ph": "M"``, ``thread_name``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MODEL_STAGE = "detect"
CAUSES = ("busy", "starved", "blocked")


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of time in which a stage worked or waited.

    :param lane: a video's name; empty for what all videos share.
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
    names = {
        event["tid"]: str(event["args"]["name"])
        for event in events
        if event["ph"] == "M" and event["name"] == "thread_name"
    }
    complete = [event for event in events if event["ph"] == "X" and event["cat"] in CAUSES]
    begin = min((event["ts"] for event in complete), default=0)
    slices = [
        Slice(
            event["name"],
            names.get(event["tid"], str(event["tid"])),
            event["cat"],
            (event["ts"] - begin) / 1e6,
            (event["ts"] - begin + event["dur"]) / 1e6,
        )
        for event in complete
    ]
    return sorted(slices, key=lambda one: one.start_seconds)


def busy_share(slices: Sequence[Slice], stage: str = MODEL_STAGE) -> float:
    """How much of the time from its first work to its last a stage works, 0 to 1.

    :raises ValueError: it never works.
    """
    busy = sorted(
        (one.start_seconds, one.end_seconds)
        for one in slices
        if one.stage == stage and one.cause == "busy"
    )
    if not busy:
        raise ValueError(f"{stage} never works in this timeline")
    first = reached = busy[0][0]
    worked = 0.0
    for start, end in busy:
        worked += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return worked / (reached - first) if reached > first else 1.0
