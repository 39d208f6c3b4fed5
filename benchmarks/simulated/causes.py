"""Where the engines' time went: busy, or idle for a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.intervals import covered_seconds
from benchmarks.simulated.engines import Interval
from benchmarks.simulated.record import VideoRecord

BUSY = "busy"
_STATES = ("opening", "publishing", "host", "blocked", "starved", "fed")
"""What a living video may be at, the later one where several hold at once."""

CAUSES = {
    "starved": "its scan waited for bytes",
    "blocked": "its scan waited for room: the model, or the budget of frames",
    "host": "its scan's thread was at work: demuxing, cutting, handing on",
    "opening": "it was being opened: locked, pinned, its header read",
    "publishing": "it was being published: last thumbnails, rows, contact sheet",
    "absent": "there were fewer videos than engines",
}
"""Why an engine had nothing to do, said of the video that might have fed it."""

_SAMPLES = 20_000

_Places = npt.NDArray[np.int64]


def engine_shares(
    booked: Sequence[Interval], engines: int, videos: Collection[VideoRecord]
) -> dict[str, float]:
    """Shares of all engines' time between the first work and the last, which add up to 1.

    At each of 20,000 moments, the idle engines are put down to the videos that feed none, in equal
    parts where there are more of those; engines beyond the videos are ``absent``.

    :param booked: work of any engine.
    :raises ValueError: there was none.
    """
    if not booked:
        raise ValueError("no engine ever worked")
    begin, end = min(start for start, _ in booked), max(end for _, end in booked)
    moments = np.linspace(begin, end, _SAMPLES)
    busy = _inside(moments, booked)
    idle = np.maximum(0, engines - busy)
    at = {state: np.zeros(_SAMPLES, np.int64) for state in _STATES}
    for video in videos:
        for state, mask in _states(moments, video).items():
            at[state] += mask
    waiting = {state: count for state, count in at.items() if state != "fed"}
    total = np.sum(list(waiting.values()), axis=0)
    part = np.minimum(1, idle / np.maximum(1, total))
    capacity = engines * _SAMPLES
    shares = {state: float((count * part).sum()) / capacity for state, count in waiting.items()}
    shares["absent"] = float(np.maximum(0, idle - total).sum()) / capacity
    # Exact, where the moments are not.
    exact = sum(end - start for start, end in booked) / (engines * (end - begin))
    left = sum(shares.values())
    return {BUSY: exact} | {
        cause: shares[cause] * (1 - exact) / left if left else 0.0 for cause in CAUSES
    }


def model_shares(booked: Sequence[Interval], starved: Iterable[Interval]) -> dict[str, float]:
    """Shares of the model's time between its first batch and its last: ``busy``, ``starved`` while
    it waited for windows, and ``host``, batches being made and handed back.

    :raises ValueError: it never worked.
    """
    if not booked:
        raise ValueError("the model never worked")
    begin, end = booked[0][0], booked[-1][1]
    busy = sum(end - start for start, end in booked) / (end - begin)
    within = [(max(begin, a), min(end, b)) for a, b in starved if b > begin and a < end]
    waited = min(1 - busy, covered_seconds(within) / (end - begin))
    return {BUSY: busy, "starved": waited, "host": 1 - busy - waited}


def _states(moments: npt.NDArray[np.float64], video: VideoRecord) -> dict[str, _Places]:
    """Which state holds at each moment, one at most."""
    both = list(zip(video.life, video.scan, strict=True))
    inside = {
        "opening": _inside(moments, [(life, scan) for (life, _), (scan, _) in both]),
        "publishing": _inside(moments, [(scan, life) for (_, life), (_, scan) in both]),
        "host": _inside(moments, video.scan),
        "blocked": _inside(moments, video.blocked),
        "starved": _inside(moments, video.starved),
        "fed": _inside(moments, video.fed),
    }
    taken = np.zeros(len(moments), bool)
    found = {}
    for state in reversed(_STATES):
        holds = (inside[state] > 0) & ~taken
        found[state] = holds.astype(np.int64)
        taken |= holds
    return found


def _inside(moments: npt.NDArray[np.float64], intervals: Sequence[Interval]) -> _Places:
    """How many of the intervals hold at each moment."""
    change = np.zeros(len(moments) + 1, np.int64)
    for start, end in intervals:
        change[np.searchsorted(moments, start)] += 1
        change[np.searchsorted(moments, end)] -= 1
    return np.cumsum(change[:-1])
