"""What the scores alone can say of an event, in words."""

from __future__ import annotations

from collections.abc import Sequence

from gpu_service.detect.transitions import Transition, transition_between
from gpu_service.events import Scores, Segment
from gpu_service.timeline import FrameTimes, clock_text


def describe_segment(
    segments: Sequence[Segment],
    number: int,
    scores: Scores,
    times: FrameTimes,
    *,
    threshold: float = 0.5,
) -> str:
    """One factual line; never empty.

    ``Shot 3 of 8, 4.2 s, from 00:00:05.1; begins with a hard cut, ends with a gradual transition
    of about 12 frames``.

    :param number: which of the segments, counted from 0.
    :param threshold: the one that gave the segments.
    """
    segment = segments[number]
    interval = times.span(segment.first, segment.end)
    start = times.seconds(interval.start_pts)
    seconds = float(times.seconds(interval.end_pts) - start)
    # Two digits below a second, where one would round much of the length away.
    length = f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
    surroundings = _surroundings(segments, number, scores, threshold)
    where = f"Shot {number + 1} of {len(segments)}, {length}, from {clock_text(start, digits=1)}"
    return f"{where}; {surroundings}"


def _surroundings(
    segments: Sequence[Segment], number: int, scores: Scores, threshold: float
) -> str:
    segment = segments[number]
    if len(segment) == len(scores):
        return "the whole video"
    if number > 0:
        before = transition_between(scores, segments[number - 1], segment, threshold)
        begins = f"with {_words(before)}"
    elif segment.first == 0:
        begins = "with the video"
    else:
        begins = "after a transition at the start of the video"
    if number + 1 < len(segments):
        after = transition_between(scores, segment, segments[number + 1], threshold)
        ends = f"with {_words(after)}"
    elif scores.single[segment.end - 1] > threshold:
        ends = "with a transition at the end of the video"
    else:
        ends = "with the video"
    return f"begins and ends {ends}" if begins == ends else f"begins {begins}, ends {ends}"


def _words(transition: Transition) -> str:
    if transition.is_cut:
        return "a hard cut"
    return f"a gradual transition of about {transition.frames} frames"
