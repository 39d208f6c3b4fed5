"""Scores become segments of frames: the official rule, then no event shorter than the minimum."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from gpu_service.detect.transitions import transition_probability
from gpu_service.errors import InternalError
from gpu_service.events import Scores, Segment
from gpu_service.timeline import FrameTimes

_SAME_PROBABILITY = 0.02
"""Backends and decoders agree within this; a smaller difference must not decide."""


def segments_of(
    scores: Scores,
    times: FrameTimes,
    *,
    threshold: float = 0.5,
    min_event_seconds: Fraction = Fraction(0),
) -> list[Segment]:
    """The events of a video as runs of frames: ordered, disjoint, at least one.

    One pass from the left. An event that is too short joins the neighbour on the side of the less
    probable transition, the earlier one where they are equally probable, and with it the frames
    of that transition. Every event before the last two is settled, whatever follows.

    :param scores: one score a frame of ``times``.
    :param threshold: a frame whose "single" is above it belongs to a transition.
    :param min_event_seconds: the shortest event, unless it is the only one; 0 joins nothing.
    :raises InternalError: scores that are no numbers, or not one for each frame.
    """
    if len(scores) != len(times):
        raise InternalError(f"{len(scores)} scores for {len(times)} frames")
    if not (np.isfinite(scores.single).all() and np.isfinite(scores.many).all()):
        raise InternalError("the event model gave scores that are no numbers")
    shots = shots_of(scores, threshold)
    events: list[Segment] = []
    current = shots[0]
    for following in shots[1:]:
        if not _is_short(current, times, min_event_seconds):
            events.append(current)
            current = following
        elif events and not _goes_on(scores, events[-1], current, following):
            events[-1] = Segment(events[-1].first, current.end)
            current = following
        else:
            current = Segment(current.first, following.end)
    if events and _is_short(current, times, min_event_seconds):
        events[-1] = Segment(events[-1].first, current.end)
    else:
        events.append(current)
    return events


def shots_of(scores: Scores, threshold: float) -> list[Segment]:
    """The shots by the rule of TransNetV2's authors.

    A shot ends with the first frame of a transition, and the next begins after the transition's
    last one; transition frames in between belong to no shot. Frames of a transition at the very
    start belong to none either; a video that is all transition is one shot.
    """
    is_transition = scores.single > threshold
    starts = np.flatnonzero(~is_transition & np.concatenate([[True], is_transition[:-1]]))
    ends = np.flatnonzero(is_transition & np.concatenate([[False], ~is_transition[:-1]])) + 1
    if not len(starts):
        return [Segment(0, len(scores))]
    # Only the last shot can lack a transition after it.
    ends = np.append(ends, len(scores))[: len(starts)]
    return [Segment(int(first), int(end)) for first, end in zip(starts, ends, strict=True)]


def _is_short(segment: Segment, times: FrameTimes, min_event_seconds: Fraction) -> bool:
    interval = times.span(segment.first, segment.end)
    return (interval.end_pts - interval.start_pts) * times.time_base < min_event_seconds


def _goes_on(scores: Scores, previous: Segment, short: Segment, following: Segment) -> bool:
    """Whether a short event belongs to the one after it rather than to the one before."""
    # Only the probabilities: how long a transition is takes a walk through the event before, which
    # grows with every short event that joins it.
    begins = transition_probability(scores, previous, short)
    ends = transition_probability(scores, short, following)
    return ends < begins - _SAME_PROBABILITY
