"""What the scores alone can say of an event, in words."""

from __future__ import annotations

from gpu_service.detect.segment_stream import SettledSegment
from gpu_service.detect.transitions import Transition
from gpu_service.timeline import FrameTimes, GrowingTimes, clock_text


def describe_segment(settled: SettledSegment, times: FrameTimes | GrowingTimes) -> str:
    """One factual line; never empty.

    ``Shot 3, 4.2 s, from 00:00:05.1; begins with a hard cut, ends with a gradual transition of
    about 12 frames``.
    """
    segment = settled.segment
    interval = times.span(segment.first, segment.end)
    start = times.seconds(interval.start_pts)
    seconds = float(times.seconds(interval.end_pts) - start)
    # Two digits below a second, where one would round much of the length away.
    length = f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
    where = f"Shot {settled.number + 1}, {length}, from {clock_text(start, digits=1)}"
    return f"{where}; {_surroundings(settled)}"


def _surroundings(settled: SettledSegment) -> str:
    if settled.covers_all:
        return "the whole video"
    if settled.begins is not None:
        begins = f"with {_words(settled.begins)}"
    elif settled.segment.first == 0:
        begins = "with the video"
    else:
        begins = "after a transition at the start of the video"
    if settled.ends is not None:
        ends = f"with {_words(settled.ends)}"
    elif settled.ends_in_transition:
        ends = "with a transition at the end of the video"
    else:
        ends = "with the video"
    return f"begins and ends {ends}" if begins == ends else f"begins {begins}, ends {ends}"


def _words(transition: Transition) -> str:
    if transition.is_cut:
        return "a hard cut"
    return f"a gradual transition of about {transition.frames} frames"
