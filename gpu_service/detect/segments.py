"""Scores become segments of frames: the official rule, then no event shorter than the minimum."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from gpu_service.detect.segment_stream import SegmentStream
from gpu_service.events import Scores, Segment
from gpu_service.timeline import FrameTimes


def segments_of(
    scores: Scores,
    times: FrameTimes,
    *,
    threshold: float = 0.5,
    min_event_seconds: Fraction = Fraction(0),
) -> list[Segment]:
    """The events of a video as runs of frames: ordered, disjoint, at least one.

    What :class:`~gpu_service.detect.segment_stream.SegmentStream` finds as the scores come.

    :param scores: one score a frame of ``times``.
    :param threshold: a frame whose "single" is above it belongs to a transition.
    :param min_event_seconds: the shortest event, unless it is the only one; 0 joins nothing.
    :raises InternalError: scores that are no numbers, or not one for each frame.
    """
    stream = SegmentStream(times, threshold=threshold, min_event_seconds=min_event_seconds)
    return [settled.segment for settled in (*stream.feed(scores), *stream.finish())]


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
